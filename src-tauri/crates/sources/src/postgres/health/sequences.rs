//! How far sequences are from their end.

use domain::{Part, SequenceColumn, SequenceFacts, SequencesFacts, Unseen};
use tokio_postgres::{Error, Row};

use super::ask::Looker;
use crate::postgres::own_queries::OwnQueryName;
use crate::postgres::problem::quoted;

const SEQUENCES: OwnQueryName =
    OwnQueryName { name: "health.sequences", purpose: "Sequences near the end of their column's type" };

struct Found {
    /// None where it was never used, or may not be read.
    sequence: Option<SequenceFacts>,
    total: f64,
    hidden: f64,
    hidden_schema: Option<String>,
}

pub(super) async fn sequences(looker: &Looker<'_>) -> Result<Part<SequencesFacts>, Error> {
    let rows = looker.rows(SEQUENCES, include_str!("../sql/health/sequences.sql"), &[], found).await?;
    Ok(rows.and_then(|rows| {
        let mut facts = SequencesFacts { found: Vec::new(), total: 0.0, hidden: 0.0, hidden_schema: None };
        for row in rows {
            (facts.total, facts.hidden) = (row.total, row.hidden);
            facts.hidden_schema = row.hidden_schema;
            facts.found.extend(row.sequence);
        }
        let blind = facts.hidden > 0.0 && facts.hidden >= facts.total;
        let schema = facts.hidden_schema.clone().unwrap_or_else(|| "public".to_owned());
        if blind { Err(unreadable(&looker.server.role, &schema)) } else { Ok(facts) }
    }))
}

fn found(row: &Row) -> Result<Found, Error> {
    let last_value: Option<f64> = row.try_get("last_value")?;
    let sequence = match last_value {
        Some(last_value) => Some(sequence(row, last_value)?),
        None => None,
    };
    Ok(Found {
        sequence,
        total: row.try_get("total")?,
        hidden: row.try_get("hidden")?,
        hidden_schema: row.try_get("hidden_schema")?,
    })
}

fn sequence(row: &Row, last_value: f64) -> Result<SequenceFacts, Error> {
    let column = match row.try_get::<_, Option<String>>("table_name")? {
        Some(table) => Some(SequenceColumn {
            schema: row.try_get("table_schema")?,
            table,
            column: row.try_get("column_name")?,
            kind: row.try_get("column_type")?,
        }),
        None => None,
    };
    Ok(SequenceFacts {
        schema: row.try_get("schema")?,
        name: row.try_get("name")?,
        last_value,
        end: row.try_get("ends_at")?,
        step: row.try_get("step")?,
        column,
    })
}

fn unreadable(role: &str, schema: &str) -> Unseen {
    Unseen {
        code: "missing_privilege".to_owned(),
        message: format!("The role {role:?} may not read the last values of sequences."),
        remedy: Some("Let the role read them, in each schema that has sequences.".to_owned()),
        sql: Some(format!(
            "GRANT USAGE ON SCHEMA {schema} TO {role}; GRANT SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role};",
            schema = quoted(schema),
            role = quoted(role)
        )),
    }
}

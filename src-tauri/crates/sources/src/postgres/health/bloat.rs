//! Bloat of tables and btrees, estimated from statistics: nothing is scanned.

use domain::{Bloat, BloatFacts, Part, Unseen};
use tokio_postgres::{Error, Row};

use super::ask::Looker;
use crate::postgres::own_queries::OwnQueryName;
use crate::postgres::problem::quoted;

const TABLES: OwnQueryName =
    OwnQueryName { name: "health.table_bloat", purpose: "Estimate of bloat in the largest tables" };
const INDEXES: OwnQueryName =
    OwnQueryName { name: "health.index_bloat", purpose: "Estimate of bloat in the largest indexes" };

pub(super) async fn tables(looker: &Looker<'_>) -> Result<Part<BloatFacts>, Error> {
    bloat(looker, TABLES, include_str!("../sql/health/table_bloat.sql")).await
}

pub(super) async fn indexes(looker: &Looker<'_>) -> Result<Part<BloatFacts>, Error> {
    bloat(looker, INDEXES, include_str!("../sql/health/index_bloat.sql")).await
}

struct Found {
    bloat: Bloat,
    sure: bool,
    judged: f64,
    without_statistics: f64,
}

async fn bloat(looker: &Looker<'_>, query: OwnQueryName, sql: &str) -> Result<Part<BloatFacts>, Error> {
    let rows = looker.rows(query, sql, &[], found).await?;
    Ok(rows.and_then(|rows| {
        let mut facts = BloatFacts { found: Vec::new(), judged: 0.0, without_statistics: 0.0 };
        for row in rows {
            (facts.judged, facts.without_statistics) = (row.judged, row.without_statistics);
            facts.found.extend(row.sure.then_some(row.bloat));
        }
        // `pg_stats` shows only columns that the role may read. A few blind spots are told beside the rest.
        let blind = facts.without_statistics > facts.judged;
        if blind { Err(unreadable(&looker.server.role)) } else { Ok(facts) }
    }))
}

fn found(row: &Row) -> Result<Found, Error> {
    Ok(Found {
        bloat: Bloat {
            schema: row.try_get("schema")?,
            name: row.try_get("name")?,
            table: row.try_get("table_name")?,
            bytes: row.try_get("bytes")?,
            wasted_bytes: row.try_get("wasted")?,
        },
        sure: row.try_get("sure")?,
        judged: row.try_get("judged")?,
        without_statistics: row.try_get("without_statistics")?,
    })
}

fn unreadable(role: &str) -> Unseen {
    Unseen {
        code: "missing_privilege".to_owned(),
        message: format!("The role {role:?} may not see statistics on the columns of the large tables, so bloat is not estimated."),
        remedy: Some(
            "pg_stats shows what the role may SELECT, so this right lets it read the tables' rows too; or run ANALYZE where tables have no statistics yet."
                .to_owned(),
        ),
        sql: Some(format!("GRANT pg_read_all_data TO {};", quoted(role))),
    }
}

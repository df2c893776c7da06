//! Dead rows and when autovacuum comes, the oldest transaction ids, and the database's size.

use domain::{Part, TableAge, TableFacts, TablesFacts};
use tokio_postgres::{Error, Row};

use super::ask::{Looker, moment};
use crate::postgres::own_queries::OwnQueryName;

const SIZE: OwnQueryName = OwnQueryName { name: "health.database_size", purpose: "Size of the database" };
const TABLES: OwnQueryName =
    OwnQueryName { name: "health.tables", purpose: "Dead rows, and tables for which autovacuum is due" };
const OLDEST: OwnQueryName =
    OwnQueryName { name: "health.oldest_tables", purpose: "Tables with the oldest transaction ids" };

pub(super) async fn database_bytes(looker: &Looker<'_>) -> Result<Part<f64>, Error> {
    looker.row(SIZE, include_str!("../sql/health/database_size.sql"), |row| row.try_get("bytes")).await
}

pub(super) async fn tables(looker: &Looker<'_>) -> Result<Part<TablesFacts>, Error> {
    let read = |row: &Row| Ok((table(row)?, row.try_get("total")?, row.try_get("due")?));
    let rows = looker.rows(TABLES, include_str!("../sql/health/tables.sql"), &[], read).await?;
    Ok(rows.map(|rows| {
        let mut facts = TablesFacts { tables: Vec::with_capacity(rows.len()), total: 0.0, due: 0.0 };
        for (table, total, due) in rows {
            facts.tables.push(table);
            (facts.total, facts.due) = (total, due);
        }
        facts
    }))
}

fn table(row: &Row) -> Result<TableFacts, Error> {
    Ok(TableFacts {
        schema: row.try_get("schema")?,
        name: row.try_get("name")?,
        live: row.try_get("live")?,
        dead: row.try_get("dead")?,
        bytes: row.try_get("bytes")?,
        inserted_since_vacuum: row.try_get("inserted")?,
        vacuum_at: row.try_get("vacuum_at")?,
        insert_at: row.try_get("insert_at")?,
        autovacuum: row.try_get("autovacuum")?,
        last_vacuum: moment(row, "last_vacuum")?,
    })
}

pub(super) async fn oldest(looker: &Looker<'_>) -> Result<Part<Vec<TableAge>>, Error> {
    let read = |row: &Row| {
        Ok(TableAge {
            schema: row.try_get("schema")?,
            name: row.try_get("name")?,
            xid_age: row.try_get("xid_age")?,
            mxid_age: row.try_get("mxid_age")?,
            bytes: row.try_get("bytes")?,
        })
    };
    looker.rows(OLDEST, include_str!("../sql/health/oldest_tables.sql"), &[], read).await
}

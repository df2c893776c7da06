//! Connections, open and prepared transactions, and vacuums that run.

use domain::{ConnectionFacts, Part, PreparedFacts, TransactionFacts, VacuumFacts, VacuumsFacts};
use tokio_postgres::{Error, Row};

use super::ask::Looker;
use crate::postgres::own_queries::OwnQueryName;

const CONNECTIONS: OwnQueryName =
    OwnQueryName { name: "health.connections", purpose: "Connections against their limit" };
const TRANSACTIONS: OwnQueryName =
    OwnQueryName { name: "health.transactions", purpose: "Transactions that stay open" };
const PREPARED: OwnQueryName = OwnQueryName { name: "health.prepared", purpose: "Prepared transactions" };
const VACUUMS: OwnQueryName = OwnQueryName { name: "health.vacuums", purpose: "Vacuums that run now" };

pub(super) async fn connections(looker: &Looker<'_>) -> Result<Part<ConnectionFacts>, Error> {
    let read = |row: &Row| {
        let seen = !row.try_get::<_, bool>("hidden")?;
        let figure = |column| row.try_get::<_, f64>(column).map(|figure| seen.then_some(figure));
        Ok(ConnectionFacts {
            used: row.try_get("used")?,
            max: row.try_get("max")?,
            reserved: row.try_get("reserved")?,
            idle: figure("idle")?,
            idle_in_transaction: figure("idle_in_transaction")?,
            remote: figure("remote")?,
            remote_encrypted: figure("remote_encrypted")?,
        })
    };
    looker.row(CONNECTIONS, include_str!("../sql/health/connections.sql"), read).await
}

/// Those of others are hidden without a word, so that a role which does not see everybody sees nothing here.
pub(super) async fn transactions(looker: &Looker<'_>) -> Result<Part<Vec<TransactionFacts>>, Error> {
    if !looker.server.sees_all {
        return Ok(Err(looker.hidden("how long other people's transactions are open")));
    }
    let read = |row: &Row| {
        Ok(TransactionFacts {
            pid: row.try_get("pid")?,
            user: row.try_get("username")?,
            database: row.try_get("database")?,
            application: row.try_get("application")?,
            state: row.try_get("state")?,
            seconds: row.try_get("seconds")?,
            xmin_age: row.try_get("xmin_age")?,
        })
    };
    looker.rows(TRANSACTIONS, include_str!("../sql/health/transactions.sql"), &[], read).await
}

pub(super) async fn prepared(looker: &Looker<'_>) -> Result<Part<Vec<PreparedFacts>>, Error> {
    let read = |row: &Row| {
        Ok(PreparedFacts {
            gid: row.try_get("gid")?,
            owner: row.try_get("owner")?,
            database: row.try_get("database")?,
            seconds: row.try_get("seconds")?,
            xid_age: row.try_get("xid_age")?,
        })
    };
    looker.rows(PREPARED, include_str!("../sql/health/prepared.sql"), &[], read).await
}

pub(super) async fn vacuums(looker: &Looker<'_>) -> Result<Part<VacuumsFacts>, Error> {
    if !looker.server.sees_all {
        return Ok(Err(looker.hidden("which vacuums run")));
    }
    let read = |row: &Row| Ok((row.try_get::<_, f64>("workers_max")?, vacuum(row)?));
    let rows = looker.rows(VACUUMS, include_str!("../sql/health/vacuums.sql"), &[], read).await?;
    Ok(rows.map(|rows| {
        let workers_max = rows.first().map_or(0.0, |(most, _)| *most);
        VacuumsFacts { workers_max, running: rows.into_iter().filter_map(|(_, vacuum)| vacuum).collect() }
    }))
}

/// None in the row that only tells how many workers there may be.
fn vacuum(row: &Row) -> Result<Option<VacuumFacts>, Error> {
    let Some(pid) = row.try_get("pid")? else { return Ok(None) };
    Ok(Some(VacuumFacts {
        pid,
        database: row.try_get("database")?,
        table: row.try_get::<_, Option<String>>("table_name")?.unwrap_or_default(),
        phase: row.try_get::<_, Option<String>>("phase")?.unwrap_or_default(),
        done: row.try_get("done")?,
        seconds: row.try_get("seconds")?,
        automatic: row.try_get("automatic")?,
        to_prevent_wraparound: row.try_get("to_prevent_wraparound")?,
    }))
}

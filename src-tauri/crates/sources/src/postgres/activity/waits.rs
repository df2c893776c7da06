//! Who waits for a lock, and for whom: the query, and its rows before they are judged.

use domain::ActivitySample;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Error, Row};

use super::locks::Lock;
use super::sessions::{count, seconds};
use crate::postgres::columns::Columns;
use crate::postgres::own_queries::{Asking, OwnQueryName};

const SQL: &str = include_str!("../sql/activity/waits.sql");
const QUERY: OwnQueryName =
    OwnQueryName { name: "activity.waits", purpose: "Who waits for a lock, and who blocks it" };
/// Of one session: more are not told apart by anyone.
const BLOCKERS: i32 = 100;

#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Waiting {
    pub(super) waits: Vec<WaitRow>,
    /// Sessions beyond the limit.
    pub(super) left_out: u32,
}

/// One process that waits.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct WaitRow {
    pub(super) pid: i32,
    pub(super) leader: Option<i32>,
    /// As `pg_blocking_pids` says: 0 is a prepared transaction, and some come more than once.
    pub(super) blockers: Vec<i32>,
    pub(super) seconds: Option<f64>,
    /// None where the wait had ended before the locks were read.
    pub(super) lock: Option<Lock>,
    /// In which the first blocker holds the same object.
    pub(super) held_modes: Vec<String>,
    /// Prepared transactions that hold the same object, in whatever mode.
    pub(super) prepared: Vec<PreparedLock>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct PreparedLock {
    /// None where the transaction ended meanwhile.
    pub(super) gid: Option<String>,
    pub(super) mode: String,
}

pub(super) async fn read(asking: Asking<'_>, columns: &Columns) -> Result<Waiting, Error> {
    let most = i64::try_from(ActivitySample::WAIT_LIMIT).unwrap_or(i64::MAX);
    let parameters: [(&(dyn ToSql + Sync), Type); 2] = [(&most, Type::INT8), (&BLOCKERS, Type::INT4)];
    let rows = asking.rows(QUERY, &sql(columns), &parameters).await?;
    let waits: Vec<WaitRow> = rows.iter().map(wait).collect::<Result<_, _>>()?;
    let all = rows.first().map(|row| row.try_get("all_waiting")).transpose()?.map_or(0, count);
    let left_out = all.saturating_sub(u32::try_from(waits.len()).unwrap_or(u32::MAX));
    Ok(Waiting { waits, left_out })
}

pub(super) fn sql(columns: &Columns) -> String {
    SQL.replace("{waitstart}", &columns.or("pg_locks", "l", "waitstart", "NULL::timestamptz"))
}

fn wait(row: &Row) -> Result<WaitRow, Error> {
    let gids: Vec<Option<String>> = row.try_get("prepared_gids")?;
    let modes: Vec<String> = row.try_get("prepared_modes")?;
    let kind: Option<String> = row.try_get("locktype")?;
    Ok(WaitRow {
        pid: row.try_get("pid")?,
        leader: row.try_get("leader_pid")?,
        blockers: row.try_get("blockers")?,
        seconds: seconds(row, "seconds")?,
        lock: kind.map(|kind| lock(row, kind)).transpose()?,
        held_modes: row.try_get("held_modes")?,
        prepared: gids.into_iter().zip(modes).map(|(gid, mode)| PreparedLock { gid, mode }).collect(),
    })
}

fn lock(row: &Row, kind: String) -> Result<Lock, Error> {
    Ok(Lock {
        kind,
        mode: row.try_get::<_, Option<String>>("mode")?.unwrap_or_default(),
        database: row.try_get("database")?,
        here: row.try_get::<_, Option<bool>>("here")?.unwrap_or(false),
        relation: row.try_get("relation")?,
        relation_schema: row.try_get("relation_schema")?,
        relation_name: row.try_get("relation_name")?,
        page: row.try_get("page")?,
        tuple: row.try_get("tuple")?,
        virtualxid: row.try_get("virtualxid")?,
        transactionid: row.try_get("transactionid")?,
        classid: row.try_get("classid")?,
        catalog: row.try_get("catalog")?,
        objid: row.try_get("objid")?,
        objsubid: row.try_get("objsubid")?,
    })
}

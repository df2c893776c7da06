//! The sessions: their query, and its rows as the console's own words.

use domain::{ActivitySample, ActivitySession, BackendState, WaitEvent};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Error, Row};

use super::RawStatement;
use crate::postgres::columns::Columns;
use crate::postgres::own_queries::{Asking, OwnQueryName};

const SQL: &str = include_str!("../sql/activity/sessions.sql");
const QUERY: OwnQueryName =
    OwnQueryName { name: "activity.sessions", purpose: "What each session does and waits for" };
/// What a role without the right reads in the place of a statement.
const HIDDEN: &str = "<insufficient privilege>";

/// Sessions, with counts over those that are not listed too.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Seen {
    pub(super) role: String,
    pub(super) sessions: Vec<(ActivitySession, Option<RawStatement>)>,
    pub(super) idle: u32,
    pub(super) left_out: u32,
    /// The role does not see what others do.
    pub(super) hidden: bool,
    /// Somebody waits for a lock.
    pub(super) waiting: bool,
}

/// Idle sessions are listed where they are asked for, or are `holders` of locks that somebody waits for.
pub(super) async fn read(
    asking: Asking<'_>,
    columns: &Columns,
    idle_sessions: bool,
    holders: &[i32],
) -> Result<Seen, Error> {
    let most = i64::try_from(ActivitySample::SESSION_LIMIT).unwrap_or(i64::MAX);
    let parameters: [(&(dyn ToSql + Sync), Type); 3] =
        [(&idle_sessions, Type::BOOL), (&most, Type::INT8), (&holders, Type::INT4_ARRAY)];
    let rows = asking.rows(QUERY, &sql(columns), &parameters).await?;
    seen(&rows)
}

pub(super) fn sql(columns: &Columns) -> String {
    SQL.replace("{query_id}", &columns.or("pg_stat_activity", "a", "query_id", "NULL::int8"))
}

fn seen(rows: &[Row]) -> Result<Seen, Error> {
    let Some(first) = rows.first() else { return Ok(Seen::default()) };
    let mut seen = Seen {
        role: first.try_get("role")?,
        sessions: Vec::with_capacity(rows.len()),
        idle: count(first.try_get("all_idle")?),
        left_out: 0,
        hidden: first.try_get("any_hidden")?,
        waiting: first.try_get("any_waiting")?,
    };
    for row in rows {
        // Where nothing is listed, the counts stand alone.
        if let Some(pid) = row.try_get("pid")? {
            seen.sessions.push(session(row, pid)?);
        }
    }
    let listed = count(first.try_get("all_listed")?);
    seen.left_out = listed.saturating_sub(u32::try_from(seen.sessions.len()).unwrap_or(u32::MAX));
    Ok(seen)
}

fn session(row: &Row, pid: i32) -> Result<(ActivitySession, Option<RawStatement>), Error> {
    let statement: Option<&str> = row.try_get("query")?;
    let session = ActivitySession {
        pid,
        // Hidden with the rest of the session.
        started: row.try_get::<_, Option<String>>("started")?.unwrap_or_default(),
        backend_type: row.try_get("backend_type")?,
        database: row.try_get("database")?,
        user: row.try_get("username")?,
        application: row.try_get("application")?,
        client: row.try_get("client")?,
        state: BackendState::from_postgres(row.try_get("state")?),
        wait: wait(row.try_get("wait_event_type")?, row.try_get("wait_event")?),
        state_seconds: seconds(row, "state_seconds")?,
        statement_seconds: seconds(row, "statement_seconds")?,
        transaction_seconds: seconds(row, "transaction_seconds")?,
        connected_seconds: seconds(row, "connected_seconds")?,
        leader: row.try_get("leader_pid")?,
        xmin_age: age(row.try_get("xmin_age")?),
        xid_age: age(row.try_get("xid_age")?),
        // 0 stands for a statement whose id was not worked out.
        queryid: row.try_get::<_, Option<i64>>("queryid")?.filter(|id| *id != 0).map(|id| id.to_string()),
        fingerprint: None,
        statement: None,
        truncated: row.try_get("truncated")?,
        route: None,
    };
    Ok((session, statement.filter(|text| *text != HIDDEN).map(RawStatement::new)))
}

fn wait(kind: Option<String>, event: Option<String>) -> Option<WaitEvent> {
    Some(WaitEvent { kind: kind?, event: event.unwrap_or_default() })
}

/// Times are of the server's clock: a statement that begins while it is looked at has not begun before now.
pub(super) fn seconds(row: &Row, column: &str) -> Result<Option<f64>, Error> {
    Ok(row.try_get::<_, Option<f64>>(column)?.map(|seconds| seconds.max(0.0)))
}

/// Transactions since; negative only for ids that are not in use.
pub(super) fn age(transactions: Option<i32>) -> Option<u32> {
    u32::try_from(transactions?).ok()
}

pub(super) fn count(rows: i64) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX)
}

//! Reads `pg_stat_statements` as the workload for index advice, by the columns of its own version.

mod missing;
mod reading;

use std::time::Duration;

use domain::{Problem, Timestamp};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error, Row};

use super::what_if::has_plan;
use crate::postgres::PostgresSource;
use crate::postgres::problem::Peer;
use missing::{lacks, not_created, not_loaded, not_usable, outdated};

pub use reading::{StatementCount, StatementEntry, StatementKey, StatementsChange, StatementsReading, since};

const EXTENSION: &str = include_str!("../../sql/index_advice/statements_extension.sql");
const INFO: &str = include_str!("../../sql/index_advice/statements_info.sql");
const STATEMENTS: &str = include_str!("../../sql/index_advice/statements.sql");
/// Connecting included.
const DEADLINE: Duration = Duration::from_secs(20);
const MOST: i64 = 10_000;
/// Bytes of a text.
const LONGEST: i32 = 65_536;

impl PostgresSource {
    /// The statements that ran in this database, with their counts and texts.
    ///
    /// # Errors
    /// A [`Problem`] where `pg_stat_statements` is not there or not for this role, with what mends it.
    pub async fn statements(&self) -> Result<StatementsReading, Problem> {
        let peer = self.advice.peer();
        let work = async {
            let session = self.advice.open("statements for index advice").await?;
            let Some(client) = session.client() else { return Err(peer.unexpected("no session")) };
            let result = read(client, peer).await;
            // Advice is asked for seldom: nothing stays open until the next time.
            session.discard();
            result
        };
        tokio::time::timeout(DEADLINE, work).await.unwrap_or_else(|_| Err(peer.timeout(DEADLINE)))
    }
}

/// The extension as it is found.
struct Extension {
    role: String,
    schema: String,
    version: (u32, u32),
    tracks: bool,
    identifies: bool,
    track_planning: bool,
}

async fn read(client: &Client, peer: Peer<'_>) -> Result<StatementsReading, Problem> {
    let failed = |error: Error| match error.code() {
        Some(&SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE) => not_loaded(true),
        _ => peer.problem(&error),
    };
    let row = client.query_typed_one(EXTENSION, &[]).await.map_err(failed)?;
    let extension = extension(&row).map_err(failed)??;
    let Extension { schema, version, .. } = &extension;
    let column =
        |from, name: &str, otherwise: &str| if *version >= from { name } else { otherwise }.to_owned();
    let info = column(
        (1, 9),
        "{schema}.pg_stat_statements_info",
        "(SELECT NULL::timestamptz AS stats_reset, NULL::int8 AS dealloc)",
    );
    // Read first: what happens meanwhile is then counted too early rather than too late.
    let info = INFO.replace("{info}", &info).replace("{schema}", schema);
    let info = client.query_typed_one(&info, &[]).await.map_err(failed)?;
    let sql = STATEMENTS
        .replace("{top_level}", &column((1, 9), "s.toplevel", "true"))
        .replace("{since}", &column((1, 11), "s.stats_since", "NULL::timestamptz"))
        .replace("{schema}", schema);
    let rows =
        client.query_typed(&sql, &[(&MOST, Type::INT8), (&LONGEST, Type::INT4)]).await.map_err(failed)?;
    reading(&extension, &info, &rows).map_err(failed)
}

/// What is there, or why it cannot be read.
fn extension(row: &Row) -> Result<Result<Extension, Problem>, Error> {
    let (role, database): (String, String) = (row.try_get("role")?, row.try_get("database")?);
    let loaded = row.try_get("loaded")?;
    let Some(schema) = row.try_get::<_, Option<String>>("schema")? else {
        return Ok(Err(if loaded { not_created(&database) } else { not_loaded(false) }));
    };
    if !loaded {
        return Ok(Err(not_loaded(true)));
    }
    if !row.try_get::<_, bool>("usable")? {
        return Ok(Err(not_usable(&schema, &role)));
    }
    let version = version(row.try_get("version")?);
    if version < (1, 8) {
        return Ok(Err(outdated(version)));
    }
    Ok(Ok(Extension {
        role,
        schema,
        version,
        tracks: row.try_get("tracks")?,
        identifies: row.try_get("identifies")?,
        track_planning: row.try_get("track_planning")?,
    }))
}

/// "1.10" is later than "1.9".
fn version(text: &str) -> (u32, u32) {
    let mut parts = text.split('.').map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

fn reading(extension: &Extension, info: &Row, rows: &[Row]) -> Result<StatementsReading, Error> {
    let mut reading = StatementsReading {
        taken_at: Timestamp(info.try_get("taken_at")?),
        counted_since: info.try_get::<_, Option<i64>>("counted_since")?.map(Timestamp),
        evicted: info.try_get::<_, Option<i64>>("evicted")?.map(unsigned),
        entries: Vec::with_capacity(rows.len()),
        cut: usize::try_from(MOST).is_ok_and(|most| rows.len() >= most),
        hidden: 0,
        without_text: 0,
        unplanned: 0,
        track_planning: extension.track_planning,
        lacks: Vec::new(),
    };
    for row in rows {
        match (row.try_get("queryid")?, row.try_get::<_, Option<&str>>("text")?) {
            (None, _) => reading.hidden += 1,
            (Some(_), None) => reading.without_text += 1,
            (Some(_), Some(text)) if !has_plan(text) => reading.unplanned += 1,
            (Some(queryid), Some(text)) => reading.entries.push(entry(row, queryid, text)?),
        }
    }
    reading.lacks = lacks(extension, reading.hidden, rows.len());
    Ok(reading)
}

fn entry(row: &Row, queryid: i64, text: &str) -> Result<StatementEntry, Error> {
    Ok(StatementEntry {
        key: StatementKey { queryid, user: row.try_get("userid")?, top_level: row.try_get("top_level")? },
        calls: unsigned(row.try_get("calls")?),
        total_ms: row.try_get("total_ms")?,
        rows: unsigned(row.try_get("rows")?),
        text: text.to_owned(),
        since: row.try_get::<_, Option<i64>>("since")?.map(Timestamp),
    })
}

fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

//! What each statement has counted, read without texts: a reading's totals.

use std::time::{SystemTime, UNIX_EPOCH};

use domain::{StatementCounts, StatementIdentity, StatementTotal, StatementTotals, Timestamp};
use tokio_postgres::types::Type;
use tokio_postgres::{Error, Row};

use super::extension::{Extension, Info, VIEW, since, top_level};
use crate::postgres::columns::Columns;
use crate::postgres::own_queries::{Asking, OwnQueryName};

const SQL: &str = include_str!("../sql/statements/counters.sql");
const QUERY: OwnQueryName =
    OwnQueryName { name: "statements.counters", purpose: "What each statement has counted" };
/// Twice what a server keeps unless it is told otherwise.
pub(super) const MOST: i64 = 10_000;

/// Where the counters begin in a row; found by place, for there are many.
const FIRST_COUNTER: usize = 5;

/// For each of [`StatementCounts::NAMES`] the columns that make it, by the names they had in turn.
const COUNTERS: [&[&[&str]]; 16] = [
    &[&["calls"]],
    &[&["total_exec_time"]],
    &[&["plans"]],
    &[&["total_plan_time"]],
    &[&["rows"]],
    &[&["shared_blks_hit"]],
    &[&["shared_blks_read"]],
    &[&["shared_blks_dirtied"]],
    &[&["shared_blks_written"]],
    &[&["local_blks_hit"]],
    &[&["local_blks_read"]],
    &[&["temp_blks_read"]],
    &[&["temp_blks_written"]],
    &[
        &["shared_blk_read_time", "blk_read_time"],
        &["shared_blk_write_time", "blk_write_time"],
        &["local_blk_read_time"],
        &["local_blk_write_time"],
        &["temp_blk_read_time"],
        &["temp_blk_write_time"],
    ],
    &[&["wal_bytes"]],
    &[&["jit_generation_time"], &["jit_inlining_time"], &["jit_optimization_time"], &["jit_emission_time"]],
];

/// What one reading found.
pub(super) async fn read(
    asking: Asking<'_>,
    extension: &Extension,
    info: &Info,
    at: Timestamp,
) -> Result<StatementTotals, Error> {
    let sql = sql(&extension.columns, &extension.schema);
    let rows = asking.rows(QUERY, &sql, &[(&MOST, Type::INT8)]).await?;
    let mut totals = StatementTotals {
        at,
        taken_at: info.taken_at,
        started_at: info.started_at,
        counted_since: info.counted_since,
        evicted: info.evicted,
        entries: Vec::with_capacity(rows.len()),
        cut: usize::try_from(MOST).is_ok_and(|most| rows.len() >= most),
        hidden: 0,
    };
    for row in &rows {
        // Of others' statements the id is hidden with the text.
        match row.try_get("queryid")? {
            Some(queryid) => totals.entries.push(entry(row, queryid)?),
            None => totals.hidden += 1,
        }
    }
    Ok(totals)
}

pub(super) fn sql(columns: &Columns, schema: &str) -> String {
    let counters: Vec<String> = COUNTERS
        .iter()
        .zip(StatementCounts::NAMES)
        .map(|(parts, name)| format!("{} AS {name}", sum(columns, parts)))
        .collect();
    SQL.replace("{top_level}", &top_level(columns))
        .replace("{since}", &since(columns))
        .replace("{counters}", &counters.join(",\n       "))
        .replace("{schema}", schema)
}

fn sum(columns: &Columns, parts: &[&[&str]]) -> String {
    let found: Vec<String> = parts
        .iter()
        .filter_map(|names| names.iter().find(|name| columns.has(VIEW, name)))
        .map(|name| format!("s.{name}{}", cast(name)))
        .collect();
    if found.is_empty() { "0::float8".to_owned() } else { found.join(" + ") }
}

/// The way from numeric to float8 leads through text, so WAL takes another.
fn cast(column: &str) -> &'static str {
    match column {
        "wal_bytes" => "::int8::float8",
        _ if column.ends_with("_time") => "",
        _ => "::float8",
    }
}

fn entry(row: &Row, queryid: i64) -> Result<StatementTotal, Error> {
    let mut counts = [0.0; 16];
    for (place, count) in counts.iter_mut().enumerate() {
        *count = row.try_get(FIRST_COUNTER + place)?;
    }
    Ok(StatementTotal {
        identity: identity(row, queryid)?,
        counts: StatementCounts::from_array(counts),
        since: row.try_get::<_, Option<SystemTime>>("since")?.map(timestamp),
    })
}

pub(super) fn identity(row: &Row, queryid: i64) -> Result<StatementIdentity, Error> {
    Ok(StatementIdentity {
        queryid,
        user: row.try_get("userid")?,
        database: row.try_get("dbid")?,
        top_level: row.try_get("top_level")?,
    })
}

fn timestamp(at: SystemTime) -> Timestamp {
    let millis = at.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    Timestamp(i64::try_from(millis).unwrap_or(i64::MAX))
}

//! Reads `pg_stat_statements` as the workload for index advice: one database, with texts.

mod reading;

use std::time::Duration;

use domain::{Problem, Timestamp};
use tokio_postgres::types::Type;
use tokio_postgres::{Error, Row};

use super::extension::{self, Extension, Info, since as since_column, top_level};
use super::missing::lacks;
use super::not_loaded_is_no_failure;
use crate::postgres::PostgresSource;
use crate::postgres::own_queries::{Asking, OwnQueryName};
use crate::postgres::planner::has_plan;

pub use reading::{StatementCount, StatementEntry, StatementKey, StatementsChange, StatementsReading, since};

const SQL: &str = include_str!("../../sql/statements/workload.sql");
const QUERY: OwnQueryName =
    OwnQueryName { name: "statements.workload", purpose: "The statements of a database for index advice" };
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
            let result = read(Asking { client, ledger: &self.ledger }).await;
            // Advice is asked for seldom: nothing stays open until the next time.
            session.discard();
            not_loaded_is_no_failure(result).unwrap_or_else(|error| Err(peer.problem(&error)))
        };
        tokio::time::timeout(DEADLINE, work).await.unwrap_or_else(|_| Err(peer.timeout(DEADLINE)))
    }
}

async fn read(asking: Asking<'_>) -> Result<Result<StatementsReading, Problem>, Error> {
    let extension = match extension::find(asking).await? {
        Ok(extension) => extension,
        Err(problem) => return Ok(Err(problem)),
    };
    let info = extension.info(asking).await?;
    let sql = SQL
        .replace("{top_level}", &top_level(&extension.columns))
        .replace("{since}", &since_column(&extension.columns))
        .replace("{schema}", &extension.schema);
    let rows = asking.rows(QUERY, &sql, &[(&MOST, Type::INT8), (&LONGEST, Type::INT4)]).await?;
    reading(&extension, &info, &rows).map(Ok)
}

fn reading(extension: &Extension, info: &Info, rows: &[Row]) -> Result<StatementsReading, Error> {
    let mut reading = StatementsReading {
        taken_at: info.taken_at,
        counted_since: info.counted_since,
        evicted: info.evicted,
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

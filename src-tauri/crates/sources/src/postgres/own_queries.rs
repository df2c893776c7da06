//! What the console runs on a server: every query has a name, carries it in a comment, and is counted.

mod told;

use std::collections::{BTreeMap, HashMap};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::SourceId;
use futures_util::TryStreamExt;
use parking_lot::Mutex;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, Row};

/// Stands in every query of the console, before its name; so they are found again in `pg_stat_statements`.
pub const OWN_MARK: &str = "mpanel console:";

/// One query of the console, by its name and what it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnQueryName {
    /// "activity.sessions"; letters, digits, dots and underscores.
    pub name: &'static str,
    pub purpose: &'static str,
}

/// What one query has cost so far, as the console measured it, the network included.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnQueryCount {
    pub query: OwnQueryName,
    pub calls: u64,
    pub took: Duration,
    pub longest: Duration,
    pub rows: u64,
    pub errors: u64,
    /// As it was sent last.
    pub sql: String,
}

/// The counts of every server, since the console started.
#[derive(Debug, Clone, Default)]
pub struct OwnQueries {
    servers: Arc<Mutex<HashMap<SourceId, Ledger>>>,
}

impl OwnQueries {
    /// What was run on this server.
    pub fn of(&self, source: &SourceId) -> Vec<OwnQueryCount> {
        self.ledger(source).counts.lock().values().cloned().collect()
    }

    /// Of a source that was removed.
    pub fn forget(&self, source: &SourceId) {
        self.servers.lock().remove(source);
    }

    pub(super) fn ledger(&self, source: &SourceId) -> Ledger {
        self.servers.lock().entry(source.clone()).or_default().clone()
    }
}

/// The counts of one server.
#[derive(Debug, Clone, Default)]
pub(super) struct Ledger {
    counts: Arc<Mutex<BTreeMap<&'static str, OwnQueryCount>>>,
}

impl Ledger {
    fn count(&self, query: OwnQueryName, sql: &str, took: Duration, rows: Option<usize>) {
        let mut counts = self.counts.lock();
        let count = counts.entry(query.name).or_insert_with(|| OwnQueryCount {
            query,
            calls: 0,
            took: Duration::ZERO,
            longest: Duration::ZERO,
            rows: 0,
            errors: 0,
            sql: String::new(),
        });
        count.calls += 1;
        count.took += took;
        count.longest = count.longest.max(took);
        match rows {
            Some(rows) => count.rows = count.rows.saturating_add(u64::try_from(rows).unwrap_or(u64::MAX)),
            None => count.errors += 1,
        }
        if count.sql != sql {
            sql.clone_into(&mut count.sql);
        }
    }
}

/// A connection with the ledger of its server: the way to ask it anything.
#[derive(Clone, Copy)]
pub(super) struct Asking<'a> {
    pub(super) client: &'a Client,
    pub(super) ledger: &'a Ledger,
}

impl Asking<'_> {
    /// Parameters carry their types, so that nothing is prepared and one round trip is enough.
    pub(super) async fn rows(
        &self,
        query: OwnQueryName,
        sql: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, Error> {
        let sql = marked(query.name, sql);
        let begun = Instant::now();
        let result = self.client.query_typed(&sql, parameters).await;
        self.ledger.count(query, &sql, begun.elapsed(), result.as_ref().ok().map(Vec::len));
        result
    }

    /// For queries that always answer with one row.
    pub(super) async fn row(
        &self,
        query: OwnQueryName,
        sql: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Row, Error> {
        let sql = marked(query.name, sql);
        let begun = Instant::now();
        let result = self.client.query_typed_one(&sql, parameters).await;
        self.ledger.count(query, &sql, begun.elapsed(), result.as_ref().ok().map(|_| 1));
        result
    }
}

impl Asking<'_> {
    /// Rows one by one, for answers that are too large to be held.
    pub(super) async fn each(
        &self,
        query: OwnQueryName,
        sql: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
        take: impl FnMut(&Row) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let sql = marked(query.name, sql);
        let begun = Instant::now();
        let result = self.take_each(&sql, parameters, take).await;
        self.ledger.count(query, &sql, begun.elapsed(), result.as_ref().ok().copied());
        result.map(drop)
    }

    async fn take_each(
        &self,
        sql: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
        mut take: impl FnMut(&Row) -> Result<(), Error>,
    ) -> Result<usize, Error> {
        let parameters = parameters.iter().map(|(value, kind)| (*value, kind.clone()));
        let mut rows = pin!(self.client.query_typed_raw(sql, parameters).await?);
        let mut count = 0;
        while let Some(row) = rows.try_next().await? {
            take(&row)?;
            count += 1;
        }
        Ok(count)
    }

    /// What answers with no rows: a transaction's begin and end, settings. Of several statements the first is marked.
    pub(super) async fn run(&self, query: OwnQueryName, sql: &str) -> Result<(), Error> {
        let sql = marked(query.name, sql);
        let begun = Instant::now();
        let result = self.client.batch_execute(&sql).await;
        self.ledger.count(query, &sql, begun.elapsed(), result.as_ref().ok().map(|()| 0));
        result
    }
}

/// The query without the comments at its head, its name behind its first word: there no version of
/// `pg_stat_statements` cuts it off.
fn marked(name: &str, sql: &str) -> String {
    let body = without_head_comments(sql);
    let end = body.find(char::is_whitespace).unwrap_or(body.len());
    let (first, rest) = body.split_at(end);
    format!("{first} /* {OWN_MARK} {name} */{rest}")
}

fn without_head_comments(sql: &str) -> &str {
    let mut body = sql.trim();
    while let Some(comment) = body.strip_prefix("--") {
        body = comment.split_once('\n').map_or("", |(_, rest)| rest).trim_start();
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_stands_behind_the_first_word() {
        let cases = [
            ("SELECT 1", "SELECT /* mpanel console: a.b */ 1"),
            (
                "-- What for.\n-- And why.\nWITH x AS (SELECT 1)\nSELECT 2\n",
                "WITH /* mpanel console: a.b */ x AS (SELECT 1)\nSELECT 2",
            ),
            ("SELECT\n  1", "SELECT /* mpanel console: a.b */\n  1"),
            ("COMMIT", "COMMIT /* mpanel console: a.b */"),
        ];
        for (sql, wanted) in cases {
            assert_eq!(marked("a.b", sql), wanted, "{sql}");
        }
    }

    #[test]
    fn calls_errors_and_rows_are_counted_for_each_server() {
        const QUERY: OwnQueryName = OwnQueryName { name: "a.b", purpose: "testing" };
        let all = OwnQueries::default();
        let (one, other) = (SourceId::new("one"), SourceId::new("other"));
        let ledger = all.ledger(&one);
        ledger.count(QUERY, "SELECT 1", Duration::from_millis(2), Some(3));
        ledger.count(QUERY, "SELECT 2", Duration::from_millis(6), None);
        let counts = all.of(&one);
        assert_eq!((counts[0].calls, counts[0].rows, counts[0].errors), (2, 3, 1));
        assert_eq!((counts[0].took, counts[0].longest), (Duration::from_millis(8), Duration::from_millis(6)));
        assert_eq!(counts[0].sql, "SELECT 2");
        assert!(all.of(&other).is_empty());
        all.forget(&one);
        assert!(all.of(&one).is_empty());
    }
}

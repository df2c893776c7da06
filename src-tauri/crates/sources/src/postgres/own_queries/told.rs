//! Queries that hold what must not be kept: they are counted, and something else is told of their text.

use std::time::{Duration, Instant};

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Error, Row, SimpleQueryMessage, SimpleQueryRow};

use super::{Asking, OwnQueryName, marked};

impl Asking<'_> {
    /// As [`Asking::rows`]; `told` is shown as its text.
    pub(in crate::postgres) async fn rows_told(
        &self,
        query: OwnQueryName,
        sql: &str,
        told: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, Error> {
        let begun = Instant::now();
        let result = self.client.query_typed(&marked(query.name, sql), parameters).await;
        let rows = result.as_ref().ok().map(Vec::len);
        self.ledger.count(query, &marked(query.name, told), begun.elapsed(), rows);
        result
    }

    /// In the protocol that knows no parameters, and takes a `$1` for part of the statement.
    pub(in crate::postgres) async fn simple_told(
        &self,
        query: OwnQueryName,
        sql: &str,
        told: &str,
    ) -> Result<Vec<SimpleQueryRow>, Error> {
        let begun = Instant::now();
        let result = self.client.simple_query(&marked(query.name, sql)).await.map(rows);
        let count = result.as_ref().ok().map(Vec::len);
        self.ledger.count(query, &marked(query.name, told), begun.elapsed(), count);
        result
    }
}

impl Asking<'_> {
    /// A text as it is to be sent, where the caller sends it and reads the answer. Of several statements the first is marked.
    pub(in crate::postgres) fn named(query: OwnQueryName, sql: &str) -> String {
        marked(query.name, sql)
    }

    /// How such a text fared: rows where it was answered, none where it failed.
    pub(in crate::postgres) fn answered(
        &self,
        query: OwnQueryName,
        told: &str,
        took: Duration,
        rows: Option<usize>,
    ) {
        self.ledger.count(query, &marked(query.name, told), took, rows);
    }
}

fn rows(messages: Vec<SimpleQueryMessage>) -> Vec<SimpleQueryRow> {
    let row = |message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    };
    messages.into_iter().filter_map(row).collect()
}

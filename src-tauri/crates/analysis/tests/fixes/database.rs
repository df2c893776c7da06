//! A server with the shop in it, and statements run with their values written into the text.

use servers::{Postgres, PostgresOptions};
use tokio_postgres::{Client, SimpleQueryMessage};

pub(crate) struct Database {
    server: Postgres,
    client: Client,
}

/// Values as text; `None` is NULL.
pub(crate) type Row = Vec<Option<String>>;

#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Row>,
}

impl Database {
    pub(crate) async fn start() -> Self {
        let server = Postgres::start(PostgresOptions::default()).await.unwrap();
        let client = server.connect().await.unwrap();
        client.batch_execute(include_str!("schema.sql")).await.unwrap();
        Self { server, client }
    }

    pub(crate) async fn stop(self) {
        drop(self.client);
        self.server.stop().await;
    }

    /// Whether PostgreSQL can tell all types of a statement with placeholders.
    pub(crate) async fn prepares(&self, sql: &str) -> Result<(), String> {
        self.client.prepare(sql).await.map(drop).map_err(|error| told(&error))
    }

    /// Runs a statement with a value for each placeholder: `$1` first.
    pub(crate) async fn run(&self, sql: &str, values: &[Option<&str>]) -> Result<Rows, String> {
        let sql = written(sql, values);
        let messages =
            self.client.simple_query(&sql).await.map_err(|error| format!("{}\n{sql}", told(&error)))?;
        let mut found = Rows::default();
        for message in messages {
            match message {
                SimpleQueryMessage::RowDescription(columns) => {
                    found.columns = columns.iter().map(|column| column.name().to_owned()).collect();
                }
                SimpleQueryMessage::Row(row) => {
                    found.rows.push((0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect());
                }
                _ => {}
            }
        }
        Ok(found)
    }

    pub(crate) async fn execute(&self, sql: &str) {
        self.client.batch_execute(sql).await.unwrap();
    }
}

fn told(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), |told| told.message().to_owned())
}

/// Values as untyped constants, which take their types as parameters do.
fn written(sql: &str, values: &[Option<&str>]) -> String {
    let mut text = String::new();
    let mut rest = sql;
    while let Some(at) = rest.find('$') {
        let digits = rest[at + 1..].find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len() - at - 1);
        let number: usize = rest[at + 1..at + 1 + digits].parse().unwrap();
        text.push_str(&rest[..at]);
        match values.get(number - 1).unwrap_or_else(|| panic!("no value for ${number}: {sql}")) {
            Some(value) => text.push_str(&format!("'{}'", value.replace('\'', "''"))),
            None => text.push_str("NULL"),
        }
        rest = &rest[at + 1 + digits..];
    }
    text + rest
}

/// `{a,b}`: values as an array.
pub(crate) fn array(values: &[Option<&str>]) -> String {
    let each = |value: &Option<&str>| {
        value.map_or("NULL".to_owned(), |value| format!("\"{}\"", value.replace('"', "\\\"")))
    };
    format!("{{{}}}", values.iter().map(each).collect::<Vec<_>>().join(","))
}

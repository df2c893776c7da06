//! Sessions, locks and signals, against a real PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may fail loudly"
)]

mod cost;
mod horizons;
mod rights;
mod sessions;
mod signals;
mod waits;

use std::time::{Duration, Instant};

use domain::{ActivitySession, Blocker, Connection, LockWait, SourceConfig, SourceKind, Timestamp};
use runtime::metrics::Registry;
use servers::{Postgres, PostgresOptions};
use sources::SourceContext;
use sources::postgres::{ActivityReading, PostgresSource};
use tokio_postgres::Client;

const NOW: Timestamp = Timestamp(1_700_000_000_000);

async fn start(settings: &[(&str, &str)]) -> Postgres {
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Postgres::start(PostgresOptions { settings, ..PostgresOptions::default() }).await.unwrap()
}

fn open(server: &Postgres, user: &str, password: &str, allow_signals: bool) -> PostgresSource {
    let url = format!("postgres://{user}@127.0.0.1:{}/postgres?sslmode=disable", server.port());
    let config = SourceConfig {
        allow_signals,
        ..SourceConfig::unsaved("pg", SourceKind::Postgres, Connection::Url { url })
    };
    PostgresSource::new(&config, Some(password.to_owned()), &SourceContext::new(Registry::new())).unwrap()
}

fn source(server: &Postgres) -> PostgresSource {
    open(server, "postgres", server.password(), true)
}

async fn client(server: &Postgres, application: &str) -> Client {
    let client = server.connect().await.unwrap();
    client.batch_execute(&format!("SET application_name = '{application}'")).await.unwrap();
    client
}

async fn pid(client: &Client) -> i32 {
    client.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0)
}

/// Runs in the background; its outcome is of no interest, or awaited.
fn run(client: Client, sql: &str) -> tokio::task::JoinHandle<Result<(), tokio_postgres::Error>> {
    let sql = sql.to_owned();
    tokio::spawn(async move { client.batch_execute(&sql).await })
}

/// Looks until `wanted` is seen.
async fn until(source: &PostgresSource, wanted: impl Fn(&ActivityReading) -> bool) -> ActivityReading {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let reading = source.activity(NOW, false).await.unwrap();
        if wanted(&reading) {
            return reading;
        }
        assert!(Instant::now() < deadline, "never seen; last: {reading:#?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn of(reading: &ActivityReading, pid: i32) -> &ActivitySession {
    reading.sample.sessions.iter().find(|session| session.pid == pid).unwrap()
}

fn statement(reading: &ActivityReading, pid: i32) -> Option<&str> {
    let place = reading.sample.sessions.iter().position(|session| session.pid == pid)?;
    reading.statements[place].as_ref().map(|text| text.unmasked())
}

fn wait(reading: &ActivityReading, pid: i32) -> Option<&LockWait> {
    reading.sample.waits.iter().find(|wait| wait.pid == pid)
}

fn blockers(reading: &ActivityReading, pid: i32) -> Vec<Blocker> {
    wait(reading, pid).map(|wait| wait.blockers.clone()).unwrap_or_default()
}

/// Kind, mode, target and the mode that the first blocker holds.
fn lock(reading: &ActivityReading, pid: i32) -> (&str, &str, &str, Option<&str>) {
    let lock = wait(reading, pid).and_then(|wait| wait.lock.as_ref()).unwrap();
    (&lock.kind, &lock.mode, &lock.target, lock.held_mode.as_deref())
}

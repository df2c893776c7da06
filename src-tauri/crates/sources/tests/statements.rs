//! What `pg_stat_statements` counted, read from real servers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests may fail loudly, and tell what they measured"
)]

use domain::{
    Connection, SourceConfig, SourceKind, StatementIdentity, StatementText, StatementTotal, Timestamp,
};
use servers::{Postgres, PostgresOptions};
use sources::SourceContext;
use sources::postgres::{CountedStatements, PostgresSource};
use tokio_postgres::Client;

const NOW: Timestamp = Timestamp(1_790_000_000_000);

fn source(server: &Postgres, user: &str, password: &str) -> PostgresSource {
    let url = format!("postgres://{user}@127.0.0.1:{}/postgres", server.port());
    let config = SourceConfig::unsaved("pg", SourceKind::Postgres, Connection::Url { url });
    let context = SourceContext::new(runtime::metrics::Registry::new());
    PostgresSource::new(&config, Some(password.to_owned()), &context).unwrap()
}

async fn start() -> (Postgres, Client, PostgresSource) {
    let server = Postgres::start(PostgresOptions::default()).await.unwrap();
    let admin = server.connect().await.unwrap();
    let source = source(&server, "postgres", server.password());
    (server, admin, source)
}

async fn texts(source: &PostgresSource, counted: &CountedStatements) -> Vec<StatementText> {
    let all: Vec<StatementIdentity> = counted.totals.entries.iter().map(|entry| entry.identity).collect();
    source.statement_texts(&all).await.unwrap()
}

/// Entries whose text holds `part`, with their texts.
async fn of(source: &PostgresSource, part: &str) -> Vec<(StatementTotal, StatementText)> {
    let counted = source.read_statements(NOW).await.unwrap();
    let texts = texts(source, &counted).await;
    let found = texts.into_iter().filter(|text| text.text.as_ref().is_some_and(|text| text.contains(part)));
    found
        .map(|text| {
            let entry = counted.totals.entries.iter().find(|entry| entry.identity == text.identity);
            (*entry.unwrap(), text)
        })
        .collect()
}

#[tokio::test]
async fn calls_and_rows_of_every_database_are_counted_exactly() {
    let (server, admin, source) = start().await;
    admin.batch_execute("CREATE DATABASE other").await.unwrap();
    admin.batch_execute("CREATE ROLE \"Eve\" LOGIN PASSWORD 'pw'").await.unwrap();
    admin.batch_execute("CREATE TABLE t (x int); INSERT INTO t SELECT generate_series(1, 50)").await.unwrap();
    for _ in 0..7 {
        admin.batch_execute("SELECT * FROM t WHERE x <= 20").await.unwrap();
    }
    let other = server.connect_as("Eve", "pw", "other").await.unwrap();
    for number in 0..3 {
        other.batch_execute(&format!("SELECT {number} AS elsewhere")).await.unwrap();
    }
    let found = of(&source, "FROM t WHERE x <=").await;
    let [(entry, text)] = &found[..] else { panic!("{} entries", found.len()) };
    assert_eq!((entry.counts.calls, entry.counts.rows), (7.0, 140.0));
    assert!(entry.counts.exec_ms > 0.0 && entry.counts.shared_hit >= 7.0);
    assert_eq!((text.database.as_str(), text.user.as_str(), text.own), ("postgres", "postgres", false));
    let found = of(&source, "elsewhere").await;
    assert_eq!(found[0].0.counts.calls, 3.0);
    assert_eq!((found[0].1.database.as_str(), found[0].1.user.as_str()), ("other", "Eve"));

    let counted = source.read_statements(NOW).await.unwrap();
    assert!(counted.lacks.is_empty() && !counted.totals.cut && counted.totals.hidden == 0);
    assert_eq!(counted.totals.at, NOW);
    assert!(counted.totals.started_at < counted.totals.taken_at);
    assert!(counted.columns.wal && !counted.columns.planning);
    let written = of(&source, "INSERT INTO t").await;
    assert!(written[0].0.counts.wal_bytes > 0.0);
    let own = of(&source, "statements.counters").await;
    assert!(own[0].1.own, "the console's own queries are known by their mark");
}

#[tokio::test]
async fn long_texts_are_cut_and_only_what_is_wanted_is_told() {
    let (_server, admin, source) = start().await;
    let columns: Vec<_> = (0..6_000).map(|number| format!("relname AS \"{number}ä\"")).collect();
    let columns = [&columns[..1_600]].concat().join(", ");
    let padding = format!("/* {} */", "é".repeat(40_000));
    admin.batch_execute(&format!("SELECT {padding} {columns} FROM pg_class LIMIT 1")).await.unwrap();
    let counted = source.read_statements(NOW).await.unwrap();
    let all = texts(&source, &counted).await;
    let longest = all.iter().filter_map(|text| text.text.as_ref()).map(String::len).max().unwrap();
    assert!((65_530..=65_536).contains(&longest), "{longest}");
    let one = all[0].identity;
    let told = source.statement_texts(&[one]).await.unwrap();
    assert_eq!(told.iter().map(|text| text.identity).collect::<Vec<_>>(), [one]);
    assert!(source.statement_texts(&[StatementIdentity { queryid: 1, ..one }]).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_plain_role_sees_its_own_and_is_told_the_grant() {
    let (server, admin, _) = start().await;
    admin.batch_execute("CREATE ROLE \"Eve\" LOGIN PASSWORD 'pw'").await.unwrap();
    let eve = source(&server, "Eve", "pw");
    let counted = eve.read_statements(NOW).await.unwrap();
    assert!(counted.totals.hidden > 0);
    assert_eq!(counted.lacks[0].code, "statements_hidden");
    admin.batch_execute(counted.lacks[0].remedy.as_deref().unwrap()).await.unwrap();
    let counted = eve.read_statements(NOW).await.unwrap();
    assert!(counted.totals.hidden == 0 && counted.lacks.is_empty());
}

#[tokio::test]
async fn an_extension_that_comes_goes_or_moves_is_noticed() {
    let (_server, admin, source) = start().await;
    source.read_statements(NOW).await.unwrap();
    admin.batch_execute("DROP EXTENSION pg_stat_statements").await.unwrap();
    let problem = source.read_statements(NOW).await.unwrap_err();
    assert_eq!(problem.remedy.as_deref(), Some("CREATE EXTENSION pg_stat_statements;"));
    // Version 1.8 has no pg_stat_statements_info and no toplevel.
    admin
        .batch_execute(
            "CREATE SCHEMA \"Stat s\"; CREATE EXTENSION pg_stat_statements SCHEMA \"Stat s\" VERSION '1.8'",
        )
        .await
        .unwrap();
    let counted = source.read_statements(NOW).await.unwrap();
    assert!(counted.totals.evicted.is_none() && counted.totals.counted_since.is_none());
    assert!(!counted.columns.jit && !counted.totals.entries.is_empty());
    assert!(!texts(&source, &counted).await.is_empty());
    admin.batch_execute("ALTER EXTENSION pg_stat_statements UPDATE").await.unwrap();
    assert!(source.read_statements(NOW).await.unwrap().totals.counted_since.is_some());

    let settings = vec![("shared_preload_libraries".to_owned(), String::new())];
    let server = Postgres::start(PostgresOptions { settings, ..Default::default() }).await.unwrap();
    let bare = self::source(&server, "postgres", server.password());
    let problem = bare.read_statements(NOW).await.unwrap_err();
    assert!(problem.remedy.unwrap().contains("shared_preload_libraries"));
}

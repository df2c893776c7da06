//! The statements that ran.

use domain::{Problem, ProblemCode};
use servers::{Postgres, PostgresOptions};
use sources::postgres::{StatementCount, StatementsReading, statements_since};
use tokio_postgres::Client;

use super::{source, source_as, source_in, start};

async fn run(client: &Client, times: usize) {
    for number in 0..times {
        client.batch_execute(&format!("SELECT * FROM t WHERE x = {number}")).await.unwrap();
    }
}

fn of(counts: Vec<StatementCount>, part: &str) -> Option<StatementCount> {
    counts.into_iter().find(|count| count.text.contains(part))
}

#[tokio::test]
async fn two_readings_differ_by_what_ran_between_them() {
    let (server, admin) = start().await;
    admin
        .batch_execute(
            "CREATE SCHEMA \"Stat s\"; DROP EXTENSION pg_stat_statements; CREATE EXTENSION pg_stat_statements SCHEMA \"Stat s\";
             CREATE TABLE t (x int); INSERT INTO t VALUES (1), (2);
             CREATE ROLE kept PASSWORD 'secret'",
        )
        .await
        .unwrap();
    admin.batch_execute("CREATE DATABASE other").await.unwrap();
    let columns: Vec<_> = (0..1_600).map(|number| format!("1 AS \"{number:050}\"")).collect();
    admin.batch_execute(&format!("SELECT {}", columns.join(", "))).await.unwrap();
    let source = source(&server);
    run(&admin, 5).await;
    let first = source.statements().await.unwrap();
    run(&admin, 7).await;
    let away = server.connect_as("postgres", server.password(), "other").await.unwrap();
    away.batch_execute("SELECT 1 AS elsewhere").await.unwrap();
    let second = source.statements().await.unwrap();

    let whole = of(second.counts(), "FROM t WHERE x = $1").unwrap();
    assert_eq!((whole.calls, whole.rows), (12, 4));
    let change = statements_since(&first, &second);
    let between = of(change.counts.clone(), "FROM t WHERE x = $1").unwrap();
    assert_eq!((between.calls, between.rows, change.reset, change.restarted), (7, 2, false, 0));
    assert!(between.total_ms > 0.0 && between.total_ms < whole.total_ms && change.seconds < 60.0);
    // PostgreSQL 13 does not say since when it counts.
    let dated = second.counted_since.is_some();
    assert!(dated == second.evicted.is_some() && !second.track_planning);
    assert_eq!(second.without_text, 1);
    assert!(second.unplanned > 0 && second.lacks.is_empty() && !second.cut);
    let shown = format!("{second:?}");
    assert!(!shown.contains("secret") && !shown.contains("elsewhere"), "{shown}");

    admin.batch_execute("SELECT \"Stat s\".pg_stat_statements_reset()").await.unwrap();
    run(&admin, 3).await;
    let third = source.statements().await.unwrap();
    let change = statements_since(&second, &third);
    assert!(change.reset == dated && (dated || change.restarted > 0));
    assert_eq!(of(change.counts, "FROM t WHERE x = $1").unwrap().calls, 3);
}

#[tokio::test]
async fn an_entry_that_was_reset_alone_counts_anew() {
    let (server, admin) = start().await;
    admin.batch_execute("CREATE TABLE t (x int)").await.unwrap();
    let source = source(&server);
    run(&admin, 5).await;
    let first = source.statements().await.unwrap();
    let entry = first.entries.iter().find(|entry| entry.text.contains("FROM t WHERE")).unwrap();
    admin
        .batch_execute(&format!("SELECT pg_stat_statements_reset(0, 0, {})", entry.key.queryid))
        .await
        .unwrap();
    run(&admin, 2).await;
    let change = statements_since(&first, &source.statements().await.unwrap());
    assert_eq!((change.reset, change.restarted), (false, 1));
    assert_eq!(of(change.counts, "FROM t WHERE").unwrap().calls, 2);
}

#[tokio::test]
async fn what_is_hidden_or_missing_is_told_with_its_remedy() {
    let (server, admin) = start().await;
    admin.batch_execute("CREATE TABLE t (x int); CREATE ROLE \"Eve\" LOGIN PASSWORD 'pw'").await.unwrap();
    admin.batch_execute("CREATE DATABASE bare").await.unwrap();
    run(&admin, 2).await;
    let eve = source_as(&server, "Eve", "pw");
    let reading: StatementsReading = eve.statements().await.unwrap();
    assert!(reading.hidden > 0 && of(reading.counts(), "FROM t").is_none());
    assert_eq!(reading.lacks[0].code, "statements_hidden");
    admin.batch_execute(reading.lacks[0].remedy.as_deref().unwrap()).await.unwrap();
    let reading = eve.statements().await.unwrap();
    assert!(reading.hidden == 0 && reading.lacks.is_empty() && of(reading.counts(), "FROM t").is_some());

    let found = source_in(&server, "postgres", server.password(), "bare").statements().await.unwrap_err();
    assert_eq!(found.remedy.as_deref(), Some("CREATE EXTENSION pg_stat_statements;"));
    assert!(found.message.contains("\"bare\""));
    admin
        .batch_execute("CREATE SCHEMA closed; ALTER EXTENSION pg_stat_statements SET SCHEMA closed")
        .await
        .unwrap();
    let found = eve.statements().await.unwrap_err();
    assert_eq!(found.code, ProblemCode::Permission);
    admin.batch_execute(found.remedy.as_deref().unwrap()).await.unwrap();
    eve.statements().await.unwrap();

    let settings = [("shared_preload_libraries", ""), ("pg_stat_statements.max", "100")];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let server = Postgres::start(PostgresOptions { settings, ..Default::default() }).await.unwrap();
    let found: Problem = source(&server).statements().await.unwrap_err();
    assert!(found.remedy.unwrap().contains("shared_preload_libraries"));
}

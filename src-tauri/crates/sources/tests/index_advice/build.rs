//! Indexes that are built and dropped, stopped midway and left by lost connections.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use domain::{IndexBuildProgress, ProblemCode};
use servers::Postgres;
use sources::postgres::{ExpectedIndex, IndexEffect, IndexOutcome, IndexPlace, IndexWork, PostgresSource};
use tokio::sync::Notify;
use tokio_postgres::Client;

use super::{source, source_that, start};

const SOON: Duration = Duration::from_secs(60);

fn builder_source(server: &Postgres, user: &str, password: &str) -> PostgresSource {
    source_that(true, server, user, password, server.database())
}

fn place(name: &str) -> IndexPlace {
    IndexPlace { schema: Some("public".to_owned()), name: name.to_owned() }
}

fn create(name: &str) -> IndexWork {
    IndexWork {
        sql: format!("CREATE INDEX CONCURRENTLY IF NOT EXISTS \"{name}\" ON public.t (x)"),
        lock_timeout: Some("0".to_owned()),
        effect: IndexEffect::Creates { index: place(name), table: "t".to_owned(), valid: true },
    }
}

fn drop_it(name: &str, expected: ExpectedIndex) -> IndexWork {
    IndexWork {
        sql: format!("DROP INDEX CONCURRENTLY IF EXISTS public.\"{name}\""),
        lock_timeout: Some("0".to_owned()),
        effect: IndexEffect::Drops { index: place(name), expected },
    }
}

/// Name and validity of the indexes of `t`.
async fn indexes(client: &Client) -> Vec<(String, bool)> {
    let sql = "SELECT c.relname::text, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                WHERE i.indrelid = 't'::regclass ORDER BY 1";
    client.query(sql, &[]).await.unwrap().iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// Waits until a session that is none of `client`'s runs such a statement and waits for a lock.
async fn waits(client: &Client, like: &str) {
    let sql = "SELECT count(*) FROM pg_stat_activity
                WHERE query LIKE $1 AND wait_event_type = 'Lock' AND state = 'active' AND pid <> pg_backend_pid()";
    let asked = async {
        while client.query_one(sql, &[&like]).await.unwrap().get::<_, i64>(0) == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(SOON, asked).await.expect("it waits in time");
}

async fn table(admin: &Client) {
    admin
        .batch_execute(
            "CREATE TABLE t AS SELECT n AS x FROM generate_series(1, 1000) n; CREATE TABLE u (x int)",
        )
        .await
        .unwrap();
}

#[tokio::test]
async fn what_is_built_can_be_dropped_and_what_was_there_is_left_alone() {
    let (server, admin) = start().await;
    table(&admin).await;
    let refused = source(&server).index_builder().await.err().unwrap();
    assert!(refused.code == ProblemCode::Permission && refused.remedy.is_some(), "{refused:?}");

    let source = builder_source(&server, "postgres", server.password());
    let mut builder = source.index_builder().await.unwrap();
    assert_eq!(builder.database(), server.database());
    let mut quiet = |_| {};
    let IndexOutcome::Created { number } = builder.run(&create("new"), pending(), &mut quiet).await.unwrap()
    else {
        panic!("it is created");
    };
    assert_eq!(builder.run(&create("new"), pending(), &mut quiet).await.unwrap(), IndexOutcome::Unchanged);
    let other = ExpectedIndex::Number(number + 1);
    let problem = builder.run(&drop_it("new", other), pending(), &mut quiet).await.unwrap_err();
    assert!(problem.message.contains("\"public\".\"new\" is no longer the one"), "{problem:?}");
    assert_eq!(indexes(&admin).await, [("new".to_owned(), true)]);
    let same = ExpectedIndex::Definition("CREATE INDEX new ON public.t USING btree (x)".to_owned());
    let dropped = drop_it("new", same);
    assert_eq!(builder.run(&dropped, pending(), &mut quiet).await.unwrap(), IndexOutcome::Dropped);
    assert_eq!(builder.run(&dropped, pending(), &mut quiet).await.unwrap(), IndexOutcome::Unchanged);

    admin
        .batch_execute(
            "CREATE INDEX old ON t (x); CREATE INDEX away ON u (x);
             UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'old'::regclass",
        )
        .await
        .unwrap();
    for (name, expected) in [("old", "invalid"), ("away", "on the table \"u\""), ("u", "is no index")] {
        let problem = builder.run(&create(name), pending(), &mut quiet).await.unwrap_err();
        assert!(problem.message.contains(expected) && problem.remedy.is_some(), "{problem:?}");
    }
    assert_eq!(indexes(&admin).await, [("old".to_owned(), false)]);
}

#[tokio::test]
async fn a_role_that_owns_nothing_is_told_what_it_needs() {
    let (server, admin) = start().await;
    table(&admin).await;
    admin
        .batch_execute(
            "CREATE ROLE reader LOGIN PASSWORD 'reads'; ALTER ROLE reader SET statement_timeout = '1ms'",
        )
        .await
        .unwrap();
    let source = builder_source(&server, "reader", "reads");
    let mut builder = source.index_builder().await.unwrap();
    let problem = builder.run(&create("new"), pending(), &mut |_| {}).await.unwrap_err();
    assert_eq!(problem.code, ProblemCode::Permission);
    assert!(problem.remedy.unwrap().contains("owner"));
    assert_eq!(indexes(&admin).await, []);
}

#[tokio::test]
async fn a_build_that_is_cancelled_leaves_nothing() {
    let (server, admin) = start().await;
    table(&admin).await;
    let writer = server.connect().await.unwrap();
    writer.batch_execute("BEGIN; INSERT INTO t VALUES (1)").await.unwrap();
    let source = builder_source(&server, "postgres", server.password());
    let (cancel, told) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (stop, heard) = (Arc::clone(&cancel), Arc::clone(&told));
    let build = tokio::spawn(async move {
        let mut builder = source.index_builder().await.unwrap();
        let mut tell = |progress: IndexBuildProgress| {
            assert!(
                progress.phase.starts_with("waiting for writers") && progress.lockers_total == 1,
                "{progress:?}"
            );
            heard.notify_one();
        };
        builder.run(&create("new"), stop.notified(), &mut tell).await
    });
    tokio::time::timeout(SOON, told.notified()).await.expect("progress is told");
    assert_eq!(indexes(&admin).await, [("new".to_owned(), false)]);
    cancel.notify_one();
    // To remove it takes the end of the same transaction.
    waits(&admin, "DROP INDEX CONCURRENTLY%").await;
    writer.batch_execute("COMMIT").await.unwrap();
    let ended = tokio::time::timeout(SOON, build).await.expect("it ends").unwrap();
    assert_eq!(ended.unwrap(), IndexOutcome::Cancelled);
    assert_eq!(indexes(&admin).await, []);
}

#[tokio::test]
async fn a_drop_that_is_cancelled_says_what_became_of_the_index() {
    let (server, admin) = start().await;
    table(&admin).await;
    admin.batch_execute("CREATE INDEX old ON t (x)").await.unwrap();
    let reader = server.connect().await.unwrap();
    reader.batch_execute("BEGIN; SELECT FROM t").await.unwrap();
    let source = builder_source(&server, "postgres", server.password());
    let cancel = Arc::new(Notify::new());
    let stop = Arc::clone(&cancel);
    let same = ExpectedIndex::Definition("CREATE INDEX old ON public.t USING btree (x)".to_owned());
    let work = drop_it("old", same);
    let drops = tokio::spawn(async move {
        let mut builder = source.index_builder().await.unwrap();
        builder.run(&work, stop.notified(), &mut |_| {}).await
    });
    waits(&admin, "DROP INDEX CONCURRENTLY%").await;
    cancel.notify_one();
    let ended = tokio::time::timeout(SOON, drops).await.expect("it ends").unwrap();
    let problem = ended.unwrap_err();
    assert!(problem.remedy.unwrap().contains("REINDEX INDEX CONCURRENTLY \"public\".\"old\""));
    reader.batch_execute("ROLLBACK").await.unwrap();
}

#[tokio::test]
async fn a_lost_connection_is_opened_again_to_clean_up() {
    let (server, admin) = start().await;
    table(&admin).await;
    let writer = server.connect().await.unwrap();
    writer.batch_execute("BEGIN; INSERT INTO t VALUES (1)").await.unwrap();
    let source = builder_source(&server, "postgres", server.password());
    let build = tokio::spawn(async move {
        let mut builder = source.index_builder().await.unwrap();
        let ended = builder.run(&create("new"), pending(), &mut |_| {}).await;
        (ended, builder.run(&create("next"), pending(), &mut |_| {}).await)
    });
    waits(&admin, "CREATE INDEX CONCURRENTLY%").await;
    admin
        .batch_execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONC%'",
        )
        .await
        .unwrap();
    waits(&admin, "DROP INDEX CONCURRENTLY%").await;
    writer.batch_execute("COMMIT").await.unwrap();
    let (ended, next) = tokio::time::timeout(SOON, build).await.expect("it ends").unwrap();
    assert_eq!(ended.unwrap_err().code, ProblemCode::ShuttingDown);
    assert!(matches!(next.unwrap(), IndexOutcome::Created { .. }), "the new session goes on");
    assert_eq!(indexes(&admin).await, [("next".to_owned(), true)]);
}

#[tokio::test]
async fn a_server_that_goes_away_leaves_the_statement_that_cleans_up() {
    let (mut server, admin) = start().await;
    table(&admin).await;
    let writer = server.connect().await.unwrap();
    writer.batch_execute("BEGIN; INSERT INTO t VALUES (1)").await.unwrap();
    let source = builder_source(&server, "postgres", server.password());
    let build = tokio::spawn(async move {
        let mut builder = source.index_builder().await.unwrap();
        builder.run(&create("new"), pending(), &mut |_| {}).await
    });
    waits(&admin, "CREATE INDEX CONCURRENTLY%").await;
    server.kill().await;
    let ended = tokio::time::timeout(SOON, build).await.expect("it ends").unwrap();
    let problem = ended.unwrap_err();
    let remedy = problem.remedy.unwrap();
    assert!(remedy.contains("DROP INDEX CONCURRENTLY IF EXISTS \"public\".\"new\""), "{remedy}");
    server.stop().await;
}

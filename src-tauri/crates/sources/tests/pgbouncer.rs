//! PgBouncer as a source, against real servers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may fail loudly"
)]

use std::time::{Duration, Instant};

use domain::{
    Connection, Facts, Pgbouncer, PollResult, Problem, ProblemCode, Reading, SourceConfig, SourceKind,
    Timestamp,
};
use servers::{PgbouncerOptions, Postgres, PostgresOptions};
use sources::pgbouncer::PgbouncerSource;
use sources::{Source, SourceContext};
use tokio_postgres::NoTls;

const NOW: Timestamp = Timestamp(0);

fn source(port: u16, user: &str, password: &str) -> PgbouncerSource {
    let config = SourceConfig::unsaved(
        "bouncer",
        SourceKind::Pgbouncer,
        Connection::Url { url: format!("postgres://{user}@127.0.0.1:{port}") },
    );
    let context = SourceContext::new(runtime::metrics::Registry::new());
    PgbouncerSource::new(&config, Some(password.to_owned()), &context).unwrap()
}

fn stats_source(server: &servers::Pgbouncer) -> PgbouncerSource {
    source(server.port(), server.stats_user(), server.stats_password())
}

fn facts(reading: &Reading) -> &Pgbouncer {
    match &reading.facts {
        Facts::Pgbouncer(facts) => facts,
        other => panic!("{other:?}"),
    }
}

async fn until(source: &PgbouncerSource, wanted: impl Fn(&PollResult) -> bool) -> PollResult {
    let deadline = Instant::now() + Duration::from_secs(15);
    loop {
        let result = source.poll(NOW).await;
        if wanted(&result) {
            return result;
        }
        assert!(Instant::now() < deadline, "never seen; last: {result:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn problem(source: &PgbouncerSource) -> Problem {
    let problem = source.poll(NOW).await.expect_err("a problem");
    assert!(problem.remedy.as_ref().is_some_and(|remedy| !remedy.is_empty()), "{problem:?}");
    problem
}

async fn start(change: impl FnOnce(&mut PgbouncerOptions)) -> (Postgres, servers::Pgbouncer) {
    let postgres = Postgres::start(PostgresOptions::default()).await.unwrap();
    let mut options = PgbouncerOptions::in_front_of(&postgres);
    change(&mut options);
    let pgbouncer = servers::Pgbouncer::start(options).await.unwrap();
    (postgres, pgbouncer)
}

#[tokio::test]
async fn waiting_clients_are_seen_with_the_size_that_makes_them_wait() {
    let (_postgres, pgbouncer) = start(|options| {
        options.default_pool_size = 1;
        options.max_client_conn = 40;
        options.settings.push(("query_wait_timeout".into(), "77".into()));
    })
    .await;
    let (holder, connection) = tokio_postgres::connect(&pgbouncer.dsn("postgres"), NoTls).await.unwrap();
    tokio::spawn(connection);
    holder.batch_execute("BEGIN").await.unwrap();
    let dsn = pgbouncer.dsn("postgres");
    let waiter = tokio::spawn(async move {
        let (client, connection) = tokio_postgres::connect(&dsn, NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute("SELECT 1").await
    });

    let source = stats_source(&pgbouncer);
    let seen = until(&source, |result| {
        result.as_ref().is_ok_and(|reading| {
            facts(reading)
                .pools
                .first()
                .is_some_and(|pool| pool.cl_waiting == 1.0 && pool.maxwait_seconds > 0.0)
        })
    });
    let reading = seen.await.unwrap();
    let found = facts(&reading);
    assert_eq!(found.pools.len(), 1, "{found:?}");
    let pool = &found.pools[0];
    assert_eq!((pool.database.as_str(), pool.user.as_str()), ("postgres", "postgres"));
    assert_eq!((pool.cl_active, pool.sv_active, pool.pool_size), (1.0, 1.0, Some(1.0)));
    assert_eq!(pool.mode.as_deref(), Some("session"));
    assert_eq!(found.max_client_connections, Some(40.0));
    assert_eq!(found.query_wait_timeout_seconds, Some(77.0));
    assert_eq!(found.used_clients, Some(3.0));
    assert!(reading.degraded.is_empty(), "{:?}", reading.degraded);
    assert!(
        reading.version.as_ref().is_some_and(|version| version.starts_with("PgBouncer 1.")),
        "{:?}",
        reading.version
    );
    let waiting = "pgbouncer_cl_waiting{database=\"postgres\",user=\"postgres\"}";
    assert!(reading.samples.iter().any(|s| s.key.to_string() == waiting && s.value == 1.0));

    holder.batch_execute("COMMIT").await.unwrap();
    drop(holder);
    waiter.await.unwrap().unwrap();
    until(&source, |result| {
        result.as_ref().is_ok_and(|reading| {
            let found = facts(reading);
            let done = found.databases.iter().any(|stats| stats.queries >= 1.0 && stats.wait_seconds > 0.0);
            done && found.pools.iter().all(|pool| pool.cl_waiting == 0.0 && pool.cl_active == 0.0)
        })
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    let (postgres, pgbouncer) = start(|_| {}).await;
    let found = problem(&source(pgbouncer.port(), "postgres", postgres.password())).await;
    assert_eq!(found.code, ProblemCode::Permission, "{found:?}");
    assert!(found.remedy.as_ref().unwrap().contains("stats_users = postgres"), "{found:?}");

    let found = problem(&source(pgbouncer.port(), pgbouncer.stats_user(), "hunter2")).await;
    assert_eq!(found.code, ProblemCode::Authentication, "{found:?}");
    assert!(!format!("{found:?}").contains("hunter2"));
    let found = problem(&source(pgbouncer.port(), "nobody", "x")).await;
    assert_eq!(found.code, ProblemCode::Authentication, "{found:?}");

    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    assert_eq!(problem(&source(unused, "stats", "x")).await.code, ProblemCode::Refused);
}

#[tokio::test]
async fn a_postgresql_in_its_place_is_recognised() {
    let postgres = Postgres::start(PostgresOptions::default()).await.unwrap();
    let source = source(postgres.port(), "postgres", postgres.password());
    let found = problem(&source).await;
    assert_eq!(found.code, ProblemCode::NotPgbouncer, "{found:?}");
    postgres.connect().await.unwrap().batch_execute("CREATE DATABASE pgbouncer").await.unwrap();
    assert_eq!(problem(&source).await.code, ProblemCode::NotPgbouncer);
}

#[tokio::test]
async fn it_is_found_again_after_a_restart_and_after_a_crash() {
    let (postgres, mut pgbouncer) = start(|_| {}).await;
    let source = stats_source(&pgbouncer);
    source.poll(NOW).await.unwrap();
    pgbouncer.restart().await.unwrap();
    until(&source, Result::is_ok).await.unwrap();
    pgbouncer.kill().await;
    let found = problem(&source).await;
    assert!(!found.code.stops_polling(), "{found:?}");
    assert_eq!(problem(&source).await.code, ProblemCode::Refused);
    pgbouncer.start_again().await.unwrap();
    source.poll(NOW).await.unwrap();

    // The layer behind may be gone; PgBouncer itself still answers.
    postgres.stop().await;
    source.poll(NOW).await.unwrap();
    source.close().await;
    source.poll(NOW).await.unwrap();
}

//! What a server's health is judged by, read from real servers with real troubles.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may fail loudly"
)]

use std::time::{Duration, Instant};

use domain::{
    Connection, HealthFacts, ProblemCode, SourceConfig, SourceId, SourceKind, TableFacts, Timestamp, Unseen,
};
use servers::{Postgres, PostgresOptions};
use sources::postgres::PostgresSource;
use sources::{Source, SourceContext};
use tokio_postgres::Client;

const NOW: Timestamp = Timestamp(1_800_000_000_000);
const SOON: Duration = Duration::from_secs(20);

fn open(server: &Postgres, user: &str, password: &str) -> (PostgresSource, SourceContext) {
    let address = format!("postgres://{user}@127.0.0.1:{}/postgres?sslmode=disable", server.port());
    let config = SourceConfig::unsaved("pg", SourceKind::Postgres, Connection::Url { url: address });
    let context = SourceContext::new(runtime::metrics::Registry::new());
    (PostgresSource::new(&config, Some(password.to_owned()), &context).unwrap(), context)
}

fn setting(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

async fn start(settings: &[(&str, &str)]) -> (Postgres, Client) {
    let mut all = vec![
        setting("max_prepared_transactions", "5"),
        setting("deadlock_timeout", "100ms"),
        setting("autovacuum_naptime", "1d"),
    ];
    all.extend(settings.iter().map(|(name, value)| setting(name, value)));
    let server = Postgres::start(PostgresOptions { settings: all, ..Default::default() }).await.unwrap();
    let admin = server.connect().await.unwrap();
    (server, admin)
}

/// Reads until `wanted` is seen: counters come to be seen a moment after the session that counted.
async fn until(source: &PostgresSource, wanted: impl Fn(&HealthFacts) -> bool) -> HealthFacts {
    let deadline = Instant::now() + SOON;
    loop {
        let facts = source.health(NOW).await.unwrap();
        if wanted(&facts) {
            return facts;
        }
        assert!(Instant::now() < deadline, "never seen; last: {facts:#?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// One of two sessions that each want what the other has.
async fn deadlock(server: &Postgres) {
    let (one, other) = (server.connect().await.unwrap(), server.connect().await.unwrap());
    one.batch_execute("BEGIN; UPDATE pair SET n = 1 WHERE id = 1").await.unwrap();
    other.batch_execute("BEGIN; UPDATE pair SET n = 1 WHERE id = 2").await.unwrap();
    let waits = tokio::spawn(async move {
        let ended = one.batch_execute("UPDATE pair SET n = 2 WHERE id = 2").await;
        let _ = one.batch_execute("ROLLBACK").await;
        ended.is_err()
    });
    let ended = other.batch_execute("UPDATE pair SET n = 2 WHERE id = 1").await;
    let _ = other.batch_execute("ROLLBACK").await;
    assert!(waits.await.unwrap() || ended.is_err(), "one of them was ended");
}

const TROUBLES: &str = "
CREATE TABLE pair (id int PRIMARY KEY, n int);
INSERT INTO pair VALUES (1, 0), (2, 0);
CREATE TABLE dying (id int) WITH (autovacuum_enabled = off, autovacuum_vacuum_threshold = 7, autovacuum_vacuum_scale_factor = 0.5);
INSERT INTO dying SELECT generate_series(1, 30000);
ANALYZE dying;
DELETE FROM dying WHERE id % 3 > 0;
CREATE TABLE orders (id serial PRIMARY KEY, big bigserial);
SELECT setval('orders_id_seq', 2000000000);
SELECT setval('orders_big_seq', 2000000000);
CREATE SEQUENCE loose AS smallint;
SELECT setval('loose', 30000);
CREATE SEQUENCE never_used;
CREATE TABLE twice (k int);
INSERT INTO twice VALUES (1), (1)";

fn table<'a>(facts: &'a HealthFacts, name: &str) -> Option<&'a TableFacts> {
    let tables = facts.slow.as_ref()?.tables.as_ref().ok()?;
    tables.tables.iter().find(|table| table.name == name)
}

fn panel(facts: &HealthFacts) -> &domain::DatabaseFacts {
    let databases = facts.quick.databases.as_ref().unwrap();
    databases.iter().find(|database| database.name == "postgres").unwrap()
}

#[tokio::test]
async fn real_troubles_are_seen() {
    let (server, admin) = start(&[]).await;
    admin.batch_execute(TROUBLES).await.unwrap();
    admin.batch_execute("CREATE UNIQUE INDEX CONCURRENTLY twice_k ON twice (k)").await.unwrap_err();
    admin.batch_execute("SELECT pg_create_physical_replication_slot('old_standby', true)").await.unwrap();
    admin.batch_execute("BEGIN; INSERT INTO twice VALUES (2); PREPARE TRANSACTION 'order''s'").await.unwrap();
    admin
        .batch_execute("SET work_mem = '64kB'; SELECT n FROM generate_series(1, 100000) AS n ORDER BY n DESC")
        .await
        .unwrap();
    deadlock(&server).await;
    drop(admin);

    let (source, _) = open(&server, "postgres", server.password());
    let facts = until(&source, |facts| {
        let counted = panel(facts);
        let dead = table(facts, "dying").is_some_and(|table| table.dead == 20_000.0);
        dead && counted.deadlocks == 1.0 && counted.temp_files >= 1.0
    })
    .await;
    let quick = &facts.quick;
    assert_eq!(quick.server.database, "postgres");
    assert!(quick.server.sees_all && !quick.server.in_recovery);
    assert!(panel(&facts).temp_bytes > 100_000.0);
    assert!(panel(&facts).checksum_failures.is_none(), "initdb was asked for none");
    assert!(quick.wal.as_ref().unwrap().position > 0.0);
    let connections = quick.connections.as_ref().unwrap();
    assert_eq!((connections.max, connections.reserved, connections.remote), (100.0, 3.0, Some(0.0)));

    let prepared = quick.prepared.as_ref().unwrap();
    assert_eq!((prepared.len(), prepared[0].gid.as_str()), (1, "order's"));
    let slots = quick.slots.as_ref().unwrap();
    assert_eq!((slots[0].name.as_str(), slots[0].active), ("old_standby", false));
    assert!(slots[0].retained_bytes.is_some() && slots[0].wal_status.is_some());
    let ages = quick.ages.as_ref().unwrap();
    assert!(ages.next_xid > 700.0 && ages.databases.iter().any(|age| age.name == "postgres"));
    let settings = quick.settings.as_ref().unwrap();
    let value = |name: &str| settings.iter().find(|setting| setting.name == name).unwrap().value.clone();
    assert_eq!(value("fsync"), "off");
    // What this session set for itself is not the server's setting.
    assert_eq!(
        (value("statement_timeout"), value("idle_in_transaction_session_timeout")),
        ("0".into(), "0".into())
    );

    let dying = table(&facts, "dying").unwrap();
    assert_eq!((dying.vacuum_at, dying.autovacuum, dying.live), (7.0 + 15_000.0, false, 10_000.0));
    let slow = facts.slow.as_ref().unwrap();
    let invalid = slow.invalid_indexes.as_ref().unwrap();
    assert_eq!(invalid.len(), 1);
    assert_eq!((invalid[0].name.as_str(), invalid[0].table.as_str()), ("twice_k", "twice"));
    let sequences = slow.sequences.as_ref().unwrap();
    assert_eq!((sequences.total, sequences.hidden), (4.0, 0.0));
    let ends: Vec<(&str, f64)> = sequences.found.iter().map(|one| (one.name.as_str(), one.end)).collect();
    let wanted = [
        ("orders_id_seq", 2_147_483_647.0),
        ("loose", 32_767.0),
        ("orders_big_seq", 9_223_372_036_854_775_807.0),
    ];
    assert_eq!(ends, wanted);
    assert_eq!(sequences.found[0].column.as_ref().unwrap().kind, "integer");
    assert!(slow.database_bytes.as_ref().unwrap() > &1e6);
    source.close().await;
}

fn is_granted_by(unseen: &Unseen, grant: &str) {
    assert_eq!(unseen.code, "missing_privilege", "{unseen:?}");
    assert_eq!(unseen.sql.as_deref(), Some(grant), "{unseen:?}");
    assert!(unseen.remedy.is_some());
}

#[tokio::test]
async fn a_plain_role_is_told_what_to_grant_and_monitors_see_all() {
    let (server, admin) = start(&[]).await;
    admin
        .batch_execute(
            "CREATE ROLE plain LOGIN PASSWORD 'x'; CREATE ROLE monitor LOGIN PASSWORD 'x' IN ROLE pg_monitor;
             CREATE TABLE large AS SELECT n, md5(n::text) AS text FROM generate_series(1, 60000) AS n;
             CREATE INDEX large_text ON large (text);
             CREATE SEQUENCE hidden; SELECT nextval('hidden'); ANALYZE",
        )
        .await
        .unwrap();
    let (plain, _) = open(&server, "plain", "x");
    let facts = plain.health(NOW).await.unwrap();
    let (quick, slow) = (&facts.quick, facts.slow.as_ref().unwrap());
    let monitor = "GRANT pg_monitor TO \"plain\";";
    is_granted_by(quick.transactions.as_ref().unwrap_err(), monitor);
    is_granted_by(quick.vacuums.as_ref().unwrap_err(), monitor);
    let read = "GRANT pg_read_all_data TO \"plain\";";
    is_granted_by(slow.table_bloat.as_ref().unwrap_err(), read);
    is_granted_by(slow.index_bloat.as_ref().unwrap_err(), read);
    is_granted_by(
        slow.sequences.as_ref().unwrap_err(),
        "GRANT USAGE ON SCHEMA \"public\" TO \"plain\"; GRANT SELECT ON ALL SEQUENCES IN SCHEMA \"public\" TO \"plain\";",
    );
    // Absent is not zero.
    let connections = quick.connections.as_ref().unwrap();
    assert!(connections.used >= 1.0 && connections.idle.is_none() && connections.remote.is_none());
    // The rest is open to everybody.
    assert!(
        quick.databases.is_ok() && quick.checkpoints.is_ok() && quick.wal.is_ok() && quick.archiver.is_ok()
    );
    assert!(quick.slots.is_ok() && quick.ages.is_ok() && quick.prepared.is_ok() && quick.settings.is_ok());
    assert!(slow.tables.is_ok() && slow.invalid_indexes.is_ok() && slow.extensions.is_ok());

    let (source, _) = open(&server, "monitor", "x");
    let facts = source.health(NOW).await.unwrap();
    let quick = &facts.quick;
    assert!(quick.server.sees_all && quick.transactions.is_ok() && quick.vacuums.is_ok());
    assert!(quick.connections.as_ref().unwrap().idle.is_some());

    // The grants that were told do mend it.
    for unseen in [&slow.table_bloat.as_ref().unwrap_err(), &slow.sequences.as_ref().unwrap_err()] {
        admin.batch_execute(unseen.sql.as_deref().unwrap()).await.unwrap();
    }
    let mended = plain.slow_health(NOW).await.unwrap();
    assert!(mended.table_bloat.as_ref().unwrap().judged >= 1.0);
    assert_eq!(mended.sequences.as_ref().unwrap().found[0].name, "hidden");
}

#[tokio::test]
async fn bloat_is_estimated_as_pgstattuple_measures_it() {
    let (server, admin) = start(&[]).await;
    admin
        .batch_execute(
            "CREATE EXTENSION pgstattuple;
             CREATE TABLE bloated (id bigserial PRIMARY KEY, k int, note text, amount numeric);
             INSERT INTO bloated (k, note, amount) SELECT n % 1000, repeat('x', n % 90), n FROM generate_series(1, 200000) AS n;
             CREATE INDEX bloated_k ON bloated (k);
             DELETE FROM bloated WHERE id % 5 < 3;
             CREATE TABLE tight AS SELECT n AS id, md5(n::text) AS text, CASE WHEN n % 3 = 0 THEN n END AS maybe
               FROM generate_series(1, 200000) AS n;
             CREATE INDEX tight_text ON tight (text);
             CREATE INDEX tight_maybe ON tight (maybe)",
        )
        .await
        .unwrap();
    admin.batch_execute("VACUUM ANALYZE").await.unwrap();
    let (source, _) = open(&server, "postgres", server.password());
    let slow = source.slow_health(NOW).await.unwrap();
    let tables = slow.table_bloat.as_ref().unwrap();
    for name in ["bloated", "tight"] {
        let measured: f64 = admin
            .query_one("SELECT dead_tuple_percent + free_percent FROM pgstattuple($1)", &[&name])
            .await
            .unwrap()
            .get(0);
        let estimated = tables.found.iter().find(|bloat| bloat.name == name).unwrap().ratio() * 100.0;
        assert!((estimated - measured).abs() <= 15.0, "{name}: {estimated} estimated, {measured} measured");
    }
    let indexes = slow.index_bloat.as_ref().unwrap();
    for name in ["bloated_pkey", "tight_text", "tight_maybe"] {
        // Pages filled to 90% are as they should be.
        let measured: f64 = admin
            .query_one("SELECT 100 - avg_leaf_density / 0.9 FROM pgstatindex($1)", &[&name])
            .await
            .unwrap()
            .get(0);
        let estimated = indexes.found.iter().find(|bloat| bloat.name == name).unwrap().ratio() * 100.0;
        assert!((estimated - measured).abs() <= 15.0, "{name}: {estimated} estimated, {measured} measured");
    }
}

#[tokio::test]
async fn a_lock_costs_one_part_and_a_stopped_server_the_whole_reading() {
    let (mut server, admin) = start(&[]).await;
    admin
        .batch_execute("CREATE SEQUENCE held; SELECT nextval('held'); CREATE TABLE t (x int)")
        .await
        .unwrap();
    let (source, context) = open(&server, "postgres", server.password());
    // A sequence that is being rewritten cannot be read.
    admin.batch_execute("BEGIN; ALTER SEQUENCE held AS smallint").await.unwrap();
    let slow = source.slow_health(NOW).await.unwrap();
    assert_eq!(slow.sequences.as_ref().unwrap_err().code, "locked");
    assert!(slow.tables.is_ok() && slow.extensions.is_ok());
    admin.batch_execute("ROLLBACK").await.unwrap();
    assert!(source.slow_health(NOW).await.unwrap().sequences.is_ok());

    let counted = context.own_queries.of(&SourceId::new("pg"));
    let sequences = counted.iter().find(|count| count.query.name == "health.sequences").unwrap();
    assert_eq!((sequences.calls, sequences.errors), (2, 1));
    server.kill().await;
    let problem = source.quick_health(NOW).await.unwrap_err();
    assert!(matches!(problem.code, ProblemCode::Unreachable | ProblemCode::Refused), "{problem:?}");
}

#[tokio::test]
async fn the_server_counts_what_the_console_costs() {
    let (server, admin) = start(&[]).await;
    let (source, _) = open(&server, "postgres", server.password());
    for _ in 0..3 {
        source.quick_health(NOW).await.unwrap();
    }
    let cost = source.own_cost(NOW).await.unwrap();
    assert_eq!(cost.connections, 1);
    let counted = cost.counted.unwrap();
    let databases = counted.queries.iter().find(|query| query.name == "health.databases").unwrap();
    assert_eq!(databases.calls, 3.0);
    assert!(databases.ms > 0.0);
    admin.batch_execute("DROP EXTENSION pg_stat_statements").await.unwrap();
    let without = source.own_cost(NOW).await.unwrap();
    let problem = without.counted.unwrap_err();
    assert_eq!(problem.remedy.as_deref(), Some("CREATE EXTENSION pg_stat_statements;"));
    assert_eq!(without.connections, 1);
}

/// Run for its figures: `cargo nextest run -p sources --run-ignored only many_tables --no-capture`.
#[tokio::test]
#[ignore = "takes minutes to set up"]
async fn many_tables_and_indexes_are_read_within_seconds() {
    let (server, admin) = start(&[("max_locks_per_transaction", "1024")]).await;
    admin
        .batch_execute(
            "DO $$ BEGIN
               FOR t IN 1..1000 LOOP
                 EXECUTE format('CREATE TABLE t%s (id serial PRIMARY KEY, a int, b int, c text, d timestamptz DEFAULT now(), e int, f int, g int, h int, i int)', t);
                 EXECUTE format('INSERT INTO t%s (a, b, c, e, f, g, h, i) SELECT n, n, md5(n::text), n, n, n, n, n FROM generate_series(1, 20) n', t);
                 FOR x IN 1..9 LOOP
                   EXECUTE format('CREATE INDEX t%s_%s ON t%s (%s)', t, x, t, (ARRAY['a','b','c','d','e','f','g','h','i'])[x]);
                 END LOOP;
                 IF t % 50 = 0 THEN COMMIT; END IF;
               END LOOP; END $$",
        )
        .await
        .unwrap();
    admin.batch_execute("ANALYZE").await.unwrap();
    let (source, _) = open(&server, "postgres", server.password());
    for _ in 0..3 {
        let begun = Instant::now();
        source.quick_health(NOW).await.unwrap();
        let quick = begun.elapsed();
        let slow = source.slow_health(NOW).await.unwrap();
        let all = begun.elapsed();
        println!("quick {quick:?}, slow {:?}", all - quick);
        assert!(slow.tables.as_ref().unwrap().total > 1_000.0);
        assert!(quick < Duration::from_secs(2) && all - quick < Duration::from_secs(5));
    }
}

//! Plans of statements, asked of a real server.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

use std::time::{Duration, Instant};

use domain::{Connection, ExplainMode, SourceConfig, SourceId, SourceKind};
use servers::{Postgres, PostgresOptions};
use sources::SourceContext;
use sources::postgres::{ExplainError, ExplainLimits, Explanation, PostgresSource};
use tokio_postgres::Client;

const SCHEMA: &str = "
    CREATE TABLE orders (id int PRIMARY KEY, status text, at timestamptz);
    INSERT INTO orders SELECT n, CASE WHEN n % 1000 = 0 THEN 'unpaid' ELSE 'paid' END, now() FROM generate_series(1, 50000) n;
    CREATE INDEX orders_status ON orders (status);
    CREATE TABLE events (id int, day int) PARTITION BY RANGE (day);
    CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (50);
    CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (50) TO (100);
    CREATE SEQUENCE numbers;
    CREATE ROLE monitor LOGIN PASSWORD 'secret' IN ROLE pg_monitor;
    ANALYZE";

struct Field {
    server: Postgres,
    admin: Client,
    context: SourceContext,
}

impl Field {
    async fn new() -> Field {
        let server = Postgres::start(PostgresOptions::default()).await.unwrap();
        let admin = server.connect().await.unwrap();
        admin.batch_execute(SCHEMA).await.unwrap();
        Field { server, admin, context: SourceContext::new(runtime::metrics::Registry::new()) }
    }

    fn source(&self, writes: bool) -> PostgresSource {
        self.source_as("postgres", self.server.password(), writes)
    }

    fn source_as(&self, user: &str, password: &str, writes: bool) -> PostgresSource {
        let url = format!("postgres://{user}@127.0.0.1:{}/{}", self.server.port(), self.server.database());
        let config = SourceConfig {
            allow_index_builds: writes,
            ..SourceConfig::unsaved("pg", SourceKind::Postgres, Connection::Url { url })
        };
        PostgresSource::new(&config, Some(password.to_owned()), &self.context).unwrap()
    }

    fn analyze(&self, values: &[&str]) -> ExplainMode {
        ExplainMode::Analyze { values: given(values), typed: self.server.database().to_owned() }
    }

    /// One value of one row.
    async fn value(&self, sql: &str) -> String {
        self.admin.query_one(&format!("SELECT ({sql})::text"), &[]).await.unwrap().get(0)
    }
}

fn given(values: &[&str]) -> Vec<Option<String>> {
    values.iter().map(|value| Some((*value).to_owned())).collect()
}

fn with(values: &[&str]) -> ExplainMode {
    ExplainMode::Values { values: given(values) }
}

async fn explain(
    source: &PostgresSource,
    sql: &str,
    mode: &ExplainMode,
) -> Result<Explanation, ExplainError> {
    source.explain(sql, mode, ExplainLimits::default()).await
}

async fn json(source: &PostgresSource, sql: &str, mode: &ExplainMode) -> String {
    explain(source, sql, mode).await.unwrap_or_else(|error| panic!("{sql}: {error}")).json
}

async fn refusal(source: &PostgresSource, sql: &str, mode: &ExplainMode) -> (String, String) {
    let error = explain(source, sql, mode).await.unwrap_err();
    (error.to_string(), error.remedy().unwrap_or_default())
}

#[tokio::test]
async fn a_statement_is_planned_without_its_values() {
    let field = Field::new().await;
    let source = field.source(false);
    let generic = ExplainMode::Generic;
    let found =
        explain(&source, "SELECT * FROM orders WHERE id = $1 AND status <> $2;", &generic).await.unwrap();
    assert!(found.json.contains("orders_pkey") && found.json.contains("$1"), "{}", found.json);
    assert_eq!((found.placeholders, found.how.is_generic(), found.how.is_analyzed()), (2, true, false));
    for sql in [
        "UPDATE orders SET status = $1 WHERE id = $2",
        "SELECT $1 FROM orders LIMIT $2",
        "SELECT * FROM orders WHERE id IN ($1 /*, ... */) AND at > now() - INTERVAL $2",
        "SELECT extract($1 FROM at) FROM orders WHERE at < timestamp with time zone $2",
        "SELECT count(*) FROM orders",
        "INSERT INTO orders VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    ] {
        let json = json(&source, sql, &generic).await;
        assert!(json.contains("\"Plan\"") && !json.contains("Actual"), "{sql}: {json}");
    }
    let partitions = json(&source, "SELECT * FROM events WHERE day = $1", &generic).await;
    assert!(
        partitions.contains("events_1") && partitions.contains("events_2"),
        "none is lost to NULL: {partitions}"
    );
    assert_eq!(field.value("SELECT count(*) FROM orders").await, "50000");
}

#[tokio::test]
async fn values_choose_the_plan_and_stay_out_of_every_text() {
    let field = Field::new().await;
    let source = field.source(false);
    let sql = "SELECT id FROM orders WHERE status = $1";
    let (many, few) =
        (json(&source, sql, &with(&["paid"])).await, json(&source, sql, &with(&["unpaid"])).await);
    assert!(many.contains("Seq Scan") && few.contains("orders_status"), "{many}\n{few}");
    let odd = "x'); DROP TABLE orders; --\\";
    json(&source, sql, &with(&[odd])).await;
    json(&source, "SELECT $1::int[], $2::date, $3::jsonb", &with(&["{1,2}", "2024-01-31", "{\"a\": \"b\"}"]))
        .await;
    json(&source, sql, &ExplainMode::Values { values: vec![None] }).await;
    let counted = field.value("SELECT string_agg(query, ' ') FROM pg_stat_statements").await;
    assert!(counted.contains("explain.plan") && !counted.contains("DROP TABLE orders"), "{counted}");
    let own = field.context.own_queries.of(&SourceId::new("pg"));
    let plan = own.iter().find(|one| one.query.name == "explain.plan").unwrap();
    assert_eq!((plan.calls, plan.errors), (5, 0));
    assert!(!plan.sql.contains("orders"), "statements may hold constants: {}", plan.sql);

    assert_eq!(
        explain(&source, sql, &with(&[])).await.unwrap_err(),
        ExplainError::Values { wanted: 1, given: 0 }
    );
    let (message, remedy) = refusal(&source, "SELECT * FROM orders WHERE id = $1", &with(&["geheim"])).await;
    assert!(
        message.contains("invalid input syntax for type integer") && !message.contains("geheim"),
        "{message}"
    );
    assert!(remedy.contains("without quotes"));
}

#[tokio::test]
async fn a_statement_that_is_run_leaves_nothing_behind() {
    let field = Field::new().await;
    let (reads, writes) = (field.source(false), field.source(true));
    let read =
        explain(&reads, "SELECT * FROM orders WHERE status = $1", &field.analyze(&["unpaid"])).await.unwrap();
    assert!(
        read.json.contains("\"Actual Rows\": 50") && read.json.contains("Shared Hit Blocks"),
        "{}",
        read.json
    );
    assert!(read.how.is_analyzed() && !read.how.has_written());

    for sql in [
        "UPDATE orders SET status = $1",
        "DELETE FROM orders WHERE status = $1 RETURNING id",
        "WITH gone AS (DELETE FROM orders WHERE status = $1 RETURNING *) SELECT count(*) FROM gone",
        "SELECT * FROM orders WHERE status = $1 FOR UPDATE",
        "SELECT nextval('numbers'), $1::text",
    ] {
        assert_eq!(
            explain(&reads, sql, &field.analyze(&["paid"])).await.unwrap_err(),
            ExplainError::WritesNotAllowed,
            "{sql}"
        );
        let ran = explain(&writes, sql, &field.analyze(&["paid"])).await.unwrap();
        assert!(ran.how.has_written() && ran.json.contains("Execution Time"), "{sql}");
    }
    assert_eq!(field.value("SELECT count(*) FROM orders WHERE status = 'paid'").await, "49950");
    assert_eq!(field.value("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in%'").await, "0");

    let other = ExplainMode::Analyze { values: vec![], typed: "another".to_owned() };
    let differs = explain(&writes, "DELETE FROM orders", &other).await.unwrap_err();
    assert_eq!(differs, ExplainError::DatabaseNameDiffers { database: field.server.database().to_owned() });
    let failed = explain(&writes, "UPDATE orders SET id = 1", &field.analyze(&[])).await.unwrap_err();
    assert!(failed.to_string().contains("23505"), "{failed}");
    assert_eq!(field.value("SELECT count(DISTINCT id) FROM orders").await, "50000");
}

#[tokio::test]
async fn only_one_statement_with_a_plan_is_sent() {
    let field = Field::new().await;
    let source = field.source(true);
    for sql in [
        "SELECT 1; DROP TABLE orders",
        "DROP TABLE orders",
        "EXPLAIN ANALYZE DELETE FROM orders",
        "BEGIN",
        "VACUUM orders",
        "CREATE TABLE x AS SELECT 1",
        "DECLARE c CURSOR FOR SELECT 1",
        "SELECT 1 INTO x",
        "",
    ] {
        for mode in [&ExplainMode::Generic, &with(&[]), &field.analyze(&[])] {
            let error = explain(&source, sql, mode).await.unwrap_err();
            assert_eq!(error.code(), "statement_not_explained", "{sql}: {error}");
        }
    }
    assert_eq!(field.value("SELECT count(*) FROM orders").await, "50000");
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_cancelled() {
    let field = Field::new().await;
    let source = field.source(true);
    let limits = ExplainLimits { statement: Duration::from_secs(1), lock: Duration::from_millis(300) };
    let begun = Instant::now();
    let late = source.explain("SELECT pg_sleep(30)", &field.analyze(&[]), limits).await.unwrap_err();
    assert_eq!(late, ExplainError::TimedOut { seconds: 1 });
    assert!(late.to_string().contains("cancelled after 1 s and rolled back"), "{late}");
    assert!(begun.elapsed() < Duration::from_secs(15));

    field.admin.batch_execute("BEGIN; UPDATE orders SET status = 'held' WHERE id = 1").await.unwrap();
    let held = source
        .explain("UPDATE orders SET status = $1 WHERE id = $2", &field.analyze(&["x", "1"]), limits)
        .await;
    assert!(held.unwrap_err().to_string().contains("somebody else holds a lock"));
    field.admin.batch_execute("ROLLBACK").await.unwrap();

    // Whoever goes away has it cancelled.
    let (sleeping, mode) = ("SELECT count(*), pg_sleep(60) FROM orders", field.analyze(&[]));
    let gone = tokio::time::timeout(Duration::from_secs(3), explain(&source, sleeping, &mode)).await;
    assert!(gone.is_err(), "it sleeps");
    let deadline = Instant::now() + Duration::from_secs(20);
    let sleeps =
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()";
    while field.value(sleeps).await != "0" {
        assert!(Instant::now() < deadline, "it still runs");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn what_is_missing_is_told_with_what_mends_it() {
    let field = Field::new().await;
    let monitor = field.source_as("monitor", "secret", false);
    let generic = ExplainMode::Generic;
    let (message, remedy) = refusal(&monitor, "SELECT * FROM orders WHERE id = $1", &generic).await;
    assert!(message.contains("permission denied for table orders"), "{message}");
    assert!(remedy.starts_with("GRANT SELECT ON public.orders TO \"monitor\";"), "{remedy}");
    assert!(remedy.contains("GRANT pg_read_all_data TO \"monitor\";"), "{remedy}");
    field.admin.batch_execute("GRANT SELECT ON orders TO monitor").await.unwrap();
    json(&monitor, "SELECT * FROM orders WHERE id = $1", &generic).await;
    let (_, remedy) = refusal(&monitor, "UPDATE orders SET id = $1", &generic).await;
    assert!(remedy.starts_with("GRANT SELECT, UPDATE ON public.orders TO \"monitor\";"), "{remedy}");

    for (sql, says, mends) in [
        ("SELECT * FROM \"Nowhere\"", "does not exist", "SET search_path"),
        ("SELECT * FROM orders WHERE id = ANY (ARRAY[$1", "not complete SQL", "with its constants"),
        ("SELECT -$1", "types with them", "with its constants"),
        ("WITH a AS (SELECT $1 AS n) SELECT n + $2 FROM a", "text + unknown", "with its constants"),
    ] {
        let (message, remedy) = refusal(&monitor, sql, &generic).await;
        assert!(message.contains(says) && remedy.contains(mends), "{sql}: {message} {remedy}");
    }
}

#[tokio::test]
async fn a_counted_statement_is_found_by_its_id() {
    let field = Field::new().await;
    let source = field.source(false);
    field.admin.batch_execute("SELECT id FROM orders WHERE status = 'unpaid'").await.unwrap();
    let id = "SELECT queryid FROM pg_stat_statements WHERE query LIKE 'SELECT id FROM orders WHERE status%'";
    let id: i64 = field.value(id).await.parse().unwrap();
    assert_eq!(source.explained_text(id).await.unwrap(), "SELECT id FROM orders WHERE status = $1");
    let unknown = source.explained_text(42).await.unwrap_err();
    assert_eq!(unknown.code(), "statement_not_found");
    assert!(unknown.remedy().unwrap().contains("GRANT pg_read_all_stats TO \"postgres\";"));

    field.admin.batch_execute("CREATE DATABASE other").await.unwrap();
    let other = field.server.connect_as("postgres", field.server.password(), "other").await.unwrap();
    other.batch_execute("SELECT 'elsewhere' AS only_there").await.unwrap();
    let id = "SELECT queryid FROM pg_stat_statements WHERE query LIKE '%only_there%' AND query NOT LIKE '%queryid%'";
    let id: i64 = field.value(id).await.parse().unwrap();
    assert_eq!(
        source.explained_text(id).await.unwrap_err(),
        ExplainError::Elsewhere { database: "other".to_owned() }
    );
}

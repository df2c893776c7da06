//! Plans of statements, end to end: through the engine, and as a person runs mconsole.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails where it cannot go on"
)]

use engine::EngineError;
use engine::domain::{ExplainMode, ExplainRequest, ExplainedStatement, Severity, SourceId, SourceKind};
use serde_json::Value;
use servers::{Postgres, PostgresOptions};
use tokio_postgres::Client;

use crate::support::{Console, DATABASE, address, draft, fields, mconsole};

const SCHEMA: &str = "
CREATE TABLE orders AS SELECT n AS id, n % 5000 AS customer_id, 'paid' AS status FROM generate_series(1, 60000) n;
CREATE TABLE customers AS SELECT n AS id FROM generate_series(1, 5000) n;
CREATE SEQUENCE numbers;
ANALYZE";
const READ: &str = "SELECT id FROM orders WHERE customer_id = 4711 AND status = 'paid'";
const WRITE: &str =
    "UPDATE orders SET status = 'secret' WHERE customer_id = 4711 RETURNING nextval('numbers')";

struct Field {
    server: Postgres,
    admin: Client,
    console: Console,
}

impl Field {
    async fn new(writes: bool) -> Field {
        let server = Postgres::start(PostgresOptions::default()).await.expect("PostgreSQL starts");
        let admin = server.connect().await.expect("a connection");
        admin.batch_execute(SCHEMA).await.expect("tables");
        let console = Console::start().await;
        let connection = fields(server.host(), server.port(), server.database(), server.user());
        let mut draft = draft(DATABASE, SourceKind::Postgres, connection, server.password(), None);
        draft.allow_index_builds = writes;
        console.engine.save_source(draft).await.expect("a source is kept");
        Field { server, admin, console }
    }

    async fn value(&self, sql: &str) -> String {
        self.admin.query_one(&format!("SELECT ({sql})::text"), &[]).await.expect("a value").get(0)
    }

    /// Runs it once; how the server counts it.
    async fn queryid(&self, sql: &str) -> String {
        self.admin.batch_execute("SELECT pg_stat_statements_reset()").await.expect("only these are counted");
        self.admin.batch_execute(sql).await.expect("it runs");
        let part = sql.get(..20).expect("a statement");
        self.value(&format!("SELECT queryid FROM pg_stat_statements WHERE query LIKE '{part}%'")).await
    }

    async fn explain(&self, queryid: &str, mode: ExplainMode) -> Result<ExplainedStatement, EngineError> {
        let request = ExplainRequest { source: SourceId::new(DATABASE), queryid: queryid.to_owned(), mode };
        self.console.engine.explain_statement(request).await
    }

    fn analyze(&self, values: &[&str]) -> ExplainMode {
        ExplainMode::Analyze { values: given(values), typed: self.server.database().to_owned() }
    }

    async fn end(self) {
        self.console.engine.shutdown().await;
        self.server.stop().await;
    }
}

fn given(values: &[&str]) -> Vec<Option<String>> {
    values.iter().map(|value| Some((*value).to_owned())).collect()
}

fn code(outcome: Result<ExplainedStatement, EngineError>) -> &'static str {
    let error = outcome.expect_err("it is refused");
    assert!(error.remedy().is_some(), "{error}");
    error.code()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counted_statement_is_explained_measured_and_rolled_back() {
    let field = Field::new(true).await;
    let id = field.queryid(READ).await;
    let generic = field.explain(&id, ExplainMode::Generic).await.expect("a plan");
    assert_eq!(generic.statement, "SELECT id FROM orders WHERE customer_id = $1 AND status = $2");
    assert_eq!((generic.placeholders, generic.generic, generic.analyzed), (2, true, false));
    assert!(generic.text.starts_with("Seq Scan on orders  (cost="), "{}", generic.text);
    assert_eq!((generic.root.actual_rows, generic.execution_ms), (None, None));

    let values = ExplainMode::Values { values: given(&["4711", "paid"]) };
    let planned = field.explain(&id, values).await.expect("a plan");
    assert!(!planned.generic && planned.sql.contains("EXPLAIN (FORMAT JSON)"), "{}", planned.sql);
    let measured = field.explain(&id, field.analyze(&["4711", "paid"])).await.expect("a plan");
    assert!(measured.analyzed && measured.execution_ms.is_some() && measured.lacks.is_empty());
    assert_eq!(measured.root.actual_rows, Some(12.0));
    let first = &measured.observations[0];
    assert_eq!((first.severity, first.node), (Severity::Warning, 0));
    assert_eq!(first.sentence, "Seq Scan on orders reads 60,000 rows to keep 12.");
    for told in [&planned, &measured] {
        assert!(!format!("{told:?}").contains("4711"), "{told:?}");
    }

    field.admin.batch_execute("UPDATE orders SET status = 'paid'").await.expect("as before");
    let id = field.queryid(WRITE).await;
    field.admin.batch_execute("UPDATE orders SET status = 'paid'").await.expect("as before");
    let written = field.explain(&id, field.analyze(&["other", "1", "numbers"])).await.expect("a plan");
    assert_eq!(written.lacks[0].code, "not_rolled_back");
    assert!(written.root.title.starts_with("Update on orders"), "{}", written.text);
    assert_eq!(field.value("SELECT count(*) FROM orders WHERE status <> 'paid'").await, "0");
    field.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_to_be_run_is_refused_with_what_to_do() {
    let field = Field::new(false).await;
    let id = field.queryid(WRITE).await;
    let values = ["other", "1", "numbers"];
    assert_eq!(code(field.explain(&id, field.analyze(&values)).await), "explain_writes_not_allowed");
    let other = ExplainMode::Analyze { values: given(&values), typed: "another".to_owned() };
    assert_eq!(code(field.explain(&id, other).await), "database_name_differs");
    assert_eq!(code(field.explain(&id, field.analyze(&[])).await), "explain_values");
    assert_eq!(code(field.explain("12", ExplainMode::Generic).await), "statement_not_found");
    assert_eq!(code(field.explain("x", ExplainMode::Generic).await), "invalid_statement_id");
    field.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mconsole_explains_what_it_is_given() {
    let field = Field::new(false).await;
    let (dsn, password) = (address(&field.server), field.server.password());
    let run = |arguments: &[&str]| {
        let mut all = vec!["--dsn", &dsn, "--password-stdin"];
        all.extend(arguments);
        let output = mconsole("explain", password, &all);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let name = field.server.database().to_owned();
    let (status, out, error) = run(&["--sql", "SELECT * FROM orders WHERE id = $1"]);
    assert_eq!((status, out.starts_with("Seq Scan on orders  (cost=")), (Some(0), true), "{out}{error}");
    let (status, out, error) = run(&["--sql", READ, "--analyze", "--confirm", &name]);
    assert_eq!(status, Some(0), "{error}");
    assert!(
        out.contains("Warning: Seq Scan on orders reads 60,000 rows to keep 12.\n  An index on"),
        "{out}"
    );

    let id = field.queryid(READ).await;
    let (status, out, error) =
        run(&["--queryid", &id, "--value", "4711", "--value", "NULL", "--format", "json"]);
    assert_eq!(status, Some(0), "{error}");
    let told: Value = serde_json::from_str(&out).expect("one JSON document");
    assert_eq!((&told["placeholders"], &told["generic"]), (&Value::from(2), &Value::from(false)));
    assert!(!out.contains("4711"), "{out}");

    for (arguments, says) in [
        (&["--sql", "SELECT 1; SELECT 2"][..], "more than one statement"),
        (&["--sql", "DROP TABLE orders"], "not a statement that has a plan"),
        (&["--sql", WRITE, "--analyze", "--confirm", &name], "does not allow the console to write"),
        (&["--sql", READ, "--analyze", "--confirm", "x"], "not the name of the database"),
        (
            &["--sql", "SELECT pg_sleep(20)", "--analyze", "--confirm", &name, "--timeout", "1"],
            "cancelled after 1 s",
        ),
        (&["--sql", READ, "--analyze"], "--confirm"),
        (&[], "--queryid"),
    ] {
        let (status, out, error) = run(arguments);
        assert_eq!((status, out.as_str()), (Some(2), ""), "{arguments:?} {error}");
        assert!(error.contains(says), "{arguments:?}: {error}");
    }
    field.end().await;
}

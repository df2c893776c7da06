//! Health and own cost of a real server, through the engine and the command line.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails where it cannot go on"
)]

use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use engine::domain::{
    Check, HealthCheck, HealthCode, HealthPage, OwnCostPage, ProblemCode, Severity, SourceId, SourceKind,
    Unit,
};
use engine::{Engine, EngineOptions, HealthOptions, PasswordPlace};
use servers::{Postgres, PostgresOptions};
use tempfile::TempDir;
use tokio_postgres::Client;

use crate::support::{Console, DATABASE, address, binary, draft, eventually, fields};

const SOON: Duration = Duration::from_secs(60);
const SCHEMA: &str = "
CREATE ROLE watcher LOGIN PASSWORD 'w' IN ROLE pg_monitor;
CREATE ROLE plain LOGIN PASSWORD 'p';
CREATE TABLE orders (id serial PRIMARY KEY, note text);
INSERT INTO orders (note) SELECT 'x' FROM generate_series(1, 100);
GRANT SELECT ON orders_id_seq TO watcher";

struct Field {
    server: Postgres,
    admin: Client,
    console: Console,
}

impl Field {
    async fn new() -> Field {
        let settings = vec![("max_prepared_transactions".to_owned(), "5".to_owned())];
        let server = Postgres::start(PostgresOptions { settings, ..Default::default() }).await;
        let server = server.expect("PostgreSQL starts");
        let admin = server.connect().await.expect("a connection");
        admin.batch_execute(SCHEMA).await.expect("tables and roles");
        Field { server, admin, console: console().await }
    }

    async fn watch(&self, user: &str, password: &str) {
        let connection = fields(self.server.host(), self.server.port(), self.server.database(), user);
        let draft = draft(DATABASE, SourceKind::Postgres, connection, password, None);
        self.console.engine.save_source(draft).await.expect("a source is kept");
    }

    async fn page(&self) -> HealthPage {
        let page = self.console.engine.health_page(Some(id()), self.console.last_minutes(5)).await;
        page.expect("a page")
    }

    /// The page, once it is as wanted.
    async fn until(&self, what: &str, wanted: impl Fn(&HealthPage) -> bool) -> HealthPage {
        let wanted = &wanted;
        eventually(what, SOON, || async move { Some(self.page().await).filter(wanted) }).await
    }

    async fn own_cost(&self) -> OwnCostPage {
        self.console.engine.own_cost_page(Some(id())).await.expect("a page")
    }
}

async fn console() -> Console {
    let directory = TempDir::new().expect("a directory");
    let mut options = EngineOptions::new(directory.path());
    options.passwords = PasswordPlace::Memory;
    options.record_every = Duration::from_millis(200);
    options.health =
        HealthOptions { quick_every: Duration::from_secs(1), slow_every: Duration::from_secs(2) };
    let engine = Engine::start(options).await.expect("the engine starts");
    Console { engine, directory }
}

fn id() -> SourceId {
    SourceId::new(DATABASE)
}

fn check(page: &HealthPage, code: HealthCode) -> &HealthCheck {
    page.checks.iter().find(|check| check.code == code).unwrap_or_else(|| panic!("no {code:?}: {page:?}"))
}

#[tokio::test]
async fn troubles_come_to_the_page_to_the_charts_and_among_the_findings() {
    let field = Field::new().await;
    field.console.hurry(|_| {}).await;
    field.watch("watcher", "w").await;
    let page = field.until("every check is made", |page| page.checks.len() == 24).await;
    assert_eq!(check(&page, HealthCode::PreparedTransactions).severity, Some(Severity::Ok));
    // The servers of tests do without what a crash of the machine would need.
    let settings = check(&page, HealthCode::Settings);
    assert_eq!(settings.severity, Some(Severity::Critical));
    assert!(settings.sql.as_ref().is_some_and(|sql| sql.contains("ALTER SYSTEM SET fsync = on;")));

    let troubles = "SELECT setval('orders_id_seq', 2100000000);
                    SELECT pg_create_physical_replication_slot('old', true)";
    field.admin.batch_execute(troubles).await.expect("troubles");
    field
        .admin
        .batch_execute("BEGIN; INSERT INTO orders (id) VALUES (0); PREPARE TRANSACTION 'gone'")
        .await
        .expect("prepared");
    let page = field
        .until("the troubles are seen", |page| {
            let bad = |code, least| check(page, code).severity >= Some(least);
            bad(HealthCode::Sequences, Severity::Critical)
                && bad(HealthCode::ReplicationSlots, Severity::Info)
                && !check(page, HealthCode::PreparedTransactions).items.is_empty()
                && page.charts.len() == 4
        })
        .await;
    let sequences = check(&page, HealthCode::Sequences);
    assert!(
        sequences.seen.starts_with("public.orders_id_seq: 2,100,000,000 of 2,147,483,647 values used (97%)")
    );
    assert!(
        sequences
            .sql
            .as_ref()
            .is_some_and(|sql| sql.starts_with("ALTER TABLE public.orders ALTER COLUMN id TYPE bigint;"))
    );
    assert!(page.summary.contains("of 24 need"), "{}", page.summary);
    assert_eq!((page.source, page.problem), (Some(id()), None));

    let transactions = &page.charts[0].chart;
    assert_eq!(transactions.series[0].unit, Unit::PerSecond);
    let ratio = &page.charts[1].chart;
    assert!(ratio.series[0].values.iter().flatten().all(|ratio| (0.0..=1.0).contains(ratio)));
    field
        .until("commits are counted each second", |page| {
            let commits = &page.charts[0].chart.series[0].values;
            commits.iter().flatten().any(|rate| *rate > 0.0)
        })
        .await;

    let engine = &field.console.engine;
    let told = || async {
        engine.open_findings().into_iter().find(|finding| finding.check == Check::SequenceNearEnd)
    };
    let finding = eventually("it is among the findings", SOON, told).await;
    assert_eq!((finding.severity, finding.title.as_str()), (Severity::Critical, "Sequences on database"));
    field.admin.batch_execute("SELECT setval('orders_id_seq', 200)").await.expect("it is mended");
    let cleared = || async { told().await.is_none().then_some(()) };
    eventually("it is cleared", SOON, cleared).await;
}

#[tokio::test]
async fn a_restart_is_a_gap_and_a_plain_role_is_told_its_grant() {
    let mut field = Field::new().await;
    field.watch("plain", "p").await;
    let page = field.until("every check is made", |page| page.checks.len() == 24).await;
    let long = check(&page, HealthCode::LongTransactions);
    assert_eq!(long.severity, None);
    let grant = "GRANT pg_monitor TO \"plain\";";
    assert_eq!(long.sql.as_deref(), Some(grant));
    assert!(page.lacks.iter().any(|lack| lack.remedy.as_deref() == Some(grant)), "{:?}", page.lacks);
    assert!(page.summary.ends_with("could not be looked at"), "{}", page.summary);

    field.admin.batch_execute(grant).await.expect("it is granted");
    field.console.engine.check_health_now(id()).await.expect("it is looked at");
    let page = field.page().await;
    assert_eq!(check(&page, HealthCode::LongTransactions).severity, Some(Severity::Ok));
    assert!(!page.lacks.iter().any(|lack| lack.remedy.as_deref() == Some(grant)));

    field.server.kill().await;
    let page = field.until("it does not answer", |page| page.problem.is_some()).await;
    assert_eq!(page.checks.len(), 24, "what was seen last is still shown");
    let before = page.at;
    field.server.start_again().await.expect("it starts");
    let page = field.until("it answers again", |page| page.problem.is_none() && page.at > before).await;
    assert_eq!(page.checks.len(), 24);

    let engine = &field.console.engine;
    engine.set_source_enabled(id(), false).await.expect("it is switched off");
    let refused = || async { engine.check_health_now(id()).await.err() };
    let error = eventually("it is not looked at any more", SOON, refused).await;
    assert_eq!(error.code(), "database");
}

#[tokio::test]
async fn the_console_tells_what_it_costs() {
    let field = Field::new().await;
    field.watch("watcher", "w").await;
    field.until("every check is made", |page| page.checks.len() == 24).await;
    let page = eventually("the server counted for a while", SOON, || async {
        Some(field.own_cost().await).filter(|page| page.core_ratio.is_some_and(|ratio| ratio > 0.0))
    })
    .await;
    assert!(page.core_ratio.is_some_and(|ratio| ratio < 0.5), "{:?}", page.core_ratio);
    assert!(page.connections >= 1 && page.lacks.is_empty());
    assert!(page.summary.contains("% of one core over the last "), "{}", page.summary);
    let row = |name: &str| {
        page.rows.iter().find(|row| row.name == name).unwrap_or_else(|| panic!("no {name}: {:?}", page.rows))
    };
    let databases = row("health.databases");
    assert!(databases.calls >= 1.0 && databases.mean_ms > 0.0 && databases.errors == 0.0);
    assert!(databases.server_ms.is_some() && databases.sql.contains("mpanel console: health.databases"));
    assert!(row("backends.groups").calls >= 1.0);

    // Every query of the console carries its name; only settings of the session do not.
    let unnamed = field
        .admin
        .query(
            "SELECT s.query FROM pg_stat_statements AS s JOIN pg_roles AS r ON r.oid = s.userid
              WHERE r.rolname = 'watcher' AND s.query NOT LIKE '%mpanel console: %' AND s.query !~ '^(--[^\\n]*\\n)*SET '",
            &[],
        )
        .await
        .expect("statements");
    let unnamed: Vec<String> = unnamed.iter().map(|row| row.get(0)).collect();
    assert!(unnamed.is_empty(), "{unnamed:?}");

    field.admin.batch_execute("SELECT pg_stat_statements_reset()").await.expect("a reset");
    let page = field.own_cost().await;
    assert!(page.rows.iter().all(|row| row.server_ms.is_none_or(|ms| ms >= 0.0)));
}

#[tokio::test]
async fn the_command_line_looks_once_and_tells_ci() {
    let field = Field::new().await;
    let address = address(&field.server);
    let password = field.server.password();
    let fine = health(password, &["--dsn", &address, "--password-stdin"]);
    let text = String::from_utf8_lossy(&fine.stdout).into_owned();
    assert_eq!(fine.status.code(), Some(0), "{text} {}", String::from_utf8_lossy(&fine.stderr));
    assert!(text.contains("of 24 need"), "{text}");
    assert!(text.contains("ok        Sequences: "), "{text}");
    assert!(text.contains("ALTER SYSTEM SET fsync = on;"), "{text}");
    // Settings of a test server are critical.
    let failing = health(
        password,
        &["--dsn", &address, "--password-stdin", "--format", "json", "--fail-on", "critical"],
    );
    assert_eq!(failing.status.code(), Some(1));
    let page: HealthPage = serde_json::from_slice(&failing.stdout).expect("JSON");
    assert_eq!(check(&page, HealthCode::Settings).severity, Some(Severity::Critical));
    assert_eq!(page.checks.len(), 24);
    assert!(page.problem.is_none_or(|problem| problem.code != ProblemCode::Internal));

    let nowhere = health("", &["--dsn", "postgres://nobody@127.0.0.1:1/none?sslmode=disable"]);
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("127.0.0.1"), "it says where");
    assert_eq!(health("", &[]).status.code(), Some(2), "a server must be named");
}

fn health(password: &str, arguments: &[&str]) -> Output {
    let mut child = Command::new(binary("mconsole"))
        .arg("health")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("mconsole starts");
    let mut stdin = child.stdin.take().expect("its input");
    // One that asks no server may be gone before it reads.
    let _ = writeln!(stdin, "{password}");
    drop(stdin);
    child.wait_with_output().expect("mconsole ends")
}

//! Index advice end to end: on the demo's schema and on servers that go away, through engine and command line.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails where it cannot go on"
)]

use std::fs;
use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use demo::{Demo, DemoOptions};
use engine::domain::{
    AdviceEvidence, AdviceFormat, AdviceId, AdviceLimits, AdviceSchedule, AdviceState, AdviceStatus,
    EngineEvent, IndexAdvice, IndexAdviceRequest, ReplayId, ScriptChoice, ScriptKind, SourceId, SourceKind,
    WorkloadChoice,
};
use serde_json::Value;
use servers::{Postgres, PostgresOptions};
use tempfile::TempDir;
use tokio::sync::broadcast::Receiver;

use crate::support::{Console, address, advise, draft, eventually, fields, open};

const SOON: Duration = Duration::from_secs(60);
const DATABASE: &str = "database";

/// What the demo's panel asks, of tables that lack the index.
const WORKLOAD: &str = "
-- The orders of a customer; their constants must not be told.
SELECT id, status, total_cents, placed_at FROM orders WHERE customer_id = 4174174 ORDER BY placed_at DESC LIMIT 10;
SELECT id, status, total_cents, placed_at FROM orders WHERE customer_id = 733 ORDER BY placed_at DESC LIMIT 10;
SELECT * FROM invoices WHERE order_id = 9021090210;
UPDATE tickets SET status = 'closed; for good' WHERE customer_id = 5;
BEGIN; COMMIT;
CREATE TABLE IF NOT EXISTS nothing (id int);
";

fn text(output: &[u8]) -> String {
    String::from_utf8_lossy(output).into_owned()
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("one JSON document")
}

fn codes(advice: &Value) -> Vec<&str> {
    let lacks = advice["lacks"].as_array().expect("lacks");
    lacks.iter().filter_map(|lack| lack["code"].as_str()).collect()
}

fn titles(advice: &Value) -> Vec<&str> {
    let create = advice["create"].as_array().expect("suggestions");
    let selected = create.iter().filter(|one| one["selected"] == true);
    selected.filter_map(|one| one["title"].as_str()).collect()
}

/// Large enough that an index helps.
async fn demo() -> Demo {
    let options = DemoOptions { scale: 0.1, load: false, ..DemoOptions::default() };
    Demo::start(options).await.expect("the demo starts")
}

/// Every city lies in one country, which the planner does not know.
#[tokio::test(flavor = "multi_thread")]
async fn a_column_that_follows_from_another_is_no_key_beside_it() {
    let server = Postgres::start(PostgresOptions::default()).await.expect("PostgreSQL starts");
    let admin = server.connect().await.expect("a connection");
    admin
        .batch_execute(
            "CREATE EXTENSION hypopg;
             CREATE TABLE places AS SELECT n AS id, hashint4(n) % 2000 AS city, (hashint4(n) % 2000) / 20 AS country,
                 hashint4(n + 1) % 50 AS kind, repeat('x', 60) AS note FROM generate_series(1, 300000) AS n;
             ALTER TABLE places ADD PRIMARY KEY (id); ANALYZE",
        )
        .await
        .expect("a table");
    let directory = TempDir::new().expect("a directory");
    let saved = directory.path().join("catalog.json").display().to_string();
    let address = address(&server);
    let asked = |sql: &str, from: &[&str]| {
        let usual = ["--quiet", "--format", "json", "--max-write-cost", "1000%", "--sql", sql];
        json(&advise(server.password(), &[from, &usual[..]].concat()))
    };
    let live = ["--dsn", &address, "--password-stdin", "--save-catalog", &saved];
    let follows = "SELECT * FROM places WHERE country = 3 AND city = 77";
    let from_file = ["--catalog", saved.as_str()];
    for from in [&live[..], &from_file[..]] {
        let advice = asked(follows, from);
        assert_eq!(titles(&advice), ["places (city)"], "{advice:#}");
        let considered = advice["considered"].as_array().expect("considered");
        let reason = considered.iter().find(|one| one["code"] == "follows").expect("a reason");
        assert!(
            reason["reason"]
                .as_str()
                .is_some_and(|told| told.contains("`country` follows from `city` in 100%"))
        );
    }
    let independent = asked("SELECT * FROM places WHERE kind = 3 AND city = 77", &live);
    assert_eq!(titles(&independent), ["places (city, kind)"]);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demos_missing_indexes_are_found_verified_written_and_found_again_offline() {
    let demo = demo().await;
    let server = demo.postgres().expect("PostgreSQL runs");
    let admin = server.connect().await.expect("a connection");
    let directory = TempDir::new().expect("a directory");
    let at = |name: &str| directory.path().join(name).display().to_string();
    let (workload, catalog, dsn) = (at("workload.sql"), at("catalog.json"), address(server));
    fs::write(&workload, WORKLOAD).expect("a workload");
    let asked = ["--dsn", dsn.as_str(), "--password-stdin", "--from", "file", "--format", "json"];
    // As the demo names itself to the console: its role reads, and HypoPG is there.
    let known = demo.endpoints().postgres.as_ref().expect("PostgreSQL runs");
    let own =
        format!("postgres://{}@{}:{}/{}?sslmode=disable", known.user, known.host, known.port, known.database);
    let usual = ["--dsn", own.as_str(), "--password-stdin", "--format", "json", &workload];
    assert_eq!(json(&advise(&known.password, &usual))["evidence"], "verified");
    admin.batch_execute("DROP EXTENSION hypopg").await.expect("the demo creates it where it is installed");

    let without = advise(server.password(), &[&asked[..], &[&workload, "--seconds", "20"]].concat());
    let without = json(&without);
    assert_eq!(without["evidence"], "estimated");
    assert_eq!(codes(&without)[0], "hypopg_not_created", "{without}");
    assert_eq!(without["lacks"][0]["remedy"], "CREATE EXTENSION hypopg;");

    admin.batch_execute("CREATE EXTENSION hypopg").await.expect("HypoPG is installed");
    let (rollback, project) = (at("rollback.sql"), at("project"));
    let written = [
        "--save-catalog",
        &catalog,
        "--rollback",
        &rollback,
        "--migration",
        "rails",
        "--output-dir",
        &project,
    ];
    let output = advise(server.password(), &[&asked[..], &written, &[&workload]].concat());
    let advice = json(&output);
    assert_eq!(advice["evidence"], "verified", "{advice}");
    assert!(advice["what_if_calls"].as_u64().is_some_and(|calls| calls > 0));
    let found = titles(&advice);
    assert!(found.iter().any(|title| title.starts_with("orders (customer_id")), "{found:?}");
    assert!(found.iter().any(|title| title.starts_with("invoices (order_id")), "{found:?}");
    assert!(advice["cost_after"].as_f64() < advice["cost_before"].as_f64());
    assert_eq!(advice["workload"]["statements_seen"], 6);
    assert_eq!(advice["workload"]["statements_used"], 3);
    assert_eq!(advice["workload"]["origin"], "workload.sql");
    let whole = advice.to_string();
    for constant in ["4174174", "9021090210", "for good", server.password()] {
        assert!(!whole.contains(constant), "{constant} is told");
    }
    assert!(fs::read_to_string(&rollback).expect("a script").contains("DROP INDEX CONCURRENTLY"));
    assert!(walk(Path::new(&project)).iter().any(|path| path.ends_with(".rb")), "{}", text(&output.stderr));

    assert!(!fs::read_to_string(&catalog).expect("a catalog").contains("@example"), "no value of a row");
    let offline = json(&advise("", &["--catalog", &catalog, "--format", "json", &workload]));
    assert_eq!((offline["evidence"].as_str(), codes(&offline)[0]), (Some("estimated"), "catalog_from_file"));
    let found = titles(&offline);
    assert!(found.iter().any(|title| title.starts_with("orders (customer_id")), "{found:?}");
    let alone = json(&advise("", &["--sql", WORKLOAD, "--format", "json"]));
    assert!(alone["database"].is_null());
    demo.stop().await;
}

fn walk(directory: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => found.extend(walk(&path)),
            path => found.push(path.display().to_string()),
        }
    }
    found
}

#[test]
fn what_cannot_be_read_ends_with_two_and_a_reason() {
    let directory = TempDir::new().expect("a directory");
    let broken = directory.path().join("catalog.json").display().to_string();
    fs::write(&broken, "{\"format\": 99}").expect("a file");
    for (arguments, expected) in [
        (vec![], "--dsn or --source"),
        (vec!["missing.sql"], "missing.sql"),
        (vec!["missing.log"], "missing.log"),
        (vec!["--sql", "SELECT 1", "--catalog", &broken], "format 99"),
        (vec!["--sql", "SELECT 1", "--budget", "much"], "500MB"),
        (
            vec!["--sql", "SELECT 1", "--dsn", "postgres://nobody@127.0.0.1:1/none?sslmode=disable"],
            "127.0.0.1",
        ),
    ] {
        let output = advise("", &arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains(expected), "{}", text(&output.stderr));
        assert!(output.stdout.is_empty());
    }
}

/// A server with one table of many columns, and a console that knows it.
async fn watched(rows: u32) -> (Postgres, Console) {
    let server = Postgres::start(PostgresOptions::default()).await.expect("PostgreSQL starts");
    let admin = server.connect().await.expect("a connection");
    let columns: Vec<String> =
        (0..COLUMNS).map(|column| format!("(n * {}) % 5000 AS c{column}", column + 3)).collect();
    let columns = columns.join(", ");
    admin
        .batch_execute(&format!(
            "CREATE EXTENSION hypopg; CREATE TABLE wide AS SELECT n AS id, {columns} FROM generate_series(1, {rows}) n; ANALYZE wide"
        ))
        .await
        .expect("a table");
    let console = Console::start().await;
    let connection = fields(server.host(), server.port(), server.database(), server.user());
    let draft = draft(DATABASE, SourceKind::Postgres, connection, server.password(), None);
    console.engine.save_source(draft).await.expect("a source is kept");
    (server, console)
}

const COLUMNS: usize = 12;

/// Statements that want different indexes of the same columns, so that the choice takes its time.
fn wide(statements: usize) -> String {
    let mut sql = String::new();
    for statement in 0..statements {
        let column = |step: usize| (statement * 7 + step * 5 + step * statement) % COLUMNS;
        sql.push_str(&format!(
            "SELECT id AS s{statement} FROM wide WHERE c{} = 1 AND c{} = 2 AND c{} > 3 ORDER BY c{};\n",
            column(0),
            column(1),
            column(2),
            column(3)
        ));
    }
    sql
}

fn request(sql: String, seconds: u32) -> IndexAdviceRequest {
    IndexAdviceRequest {
        source: Some(SourceId::new(DATABASE)),
        workload: WorkloadChoice::Text { sql },
        limits: AdviceLimits { seconds, ..AdviceLimits::default() },
    }
}

async fn ended(console: &Console, id: &AdviceId) -> AdviceStatus {
    eventually("the advice is there", SOON, || async {
        let all = console.engine.advices();
        all.into_iter().find(|one| one.id == *id && !matches!(one.state, AdviceState::Running { .. }))
    })
    .await
}

async fn advised(console: &Console, request: IndexAdviceRequest) -> (AdviceStatus, IndexAdvice) {
    let begun = console.engine.start_advice(request).expect("it begins");
    let ended = ended(console, &begun.id).await;
    let advice = console.engine.advice(begun.id).await.unwrap_or_else(|error| panic!("{error}: {ended:?}"));
    (ended, advice)
}

/// Waits until the planner was asked so often.
async fn asked(events: &mut Receiver<EngineEvent>, calls: u64) {
    let told = async {
        loop {
            if let EngineEvent::AdviceChanged { advice } = events.recv().await.expect("the engine runs") {
                match advice.state {
                    AdviceState::Running { progress } if progress.what_if_calls >= calls => return,
                    AdviceState::Running { .. } => {}
                    ended => panic!("it ended too soon: {ended:?}"),
                }
            }
        }
    };
    tokio::time::timeout(SOON, told).await.expect("it is told in time");
}

#[tokio::test(flavor = "multi_thread")]
async fn advice_is_kept_limited_written_and_removed() {
    let (server, console) = watched(50_000).await;
    let engine = &console.engine;
    let pasted = "SELECT id FROM wide WHERE c1 = 4711; SELECT id FROM wide WHERE c2 = 4711".to_owned();
    let (status, advice) = advised(&console, request(pasted, 10)).await;
    assert_eq!(
        (&status.state, advice.evidence),
        (&AdviceState::Done, AdviceEvidence::Verified),
        "{status:?}"
    );
    assert_eq!(status.name, "database, from pasted SQL");
    let totals = status.totals.expect("totals");
    assert!(totals.selected == 2 && totals.cost_after < totals.cost_before, "{totals:?}");
    for told in [format!("{status:?}"), format!("{advice:?}")] {
        assert!(!told.contains("4711"), "{told}");
    }

    let mut events = engine.subscribe();
    let bytes = advice.create.iter().filter_map(|one| one.size_bytes).min().expect("a size");
    let limits = AdviceLimits { budget_bytes: Some(bytes), min_calls: 99, ..AdviceLimits::default() };
    let smaller = engine.limit_advice(status.id.clone(), limits).await.expect("it is chosen anew");
    assert!(
        smaller.selected_bytes() <= bytes && smaller.create.iter().filter(|one| one.selected).count() == 1
    );
    assert_eq!(smaller.request.limits.min_calls, AdviceLimits::default().min_calls, "the statements stay");
    assert_eq!(engine.advice(status.id.clone()).await.expect("advice"), smaller);
    let told = tokio::time::timeout(SOON, async {
        loop {
            if let EngineEvent::AdviceChanged { advice } = events.recv().await.expect("the engine runs") {
                return advice;
            }
        }
    });
    let told = told.await.expect("it is told");
    assert_eq!(told.request.limits.budget_bytes, Some(bytes));
    assert_eq!(told.totals.map(|totals| totals.selected), Some(1));

    let all = ScriptChoice { create: vec![smaller.create[0].id.clone()], drop: Vec::new() };
    let script = engine.advice_script(status.id.clone(), all, ScriptKind::Apply).await.expect("a script");
    assert!(script[0].contents.contains("CREATE INDEX CONCURRENTLY"));
    let nothing = engine.advice_script(status.id.clone(), ScriptChoice::default(), ScriptKind::Apply).await;
    assert_eq!(nothing.expect_err("nothing is chosen").code(), "advice_nothing_chosen");
    let export = engine.export_advice(status.id.clone(), AdviceFormat::Document).await.expect("a document");
    assert!(export.contains("totalSuggestions"));

    engine.shutdown().await;
    let directory = console.directory;
    drop(console.engine);
    let reopened = open(directory.path().to_path_buf()).await;
    assert_eq!(reopened.advices().len(), 1);
    assert_eq!(reopened.advice(status.id.clone()).await.expect("advice is kept"), smaller);
    let forgotten =
        reopened.limit_advice(status.id.clone(), limits).await.expect_err("it has to be made again");
    assert_eq!((forgotten.code(), forgotten.remedy().is_some()), ("advice_forgotten", true));
    reopened.remove_advice(status.id.clone()).await.expect("it is removed");
    let gone = reopened.advice(status.id).await.expect_err("it is gone");
    assert_eq!(gone.code(), "advice_not_found");
    reopened.shutdown().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn advice_that_is_cancelled_tells_what_it_found() {
    let (server, console) = watched(50_000).await;
    let mut events = console.engine.subscribe();
    let begun = console.engine.start_advice(request(wide(200), 600)).expect("it begins");
    asked(&mut events, 20).await;
    let stopped = Instant::now();
    console.engine.cancel_advice(&begun.id).expect("it is told to stop");
    let status = ended(&console, &begun.id).await;
    assert!(stopped.elapsed() < Duration::from_secs(5), "{:?}", stopped.elapsed());
    assert_eq!(status.state, AdviceState::Cancelled);
    let advice = console.engine.advice(begun.id).await.expect("what was found");
    assert!(advice.partial && advice.what_if_calls >= 20 && advice.statements.len() == 200);
    console.engine.shutdown().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_goes_away_midway_leaves_an_estimate() {
    let (mut server, console) = watched(50_000).await;
    let mut events = console.engine.subscribe();
    let begun = console.engine.start_advice(request(wide(200), 30)).expect("it begins");
    asked(&mut events, 20).await;
    server.kill().await;
    let status = ended(&console, &begun.id).await;
    assert_eq!(status.state, AdviceState::Done, "{status:?}");
    let advice = console.engine.advice(begun.id).await.expect("an estimate");
    assert_eq!((advice.evidence, advice.partial), (AdviceEvidence::Estimated, true));
    assert_eq!(advice.lacks[0].code, "connection_lost", "{:?}", advice.lacks);
    assert!(advice.create.iter().all(|one| one.evidence == AdviceEvidence::Estimated));

    let (again, problem) = {
        let begun = console.engine.start_advice(request(wide(1), 5)).expect("it begins");
        let status = ended(&console, &begun.id).await;
        let AdviceState::Failed { problem } = status.state else { panic!("nobody answers: {status:?}") };
        (begun, problem)
    };
    assert!(problem.message.contains(server.host()), "{problem:?}");
    let nothing = console.engine.advice(again.id).await.expect_err("there is no advice");
    assert_eq!(nothing.code(), "advice_not_found");
    console.engine.shutdown().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_advised_on_is_refused_at_once() {
    let console = Console::start().await;
    let refused = |source: Option<&str>, workload: WorkloadChoice, limits: AdviceLimits| {
        let source = source.map(SourceId::new);
        let request = IndexAdviceRequest { source, workload, limits };
        console.engine.start_advice(request).expect_err("it is refused").code()
    };
    let usual = AdviceLimits::default();
    let sql = || WorkloadChoice::Text { sql: "SELECT 1 FROM t".to_owned() };
    assert_eq!(refused(Some("nobody"), sql(), usual), "source_not_found");
    assert_eq!(refused(None, WorkloadChoice::Statements { seconds: None }, usual), "no_database_to_ask");
    assert_eq!(refused(None, WorkloadChoice::Text { sql: " ".to_owned() }, usual), "nothing_to_advise");
    assert_eq!(refused(None, sql(), AdviceLimits { seconds: 0, ..usual }), "invalid_limits");
    let replay = WorkloadChoice::Replay { replay: ReplayId("7".to_owned()) };
    assert_eq!(refused(None, replay, usual), "replay_not_found");
    assert!(console.engine.advices().is_empty());

    let missing = WorkloadChoice::File { path: "/nowhere/at/all.sql".to_owned() };
    let request = IndexAdviceRequest { source: None, workload: missing, limits: usual };
    let begun = console.engine.start_advice(request).expect("it is taken");
    let status = ended(&console, &begun.id).await;
    let AdviceState::Failed { problem } = status.state else { panic!("{status:?}") };
    assert!(problem.message.contains("/nowhere/at/all.sql") && problem.remedy.is_some());
    console.engine.remove_advice(begun.id).await.expect("a failed one can be removed");
    console.engine.shutdown().await;
}

/// A server that counts statements, one of which wants an index, and a console that knows it.
async fn counted() -> (Postgres, Console) {
    let settings = vec![("shared_preload_libraries".to_owned(), "pg_stat_statements".to_owned())];
    let server = Postgres::start(PostgresOptions { settings, ..PostgresOptions::default() }).await;
    let server = server.expect("PostgreSQL starts");
    let admin = server.connect().await.expect("a connection");
    admin
        .batch_execute(
            "CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
             CREATE TABLE t AS SELECT n AS id, n % 5000 AS a FROM generate_series(1, 100000) n; ANALYZE t",
        )
        .await
        .expect("a table");
    let console = Console::start().await;
    let connection = fields(server.host(), server.port(), server.database(), server.user());
    let draft = draft(DATABASE, SourceKind::Postgres, connection, server.password(), None);
    console.engine.save_source(draft).await.expect("a source is kept");
    (server, console)
}

const COUNTED: &str = "SELECT id FROM t WHERE a = $1";

#[tokio::test(flavor = "multi_thread")]
async fn statements_that_ran_meanwhile_are_a_workload() {
    let (server, console) = counted().await;
    let admin = server.connect().await.expect("a connection");
    let request = IndexAdviceRequest {
        source: Some(SourceId::new(DATABASE)),
        workload: WorkloadChoice::Statements { seconds: Some(3) },
        limits: AdviceLimits { min_mean_ms: 0.0, ..AdviceLimits::default() },
    };
    let begun = console.engine.start_advice(request).expect("it begins");
    let mut ran = 0;
    let status = loop {
        ran += 1;
        admin.query(COUNTED, &[&(ran % 5000)]).await.expect("a query");
        let all = console.engine.advices();
        if let Some(status) = all.into_iter().find(|one| !matches!(one.state, AdviceState::Running { .. })) {
            break status;
        }
    };
    assert_eq!((status.state, status.name.as_str()), (AdviceState::Done, "database, from statements"));
    let advice = console.engine.advice(begun.id).await.expect("advice");
    assert_eq!(advice.workload.origin, "3 s of statements");
    let statement = advice.statements.iter().find(|one| one.statement == COUNTED);
    let statement = statement.unwrap_or_else(|| panic!("{:?}", advice.statements));
    assert!(statement.calls > 5 && statement.total_ms.is_some_and(|total| total > 0.0), "{statement:?}");
    assert!(advice.create.iter().any(|one| one.title.starts_with("t (a")), "{:?}", advice.create);
    console.engine.shutdown().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_the_schedule_is_looked_at_by_itself() {
    let (server, console) = counted().await;
    let admin = server.connect().await.expect("a connection");
    for _ in 0..5 {
        admin.query("SELECT id FROM t, pg_sleep(0.11) WHERE a = $1", &[&1]).await.expect("a query");
    }
    let mut settings = console.engine.settings();
    let hours = AdviceSchedule::DEFAULT_HOURS;
    settings.index_advice = Some(AdviceSchedule { hours, sources: vec![SourceId::new(DATABASE)] });
    console.engine.save_settings(settings).await.expect("settings are kept");
    let status = eventually("the first look", SOON, || async { console.engine.advices().pop() }).await;
    let status = ended(&console, &status.id).await;
    assert_eq!(status.state, AdviceState::Done, "{status:?}");
    let advice = console.engine.advice(status.id).await.expect("advice");
    assert!(advice.statements.iter().any(|one| one.statement.contains("WHERE a = $1")), "{advice:?}");
    assert!(advice.workload.left_out.iter().any(|one| one.reason == "ran less than 5 times"));
    assert_eq!(console.engine.advices().len(), 1, "the next is due in hours");
    console.engine.shutdown().await;
    server.stop().await;
}

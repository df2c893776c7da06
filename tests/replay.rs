//! Query logs replayed end to end: on the demo's real servers, over every format, from the command line.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails where it cannot go on"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use demo::Scenario;
use engine::Engine;
use engine::domain::{
    EngineEvent, FixStyle, NPlusOneFinding, PatternChange, RepetitionKind, ReplayId, ReplayReport,
    ReplayRequest, ReplayState, ReplayStatus, ReportFormat, WorkUnit,
};
use serde_json::Value;
use servers::{Postgres, PostgresOptions};
use tempfile::TempDir;
use tokio::sync::broadcast::Receiver;

use crate::support::{Console, binary, eventually, open, quiet_demo};

const SOON: Duration = Duration::from_secs(30);

fn asset(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets").join(name)
}

fn recording(name: &str) -> PathBuf {
    let recordings =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../src-tauri/crates/sources/tests/recordings/logs");
    recordings.join(name)
}

fn request(paths: &[&Path]) -> ReplayRequest {
    ReplayRequest::of(paths.iter().map(|path| path.display().to_string()).collect())
}

async fn replayed(engine: &Engine, paths: &[&Path]) -> ReplayReport {
    let begun = engine.start_replay(request(paths)).expect("a replay begins");
    let ended = eventually("the replay ends", SOON, || async {
        let all = engine.replays();
        all.into_iter().find(|one| one.id == begun.id && !matches!(one.state, ReplayState::Running { .. }))
    })
    .await;
    assert_eq!(ended.state, ReplayState::Done, "{ended:?}");
    engine.replay_report(begun.id).await.expect("a report")
}

/// Waits for an event about a replay that tells what is wanted.
async fn heard<T>(events: &mut Receiver<EngineEvent>, wanted: impl Fn(ReplayStatus) -> Option<T>) -> T {
    let told = async {
        loop {
            if let EngineEvent::ReplayChanged { replay } = events.recv().await.expect("the engine runs")
                && let Some(told) = wanted(replay)
            {
                return told;
            }
        }
    };
    tokio::time::timeout(SOON, told).await.expect("it is told in time")
}

fn orders(report: &ReplayReport) -> &NPlusOneFinding {
    let found = report.findings.iter().find(|finding| finding.title == "orders by customer_id");
    found.unwrap_or_else(|| panic!("{:?}", report.findings.iter().map(|one| &one.title).collect::<Vec<_>>()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_on_the_demo_is_found_with_its_route_its_parent_and_a_fix() {
    let demo = quiet_demo().await;
    demo.set(Scenario::NPlusOne, true).await.expect("the burst begins");
    let log = demo.endpoints().statement_log.clone().expect("PostgreSQL logs");
    eventually("the burst is in the log", SOON, || async {
        let text = fs::read_to_string(&log).unwrap_or_default();
        (text.matches("execute <unnamed>: SELECT id, status, total_cents").count() > 200).then_some(())
    })
    .await;
    demo.set(Scenario::NPlusOne, false).await.expect("the burst ends");

    let console = Console::start().await;
    let report = replayed(&console.engine, &[&log]).await;
    let finding = orders(&report);
    assert_eq!(finding.kind, RepetitionKind::NPlusOne);
    assert_eq!(finding.routes[0].name, "GET /api/customers");
    assert_eq!(finding.units_by_kind[0].unit, WorkUnit::Trace, "{:?}", finding.units_by_kind);
    assert!(finding.parent.as_ref().is_some_and(|parent| parent.statement.contains("FROM customers")));
    assert!(finding.repeats.median >= 10 && finding.saved_ratio > 0.8);
    assert!(finding.fixes.iter().any(|fix| fix.style == FixStyle::Sql && fix.code.contains("LATERAL")));
    assert_eq!(report.coverage.skipped, []);
    assert_eq!(report.coverage.gaps, [], "a log with every statement hides nothing");
    assert!(report.queries.iter().all(|query| !query.statement.contains("traceparent")));

    decisions_are_kept(&console, &report).await;
    console.engine.shutdown().await;
    let directory = console.directory;
    drop(console.engine);
    let reopened = open(directory.path().to_path_buf()).await;
    let kept = reopened.replay_report(report.replay.id.clone()).await.expect("the report was kept");
    assert_eq!(orders(&kept).ignored.as_ref().map(|one| one.reason.as_str()), Some("rewritten next week"));
    assert!(kept.queries == report.queries, "every figure comes back as it was");
    reopened.remove_replay(report.replay.id.clone()).await.expect("a replay is removed");
    let gone = reopened.replay_report(report.replay.id).await.expect_err("it is gone");
    assert_eq!(gone.code(), "replay_not_found");
    reopened.shutdown().await;
    demo.stop().await;
}

/// Ignoring needs a reason, is seen at once and can be taken back.
async fn decisions_are_kept(console: &Console, report: &ReplayReport) {
    let engine = &console.engine;
    let id = orders(report).id.clone();
    let mut events = engine.subscribe();
    let refused = engine.ignore_pattern(id.clone(), "  ".to_owned()).await.expect_err("a reason is needed");
    assert_eq!((refused.code(), refused.remedy().is_some()), ("invalid_ignore", true));
    engine.ignore_pattern(id.clone(), "rewritten next week".to_owned()).await.expect("it is ignored");
    let told = heard(&mut events, |replay| replay.totals).await;
    assert_eq!(told.patterns as usize, report.findings.len() - 1);
    engine.heed_pattern(id.clone()).await.expect("it is told again");
    let again = engine.replay_report(report.replay.id.clone()).await.expect("a report");
    assert_eq!(orders(&again).ignored, None);
    engine.ignore_pattern(id, "rewritten next week".to_owned()).await.expect("it is ignored");
}

/// Writes logs in all formats at once; gives their directory.
async fn logged_loops(sessions: usize, repeats: i32) -> (Postgres, PathBuf) {
    let setting = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let server = Postgres::start(PostgresOptions {
        log_statements: true,
        settings: vec![setting("log_destination", "stderr,csvlog,jsonlog")],
        ..PostgresOptions::default()
    })
    .await
    .expect("PostgreSQL starts");
    let admin = server.connect().await.expect("a connection");
    admin.batch_execute("CREATE TABLE items (id int, order_id int, note text)").await.expect("a table");
    let mut clients = Vec::new();
    for _ in 0..sessions {
        clients.push(server.connect().await.expect("a connection"));
    }
    // Interleaved: every session takes one step before any takes the next.
    for client in &clients {
        client.batch_execute("BEGIN").await.expect("BEGIN");
    }
    for order in 0..repeats {
        for client in &clients {
            let note = "it's\nthe same";
            client
                .query("SELECT *\n\tFROM items WHERE order_id = $1 AND note <> $2", &[&order, &note])
                .await
                .expect("a query");
        }
    }
    for client in &clients {
        client.batch_execute("COMMIT").await.expect("COMMIT");
    }
    let folder = server.log_path().parent().expect("a directory").to_path_buf();
    (server, folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_format_and_compression_tells_the_same() {
    let (mut server, folder) = logged_loops(4, 12).await;
    // A shutdown flushes the collector.
    server.restart().await.expect("a restart");
    let console = Console::start().await;
    let mut seen = Vec::new();
    for ending in ["log", "csv", "json"] {
        let plain = folder.join(format!("postgresql.{ending}"));
        let copy = console.directory.path().join(format!("copy.{ending}"));
        fs::copy(&plain, &copy).expect("a copy");
        let packed = gzipped(&copy);
        for path in [copy, packed] {
            let report = replayed(&console.engine, &[&path]).await;
            let found = report.findings.iter().find(|finding| finding.title == "items by order_id");
            let found = found.unwrap_or_else(|| panic!("{}: {:?}", path.display(), report.findings));
            assert_eq!((found.executions, found.units, found.repeats.max), (48, 4, 12), "{}", path.display());
            assert_eq!(found.units_by_kind[0].unit, WorkUnit::Transaction);
            assert_eq!(report.coverage.skipped, [], "{}", path.display());
            seen.push(found.id.clone());
        }
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "one pattern, one id: {seen:?}");
    console.engine.shutdown().await;
    server.stop().await;
}

fn gzipped(path: &Path) -> PathBuf {
    let packed = PathBuf::from(format!("{}.gz", path.display()));
    let file = fs::File::create(&packed).expect("a file");
    let status = Command::new("gzip").arg("-c").arg(path).stdout(file).status().expect("gzip is there");
    assert!(status.success());
    packed
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_that_is_cancelled_tells_what_it_read() {
    let console = Console::start().await;
    let log = console.directory.path().join("long.log");
    let unpacked =
        Command::new("gzip").arg("-dc").arg(asset("sample-queries.log.gz")).output().expect("gzip is there");
    // Some hundred megabytes: seconds of work in a build for tests.
    fs::write(&log, unpacked.stdout.repeat(100)).expect("a log");
    let mut events = console.engine.subscribe();
    let begun = console.engine.start_replay(request(&[&log])).expect("a replay begins");
    heard(&mut events, |replay| match replay.state {
        ReplayState::Running { progress } => (progress.bytes_read > 0).then_some(()),
        _ => None,
    })
    .await;
    let stopped = Instant::now();
    console.engine.cancel_replay(&begun.id).expect("it is told to stop");
    let ended = eventually("it stops", Duration::from_secs(5), || async {
        let all = console.engine.replays();
        all.into_iter().find(|one| !matches!(one.state, ReplayState::Running { .. }))
    })
    .await;
    assert_eq!(ended.state, ReplayState::Cancelled, "{:?}", ended.took_ms);
    assert!(stopped.elapsed() < Duration::from_secs(5));
    let report = console.engine.replay_report(ended.id).await.expect("a partial report");
    let size = fs::metadata(&log).expect("the log").len();
    assert!(report.coverage.bytes > 0 && report.coverage.bytes < size);
    orders(&report);
    console.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mpanels_own_logs_tell_requests_reports_and_each_slow_query_once() {
    let console = Console::start().await;
    let report = replayed(&console.engine, &[&recording("mpanel_full_console.log")]).await;
    let finding = report.findings.first().expect("the development log holds N+1 patterns");
    assert_eq!(finding.units_by_kind[0].unit, WorkUnit::Request);
    assert!(finding.kind == RepetitionKind::NPlusOne && finding.repeats.max >= 3, "{finding:?}");
    assert!(report.reports.iter().any(|own| own.kind == "n_plus_one"));
    let slow = replayed(&console.engine, &[&recording("mpanel_full_production.jsonl")]).await;
    let sleeps: u64 =
        slow.queries.iter().filter(|one| one.statement.contains("pg_sleep")).map(|one| one.calls).sum();
    let text = fs::read_to_string(recording("mpanel_full_production.jsonl")).expect("the recording");
    let logged =
        text.lines().filter(|line| line.contains("Slow query detected") && line.contains("pg_sleep")).count();
    assert_eq!(sleeps as usize, logged);
    let gap = slow.coverage.gaps.iter().find(|gap| gap.code == "fast_statements_hidden");
    assert!(gap.is_none_or(|gap| gap.remedy.as_ref().is_some_and(|remedy| remedy.contains("development"))));
    console.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replays_are_compared() {
    let console = Console::start().await;
    let sample = asset("sample-queries.log.gz");
    let before = replayed(&console.engine, &[&sample]).await;
    let empty = console.directory.path().join("quiet.log");
    fs::write(&empty, "2026-11-25 10:00:00.000 UTC [7] a@b app=c vxid=3/1 LOG:  duration: 1.0 ms  statement: SELECT 2 FROM t\n")
        .expect("a log");
    let after = replayed(&console.engine, &[&empty]).await;
    let compared =
        |one: &ReplayId, other: &ReplayId| console.engine.compare_replays(one.clone(), other.clone());
    let (one, other) = (&before.replay.id, &after.replay.id);
    let gone = compared(one, other).await.expect("a comparison");
    assert!(
        !gone.patterns.is_empty()
            && gone.patterns.iter().all(|pattern| pattern.change == PatternChange::Gone)
    );
    let new = compared(other, one).await.expect("a comparison");
    assert!(new.patterns.iter().all(|pattern| pattern.change == PatternChange::New));
    let same = compared(one, one).await.expect("a comparison");
    assert!(same.patterns.iter().all(|pattern| pattern.change == PatternChange::Same));
    let html = console.engine.export_replay(one.clone(), ReportFormat::Html).await.expect("a page");
    assert!(html.starts_with("<!doctype html>") && html.contains("orders by customer_id"));
    console.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_log_is_said_before_and_after() {
    let console = Console::start().await;
    let path = console.directory.path().join("notes.txt");
    fs::write(&path, "dear diary\nnothing happened\n").expect("a file");
    let preview = console.engine.preview_logs(request(&[&path])).await.expect("a preview");
    assert_eq!(preview.first_lines, ["dear diary", "nothing happened"]);
    let problem = preview.problem.expect("a problem");
    assert!(problem.message.contains("not recognised") && problem.remedy.is_some());
    assert!(!problem.message.contains("diary"), "an error tells the shape of a log, not its words");
    let begun = console.engine.start_replay(request(&[&path])).expect("it is taken");
    let failed = eventually("it fails", SOON, || async {
        console.engine.replays().into_iter().find(|one| matches!(one.state, ReplayState::Failed { .. }))
    })
    .await;
    assert_eq!(failed.id, begun.id);
    let nothing = console.engine.start_replay(request(&[])).expect_err("nothing was named");
    assert_eq!(nothing.code(), "nothing_to_replay");

    let preview =
        console.engine.preview_logs(request(&[&asset("sample-queries.log.gz")])).await.expect("a preview");
    let file = &preview.files[0];
    assert_eq!((file.format.as_str(), file.compressed), ("PostgreSQL stderr", true));
    assert_eq!(file.prefix.as_deref(), Some("%m [%p] %q%u@%d app=%a vxid=%v "));
    assert_eq!(file.statements.len(), 5);
    console.engine.shutdown().await;
}

fn mconsole(arguments: &[&str]) -> Output {
    Command::new(binary("mconsole")).arg("replay").args(arguments).output().expect("mconsole runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_command_line_tells_every_format() {
    let sample = asset("sample-queries.log.gz").display().to_string();
    let told = |format: &str| {
        let output = mconsole(&[&sample, "--format", format]);
        assert!(output.status.success(), "{format}: {}", text(&output.stderr));
        text(&output.stdout)
    };
    let report = told("text");
    assert!(report.contains("orders by customer_id") && report.contains("GET /api/customers"), "{report}");
    assert!(report.lines().all(|line| line.chars().count() <= 100), "lines of at most 100 columns");
    let json: Value = serde_json::from_str(&told("json")).expect("JSON");
    assert!(json["findings"].as_array().is_some_and(|findings| !findings.is_empty()));
    let document: Value = serde_json::from_str(&told("document")).expect("JSON");
    assert!(document[0]["totalQueries"].as_u64().is_some_and(|queries| queries > 3));
    assert_eq!(document[0]["patterns"][0]["recommendation"]["type"], "batch_query");
    let sarif: Value = serde_json::from_str(&told("sarif")).expect("JSON");
    assert_eq!(sarif["version"], "2.1.0");
    assert!(told("junit").contains("<testsuite"));
    assert!(told("markdown").contains("```sql"));
    assert!(told("html").contains("</html>"));
}

#[test]
fn a_build_fails_on_what_its_baseline_does_not_hold() {
    let folder = TempDir::new().expect("a directory");
    let sample = asset("sample-queries.log.gz").display().to_string();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let baseline = path("baseline.json");
    let code = |arguments: &[&str]| mconsole(arguments).status.code();

    let needs = mconsole(&[&sample, "--fail-on", "new-n-plus-one"]);
    assert_eq!(needs.status.code(), Some(2));
    assert!(text(&needs.stderr).contains("--write-baseline"), "{}", text(&needs.stderr));
    assert_eq!(code(&[&sample, "--fail-on", "n-plus-one"]), Some(1));
    assert_eq!(code(&[&sample, "--write-baseline", &baseline]), Some(0));
    assert_eq!(code(&[&sample, "--fail-on", "new-n-plus-one", "--baseline", &baseline]), Some(0));

    let mut known: Value = serde_json::from_slice(&fs::read(&baseline).expect("a baseline")).expect("JSON");
    let dropped = known["patterns"].as_array_mut().expect("patterns").remove(0);
    fs::write(&baseline, known.to_string()).expect("a baseline");
    let output = path("report.md");
    let failed = mconsole(&[
        &sample,
        "--fail-on",
        "new-n-plus-one",
        "--baseline",
        &baseline,
        "--format",
        "markdown",
        "--output",
        &output,
    ]);
    assert_eq!(failed.status.code(), Some(1));
    let id = dropped["id"].as_str().expect("an id");
    assert!(text(&failed.stderr).contains(id), "{}", text(&failed.stderr));
    assert!(
        fs::read_to_string(output).is_ok_and(|report| report.contains("```sql")),
        "the report is written all the same"
    );

    fs::write(&baseline, "{ no json").expect("a file");
    let broken = mconsole(&[&sample, "--fail-on", "new-n-plus-one", "--baseline", &baseline]);
    assert_eq!(broken.status.code(), Some(2));
    assert!(text(&broken.stderr).contains("line 1"), "{}", text(&broken.stderr));
}

#[test]
fn what_cannot_be_read_is_said_with_what_to_do() {
    let folder = TempDir::new().expect("a directory");
    let notes = folder.path().join("notes.txt");
    fs::write(&notes, "hello\nworld\n").expect("a file");
    let notes = notes.display().to_string();
    let cases: [(&[&str], &str); 5] = [
        (&["/nowhere/at/all.log"], "no file matches"),
        (&[&notes], "--prefix"),
        (&[&notes, "--prefix", "%m %y"], "unknown escape %y"),
        (&[&notes, "--fields", "time=ts"], "sql=NAME"),
        (&[&notes, &notes, "--follow"], "exactly one file"),
    ];
    for (arguments, expected) in cases {
        let output = mconsole(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains(expected), "{arguments:?}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn standard_input_is_a_log_too() {
    let sample = fs::File::open(asset("sample-queries.log.gz")).expect("the sample");
    let output = Command::new(binary("mconsole"))
        .args(["replay", "-", "--format", "json"])
        .stdin(Stdio::from(sample))
        .output()
        .expect("mconsole runs");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["replay"]["name"], "standard input");
    assert!(report["replay"]["totals"]["statements"].as_u64().is_some_and(|count| count > 1_000));
}

#[test]
fn a_growing_log_is_followed_and_gone_on_with_where_it_was_left() {
    let folder = TempDir::new().expect("a directory");
    let (log, checkpoint) = (folder.path().join("app.log"), folder.path().join("checkpoint.json"));
    let line = |n: usize| {
        format!(
            "2026-11-25 10:00:00.{n:03} UTC [7] a@b app=c vxid=3/1 LOG:  duration: 0.5 ms  statement: SELECT * FROM t WHERE id = {n}\n"
        )
    };
    let write = |range: std::ops::Range<usize>| {
        let text: String = range.map(line).collect();
        let mut file = fs::OpenOptions::new().create(true).append(true).open(&log).expect("the log");
        std::io::Write::write_all(&mut file, text.as_bytes()).expect("lines");
    };
    let follow = || {
        let (log, checkpoint) = (log.display().to_string(), checkpoint.display().to_string());
        let output = mconsole(&[&log, "--follow", "--once", "--checkpoint", &checkpoint, "--format", "json"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        (report["replay"]["totals"]["statements"].as_u64(), text(&output.stderr))
    };
    write(0..10);
    let (statements, told) = follow();
    assert_eq!(statements, Some(10));
    assert!(told.contains("t by id"), "a pattern is told as it is seen: {told}");
    write(10..17);
    assert_eq!(follow().0, Some(7));
    assert_eq!(follow().0, Some(0));
    fs::rename(&log, folder.path().join("app.log.1")).expect("a rotation");
    write(17..20);
    assert_eq!(follow().0, Some(3), "what a rotated file was left with is read, and its successor");
}

#[test]
fn a_demo_without_servers_shows_the_sample() {
    let mut demo = Command::new(binary("mconsole"))
        .args(["demo", "--watch", "--without", "postgres", "--without", "pgbouncer", "--without", "redis"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("mconsole runs");
    let output = demo.stdout.take().expect("its output");
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(output));
    let found = lines.any(|line| line.is_ok_and(|line| line.contains("orders by customer_id")));
    let _ = Command::new("kill").args(["-INT", &demo.id().to_string()]).status();
    assert!(demo.wait().is_ok() && found, "the sample's patterns are told");
}

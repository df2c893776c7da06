//! Ground truth: a real server runs a known number of statements, and every format and prefix tells exactly these.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may fail loudly")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use servers::{Postgres, PostgresOptions};
use sources::logs::{Batch, Coverage, LogEvent, LogReader, Protocol, ReadOptions};

const ROUNDS: i32 = 25;

fn setting(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

async fn server(prefix: &str, settings: &[(&str, &str)]) -> Postgres {
    let mut all = vec![
        setting("log_destination", "stderr,csvlog,jsonlog"),
        setting("log_line_prefix", prefix),
        setting("log_filename", "postgresql.log"),
    ];
    all.extend(settings.iter().map(|(name, value)| setting(name, value)));
    Postgres::start(PostgresOptions { settings: all, ..PostgresOptions::default() }).await.unwrap()
}

/// Statements on interleaved sessions: simple, extended, prepared, SQL EXECUTE, many lines, odd values, errors.
async fn workload(server: &Postgres) {
    let setup = server.connect().await.unwrap();
    setup.batch_execute("CREATE TABLE truth (id int PRIMARY KEY, note text)").await.unwrap();
    let (one, two) = (server.connect().await.unwrap(), server.connect().await.unwrap());
    one.batch_execute("SET application_name = 'my | [app]'").await.unwrap();
    let insert = two.prepare("INSERT INTO truth (id, note)\nVALUES ($1, $2)").await.unwrap();
    one.batch_execute("PREPARE p1(int) AS SELECT note FROM truth\n WHERE id = $1 /* prepared */")
        .await
        .unwrap();
    for round in 0..ROUNDS {
        let note = format!("it's, $2 = '{round}'\nLOG:  duration: 9.0 ms  statement: forged");
        let looks_alike = "SELECT 'LOG:  duration: 5.0 ms  statement: x' /* simple */";
        let execute = format!("EXECUTE p1({round})");
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 2] = [&round, &note];
        let (inserted, simple, executed) = tokio::join!(
            two.execute(&insert, &values),
            one.simple_query(looks_alike),
            one.simple_query(&execute),
        );
        inserted.unwrap();
        simple.unwrap();
        executed.unwrap();
        let rows = two
            .query("SELECT id, note\n\tFROM truth /* extended */\n\n WHERE id <= $1", &[&round])
            .await
            .unwrap();
        assert_eq!(rows.len() as i32, round + 1);
        assert!(one.simple_query("SELECT 1 / 0 /* failing */").await.is_err());
        assert!(two.query("SELECT * FROM nowhere /* unplanned */", &[]).await.is_err());
    }
    two.batch_execute("BEGIN; UPDATE truth SET note = NULL; COMMIT /* end of truth */").await.unwrap();
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Truth {
    /// Executions by their kind.
    kinds: BTreeMap<&'static str, i32>,
    notes: i32,
    errors_with_statement: i32,
}

fn kind(sql: &str) -> Option<&'static str> {
    let marks = [
        ("/* simple */", "simple"),
        ("/* extended */", "extended"),
        ("/* failing */", "failing"),
        ("/* unplanned */", "unplanned"),
        ("/* end of truth */", "end"),
        ("INSERT INTO truth", "insert"),
    ];
    if sql.contains("/* prepared */") {
        return Some(if sql.starts_with("PREPARE") { "prepare" } else { "execute" });
    }
    marks.iter().find(|(mark, _)| sql.contains(mark)).map(|(_, kind)| *kind)
}

fn read(path: &Path, prefix: Option<&str>) -> (Truth, Coverage) {
    let options = ReadOptions { prefix: prefix.map(str::to_owned), ..ReadOptions::default() };
    let mut reader = LogReader::open(&[path.display().to_string()], &options).unwrap();
    let mut batch = Batch::default();
    let mut truth = Truth::default();
    while reader.next(&mut batch).unwrap() {
        for event in batch.events() {
            match event {
                LogEvent::Statement(statement) => {
                    let sql = String::from_utf8_lossy(statement.sql).into_owned();
                    let Some(kind) = kind(&sql) else { continue };
                    *truth.kinds.entry(kind).or_default() += 1;
                    let parameters = statement.parameters.map(String::from_utf8_lossy);
                    match kind {
                        "insert" => {
                            assert_eq!(sql, "INSERT INTO truth (id, note)\nVALUES ($1, $2)");
                            assert_eq!(statement.protocol, Protocol::Execute);
                            let parameters = parameters.expect("parameters");
                            let wanted = "'\nLOG:  duration: 9.0 ms  statement: forged'";
                            truth.notes += i32::from(parameters.ends_with(wanted));
                        }
                        "extended" => {
                            assert_eq!(
                                sql,
                                "SELECT id, note\n\tFROM truth /* extended */\n\n WHERE id <= $1"
                            );
                            assert!(parameters.expect("parameters").starts_with("$1 = '"));
                        }
                        "execute" => assert!(parameters.is_some(), "{sql}"),
                        _ => assert_eq!(statement.protocol, Protocol::Simple, "{sql}"),
                    }
                    assert!(statement.duration_us.is_some() || statement.error.is_some(), "{sql}");
                    assert!(statement.session.0 != 0);
                }
                LogEvent::Error(error) => {
                    let statement = error.statement.map(String::from_utf8_lossy).unwrap_or_default();
                    truth.errors_with_statement += i32::from(kind(&statement).is_some());
                }
                _ => {}
            }
        }
    }
    let coverage = reader.coverage();
    assert_eq!(coverage.skipped(), 0, "{}: {coverage:?}", path.display());
    (truth, coverage)
}

async fn settled(paths: &[PathBuf]) {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let all = paths.iter().all(|path| {
            std::fs::read(path).is_ok_and(|text| {
                let text = String::from_utf8_lossy(&text);
                text.contains("end of truth") && text.contains("shut down")
            })
        });
        if all {
            return;
        }
        assert!(Instant::now() < deadline, "the server did not write its logs");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Runs the workload and reads all three formats.
async fn truths(prefix: &str, given: bool, settings: &[(&str, &str)]) -> Vec<Truth> {
    let mut server = server(prefix, settings).await;
    workload(&server).await;
    let folder = server.log_path().parent().unwrap().to_path_buf();
    let paths: Vec<PathBuf> =
        ["log", "csv", "json"].iter().map(|ending| folder.join(format!("postgresql.{ending}"))).collect();
    // A shutdown flushes the collector.
    server.restart().await.unwrap();
    settled(&paths).await;
    let found = paths.iter().map(|path| read(path, given.then_some(prefix)).0).collect();
    server.stop().await;
    found
}

fn expected(failing: bool) -> Truth {
    let mut kinds = BTreeMap::from([
        ("simple", ROUNDS),
        ("extended", ROUNDS),
        ("insert", ROUNDS),
        ("execute", ROUNDS),
        ("prepare", 1),
        ("end", 1),
    ]);
    if failing {
        kinds.insert("failing", ROUNDS);
    }
    Truth { kinds, notes: ROUNDS, errors_with_statement: 2 * ROUNDS }
}

#[tokio::test]
async fn every_prefix_and_format_tells_the_statements_that_ran() {
    // The last one has an odd name between bars and nothing that labels it: no guess could tell where it ends.
    let prefixes = [
        ("%m [%p] %q%u@%d app=%a vxid=%v ", false),
        ("%t:%r:%u@%d:[%p]:", false),
        ("%n|%c|%l|%a|%e|%s|", true),
    ];
    for (prefix, given) in prefixes {
        for truth in truths(prefix, given, &[("log_min_duration_statement", "0")]).await {
            assert_eq!(truth, expected(false), "{prefix}");
        }
    }
}

#[tokio::test]
async fn texts_and_durations_on_separate_lines_tell_the_same() {
    let settings = [("log_statement", "all"), ("log_duration", "on"), ("log_error_verbosity", "verbose")];
    for truth in truths("%m [%p] %q%u@%d ", false, &settings).await {
        assert_eq!(truth, expected(true));
    }
}

//! mPanel's recordings and JSON lines of other applications.

use super::{Told, read, read_in_steps, took};
use crate::logs::{LogFormat, ReportKind, SkipReason};

const PRODUCTION: &[u8] = include_bytes!("../../../tests/recordings/logs/mpanel_full_production.jsonl");
const STOCK: &[u8] = include_bytes!("../../../tests/recordings/logs/mpanel_stock_production.jsonl");
const CONSOLE: &[u8] = include_bytes!("../../../tests/recordings/logs/mpanel_full_console.log");

fn count(log: &[u8], words: &str) -> usize {
    memchr::memmem::find_iter(log, words).count()
}

fn reports(events: &[String], kind: ReportKind) -> usize {
    let kind = format!("kind: {kind:?}");
    events.iter().filter(|event| event.starts_with("Report") && event.contains(&kind)).count()
}

#[test]
fn production_lines_tell_each_very_slow_query_once() {
    let format = LogFormat::detect("x", PRODUCTION, None, 0).unwrap();
    assert_eq!(format, LogFormat::Winston);
    let reading = read_in_steps(&format, PRODUCTION, 4096);
    assert_eq!(reading.statements.len(), count(PRODUCTION, "Slow query detected"));
    assert_eq!(reading.coverage.repeated as usize, count(PRODUCTION, "VERY SLOW QUERY detected"));
    assert_eq!(reports(&reading.events, ReportKind::NPlusOne), 3);
    assert_eq!(reports(&reading.events, ReportKind::PoolHealth), 1);
    assert_eq!(reports(&reading.events, ReportKind::MemoryLeak), 1);
    assert_eq!((reading.coverage.errors, reading.coverage.skipped()), (1, 0));
    let slow = Told {
        parameters: Some("[1.5]".into()),
        request: Some("slow-27499".into()),
        ..took("SELECT pg_sleep($1)", 1_502_000)
    };
    assert_eq!(reading.statements[0], slow);
    let response = reading.events.iter().find(|event| event.contains("phase: Finished")).unwrap();
    assert!(
        response.contains("status: Some(200)") && response.contains("duration_us: Some(6000)"),
        "{response}"
    );
}

#[test]
fn stock_lines_have_no_request_and_are_read_all_the_same() {
    let format = LogFormat::detect("x", STOCK, None, 0).unwrap();
    let reading = read_in_steps(&format, STOCK, 1000);
    // The very slow one stands in this extract without its slow line.
    assert_eq!(reading.statements.len(), 2);
    assert!(reading.statements.iter().all(|statement| statement.request.is_none()));
    assert_eq!(reports(&reading.events, ReportKind::Retry), 3);
    assert_eq!(reports(&reading.events, ReportKind::ConnectionLeak), 1);
    assert_eq!(reports(&reading.events, ReportKind::PoolSaturated), 1);
}

#[test]
fn console_lines_are_read_between_banners_and_stack_traces() {
    let format = LogFormat::detect("x", CONSOLE, None, 0).unwrap();
    assert_eq!(format, LogFormat::WinstonConsole);
    let reading = read_in_steps(&format, CONSOLE, 4096);
    assert_eq!(reading.statements.len(), count(CONSOLE, "Database query executed"));
    assert!(count(CONSOLE, "VERY SLOW QUERY detected") > 0);
    assert_eq!(reports(&reading.events, ReportKind::NPlusOne), count(CONSOLE, "N+1 Query Pattern Detected"));
    let first = Told {
        request: Some("nplus1-27044".into()),
        rows: Some(10),
        ..took("SELECT id, product_id FROM subscriptions WHERE tenant_id = $1 LIMIT $2", 41_000)
    };
    assert_eq!(reading.statements[0], first);
    assert!(reading.coverage.skipped_lines(SkipReason::NotARecord) > 5);
    assert!(reading.events.iter().any(|event| event.contains("phase: Started")));
}

#[test]
fn a_cut_text_is_truncated_and_its_mark_is_no_sql() {
    let line = |message: &str, level: &str| {
        format!(
            "{{\"context\":\"x\",\"duration\":6000,\"level\":\"{level}\",\"message\":\"{message}\",\"service\":\"s\",\
             \"sql\":\"SELECT 1 FROM \\\"t... (truncated)\",\"timestamp\":\"2026-11-23T12:00:00.000Z\"}}\n"
        )
    };
    let log = line("🐌 Slow query detected", "warn") + &line("⚠️ VERY SLOW QUERY detected", "warn");
    let expected = Told { truncated: true, ..took("SELECT 1 FROM \"t", 6_000_000) };
    assert_eq!(read(&LogFormat::Winston, log).statements, [expected]);
}

#[test]
fn json_lines_of_other_applications_are_guessed() {
    let cases = [
        (
            r#"{"time":"2026-11-23T12:00:00Z","query":"SELECT 1","elapsed_ms":1.5,"reqId":"r1"}"#,
            Told { request: Some("r1".into()), ..took("SELECT 1", 1500) },
        ),
        (
            r#"{"ts":1795435200.5,"db":{"statement":"UPDATE t SET x=1","rows":3},"duration":"2s","request_id":"r2","params":[1,"a"]}"#,
            Told {
                request: Some("r2".into()),
                rows: Some(3),
                ..took("UPDATE t SET x=1", 2_000_000).with("[1,\"a\"]")
            },
        ),
        (
            r#"{"@timestamp":1795435200123,"msg":{"text":"select \"a\"\n"},"duration_ns":1500}"#,
            took("select \"a\"\n", 2),
        ),
    ];
    for (line, expected) in cases {
        let format = LogFormat::detect("x", line.as_bytes(), None, 0).unwrap();
        assert!(matches!(format, LogFormat::JsonLines { .. }), "{line}");
        let other =
            r#"{"time":"2026-11-23T12:00:00Z","ts":1795435200,"@timestamp":1795435200,"msg":"hello"}"#;
        let reading = read(&format, format!("{line}\n{other}\n{line}\n"));
        assert_eq!(reading.statements, [expected.clone(), expected], "{line}");
        assert_eq!((reading.coverage.other, reading.coverage.skipped()), (1, 0), "{line}");
    }
}

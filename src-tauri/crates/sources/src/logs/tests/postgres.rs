//! csvlog and jsonlog: the same records as stderr, with their own quoting.

use super::{Told, read, read_in_steps, took};
use crate::logs::{LogFormat, SkipReason};

fn csv(severity: &str, message: &str, detail: &str, statement: &str) -> String {
    let quoted = |text: &str| match text {
        "" => String::new(),
        text => format!("\"{}\"", text.replace('"', "\"\"")),
    };
    format!(
        "2026-11-23 12:00:00.123 UTC,\"ann\",\"shop\",7,\"[local]\",6b04.7,3,\"SELECT\",2026-11-23 09:00:00 UTC,3/12,0,\
         {severity},00000,{},{},,,,,{},,,\"web\",\"client backend\",,0\n",
        quoted(message),
        quoted(detail),
        quoted(statement)
    )
}

fn json(severity: &str, message: &str, detail: &str, statement: &str) -> String {
    let member = |name: &str, text: &str| match text {
        "" => String::new(),
        text => format!(",\"{name}\":{}", serde_json::to_string(text).unwrap()),
    };
    format!(
        "{{\"timestamp\":\"2026-11-23 12:00:00.123 UTC\",\"user\":\"ann\",\"dbname\":\"shop\",\"pid\":7,\
         \"session_id\":\"6b04.7\",\"vxid\":\"3/12\",\"txid\":0,\"error_severity\":\"{severity}\"{}{}{},\
         \"application_name\":\"web\",\"query_id\":0}}\n",
        member("message", message),
        member("detail", detail),
        member("statement", statement)
    )
}

type Render = fn(&str, &str, &str, &str) -> String;

const FORMATS: [(LogFormat, Render); 2] = [(LogFormat::Csvlog, csv), (LogFormat::Jsonlog, json)];

#[test]
fn records_are_understood_alike() {
    for (format, render) in FORMATS {
        let log = [
            render("LOG", "checkpoint starting: time", "", ""),
            render("LOG", "duration: 0.5 ms  statement: SELECT \"a\",\n'it''s \\n \t'", "", ""),
            render("LOG", "duration: 0.1 ms  bind S_1: SELECT $1", "parameters: $1 = 'x'", ""),
            render(
                "LOG",
                "duration: 0.2 ms  execute S_1: SELECT $1",
                "parameters: $1 = 'a\nb''\"', $2 = NULL",
                "",
            ),
            render(
                "LOG",
                "duration: 0.3 ms  statement: EXECUTE p(1)",
                "prepare: PREPARE p(int) AS SELECT $1",
                "",
            ),
            render("LOG", "statement: SELECT 9", "", ""),
            render("LOG", "duration: 0.9 ms", "", ""),
            render("LOG", "execute S_3: SELECT 1/0", "parameters: $1 = '0'", ""),
            render("ERROR", "division by zero", "", "SELECT 1/0"),
            render("ERROR", "no table", "", "SELECT \"x\"\nFROM nope"),
        ]
        .concat();
        let reading = read(&format, &log);
        let failed = Told { sql: "SELECT 1/0".into(), error: Some("00000".into()), ..Told::default() };
        // These jsonlog lines have no state_code.
        let failed = if format == LogFormat::Jsonlog {
            Told { error: Some("division by zero".into()), ..failed }
        } else {
            failed
        };
        assert_eq!(
            reading.statements,
            [
                took("SELECT \"a\",\n'it''s \\n \t'", 500),
                took("SELECT $1", 200).with("$1 = 'a\nb''\"', $2 = NULL"),
                took("SELECT $1", 300).with("1"),
                took("SELECT 9", 900),
                failed.with("$1 = '0'"),
            ],
            "{format:?}"
        );
        assert_eq!((reading.coverage.errors, reading.coverage.skipped()), (2, 0));
        assert_eq!(reading.coverage.lines, log.matches('\n').count() as u64);
        let wanted = format!("application: {:?}", b"web");
        assert!(reading.events.iter().all(|event| event.contains(&wanted)), "{format:?}");
    }
}

#[test]
fn other_lines_malformed_records_and_cut_ends_are_counted() {
    for (format, render) in FORMATS {
        let good = render("LOG", "duration: 0.5 ms  statement: SELECT 1", "", "");
        let half = render("LOG", "duration: 0.5 ms  statement: SELECT 2", "", "");
        let malformed = match format {
            LogFormat::Csvlog => "2026-11-23 12:00:00.123 UTC,\"a\"b,1\n",
            _ => "{\"timestamp\":\"2026-11-23 12:00:00.123 UTC\" \"x\"}\n",
        };
        let log = format!("a banner\n{good}{malformed}{good}{}", &half[..half.len() - 60]);
        let reading = read(&format, &log);
        assert_eq!(reading.coverage.skipped_lines(SkipReason::NotARecord), 1, "{format:?}");
        assert_eq!(reading.coverage.skipped_lines(SkipReason::Malformed), 1, "{format:?}");
        assert_eq!(reading.coverage.lines, 5, "{format:?}");
        let cut = reading.coverage.skipped_lines(SkipReason::CutOff);
        assert_eq!(reading.statements.len() as u64 + cut, 3, "{format:?}");
    }
}

#[test]
fn an_overlong_record_is_cut_and_what_follows_is_read() {
    let long = format!("duration: 0.1 ms  statement: SELECT '{}'", "x\n\"".repeat(70_000));
    for (format, render) in FORMATS {
        let log =
            [render("LOG", &long, "", ""), render("LOG", "duration: 0.2 ms  statement: SELECT 2", "", "")]
                .concat();
        for step in [1_777, 9_000, 70_000] {
            let reading = read_in_steps(&format, log.as_bytes(), step);
            assert_eq!(reading.statements.len(), 2, "{format:?}");
            assert!(reading.statements[0].truncated, "{format:?}");
            assert!(reading.statements[0].sql.starts_with("SELECT 'x\n\"x"), "{format:?}");
            assert_eq!(reading.statements[1], took("SELECT 2", 200), "{format:?}");
            assert_eq!(reading.coverage.lines, log.matches('\n').count() as u64, "{format:?}");
        }
    }
}

#[test]
fn a_missing_last_newline_and_crlf_lose_nothing() {
    for (format, render) in FORMATS {
        let one = render("LOG", "duration: 0.5 ms  statement: SELECT 1", "", "");
        let log = format!("{}{}", one.replace('\n', "\r\n"), one.trim_end());
        assert_eq!(
            read(&format, log).statements,
            [took("SELECT 1", 500), took("SELECT 1", 500)],
            "{format:?}"
        );
    }
}

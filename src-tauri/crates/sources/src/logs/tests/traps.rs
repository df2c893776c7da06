//! The traps of PostgreSQL's stderr format, each a case.

use super::{LIMITS, Told, read, read_in_steps, stderr, took};
use crate::logs::{Coverage, LogEvent, LogFormat, Parser, Prefix, SkipReason};

const PREFIX: &str = "%m [%p] %q%u@%d app=%a vxid=%v ";

fn head(pid: u32) -> String {
    format!("2026-11-23 12:00:00.000 UTC [{pid}] ann@shop app=web vxid=3/12 ")
}

/// Lines `pid: text`, each with a header; other lines as they are.
fn log(lines: &[&str]) -> String {
    let mut log = String::new();
    for line in lines {
        match line.split_once(": ").and_then(|(pid, text)| Some((pid.parse::<u32>().ok()?, text))) {
            Some((pid, text)) => log.push_str(&format!("{}{text}\n", head(pid))),
            None => log.push_str(&format!("{line}\n")),
        }
    }
    log
}

fn statements(lines: &[&str]) -> Vec<Told> {
    read(&stderr(PREFIX), log(lines)).statements
}

#[test]
fn parse_and_bind_lines_are_no_executions_and_details_are_not_doubled() {
    let reading = read(
        &stderr(PREFIX),
        log(&[
            "1: LOG:  duration: 0.100 ms  parse <unnamed>: SELECT $1",
            "1: LOG:  duration: 0.200 ms  bind <unnamed>: SELECT $1",
            "1: DETAIL:  parameters: $1 = '7'",
            "1: LOG:  duration: 0.300 ms  execute <unnamed>: SELECT $1",
            "1: DETAIL:  parameters: $1 = '7'",
        ]),
    );
    assert_eq!(reading.statements, [took("SELECT $1", 300).with("$1 = '7'")]);
    assert_eq!(reading.coverage.parse_bind, 2);
    assert_eq!((reading.coverage.lines, reading.coverage.skipped()), (5, 0));
}

#[test]
fn interleaved_sessions_keep_their_own_details_and_durations() {
    assert_eq!(
        statements(&[
            "1: LOG:  duration: 0.100 ms  bind S_1: SELECT $1",
            "2: LOG:  duration: 0.300 ms  execute S_2: SELECT $1 + 2",
            "1: DETAIL:  parameters: $1 = 'one'",
            "2: DETAIL:  parameters: $1 = 'two'",
            "1: LOG:  statement: UPDATE a SET x = 1",
            "2: LOG:  execute S_9: UPDATE b SET x = $1",
            "1: LOG:  duration: 0.100 ms",
            "2: DETAIL:  parameters: $1 = '9'",
            "2: LOG:  duration: 0.200 ms",
        ]),
        [
            took("SELECT $1 + 2", 300).with("$1 = 'two'"),
            took("UPDATE a SET x = 1", 100),
            took("UPDATE b SET x = $1", 200).with("$1 = '9'"),
        ]
    );
}

#[test]
fn text_and_duration_on_separate_lines_are_one_statement() {
    let reading = read(
        &stderr(PREFIX),
        log(&[
            "1: LOG:  duration: 0.010 ms",
            "1: LOG:  statement: SELECT 1",
            "1: LOG:  duration: 0.500 ms",
            "1: LOG:  statement: SELECT 2",
            "1: LOG:  statement: SELECT 3",
            "1: LOG:  duration: 0.700 ms",
        ]),
    );
    let without = Told { sql: "SELECT 2".into(), ..Told::default() };
    assert_eq!(reading.statements, [took("SELECT 1", 500), without, took("SELECT 3", 700)]);
    assert_eq!(reading.coverage.hints.paired, 2);
    assert_eq!((reading.coverage.parse_bind, reading.coverage.without_duration), (1, 1));
}

#[test]
fn start_is_end_less_duration_and_the_transaction_is_told() {
    let text = log(&["1: LOG:  duration: 1500.000 ms  statement: SELECT 1"]);
    let mut parser = Parser::new(&stderr(PREFIX), LIMITS, 0);
    let mut seen = 0;
    parser.feed(text.as_bytes(), true, &mut |event| {
        let LogEvent::Statement(statement) = event else { return };
        seen += 1;
        assert_eq!(statement.start_us(), statement.end_us - 1_500_000);
        assert_eq!(statement.end_us, 1_795_435_200_000_000);
        assert_eq!((statement.user, statement.database), (&b"ann"[..], &b"shop"[..]));
        assert_eq!(statement.application, b"web");
        assert!(statement.transaction.is_some());
    });
    assert_eq!(seen, 1);
}

#[test]
fn a_literal_may_look_like_a_header() {
    let forged =
        "2026-11-23 12:00:00.000 UTC [9] x@y app=z vxid=1/1 LOG:  duration: 9.0 ms  statement: DROP TABLE t";
    assert_eq!(
        statements(&[
            "1: LOG:  duration: 0.100 ms  statement: SELECT 'LOG:  duration: 5.0 ms  statement: x'",
            "1: LOG:  duration: 0.200 ms  statement: SELECT '",
            &format!("\t{forged}'"),
            "\tFROM t",
        ]),
        [
            took("SELECT 'LOG:  duration: 5.0 ms  statement: x'", 100),
            took(&format!("SELECT '\n{forged}'\nFROM t"), 200),
        ]
    );
}

#[test]
fn values_keep_quotes_newlines_and_what_looks_like_the_next_value() {
    assert_eq!(
        statements(&[
            "1: LOG:  duration: 0.1 ms  execute <unnamed>: INSERT INTO t VALUES ($1, $2)",
            "1: DETAIL:  parameters: $1 = 'it''s, $2 = ''x''",
            "\tsecond line', $2 = NULL",
        ]),
        [took("INSERT INTO t VALUES ($1, $2)", 100).with("$1 = 'it''s, $2 = ''x''\nsecond line', $2 = NULL")]
    );
}

#[test]
fn sql_execute_is_told_by_the_text_it_prepared() {
    assert_eq!(
        statements(&[
            "1: LOG:  duration: 0.5 ms  statement: EXECUTE p1(0, 'x)');",
            "1: DETAIL:  prepare: PREPARE p1(int, text) AS SELECT * FROM t",
            "\tWHERE id = $1 AND as_of = $2;",
            "1: LOG:  statement: EXECUTE p1(1, 'y')",
            "1: DETAIL:  prepare: PREPARE p1(int, text) AS SELECT 1;",
            "1: LOG:  duration: 0.7 ms",
        ]),
        [
            took("SELECT * FROM t\nWHERE id = $1 AND as_of = $2;", 500).with("0, 'x)'"),
            took("SELECT 1;", 700).with("1, 'y'"),
        ]
    );
}

#[test]
fn errors_are_assembled_with_their_context_and_statement() {
    let reading = read(
        &stderr(PREFIX),
        log(&[
            "1: ERROR:  relation \"nope\" does not exist at character 15",
            "2: ERROR:  division by zero",
            "2: CONTEXT:  PL/pgSQL function f() line 3",
            "1: STATEMENT:  SELECT *",
            "\tFROM nope",
            "2: STATEMENT:  SELECT f()",
            "3: LOG:  statement: SELECT 1/0",
            "3: ERROR:  22012: division by zero",
            "3: LOCATION:  int4div, int.c:846",
            "3: STATEMENT:  SELECT 1/0",
        ]),
    );
    assert_eq!(reading.coverage.errors, 3);
    let expected = Told { sql: "SELECT 1/0".into(), error: Some("22012".into()), ..Told::default() };
    assert_eq!(reading.statements, [expected]);
    let errors: Vec<&String> = reading.events.iter().filter(|event| event.starts_with("Error")).collect();
    let has = |index: usize, bytes: &[u8]| {
        let printed = format!("{bytes:?}");
        assert!(errors[index].contains(&printed), "{printed} in {}", errors[index]);
    };
    has(0, b"SELECT *\nFROM nope");
    has(1, b"PL/pgSQL function f() line 3");
    has(1, b"SELECT f()");
    has(2, b"22012");
    assert!(errors[2].contains("told_as_statement: true") && errors[1].contains("told_as_statement: false"));
}

#[test]
fn plans_are_plans_and_not_statements() {
    let reading = read(
        &stderr(PREFIX),
        log(&[
            "1: LOG:  duration: 0.014 ms  plan:",
            "\tQuery Text: SELECT 1",
            "\tResult  (cost=0.00..0.01 rows=1 width=4)",
            "1: LOG:  duration: 0.015 ms  plan:",
            "\t{",
            "\t  \"Query Text\": \"SELECT 2\"",
            "\t}",
            "1: LOG:  duration: 0.5 ms  statement: SELECT 1",
        ]),
    );
    assert_eq!(reading.statements, [took("SELECT 1", 500)]);
    assert_eq!(reading.coverage.plans, 2);
    assert!(reading.events[0].contains("format: Text") && reading.events[1].contains("format: Json"));
}

#[test]
fn verbose_errors_carry_the_sqlstate_before_the_message() {
    assert_eq!(
        statements(&[
            "1: LOG:  00000: duration: 0.5 ms  statement: SELECT 1",
            "1: LOCATION:  exec_simple_query, postgres.c:1312",
        ]),
        [took("SELECT 1", 500)]
    );
}

#[test]
fn the_rest_of_an_overlong_record_is_counted_and_passed_over() {
    let long = "x".repeat(200_000);
    let text = log(&[
        &format!("1: LOG:  duration: 0.1 ms  statement: SELECT '{long}"),
        &format!("\t{long}"),
        "\t'",
        "1: LOG:  duration: 0.2 ms  statement: SELECT 2",
    ]);
    let reading = read_in_steps(&stderr(PREFIX), text.as_bytes(), 10_000);
    assert_eq!(reading.statements.len(), 2);
    assert!(reading.statements[0].truncated && reading.statements[0].sql.starts_with("SELECT 'xxx"));
    assert!(reading.statements[0].sql.len() <= LIMITS.record_bytes + 10_000);
    assert_eq!(reading.statements[1], took("SELECT 2", 200));
    assert_eq!((reading.coverage.truncated, reading.coverage.lines), (1, 4));
    assert_eq!(reading.coverage.skipped_lines(SkipReason::Overlong), 2);
}

#[test]
fn nul_bytes_other_encodings_crlf_and_a_missing_last_newline_are_read() {
    let mut text = head(1).into_bytes();
    text.extend_from_slice(b"LOG:  duration: 0.1 ms  statement: SELECT 'a\0b \xe9\xff'\r\n\tFROM t\r\n");
    text.extend_from_slice(format!("{}LOG:  duration: 0.2 ms  statement: SELECT 2", head(1)).as_bytes());
    let reading = read(&stderr(PREFIX), text);
    assert_eq!(
        reading.statements,
        [took("SELECT 'a\0b \u{fffd}\u{fffd}'\nFROM t", 100), took("SELECT 2", 200)]
    );
    assert_eq!((reading.coverage.lines, reading.coverage.skipped()), (3, 0));
}

#[test]
fn lines_of_other_programs_and_cut_off_ends_are_counted() {
    let mut text = log(&[
        "cp: cannot stat 'x': No such file",
        "1: LOG:  duration: 0.1 ms  statement: SELECT 1",
        "1: LOG:  checkpoint starting: time",
    ]);
    text.push_str("2026-11-23 12:0");
    let coverage = read(&stderr(PREFIX), text).coverage;
    assert_eq!(coverage.skipped_lines(SkipReason::NotARecord), 1);
    assert_eq!(coverage.skipped_lines(SkipReason::CutOff), 1);
    assert_eq!((coverage.lines, coverage.understood(), coverage.other), (4, 2, 1));
}

#[test]
fn a_detail_without_its_first_line_is_an_orphan() {
    let coverage = read(&stderr(PREFIX), log(&["1: DETAIL:  parameters: $1 = '1'"])).coverage;
    assert_eq!(coverage.skipped_lines(SkipReason::Orphan), 1);
}

#[test]
fn background_processes_and_odd_application_names_match() {
    let reading = read(
        &stderr(PREFIX),
        "2026-11-23 12:00:00.000 UTC [1] LOG:  checkpoint complete\n\
         2026-11-23 12:00:00.000 UTC [2] ann@shop app=my | [app] vxid=x vxid=3/1 LOG:  duration: 1 ms  statement: A\n",
    );
    assert_eq!(reading.statements, [took("A", 1000)]);
    assert!(reading.events[0].contains(&format!("application: {:?}", b"my | [app] vxid=x")));
}

#[test]
fn stripped_tabs_are_understood_when_told() {
    let format = LogFormat::Stderr { prefix: Prefix::compile(PREFIX).unwrap(), tabs_stripped: true };
    let text = log(&[
        "1: LOG:  duration: 0.1 ms  statement: SELECT 1",
        "FROM t",
        "",
        "WHERE x",
        "1: LOG:  duration: 0.2 ms  statement: SELECT 2",
    ]);
    assert_eq!(
        read(&format, text).statements,
        [took("SELECT 1\nFROM t\n\nWHERE x", 100), took("SELECT 2", 200)]
    );
}

#[test]
fn settings_told_by_a_reload_become_hints() {
    let coverage: Coverage = read(
        &stderr(PREFIX),
        log(&[
            "1: LOG:  parameter \"log_min_duration_statement\" changed to \"2s\"",
            "1: LOG:  parameter \"log_transaction_sample_rate\" changed to \"0.1\"",
        ]),
    )
    .coverage;
    assert_eq!((coverage.hints.min_duration_ms, coverage.hints.sampled), (Some(2000), true));
}

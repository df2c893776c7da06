//! PostgreSQL's lines on their way through syslog and hosting providers.

use super::{read, took};
use crate::logs::{EnvelopeKind, LogError, LogFormat};

const NOW: i64 = 1_795_500_000_000_000;

fn statements(log: &str) -> (LogFormat, Vec<super::Told>) {
    let format = LogFormat::detect("a.log", log.as_bytes(), None, NOW).unwrap();
    let mut statements = read(&format, log).statements;
    statements.sort_by(|left, right| left.sql.cmp(&right.sql));
    (format, statements)
}

#[test]
fn syslog_pieces_of_interleaved_processes_are_joined() {
    let cases = [
        "Nov 23 12:00:00 db1 postgres[7]: ",
        "2026-11-23T12:00:00.123456+00:00 db1 postgres[7]: ",
        "<134>1 2026-11-23T12:00:00.123Z db1 postgres 7 - - ",
        "2026-11-23T12:00:00.123456+00:00 app[postgres.7]: [DATABASE] ",
    ];
    for head in cases {
        let other = head.replace('7', "8");
        let log = format!(
            "{head}[5-1] ann@shop LOG:  duration: 0.500 ms  execute S_1: SELECT $1\n\
             {other}[9-1] ann@shop LOG:  duration: 0.700 ms  statement: SELECT a, \n\
             {head}[5-2] #011FROM one\n\
             {other}[9-2] b#012#011FROM two\n\
             {head}[6-1] ann@shop DETAIL:  parameters: $1 = '1'\n\
             {head}[7-1] ann@shop LOG:  duration: 0.100 ms  statement: SELECT 3\n"
        );
        let (format, found) = statements(&log);
        assert!(matches!(format, LogFormat::Syslog { .. }), "{head}: {format:?}");
        assert_eq!(
            found,
            [
                took("SELECT $1\nFROM one", 500).with("$1 = '1'"),
                took("SELECT 3", 100),
                took("SELECT a, b\nFROM two", 700),
            ],
            "{head}"
        );
    }
}

#[test]
fn rds_is_stderr_with_its_own_prefix() {
    let log = "2026-11-23 12:00:00 UTC:10.0.0.1(5432):ann@shop:[7]:LOG:  duration: 0.5 ms  statement: SELECT 1\n\
               \tFROM t\n";
    let (format, found) = statements(log);
    assert!(matches!(format, LogFormat::Stderr { prefix, .. } if prefix.as_str() == "%t:%r:%u@%d:[%p]:"));
    assert_eq!(found, [took("SELECT 1\nFROM t", 500)]);
}

#[test]
fn exports_have_their_lines_unwrapped() {
    let line = |payload: &str| serde_json::to_string(payload).unwrap();
    let first = "2026-11-23 12:00:00.000 UTC [7]: [1-1] db=shop,user=ann LOG:  duration: 0.5 ms  statement: SELECT 'é'";
    let second =
        "2026-11-23 12:00:00.000 UTC [7]: [2-1] db=shop,user=ann LOG:  duration: 0.7 ms  statement: SELECT 2";
    let cloud = format!(
        "{{\"textPayload\":{},\"timestamp\":\"2026-11-23T12:00:00Z\"}}\n{{\"textPayload\":{}}}\n{{\"textPayload\":{}}}\n",
        line(first),
        line("FROM t"),
        line(second)
    );
    let azure = format!(
        "{{\"category\":\"PostgreSQLLogs\",\"properties\":{{\"errorLevel\":\"LOG\",\"message\":{}}}}}\n\
         {{\"properties\":{{\"message\":{}}}}}\n",
        line(&format!("{first}\nFROM t")),
        line(second)
    );
    let container = format!(
        "{{\"log\":{},\"stream\":\"stderr\"}}\n{{\"log\":\"\\tFROM t\\n\"}}\n{{\"log\":{}}}\n",
        line(&format!("{first}\n")),
        line(second)
    );
    for (log, wanted) in
        [(cloud, EnvelopeKind::CloudSql), (azure, EnvelopeKind::Azure), (container, EnvelopeKind::Container)]
    {
        let (format, found) = statements(&log);
        assert!(matches!(format, LogFormat::Envelopes { kind, .. } if kind == wanted), "{format:?}");
        assert_eq!(found, [took("SELECT 'é'\nFROM t", 500), took("SELECT 2", 700)], "{wanted:?}");
    }
}

#[test]
fn plans_in_json_do_not_make_a_log_json() {
    let log = "2026-11-23 12:00:00.000 UTC [7] LOG:  duration: 0.5 ms  plan:\n\t{\n\t  \"Plan\": {}\n\t}\n";
    let format = LogFormat::detect("a.log", log.as_bytes(), None, NOW).unwrap();
    assert!(matches!(format, LogFormat::Stderr { tabs_stripped: false, .. }), "{format:?}");
    assert_eq!(read(&format, log).coverage.plans, 1);
}

#[test]
fn an_unknown_format_is_refused_with_its_shape_and_advice() {
    let secret = "login of ann@example.com with hunter2 at 12:30\n";
    let error = LogFormat::detect("a.log", secret.as_bytes(), None, NOW).unwrap_err();
    let message = error.to_string();
    assert_eq!(error.code(), "log_not_recognised");
    assert!(message.contains("xxxxx xx xxx@xxxxxxx.xxx xxxx xxxxxx9 xx 99:99"), "{message}");
    assert!(message.contains("--prefix") && !message.contains("hunter2"), "{message}");
    let given = LogFormat::detect("a.log", secret.as_bytes(), Some("%m [%p] "), NOW).unwrap_err();
    assert!(given.to_string().contains("SHOW log_line_prefix"));
    assert!(matches!(LogFormat::detect("a.log", b"\n", None, NOW), Err(LogError::Empty { .. })));
    let odd = b"X|7|2026-11-23 12:00:00 UTC|LOG:  duration: 1 ms  statement: A\n";
    assert!(matches!(LogFormat::detect("a.log", odd, Some("X|%p|%t|"), NOW), Ok(LogFormat::Stderr { .. })));
    assert!(matches!(LogFormat::detect("a.log", odd, Some("%y"), NOW), Err(LogError::Prefix(_))));
}

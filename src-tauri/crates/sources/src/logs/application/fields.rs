//! Which member of a JSON line is its time, its statement, its duration: given, or guessed from the first lines.

use super::super::bytes::{at, cut};
use super::super::duration::DurationUnit;
use super::super::json::{Kind, Members, Value};

/// Names of members, dotted where nested: `context.requestId`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FieldNames {
    pub time: String,
    pub sql: String,
    pub duration: Option<String>,
    /// For durations without a unit of their own.
    pub unit: DurationUnit,
    pub parameters: Option<String>,
    pub request_id: Option<String>,
    pub trace_id: Option<String>,
    pub session: Option<String>,
    pub user: Option<String>,
    pub database: Option<String>,
    pub rows: Option<String>,
    pub error: Option<String>,
}

const TIMES: [&str; 9] =
    ["timestamp", "time", "@timestamp", "ts", "datetime", "date", "asctime", "eventTime", "t"];
const STATEMENTS: [&str; 9] =
    ["sql", "query", "statement", "db.statement", "db.query.text", "queryText", "sqlQuery", "raw", "message"];
const DURATIONS: [(&str, DurationUnit); 17] = [
    ("duration_ms", DurationUnit::Milliseconds),
    ("durationMs", DurationUnit::Milliseconds),
    ("elapsed_ms", DurationUnit::Milliseconds),
    ("elapsedMs", DurationUnit::Milliseconds),
    ("took_ms", DurationUnit::Milliseconds),
    ("time_ms", DurationUnit::Milliseconds),
    ("latency_ms", DurationUnit::Milliseconds),
    ("duration_us", DurationUnit::Microseconds),
    ("durationUs", DurationUnit::Microseconds),
    ("duration_ns", DurationUnit::Nanoseconds),
    ("duration_s", DurationUnit::Seconds),
    ("duration_seconds", DurationUnit::Seconds),
    ("durationSeconds", DurationUnit::Seconds),
    ("query_time", DurationUnit::Seconds),
    ("duration", DurationUnit::Milliseconds),
    ("elapsed", DurationUnit::Milliseconds),
    ("took", DurationUnit::Milliseconds),
];
const PARAMETERS: [&str; 7] =
    ["params", "parameters", "binds", "bindings", "args", "values", "type_casted_binds"];
const REQUESTS: [&str; 6] = ["requestId", "request_id", "reqId", "req_id", "correlationId", "correlation_id"];
const TRACES: [&str; 6] = ["traceId", "trace_id", "traceparent", "dd.trace_id", "apmTransactionId", "trace"];
const SESSIONS: [&str; 6] =
    ["session_id", "sessionId", "connectionId", "connection_id", "pid", "backend_pid"];
const ROWS: [&str; 5] = ["rowCount", "row_count", "rows", "rows_affected", "affectedRows"];

impl FieldNames {
    /// Guesses from the first lines: names that are usual, values that look the part. Nothing without time and statement.
    pub fn guess(lines: &[&[u8]]) -> Option<FieldNames> {
        lines.iter().take(200).find_map(|line| FieldNames::guess_line(line))
    }

    /// The unit that a duration's name tells: `duration_us`, `query_time`.
    pub fn usual_unit(name: &str) -> DurationUnit {
        let last = name.rsplit('.').next().unwrap_or(name);
        DURATIONS
            .iter()
            .find(|(usual, _)| *usual == last)
            .map_or_else(DurationUnit::default, |(_, unit)| *unit)
    }

    fn guess_line(line: &[u8]) -> Option<FieldNames> {
        let mut members = Vec::new();
        flatten(line, 0, line.len(), "", 0, &mut members);
        let is_statement = |value: &Value| looks_like_sql(value.raw(line));
        let sql = pick(&members, &STATEMENTS).filter(|(_, value)| is_statement(value)).or_else(|| {
            members.iter().find(|(_, value)| is_statement(value)).map(|(name, value)| (name.clone(), *value))
        })?;
        let time = pick(&members, &TIMES)?;
        let duration = DURATIONS.iter().find_map(|(name, unit)| Some((pick(&members, &[*name])?.0, *unit)));
        let named = |names: &[&str]| pick(&members, names).map(|(name, _)| name);
        Some(FieldNames {
            time: time.0,
            sql: sql.0,
            unit: duration.as_ref().map_or(DurationUnit::Milliseconds, |(_, unit)| *unit),
            duration: duration.map(|(name, _)| name),
            parameters: named(&PARAMETERS),
            request_id: named(&REQUESTS),
            trace_id: named(&TRACES),
            session: named(&SESSIONS),
            user: named(&["user", "db.user", "username"]),
            database: named(&["database", "db.name", "dbname", "db"]),
            rows: named(&ROWS),
            error: named(&["error", "err", "error.message"]),
        })
    }
}

/// The first of `names` that is a member's whole name or the last part of one.
fn pick(members: &[(String, Value)], names: &[&str]) -> Option<(String, Value)> {
    names.iter().find_map(|name| {
        let whole = members.iter().find(|(member, _)| member == name);
        let last = || {
            members
                .iter()
                .find(|(member, _)| member.strip_suffix(name).is_some_and(|before| before.ends_with('.')))
        };
        whole.or_else(last).cloned()
    })
}

fn flatten(
    line: &[u8],
    from: usize,
    to: usize,
    before: &str,
    depth: usize,
    found: &mut Vec<(String, Value)>,
) {
    let Ok(mut members) = Members::of(line, from, to) else { return };
    while let Ok(Some((name, value))) = members.next() {
        let name = format!("{before}{}", String::from_utf8_lossy(name));
        let is_object = value.kind == Kind::Nested && at(line, value.from) == b'{';
        if is_object && depth < 3 {
            flatten(line, value.from, value.to, &format!("{name}."), depth + 1, found);
        }
        found.push((name, value));
    }
}

/// Whether a text begins as a statement does.
pub(in super::super) fn looks_like_sql(text: &[u8]) -> bool {
    const WORDS: [&[u8]; 9] = [
        b"select ",
        b"insert ",
        b"update ",
        b"delete ",
        b"with ",
        b"begin",
        b"commit",
        b"rollback",
        b"merge ",
    ];
    let text = text.trim_ascii_start();
    WORDS.iter().any(|word| cut(text, 0, word.len()).eq_ignore_ascii_case(word))
}

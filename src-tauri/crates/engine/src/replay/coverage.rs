//! What was read of a log in words, and what the log itself leaves out: fast statements, which are the repeated ones.

use analysis::replay::Outcome;
use domain::{CoverageGap, LogCoverage, LogSetAside, SkippedLines, Timestamp};
use sources::logs::{Coverage, LogFormat, SetAside, SkipReason};

/// The shortest statement of a log that hides none takes less than this.
const SHORTEST_USUAL_US: u64 = 1_000;
/// Fewer statements than this say nothing about what is hidden.
const ENOUGH: u64 = 50;

pub(super) fn told(
    read: &Coverage,
    formats: &[LogFormat],
    set_aside: &[SetAside],
    outcome: &Outcome,
) -> LogCoverage {
    let at = |us: i64| Timestamp(us.div_euclid(1_000));
    LogCoverage {
        formats: formats.iter().map(|format| format.title().to_owned()).collect(),
        bytes: read.bytes,
        lines: read.lines,
        understood: read.understood(),
        skipped: skipped(read),
        statements: read.statements,
        errors: read.errors,
        plans: read.plans,
        requests: read.requests,
        reports: read.reports,
        parse_bind: read.parse_bind,
        repeated: read.repeated,
        other: read.other,
        truncated: read.truncated,
        without_duration: read.without_duration,
        without_parameters: outcome.without_parameters,
        first_at: read.first_us.map(at),
        last_at: read.last_us.map(at),
        grouped_by: outcome.grouped_by.clone(),
        gaps: gaps(read, formats, outcome),
        set_aside: set_aside.iter().map(self::set_aside).collect(),
    }
}

pub(super) fn set_aside(file: &SetAside) -> LogSetAside {
    let reason = match file.reason.as_str() {
        "log_not_recognised" => "no log of a known format".to_owned(),
        "log_empty" => "empty".to_owned(),
        "log_unreadable" => "cannot be read".to_owned(),
        other => other.to_owned(),
    };
    LogSetAside { path: file.path.display().to_string(), reason }
}

fn skipped(read: &Coverage) -> Vec<SkippedLines> {
    SkipReason::ALL
        .into_iter()
        .map(|reason| SkippedLines {
            code: reason.code().to_owned(),
            reason: words(reason).to_owned(),
            lines: read.skipped_lines(reason),
        })
        .filter(|skipped| skipped.lines > 0)
        .collect()
}

fn words(reason: SkipReason) -> &'static str {
    match reason {
        SkipReason::NotARecord => "no record of this format",
        SkipReason::CutOff => "cut off at the end of a file",
        SkipReason::Malformed => "begins as a record and then breaks its rules",
        SkipReason::Overlong => "the rest of a record above 4 MB",
        SkipReason::Orphan => "belongs to a record whose first line is missing",
    }
}

/// Statements stay out of a server's log by their duration, by sampling, or without it.
fn gaps(read: &Coverage, formats: &[LogFormat], outcome: &Outcome) -> Vec<CoverageGap> {
    let server = formats.iter().any(is_a_servers);
    let gap = |code: &str, message: String, remedy: Option<&str>| CoverageGap {
        code: code.to_owned(),
        message,
        remedy: remedy.map(str::to_owned),
    };
    let mut gaps = Vec::new();
    if let Some(message) = threshold(read) {
        let remedy = if server {
            "log_min_duration_statement = 0"
        } else {
            "Log every query, not only the slow ones: on mPanel run with NODE_ENV=development, or replay PostgreSQL's own log."
        };
        gaps.push(gap("fast_statements_hidden", message, Some(remedy)));
    }
    if read.hints.sampled {
        gaps.push(gap(
            "sampled",
            "The log holds a sample of the statements: repeats are counted too low.".to_owned(),
            Some("log_min_duration_sample = -1\nlog_transaction_sample_rate = 0\nlog_min_duration_statement = 0"),
        ));
    }
    if outcome.without_parameters * 2 > read.statements.max(1) {
        gaps.push(gap(
            "parameters_missing",
            format!(
                "{} of {} statements take parameters that the log does not hold: different calls cannot be told from equal ones.",
                outcome.without_parameters, read.statements
            ),
            server.then_some("log_parameter_max_length = -1"),
        ));
    }
    if read.without_duration * 10 > read.statements.max(1) {
        gaps.push(gap(
            "durations_missing",
            format!("{} statements have no duration: their time is not known.", read.without_duration),
            server.then_some("log_min_duration_statement = 0"),
        ));
    }
    if read.truncated > 0 {
        gaps.push(gap(
            "statements_cut",
            format!("{} statements are cut off: they are grouped by what is left of them.", read.truncated),
            None,
        ));
    }
    if read.broken_inputs > 0 {
        gaps.push(gap(
            "input_broken",
            format!("{} compressed files end too early; what could be read was read.", read.broken_inputs),
            None,
        ));
    }
    if read.hints.unknown_zone {
        gaps.push(gap(
            "zone_unknown",
            "The log's time zone is not known and was read as UTC.".to_owned(),
            Some("log_timezone = 'UTC'"),
        ));
    }
    if server && only_sessions(outcome) {
        gaps.push(gap(
            "no_request",
            "The log names no request: statements are grouped by session and pauses, so that two requests on one connection may be taken for one.".to_owned(),
            Some("Let the application add sqlcommenter comments: /*route='…',traceparent='…'*/"),
        ));
    }
    gaps
}

fn threshold(read: &Coverage) -> Option<String> {
    match read.hints.min_duration_ms {
        Some(-1) => {
            return Some(
                "log_min_duration_statement was switched off while this log was written.".to_owned(),
            );
        }
        Some(ms) if ms > 0 => {
            return Some(format!(
                "Statements faster than {ms} ms are not in the log, and the repeated ones are fast."
            ));
        }
        _ => {}
    }
    let shortest = read.hints.shortest_us.filter(|_| read.statements >= ENOUGH)?;
    (shortest >= SHORTEST_USUAL_US).then(|| {
        format!(
            "The fastest statement in the log took {} ms: faster ones were probably not logged, and the repeated ones are fast.",
            shortest / 1_000
        )
    })
}

fn is_a_servers(format: &LogFormat) -> bool {
    !matches!(format, LogFormat::Winston | LogFormat::WinstonConsole | LogFormat::JsonLines { .. })
}

fn only_sessions(outcome: &Outcome) -> bool {
    let [group] = outcome.grouped_by.as_slice() else { return false };
    group.unit == domain::WorkUnit::Session && group.count >= ENOUGH
}

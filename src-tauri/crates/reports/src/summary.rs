//! What every format says first: the outcome in two sentences, and how much of the logs it rests on.

use charts::utc;
use domain::{LogCoverage, ReplayReport, ReplayState, WorkUnit};

use crate::words::{bytes, count, list, number, share, time};

/// A directory may hold thousands of files that are no log.
const MOST_SET_ASIDE: usize = 20;

/// A label and what is to be said.
pub(crate) struct Line {
    pub label: &'static str,
    pub text: String,
}

/// "12 patterns of repeated queries in 18,204 units of work. …"
pub(crate) fn headline(report: &ReplayReport) -> String {
    let told = report.findings.iter().filter(|finding| finding.ignored.is_none()).count() as u64;
    let totals = report.replay.totals.as_ref();
    let seen = totals.map_or(String::new(), |totals| {
        format!(" in {}", count(totals.units, "unit of work", "units of work"))
    });
    if told == 0 {
        return format!("No repeated queries{seen}.");
    }
    let patterns = count(told, "pattern of repeated queries", "patterns of repeated queries");
    let (saved, given_back) = saving(report);
    let measured = given_back > 0.0;
    let time = if measured {
        format!(" and gives back {} of database time", time(given_back))
    } else {
        String::new()
    };
    format!(
        "{patterns}{seen}. Mending {} saves {}{time}.",
        if told == 1 { "it" } else { "them" },
        count(saved, "query", "queries")
    )
}

/// Queries saved and milliseconds given back by all findings that are not ignored.
pub(crate) fn saving(report: &ReplayReport) -> (u64, f64) {
    let told = report.findings.iter().filter(|finding| finding.ignored.is_none());
    told.fold((0, 0.0), |(saved, given_back), finding| {
        (
            saved.saturating_add(finding.queries_saved),
            given_back + finding.given_back_ms.unwrap_or(0.0).max(0.0),
        )
    })
}

/// Why the report does not tell of all that the logs hold.
pub(crate) fn partial(report: &ReplayReport) -> Option<String> {
    match &report.replay.state {
        ReplayState::Done => None,
        ReplayState::Running { progress } => {
            let read = match progress.bytes_total {
                Some(total) => format!("{} of the logs", share(progress.bytes_read, total)),
                None => bytes(progress.bytes_read),
            };
            Some(format!("Partial: the replay is still running, {read} read so far."))
        }
        ReplayState::Cancelled => {
            Some("Partial: the replay was stopped before the end of the logs.".to_owned())
        }
        ReplayState::Failed { problem } => {
            let remedy = problem.remedy.as_ref().map(|remedy| format!(" {remedy}")).unwrap_or_default();
            Some(format!("Partial: the replay failed. {}{remedy}", problem.message))
        }
    }
}

/// What was read, in the order in which it decides how far the findings can be trusted.
pub(crate) fn coverage(coverage: &LogCoverage) -> Vec<Line> {
    let mut lines = vec![Line { label: "Read", text: read(coverage) }];
    lines.push(Line {
        label: "Understood",
        text: format!(
            "{} of {} ({})",
            number(coverage.understood),
            count(coverage.lines, "line", "lines"),
            share(coverage.understood, coverage.lines)
        ),
    });
    let skipped = coverage.skipped.iter();
    lines.extend(skipped.map(|skipped| Line {
        label: "Skipped",
        text: format!("{}: {}", count(skipped.lines, "line", "lines"), skipped.reason),
    }));
    lines.push(Line { label: "Statements", text: statements(coverage) });
    if let Some(text) = incomplete(coverage) {
        lines.push(Line { label: "Incomplete", text });
    }
    if let Some(text) = grouped(coverage) {
        lines.push(Line { label: "Grouped by", text });
    }
    let set_aside = coverage.set_aside.iter().take(MOST_SET_ASIDE);
    lines.extend(
        set_aside.map(|file| Line { label: "Set aside", text: format!("{}: {}", file.path, file.reason) }),
    );
    if let Some(more) = coverage.set_aside.len().checked_sub(MOST_SET_ASIDE).filter(|more| *more > 0) {
        lines.push(Line { label: "Set aside", text: count(more as u64, "more file", "more files") });
    }
    lines
}

fn read(coverage: &LogCoverage) -> String {
    let mut parts = vec![bytes(coverage.bytes)];
    if !coverage.formats.is_empty() {
        parts.push(list(&coverage.formats));
    }
    if let (Some(first), Some(last)) = (coverage.first_at, coverage.last_at) {
        parts.push(utc::span(first, last));
    }
    parts.join(", ")
}

fn statements(coverage: &LogCoverage) -> String {
    let mut parts = vec![count(coverage.statements, "execution", "executions")];
    let more = [
        (coverage.errors, "error", "errors"),
        (coverage.plans, "plan", "plans"),
        (coverage.requests, "request line", "request lines"),
        (coverage.reports, "report of mPanel's own", "reports of mPanel's own"),
        (coverage.parse_bind, "parse or bind line", "parse and bind lines"),
        (coverage.repeated, "line told again", "lines told again"),
        (coverage.other, "line about something else", "lines about something else"),
    ];
    parts.extend(
        more.into_iter().filter(|(lines, ..)| *lines > 0).map(|(lines, one, many)| count(lines, one, many)),
    );
    parts.join(", ")
}

fn incomplete(coverage: &LogCoverage) -> Option<String> {
    let statement = |value| count(value, "statement", "statements");
    let parts: Vec<_> = [
        (coverage.without_duration, "without a duration"),
        (coverage.without_parameters, "without parameters"),
        (coverage.truncated, "cut off"),
    ]
    .into_iter()
    .filter(|(value, _)| *value > 0)
    .map(|(value, what)| format!("{} {what}", statement(value)))
    .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn grouped(coverage: &LogCoverage) -> Option<String> {
    let all: u64 = coverage.grouped_by.iter().map(|group| group.count).sum();
    let parts: Vec<_> = coverage
        .grouped_by
        .iter()
        .filter(|group| group.count > 0)
        .map(|group| format!("{} {}", noun(group.unit, 1), share(group.count, all)))
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// "request", "requests".
pub(crate) fn noun(unit: WorkUnit, count: u64) -> &'static str {
    match (unit, count) {
        (WorkUnit::Request, 1) => "request",
        (WorkUnit::Request, _) => "requests",
        (WorkUnit::Trace, 1) => "trace",
        (WorkUnit::Trace, _) => "traces",
        (WorkUnit::Transaction, 1) => "transaction",
        (WorkUnit::Transaction, _) => "transactions",
        (WorkUnit::Session, 1) => "stretch of a session",
        (WorkUnit::Session, _) => "stretches of sessions",
    }
}

/// Whether a remedy is a line of postgresql.conf.
pub(crate) fn is_setting(remedy: &str) -> bool {
    let part = |character: char| character.is_ascii_lowercase() || matches!(character, '_' | '.');
    remedy.split_once(" = ").is_some_and(|(name, _)| !name.is_empty() && name.chars().all(part))
}

/// When the replay was made, and how long it took.
pub(crate) fn made(report: &ReplayReport) -> String {
    let took = report.replay.took_ms.map(|ms| format!(", replayed in {}", time(ms))).unwrap_or_default();
    format!("{}{took}", utc::moment(report.replay.started_at))
}

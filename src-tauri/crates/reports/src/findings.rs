//! One finding in words: the lines that text, markdown, JUnit, SARIF and the page share.

use domain::{
    CodeLanguage, Confidence, Fix, FixStyle, NPlusOneFinding, RepetitionKind, ReplayReport, Severity,
    WorkUnit,
};

use crate::summary::noun;
use crate::words::{count, number, percent, time, time_or_unknown};

/// Those to be told, in the report's order: what gives most time back first.
pub(crate) fn told(report: &ReplayReport) -> impl Iterator<Item = &NPlusOneFinding> {
    report.findings.iter().filter(|finding| finding.ignored.is_none())
}

pub(crate) fn ignored(report: &ReplayReport) -> impl Iterator<Item = &NPlusOneFinding> {
    report.findings.iter().filter(|finding| finding.ignored.is_some())
}

/// "1 pattern is ignored", "3 patterns are ignored".
pub(crate) fn ignored_count(report: &ReplayReport) -> Option<String> {
    match ignored(report).count() as u64 {
        0 => None,
        1 => Some("1 pattern is ignored".to_owned()),
        many => Some(format!("{} patterns are ignored", number(many))),
    }
}

pub(crate) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Ok => "ok",
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Critical => "critical",
    }
}

pub(crate) fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Low => "low confidence",
        Confidence::Medium => "medium confidence",
        Confidence::High => "high confidence",
    }
}

/// What most of its units are.
fn unit(finding: &NPlusOneFinding) -> Option<WorkUnit> {
    finding.units_by_kind.iter().max_by_key(|units| units.count).map(|units| units.unit)
}

/// "18,204 requests".
pub(crate) fn units(finding: &NPlusOneFinding) -> String {
    format!("{} {}", number(finding.units), unit_noun(finding, finding.units))
}

/// "request", "requests"; "unit of work" where several kinds or none are known.
pub(crate) fn unit_noun(finding: &NPlusOneFinding, count: u64) -> &'static str {
    match (unit(finding), count) {
        (Some(unit), count) if finding.units_by_kind.len() == 1 => noun(unit, count),
        (_, 1) => "unit of work",
        _ => "units of work",
    }
}

/// The route with the most units, and how many more there are.
pub(crate) fn route(finding: &NPlusOneFinding) -> Option<String> {
    let (first, more) = finding.routes.split_first()?;
    Some(match more.len() {
        0 => first.name.clone(),
        more => format!("{} and {}", first.name, count(more as u64, "more route", "more routes")),
    })
}

/// "21 executions in each (median), 34 at p95, 88 at most".
pub(crate) fn repeats(finding: &NPlusOneFinding) -> String {
    let repeats = finding.repeats;
    let all = [repeats.median, repeats.p95, repeats.max].map(number);
    let [median, p95, max] = &all;
    if repeats.median == repeats.max {
        return format!("{} in each", count(repeats.median, "execution", "executions"));
    }
    format!("{median} executions in each (median), {p95} at p95, {max} at most")
}

/// "382,284 of 400,488 queries not needed (95%)".
pub(crate) fn saved(finding: &NPlusOneFinding) -> String {
    format!(
        "{} of {} not needed ({})",
        number(finding.queries_saved),
        count(finding.executions, "query", "queries"),
        percent(finding.saved_ratio)
    )
}

/// "39 min of 41 min given back"; what was not measured is said so.
pub(crate) fn time_back(finding: &NPlusOneFinding) -> String {
    match (finding.given_back_ms, finding.total_ms) {
        (Some(back), Some(total)) => format!("{} of {} given back", time(back), time(total)),
        (Some(back), None) => format!("{} given back", time(back)),
        (None, Some(total)) => format!("{} in all, time given back not known", time(total)),
        (None, None) => "time not measured".to_owned(),
    }
}

/// "142 ms a request today, about 14 ms when mended".
pub(crate) fn unit_time(finding: &NPlusOneFinding) -> Option<String> {
    let today = format!("{} a {} today", time(finding.unit_ms?), unit_noun(finding, 1));
    let about = |ms: f64| {
        let mended = time(ms);
        mended.strip_prefix("< ").map_or(format!("about {mended}"), |least| format!("less than {least}"))
    };
    let mended = finding.mended_unit_ms.map(|ms| format!(", {} when mended", about(ms)));
    Some(today + &mended.unwrap_or_default())
}

/// Executions in one unit once it is mended.
pub(crate) fn mended_repeats(finding: &NPlusOneFinding) -> u64 {
    match finding.kind {
        RepetitionKind::NPlusOne | RepetitionKind::BulkWrite => 1,
        RepetitionKind::Redundant => {
            let left = finding.repeats.median as f64 * (1.0 - finding.saved_ratio);
            (left.round() as u64).clamp(1, finding.repeats.median.max(1))
        }
    }
}

/// What the mended time is called.
pub(crate) fn when_mended(kind: RepetitionKind) -> &'static str {
    match kind {
        RepetitionKind::NPlusOne => "when batched",
        RepetitionKind::Redundant => "when asked once",
        RepetitionKind::BulkWrite => "when written at once",
    }
}

/// All figures in one line, for formats that have no table.
pub(crate) fn figures(finding: &NPlusOneFinding) -> String {
    format!("{}: {}; {}; {}", units(finding), repeats(finding), saved(finding), time_back(finding))
}

pub(crate) fn sql_fix(finding: &NPlusOneFinding) -> Option<&Fix> {
    finding.fixes.iter().find(|fix| fix.style == FixStyle::Sql)
}

/// As fences of code name it.
pub(crate) fn language(language: CodeLanguage) -> &'static str {
    match language {
        CodeLanguage::Sql => "sql",
        CodeLanguage::TypeScript => "ts",
        CodeLanguage::JavaScript => "js",
        CodeLanguage::Ruby => "ruby",
        CodeLanguage::Python => "python",
        CodeLanguage::Java => "java",
    }
}

/// The sentences on a finding without markup of any kind, for formats of programs.
pub(crate) fn plain(finding: &NPlusOneFinding) -> Vec<String> {
    let mut lines = vec![finding.explanation.clone(), figures(finding)];
    lines.extend(unit_time(finding));
    lines.extend(finding.arithmetic.as_ref().map(|arithmetic| format!("Time given back: {arithmetic}")));
    lines.extend(finding.reasons.iter().map(|reason| {
        let sign = if reason.against { "Against it" } else { "For it" };
        format!("{sign}: {}", reason.text)
    }));
    lines.retain(|line| !line.is_empty());
    lines
}

/// "142 ms", or that it was not measured.
pub(crate) fn given_back(finding: &NPlusOneFinding) -> String {
    time_or_unknown(finding.given_back_ms)
}

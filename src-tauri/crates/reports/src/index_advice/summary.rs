//! The same figures in the same words for every format: what the advice rests on, and what it promises.

use charts::utc;
use domain::{
    AdviceEvidence, AdvicePriority, DropKind, DropSuggestion, IndexAdvice, IndexSuggestion, ServedStatement,
};

use crate::summary::Line;
use crate::words::{bytes, count, number, percent, time, time_or_unknown};

/// "3 indexes to create (312 MB), 1 to drop (88 MB)."
pub(super) fn headline(advice: &IndexAdvice) -> String {
    let create = advice.create.iter().filter(|one| one.selected).count() as u64;
    let drop: Vec<_> = advice.drop.iter().filter(|one| one.selected).collect();
    let mut parts = Vec::new();
    if create > 0 {
        let size = advice.selected_bytes();
        let size = if size > 0 { format!(" ({})", bytes(size)) } else { String::new() };
        parts.push(format!("{} to create{size}", count(create, "index", "indexes")));
    }
    if !drop.is_empty() {
        let size = drop.iter().fold(0, |sum: u64, one| sum.saturating_add(one.size_bytes));
        parts.push(format!("{} to drop ({})", count(drop.len() as u64, "index", "indexes"), bytes(size)));
    }
    if parts.is_empty() {
        "No index to create or to drop.".to_owned()
    } else {
        format!("{}.", parts.join(", "))
    }
}

/// "the workload's cost falls from 4,953,770 to 3,327,281 (32% less); verified: …"
pub(super) fn effect(advice: &IndexAdvice) -> String {
    let (before, after) = (advice.cost_before, advice.cost_after);
    let less = saving(before, after).filter(|less| *less > 0.0);
    let Some(less) = less else { return "no statement of the workload is foretold to cost less".to_owned() };
    format!(
        "the workload's cost falls from {} to {} ({} less); {}",
        cost(before),
        cost(after),
        percent(less),
        evidence(advice.evidence)
    )
}

pub(super) fn evidence(evidence: AdviceEvidence) -> &'static str {
    match evidence {
        AdviceEvidence::Estimated => "estimated from statistics, not asked of the planner",
        AdviceEvidence::Verified => "verified: the planner chose it when it was offered",
    }
}

pub(super) fn evidence_word(evidence: AdviceEvidence) -> &'static str {
    match evidence {
        AdviceEvidence::Estimated => "estimated",
        AdviceEvidence::Verified => "verified",
    }
}

pub(super) fn priority(priority: AdvicePriority) -> &'static str {
    match priority {
        AdvicePriority::Low => "low",
        AdvicePriority::Medium => "medium",
        AdvicePriority::High => "high",
    }
}

pub(super) fn drop_kind(kind: DropKind) -> &'static str {
    match kind {
        DropKind::Redundant => "redundant",
        DropKind::Unused => "unused",
        DropKind::Invalid => "invalid",
    }
}

/// 0 to 1; none where there is nothing to save from.
pub(super) fn saving(before: f64, after: f64) -> Option<f64> {
    let saved = 1.0 - after / before;
    (before > 0.0 && saved.is_finite()).then_some(saved)
}

/// Of the planner, which has no unit.
pub(super) fn cost(cost: f64) -> String {
    if !cost.is_finite() {
        return crate::words::UNKNOWN.to_owned();
    }
    if cost < 9.95 { crate::words::decimal(cost.max(0.0)) } else { number(cost.round() as u64) }
}

pub(super) fn cost_or_unknown(value: Option<f64>) -> String {
    value.map_or_else(|| crate::words::UNKNOWN.to_owned(), cost)
}

pub(super) fn size(bytes_: Option<u64>) -> String {
    bytes_.map_or_else(|| crate::words::UNKNOWN.to_owned(), bytes)
}

pub(super) fn title(advice: &IndexAdvice) -> String {
    match &advice.database {
        Some(database) => format!("Index advice for {}", database.database),
        None => format!("Index advice from {}", advice.workload.origin),
    }
}

pub(super) fn database(advice: &IndexAdvice) -> String {
    match &advice.database {
        Some(database) => {
            format!("{}, {}, read {}", database.database, database.version, utc::moment(database.read_at))
        }
        None => "none was asked".to_owned(),
    }
}

pub(super) fn workload(advice: &IndexAdvice) -> String {
    let workload = &advice.workload;
    let time = workload.total_ms.map(|ms| format!(", {}", time(ms))).unwrap_or_default();
    format!(
        "{}: {} of {}, {}{time}",
        workload.origin,
        number(workload.statements_used as u64),
        count(workload.statements_seen as u64, "statement", "statements"),
        count(workload.calls, "execution", "executions"),
    )
}

/// What the advice rests on.
pub(super) fn basis(advice: &IndexAdvice) -> Vec<Line> {
    let mut lines = vec![Line { label: "Database", text: database(advice) }];
    if let Some(database) = &advice.database {
        let tables = count(database.tables as u64, "table", "tables");
        let indexes = count(database.indexes as u64, "index", "indexes");
        let counted =
            database.counted_days.map(|days| format!(", counting for {}", time(days * 86_400_000.0)));
        lines.push(Line {
            label: "Catalog",
            text: format!("{tables}, {indexes}{}", counted.unwrap_or_default()),
        });
    }
    lines.push(Line { label: "Workload", text: workload(advice) });
    lines.extend(advice.workload.left_out.iter().map(|left_out| Line {
        label: "Left out",
        text: format!(
            "{}: {}",
            count(left_out.statements as u64, "statement", "statements"),
            left_out.reason
        ),
    }));
    let asked = match advice.what_if_calls {
        0 => "the planner was not asked".to_owned(),
        calls => format!("the planner answered {}", count(calls, "question", "questions")),
    };
    lines.push(Line { label: "Evidence", text: format!("{}, {asked}", evidence_word(advice.evidence)) });
    lines
}

/// "Saves 12% of the workload's cost; 23 executions, mean 158 ms → 9.1 ms; 48 MB."
pub(super) fn figures(one: &IndexSuggestion) -> String {
    let mut parts = vec![format!("saves {} of the workload's cost", percent(one.saved_ratio))];
    if one.calls > 0 {
        let mean = match (one.mean_ms_before, one.mean_ms_after) {
            (None, None) => String::new(),
            (before, after) => format!(", mean {} → {}", time_or_unknown(before), time_or_unknown(after)),
        };
        parts.push(format!("{}{mean}", count(one.calls, "execution", "executions")));
    }
    parts.push(
        one.size_bytes.map_or_else(|| "size not known".to_owned(), |size| format!("about {}", bytes(size))),
    );
    parts.join("; ")
}

/// "cost 61,204 → 310 (99% less)"
pub(super) fn change(served: &ServedStatement) -> String {
    let (before, after) = (served.cost_before, served.cost_after);
    let change = match saving(before, after) {
        Some(less) if less >= 0.0 => format!(" ({} less)", percent(less)),
        Some(more) => format!(" ({} more)", percent(-more)),
        None => String::new(),
    };
    format!("cost {} → {}{change}", cost(before), cost(after))
}

pub(super) fn statement<'a>(advice: &'a IndexAdvice, served: &ServedStatement) -> &'a str {
    advice.statements.get(served.statement).map_or("", |one| one.statement.as_str())
}

/// What stands beside a suggestion, sentence by sentence.
pub(super) fn remarks(one: &IndexSuggestion) -> Vec<String> {
    let mut remarks = Vec::new();
    if !one.write_cost.summary.is_empty() {
        remarks.push(one.write_cost.summary.clone());
    }
    if !one.replaces.is_empty() {
        let names: Vec<_> = one.replaces.iter().map(|name| format!("`{name}`")).collect();
        remarks.push(format!("It makes {} redundant.", crate::words::list(&names)));
    }
    if !one.partitions.is_empty() {
        let partitions = count(one.partitions.len() as u64, "partition", "partitions");
        remarks.push(format!("It is built on {partitions} one after the other."));
    }
    remarks.extend(one.notes.iter().cloned());
    remarks
}

/// "redundant, 88 MB: covered by orders (customer_id, created_at)"
pub(super) fn drop_reason(one: &DropSuggestion) -> String {
    format!("{}, {}: {}", drop_kind(one.kind), bytes(one.size_bytes), one.reason)
}

pub(super) fn partial(advice: &IndexAdvice) -> Option<&'static str> {
    advice.partial.then_some("Partial: it was stopped or ran out of time; this is what was found until then.")
}

/// When it was made, and how long it took.
pub(super) fn made(advice: &IndexAdvice) -> String {
    format!("{}, found in {}", utc::moment(advice.made_at), time(advice.took_ms))
}

/// A part of a sentence as the beginning of one.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}", first.to_uppercase(), letters.as_str()))
}

/// What the script runs for one suggestion.
pub(super) fn sql(one: &IndexSuggestion) -> String {
    super::steps::creates(one).iter().map(|run| format!("{};\n", run.block())).collect()
}

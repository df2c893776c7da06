//! Sequences near their end, or near that of the column which they fill.

use domain::{HealthItem, Part, SequenceFacts, Severity};

use super::Look;
use super::told::{Told, grade, item, qualified, worst};
use crate::quoting::quoted;
use crate::words;

/// Widening a column rewrites its table: three quarters leave time to plan that, nine tenths hardly do.
const WARNING: f64 = 0.75;
const CRITICAL: f64 = 0.90;
const WARNING_SECONDS: f64 = 90.0 * 86_400.0;
const CRITICAL_SECONDS: f64 = 14.0 * 86_400.0;
/// A rate says little while most is left.
const RATE_COUNTS_FROM: f64 = 0.25;
/// Shown though nothing is wrong with them.
const SHOWN_FROM: f64 = 0.5;

pub(super) fn check(look: &Look<'_>) -> Part<Told> {
    let facts = look.slow()?.sequences.as_ref().map_err(Clone::clone)?;
    let items: Vec<HealthItem> =
        facts.found.iter().filter_map(|sequence| sequence_item(look, sequence)).collect();
    let severity = worst(&items);
    let bad: Vec<&HealthItem> = items.iter().filter(|item| item.severity >= Severity::Warning).collect();
    let mut seen = match bad.as_slice() {
        [] => format!("{}, none of them near its end", words::count(facts.total, "sequence", "sequences")),
        [only] => format!("{}: {}", only.name, only.figure),
        [first, ..] => {
            format!(
                "{} of {} sequences near their end, first {}: {}",
                bad.len(),
                words::number(facts.total),
                first.name,
                first.figure
            )
        }
    };
    if facts.hidden > 0.0 {
        seen.push_str(&format!("; {} may not be read", words::number(facts.hidden)));
    }
    let sql = bad.first().and_then(|item| item.sql.clone());
    let told = Told::new(severity, format!("{seen}.")).items(items).evidence(
        "Last values",
        words::number(facts.found.len() as f64),
        "pg_sequences.last_value, against the smaller of its own end and its column's",
    );
    Ok(match sql {
        Some(sql) => told
            .remedy("Make the column a bigint, with every column that refers to it. This rewrites the table under a lock; for a large one, add a second column, fill it in parts, and swap.")
            .sql(sql),
        None => told,
    })
}

fn sequence_item(look: &Look<'_>, sequence: &SequenceFacts) -> Option<HealthItem> {
    let used = sequence.last_value / sequence.end.max(1.0);
    let left = look
        .sequence_rate(sequence)
        .filter(|rate| *rate > 0.0 && used >= RATE_COUNTS_FROM)
        .map(|rate| (sequence.end - sequence.last_value).max(0.0) / rate);
    let soon = match left {
        Some(left) if left <= CRITICAL_SECONDS => Severity::Critical,
        Some(left) if left <= WARNING_SECONDS => Severity::Warning,
        _ => Severity::Ok,
    };
    let severity = grade(used, WARNING, CRITICAL).max(soon);
    if severity == Severity::Ok && used < SHOWN_FROM {
        return None;
    }
    let mut figure = format!(
        "{} of {} values used ({})",
        words::number(sequence.last_value),
        words::number(sequence.end),
        words::percent(sequence.last_value, sequence.end)
    );
    if let Some(column) = &sequence.column {
        figure.push_str(&format!(", fills {}.{} ({})", column.table, column.column, column.kind));
    }
    if let Some(left) = left {
        figure.push_str(&format!(", lasts {} at the present rate", words::duration(left)));
    }
    let name = qualified(&sequence.schema, &sequence.name);
    Some(item(&name, figure, severity, (severity > Severity::Ok).then(|| widen(sequence, &name))))
}

fn widen(sequence: &SequenceFacts, name: &str) -> String {
    match &sequence.column {
        Some(column) => format!(
            "ALTER TABLE {} ALTER COLUMN {} TYPE bigint;\nALTER SEQUENCE {name} AS bigint;",
            qualified(&column.schema, &column.table),
            quoted(&column.column)
        ),
        None => format!("ALTER SEQUENCE {name} AS bigint;"),
    }
}

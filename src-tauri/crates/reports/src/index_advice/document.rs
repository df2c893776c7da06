//! The report in the shape of mPanel's index advisor.

use charts::utc;
use domain::{
    AdviceDocument, AdviceDocumentSuggestion, AdviceDocumentSummary, AdvicePriority, IndexAdvice,
    IndexSuggestion,
};

use super::clause::{self, Clause};
use super::{steps, summary};
use crate::words::count;

/// All suggestions, selected or not.
pub fn document(advice: &IndexAdvice) -> AdviceDocument {
    let with = |priority: AdvicePriority| advice.create.iter().filter(|one| one.priority == priority).count();
    let tables = advice.create.iter().map(|one| &one.definition.table);
    let mut tables: Vec<&String> = tables.chain(advice.considered.iter().map(|one| &one.table)).collect();
    tables.sort_unstable();
    tables.dedup();
    AdviceDocument {
        timestamp: utc::rfc3339(advice.made_at),
        slow_queries_analyzed: advice.workload.statements_used,
        tables_analyzed: tables.len(),
        total_suggestions: advice.create.len(),
        suggestions: advice.create.iter().map(|one| suggestion(advice, one)).collect(),
        summary: AdviceDocumentSummary {
            high_priority: with(AdvicePriority::High),
            medium_priority: with(AdvicePriority::Medium),
            low_priority: with(AdvicePriority::Low),
        },
    }
}

fn suggestion(advice: &IndexAdvice, one: &IndexSuggestion) -> AdviceDocumentSuggestion {
    let used = clause::most_used(advice, one);
    let joins = used.as_ref().is_some_and(|used| used.clause == Clause::Join);
    let keys = one.definition.keys.iter();
    AdviceDocumentSuggestion {
        priority: one.priority,
        table: one.definition.table.clone(),
        index_name: one.name.clone(),
        columns: keys.filter_map(|key| key.column.clone().or_else(|| key.expression.clone())).collect(),
        reason: reason(one, used.as_ref()),
        estimated_improvement: improvement(one, if joins { "joins" } else { "queries" }),
        sql: sql(one),
    }
}

fn reason(one: &IndexSuggestion, used: Option<&clause::Use>) -> String {
    let times = |calls: u64, mean_ms: Option<f64>| {
        let mean = mean_ms.map(|ms| format!(", avg {ms:.2}ms")).unwrap_or_default();
        format!("{calls} {}{mean}", if calls == 1 { "time" } else { "times" })
    };
    match used {
        Some(used) => match used.clause {
            Clause::Where => {
                format!("Frequently used in WHERE clause ({})", times(used.calls, used.mean_ms))
            }
            Clause::Join => {
                let joins = if used.calls == 1 { "join" } else { "joins" };
                format!("Used in JOIN clause ({} {joins})", used.calls)
            }
            Clause::OrderBy => format!("Used in ORDER BY clause ({})", times(used.calls, used.mean_ms)),
            Clause::GroupBy => format!("Used in GROUP BY clause ({})", times(used.calls, used.mean_ms)),
        },
        None if one.serves.is_empty() => one.reason.replace('`', ""),
        None => {
            let statements = count(one.serves.len() as u64, "statement", "statements");
            format!("Used by {statements} ({})", times(one.calls, one.mean_ms_before))
        }
    }
}

/// From what the least and the most helped statement saves.
fn improvement(one: &IndexSuggestion, what: &str) -> String {
    // A hair above, so that 0.29 does not become 28%.
    let percent = |saved: f64| (saved.clamp(0.0, 1.0) * 100.0 + 1e-9).floor() as u64;
    let savings: Vec<u64> = one
        .serves
        .iter()
        .filter_map(|served| summary::saving(served.cost_before, served.cost_after))
        .map(percent)
        .collect();
    match (savings.iter().min(), savings.iter().max()) {
        (Some(_), Some(0)) => format!("less than 1% faster {what}"),
        (Some(least), Some(most)) if least == most => format!("{most}% faster {what}"),
        (Some(least), Some(most)) => format!("{least}-{most}% faster {what}"),
        _ => "not foretold".to_owned(),
    }
}

/// All statements of a recipe on lines of their own; they run outside of a transaction.
fn sql(one: &IndexSuggestion) -> String {
    let lines = steps::creates(one).into_iter().map(|run| run.one_line() + ";");
    lines.collect::<Vec<_>>().join("\n")
}

//! The report on one request in mPanel's shape: the JSON that it logs and the headers that it sets.

use domain::{DocumentPattern, DocumentRecommendation, NPlusOneDocument, PotentialSavings};

use super::pattern::{self, Kind};
use super::unit::{Repetition, UnitSummary};
use crate::sql::{FilterOperator, Fingerprint, StatementFacts, StatementKind};

const MESSAGE: &str = "⚠️  N+1 Query Pattern Detected";

/// None when the unit repeats nothing. `masked` gives a statement's text without constants.
pub fn report<'f>(
    summary: &UnitSummary,
    masked: impl Fn(Fingerprint) -> Option<&'f str>,
    facts: impl Fn(Fingerprint) -> Option<&'f StatementFacts>,
) -> Option<NPlusOneDocument> {
    let mut patterns = Vec::new();
    let (mut current, mut optimized) = (0, 0);
    for repetition in &summary.repetitions {
        let facts = facts(repetition.fingerprint);
        let Some(kind) = pattern::kind(repetition.sameness, facts) else { continue };
        let text = masked(repetition.fingerprint);
        let remaining = if kind == Kind::Redundant { repetition.distinct_params.count } else { 1 };
        current += repetition.executions;
        optimized += remaining;
        patterns.push(DocumentPattern {
            query: text.map_or_else(|| repetition.fingerprint.to_string(), signature),
            repetitions: repetition.executions,
            total_time: milliseconds(repetition, |total, _| format!("{total:.0}ms")),
            average_time: milliseconds(repetition, |total, timed| format!("{:.2}ms", total / timed)),
            recommendation: recommendation(kind, facts, repetition.executions, remaining),
        });
    }
    (!patterns.is_empty()).then(|| NPlusOneDocument {
        message: MESSAGE.to_owned(),
        request_id: summary.unit.clone(),
        total_queries: summary.total_queries,
        patterns,
        potential_savings: PotentialSavings {
            current_queries: current,
            optimized_queries: optimized,
            queries_reduced: current - optimized,
            percentage_reduction: format!("{:.1}%", (current - optimized) as f64 * 100.0 / current as f64),
        },
    })
}

fn milliseconds(repetition: &Repetition, text: impl Fn(f64, f64) -> String) -> Option<String> {
    let total = repetition.total_us as f64 / 1e3;
    (repetition.timed > 0).then(|| text(total, repetition.timed as f64))
}

/// mPanel's name of a group: `$1`, `$2`, … all become `$?`.
fn signature(masked: &str) -> String {
    let mut signature = String::with_capacity(masked.len());
    let mut characters = masked.chars().peekable();
    while let Some(character) = characters.next() {
        signature.extend(character.to_uppercase());
        if character == '$' && characters.next_if(char::is_ascii_digit).is_some() {
            while characters.next_if(char::is_ascii_digit).is_some() {}
            signature.push('?');
        }
    }
    signature
}

fn recommendation(kind: Kind, facts: Option<&StatementFacts>, from: u64, to: u64) -> DocumentRecommendation {
    let table = facts.and_then(StatementFacts::main_table).map(|table| table.name.as_str());
    let records = table.map_or_else(|| "the records".to_owned(), |table| format!("{table} records"));
    let (r#type, message, solution) = match kind {
        Kind::NPlusOne => (
            "batch_query",
            format!("Batch load {records} using WHERE IN instead of individual queries"),
            format!("Use DataLoader or batch the IDs: {}", batch(facts)),
        ),
        Kind::Redundant => (
            "cache_query",
            format!("Load {records} once instead of repeating the same query"),
            "Move the query out of the loop, or cache its result for the request".to_owned(),
        ),
        Kind::BulkWrite => (
            "bulk_write",
            format!("Write {records} with one statement instead of one by one"),
            bulk(facts).to_owned(),
        ),
    };
    let noun = if to == 1 { "query" } else { "queries" };
    let estimated_improvement = format!("Reduce {from} queries to {to} {noun}");
    DocumentRecommendation { r#type: r#type.to_owned(), message, solution, estimated_improvement }
}

/// The statement for many keys where it is `SELECT * FROM table WHERE key = value`; else only its condition,
/// because the rest of the statement has to stay as it is.
fn batch(facts: Option<&StatementFacts>) -> String {
    let Some(facts) = facts else { return "WHERE key = ANY($1)".to_owned() };
    let mut keys = facts.filters.iter().filter(|filter| {
        filter.required && filter.operator == FilterOperator::Equal && filter.wrapped.is_none()
    });
    let Some(key) = keys.next().map(|filter| filter.column.name.as_str()) else {
        return "WHERE key = ANY($1)".to_owned();
    };
    match facts.tables.as_slice() {
        [table] if facts.parsed && is_plain(facts) => {
            format!("SELECT * FROM {} WHERE {key} = ANY($1)", table.name)
        }
        _ if keys.next().is_some() => "WHERE key = ANY($1), with the other conditions as they are".to_owned(),
        _ => format!("WHERE {key} = ANY($1)"),
    }
}

fn is_plain(facts: &StatementFacts) -> bool {
    let ordered = facts.order_by_expressions || !facts.order_by.is_empty();
    let grouped = facts.distinct || facts.aggregates || !facts.group_by.is_empty();
    facts.filters.len() == 1 && facts.star && !(ordered || grouped || facts.limit || facts.offset)
}

fn bulk(facts: Option<&StatementFacts>) -> &'static str {
    match facts.map(|facts| facts.kind) {
        Some(StatementKind::Update) => {
            "Collect the changes and apply them with one UPDATE … FROM a list of rows"
        }
        Some(StatementKind::Delete) => "Collect the keys and delete them with one DELETE … = ANY($1)",
        _ => "Collect the rows and write them with one INSERT of many rows, or COPY",
    }
}

//! Inverted indexes for documents, arrays and patterns, and block ranges for tables that only grow.

use domain::{IndexDefinition, IndexKey, IndexMethod};

use super::columns::pattern_class;
use super::{Proposed, Refused, Wanted, ascending};
use crate::index_advice::needs::{Comparison, Condition, Inverted, Key};

const TRIGRAMS: &str = "pg_trgm";
/// Rows from which a btree on a column that only grows is worth replacing.
const HUGE_ROWS: f64 = 2_000_000.0;
/// How well the rows must lie in the order of the column.
const LEAST_CORRELATION: f64 = 0.95;
/// Changed rows for each inserted one that still make a table that only grows.
const MOST_CHANGED: f64 = 0.02;

pub(super) fn propose(wanted: &Wanted<'_>, proposed: &mut Proposed) {
    for condition in &wanted.need.conditions {
        match condition.comparison {
            Comparison::Inverted(kind) => inverted(wanted, condition, kind, proposed),
            Comparison::Like { anchored: Some(false) } | Comparison::ILike | Comparison::Regex => {
                pattern(wanted, condition, proposed);
            }
            Comparison::Like { anchored: None } => unknown_pattern(wanted, condition, proposed),
            Comparison::Range { .. } => block_range(wanted, condition, proposed),
            _ => {}
        }
    }
}

fn with_method(wanted: &Wanted<'_>, key: IndexKey, method: IndexMethod) -> IndexDefinition {
    IndexDefinition { method, ..wanted.definition(vec![key]) }
}

fn inverted(wanted: &Wanted<'_>, condition: &Condition, kind: Inverted, proposed: &mut Proposed) {
    let column = condition.key.column().and_then(|name| wanted.table.column(name));
    let type_name = column.map(|column| column.type_name.as_str()).unwrap_or_default();
    let is_array = column.is_some_and(|column| column.category == 'A');
    let key = ascending(&condition.key);
    let class = match (type_name, kind) {
        // Half the size of the default class, and enough for containment.
        ("jsonb", Inverted::Contains | Inverted::Matches) => Some("jsonb_path_ops".to_owned()),
        ("jsonb" | "tsvector", _) => None,
        _ if is_array && matches!(kind, Inverted::Contains | Inverted::Overlaps) => None,
        ("", _) => None,
        _ => return,
    };
    let key = IndexKey { operator_class: class, ..key };
    proposed.definitions.insert(with_method(wanted, key, IndexMethod::Gin));
}

/// A pattern that begins with a wildcard, or that ignores case.
fn pattern(wanted: &Wanted<'_>, condition: &Condition, proposed: &mut Proposed) {
    let key = ascending(&condition.key);
    if wanted.extensions.iter().any(|extension| extension == TRIGRAMS) {
        let key = IndexKey { operator_class: Some("gin_trgm_ops".to_owned()), ..key };
        proposed.definitions.insert(with_method(wanted, key, IndexMethod::Gin));
        return;
    }
    proposed.refused.insert(Refused {
        table: wanted.need.table,
        title: wanted.title(std::slice::from_ref(&condition.key)),
        code: "needs_extension",
        reason: "a pattern that begins with a wildcard needs a trigram index, and the extension pg_trgm is not installed"
            .to_owned(),
    });
}

fn unknown_pattern(wanted: &Wanted<'_>, condition: &Condition, proposed: &mut Proposed) {
    let column = condition.key.column().and_then(|name| wanted.table.column(name));
    let class = pattern_class(column);
    let remedy = class.map_or_else(String::new, |class| format!(" with {class}"));
    proposed.refused.insert(Refused {
        table: wanted.need.table,
        title: wanted.title(std::slice::from_ref(&condition.key)),
        code: "unknown_pattern",
        reason: format!(
            "the pattern of LIKE is a parameter: if it always begins with fixed text, an index{remedy} would serve it"
        ),
    });
}

/// A few pages of summaries instead of an entry for every row.
fn block_range(wanted: &Wanted<'_>, condition: &Condition, proposed: &mut Proposed) {
    let Key::Column(name) = &condition.key else { return };
    let statistics = wanted.table.column(name).and_then(|column| column.statistics.as_ref());
    let correlation = statistics.and_then(|statistics| statistics.correlation).unwrap_or(0.0);
    let activity = &wanted.table.activity;
    let changed = (activity.updated + activity.deleted) as f64;
    let grows = changed <= MOST_CHANGED * activity.inserted.max(1) as f64;
    if wanted.table.rows.unwrap_or(0.0) >= HUGE_ROWS && correlation.abs() >= LEAST_CORRELATION && grows {
        proposed.definitions.insert(with_method(wanted, ascending(&condition.key), IndexMethod::Brin));
    }
}

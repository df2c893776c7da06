//! How many rows a condition leaves, from PostgreSQL's own statistics; its constants where there are none.

use domain::{CatalogTable, ColumnStatistics, value_hash};

use super::needs::{Comparison, Condition, Key, Operand};

/// `DEFAULT_EQ_SEL`, `DEFAULT_INEQ_SEL`, `DEFAULT_RANGE_INEQ_SEL`, `DEFAULT_MATCH_SEL`, `DEFAULT_UNK_SEL` of
/// PostgreSQL's selfuncs.h.
const EQUAL: f64 = 0.005;
const INEQUALITY: f64 = 1.0 / 3.0;
const RANGE: f64 = 0.005;
const MATCH: f64 = 0.005;
const UNKNOWN: f64 = 0.005;
/// Distinct values of a column without statistics (`DEFAULT_NUM_DISTINCT`).
const DISTINCT: f64 = 200.0;
/// Width of a value that nothing is known about.
const WIDTH: f64 = 16.0;
/// Rows of a table that was never analysed, so that advice from a log alone can weigh at all.
pub(super) const ASSUMED_ROWS: f64 = 100_000.0;

fn statistics<'t>(table: &'t CatalogTable, key: &Key) -> Option<&'t ColumnStatistics> {
    table.column(key.column()?)?.statistics.as_ref()
}

pub(super) fn rows(table: &CatalogTable) -> f64 {
    table.rows.unwrap_or(ASSUMED_ROWS).max(1.0)
}

/// Different values of a key; for an expression those of its columns.
pub(super) fn distinct(table: &CatalogTable, key: &Key) -> f64 {
    let rows = rows(table);
    match key {
        Key::Column(_) => match statistics(table, key).map(|statistics| statistics.distinct) {
            Some(ratio) if ratio < 0.0 => (-ratio * rows).max(1.0),
            Some(count) if count > 0.0 => count,
            _ if unique(table, key) => rows,
            _ => DISTINCT.min(rows),
        },
        Key::Expression { columns, .. } => {
            let of = |column: &String| distinct(table, &Key::Column(column.clone()));
            columns.iter().map(of).fold(1.0, f64::max).min(rows)
        }
    }
}

/// A unique index on this column alone tells what statistics do not.
fn unique(table: &CatalogTable, key: &Key) -> bool {
    table.indexes.iter().any(|index| {
        index.unique
            && index.predicate.is_none()
            && matches!(index.keys.as_slice(), [only] if only.column.as_deref() == key.column())
    })
}

pub(super) fn width(table: &CatalogTable, column: &str) -> f64 {
    let statistics = table.column(column).and_then(|column| column.statistics.as_ref());
    statistics.map_or(WIDTH, |statistics| statistics.width.max(1.0))
}

/// Share of the rows, where statistics tell; `None` where it would be a guess.
pub(super) fn known(table: &CatalogTable, condition: &Condition) -> Option<f64> {
    let statistics = statistics(table, &condition.key)?;
    Some(match condition.comparison {
        Comparison::IsNull => statistics.null_ratio,
        Comparison::IsNotNull => 1.0 - statistics.null_ratio,
        Comparison::IsTrue => common(statistics, "t")?,
        Comparison::IsFalse => common(statistics, "f")?,
        Comparison::Equal => match &condition.operand {
            Operand::Constant(Some(text)) => {
                let text = as_stored(table, &condition.key, text);
                common(statistics, &text).unwrap_or_else(|| rare(table, statistics))
            }
            _ => any_value(table, &condition.key, statistics),
        },
        Comparison::In(count) => (any_value(table, &condition.key, statistics) * count as f64).min(1.0),
        Comparison::NotEqual => 1.0 - any_value(table, &condition.key, statistics),
        _ => return None,
    })
}

pub(super) fn of(table: &CatalogTable, condition: &Condition) -> f64 {
    let guess = match condition.comparison {
        Comparison::Equal | Comparison::IsTrue | Comparison::IsFalse => {
            let distinct = distinct(table, &condition.key);
            if distinct > 0.0 { 1.0 / distinct } else { EQUAL }
        }
        Comparison::In(count) => (count as f64 / distinct(table, &condition.key).max(1.0)).min(1.0),
        Comparison::Range { both: false } => INEQUALITY,
        Comparison::Range { both: true } => RANGE,
        Comparison::Like { .. } | Comparison::ILike | Comparison::Regex => MATCH,
        Comparison::IsNull => UNKNOWN,
        Comparison::IsNotNull | Comparison::NotEqual => 1.0 - UNKNOWN,
        Comparison::Inverted(_) => UNKNOWN,
    };
    known(table, condition).unwrap_or(guess).clamp(1.0 / rows(table), 1.0)
}

/// `character(25)` is filled up with blanks.
fn as_stored(table: &CatalogTable, key: &Key, text: &str) -> String {
    let column = key.column().and_then(|name| table.column(name));
    let length = column.and_then(|column| column.type_name.strip_prefix("character(")?.strip_suffix(')'));
    let length: usize = length.and_then(|length| length.parse().ok()).unwrap_or(0);
    format!("{text:<length$}")
}

fn common(statistics: &ColumnStatistics, text: &str) -> Option<f64> {
    let hash = value_hash(text);
    statistics.common.iter().find(|value| value.hash == hash).map(|value| value.ratio)
}

/// A value that is none of the frequent ones.
fn rare(table: &CatalogTable, statistics: &ColumnStatistics) -> f64 {
    let frequent: f64 = statistics.common.iter().map(|value| value.ratio).sum();
    let rest = (1.0 - frequent - statistics.null_ratio).max(0.0);
    let all = match statistics.distinct {
        ratio if ratio < 0.0 => -ratio * rows(table),
        count => count,
    };
    let others = (all - statistics.common.len() as f64).max(1.0);
    (rest / others).max(1.0 / rows(table))
}

/// The mean over all values.
fn any_value(table: &CatalogTable, key: &Key, statistics: &ColumnStatistics) -> f64 {
    ((1.0 - statistics.null_ratio) / distinct(table, key).max(1.0)).clamp(0.0, 1.0)
}

/// Share of the rows that a partial index holds, by the predicate that was written for it.
pub(super) fn of_predicate(table: &CatalogTable, predicate: Option<&str>) -> f64 {
    let Some(predicate) = predicate else { return 1.0 };
    let share = table.columns.iter().find_map(|column| {
        let statistics = column.statistics.as_ref()?;
        let name = crate::quoting::quoted(&column.name);
        let rest = predicate.strip_prefix("NOT ").map_or_else(
            || predicate.strip_prefix(&name),
            |negated| (negated == name).then_some(" IS FALSE"),
        )?;
        match rest {
            "" => common(statistics, "t"),
            " IS FALSE" => common(statistics, "f"),
            " IS NULL" => Some(statistics.null_ratio),
            " IS NOT NULL" => Some(1.0 - statistics.null_ratio),
            equal => {
                let text = equal.strip_prefix(" = '")?.strip_suffix('\'')?.replace("''", "'");
                let text = as_stored(table, &Key::Column(column.name.clone()), &text);
                Some(common(statistics, &text).unwrap_or_else(|| rare(table, statistics)))
            }
        }
    });
    share.unwrap_or(UNKNOWN)
}

/// The most frequent value's share of the rows, and how often that is the share of a usual one; for a parameter, of which
/// nobody knows which value it has.
pub(super) fn most_frequent(table: &CatalogTable, condition: &Condition) -> Option<(f64, f64)> {
    if condition.comparison != Comparison::Equal || condition.operand != Operand::Parameter {
        return None;
    }
    let statistics = statistics(table, &condition.key)?;
    let top = statistics.common.first()?.ratio;
    let usual = rare(table, statistics).max(1.0 / rows(table));
    Some((top, top / any_value(table, &condition.key, statistics).max(usual)))
}

//! Columns that follow from each other: which pairs are worth a sample, and what it teaches about an index on both.
//!
//! The planner takes columns to be independent, and so finds an index on a city and its country more selective than one on the
//! city, which finds the very same rows.

use std::collections::BTreeSet;

use domain::{Catalog, CatalogTable, ColumnDependency, IndexKey, TableKind};

use super::candidates::Refused;
use super::needs::{Comparison, Key, Need, needs};
use super::prepared::TINY_ROWS;
use super::schema::Schema;
use super::selectivity;
use super::tell::names::of_statistics;
use super::workload::Workload;
use crate::quoting::quoted;
use crate::words::{number, percent};

/// Statements that are looked at, those that take most first.
const MOST_STATEMENTS: usize = 1_000;
/// Samples that are worth their time.
const MOST_PAIRS: usize = 16;
/// Share of the rows above which a column's values are too many to come twice in a sample.
const FEW_VALUES: f64 = 0.1;
/// Share of the rows with one value above which everything seems to follow.
const ONE_VALUE: f64 = 0.8;

/// Two columns of a table of the catalog; the second may follow from the first, which has more values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DependencyQuestion {
    /// Index into the catalog's tables.
    pub table: usize,
    pub from: String,
    pub to: String,
}

/// Pairs of columns that statements compare for equality together, of tables that are large enough to matter, where no
/// extended statistics tell.
pub fn dependencies_to_ask(catalog: &Catalog, workload: &Workload) -> Vec<DependencyQuestion> {
    let schema = Schema::new(catalog);
    let mut heaviest: Vec<usize> = (0..workload.statements.len()).collect();
    let weight = |index: &usize| {
        workload.statements.get(*index).map_or(0.0, |one| one.total_ms.unwrap_or(one.calls as f64))
    };
    heaviest.sort_by(|one, other| weight(other).total_cmp(&weight(one)));
    let mut pairs = Vec::new();
    for statement in heaviest.iter().take(MOST_STATEMENTS).filter_map(|index| workload.statements.get(*index))
    {
        for need in needs(&statement.sql, &schema).needs {
            let Some(table) = catalog.tables.get(need.table) else { continue };
            for (from, to) in of_need(table, &need) {
                let pair = DependencyQuestion { table: need.table, from, to };
                if !pairs.contains(&pair) {
                    pairs.push(pair);
                }
            }
            if pairs.len() >= MOST_PAIRS {
                pairs.truncate(MOST_PAIRS);
                return pairs;
            }
        }
    }
    pairs
}

fn of_need(table: &CatalogTable, need: &Need) -> Vec<(String, String)> {
    let sampled =
        matches!(table.kind, TableKind::Table | TableKind::Partitioned | TableKind::MaterializedView);
    if !sampled || table.temporary || table.rows.is_none_or(|rows| rows < TINY_ROWS) {
        return Vec::new();
    }
    let columns = compared(need);
    let mut columns: Vec<(f64, &str)> = columns
        .iter()
        .filter_map(|name| Some((few_values(table, name)?, *name)))
        .filter(|(distinct, _)| *distinct > 1.0)
        .collect();
    columns.sort_by(|one, other| other.0.total_cmp(&one.0));
    let mut pairs = Vec::new();
    for (place, (_, from)) in columns.iter().enumerate() {
        for (_, to) in columns.iter().skip(place + 1) {
            if !is_told(table, from, to) && most_frequent(table, to) <= ONE_VALUE {
                pairs.push(((*from).to_owned(), (*to).to_owned()));
            }
        }
    }
    pairs
}

/// Columns of which one value is asked for.
fn compared(need: &Need) -> BTreeSet<&str> {
    let equal = need.conditions.iter().filter(|one| one.comparison == Comparison::Equal);
    equal.filter_map(|one| one.key.column()).collect()
}

fn most_frequent(table: &CatalogTable, column: &str) -> f64 {
    let statistics = table.column(column).and_then(|column| column.statistics.as_ref());
    statistics.and_then(|statistics| statistics.common.first()).map_or(0.0, |value| value.ratio)
}

/// Whether extended statistics tell the planner about both.
fn is_told(table: &CatalogTable, one: &str, other: &str) -> bool {
    let holds = |known: &[String], name: &str| known.iter().any(|column| column == name);
    table.extended_statistics.iter().any(|known| holds(known, one) && holds(known, other))
}

/// What a sample said of two columns, in either direction.
fn sampled<'t>(table: &'t CatalogTable, one: &str, other: &str) -> Option<&'t ColumnDependency> {
    table
        .dependencies
        .iter()
        .find(|known| (known.from == one && known.to == other) || (known.from == other && known.to == one))
}

/// The keys without those that follow from one before them.
pub(super) fn telling(table: &CatalogTable, keys: Vec<IndexKey>) -> Vec<IndexKey> {
    if table.dependencies.is_empty() {
        return keys;
    }
    let mut kept: Vec<IndexKey> = Vec::new();
    for key in keys {
        let follows = key.column.as_deref().is_some_and(|to| {
            kept.iter().filter_map(|before| before.column.as_deref()).any(|from| {
                table.dependencies.iter().any(|known| known.from == from && known.to == to && known.follows())
            })
        });
        if !follows {
            kept.push(key);
        }
    }
    kept
}

/// Whether a column's value follows from another that the need asks for one value of.
pub(super) fn is_given(table: &CatalogTable, need: &Need, column: &str) -> bool {
    if table.dependencies.is_empty() {
        return false;
    }
    let compared = compared(need);
    let mut known = table.dependencies.iter().filter(|known| known.to == column && known.follows());
    known.any(|known| compared.contains(known.from.as_str()))
}

/// What is left out of every index for a need, and why.
pub(super) fn refused(table: &CatalogTable, need: &Need) -> Vec<Refused> {
    let compared = compared(need);
    let concerned = table.dependencies.iter().filter(|known| {
        known.follows() && compared.contains(known.from.as_str()) && compared.contains(known.to.as_str())
    });
    concerned
        .map(|known| Refused {
            table: need.table,
            title: format!("{} ({}, {})", table.name, known.from, known.to),
            code: "follows",
            reason: format!("{}: `{}` alone finds the same rows", follows(known), known.from),
        })
        .collect()
}

fn follows(known: &ColumnDependency) -> String {
    format!(
        "`{}` follows from `{}` in {} of {} rows that were sampled",
        known.to,
        known.from,
        percent(known.ratio, 1.0),
        number(known.rows as f64)
    )
}

/// What to tell the planner about columns of an index; nothing where a sample says that they are independent.
pub(super) fn note(table: &CatalogTable, columns: &[&str]) -> Option<String> {
    let first = *columns.first()?;
    let known = table.dependencies.iter().find(|known| known.from == first && known.follows());
    let (from, to, said) = match known {
        Some(known) => {
            (first, known.to.as_str(), format!("{}, which the planner does not know.", follows(known)))
        }
        None => {
            let second = *columns.get(1)?;
            if sampled(table, first, second).is_some() || !may_hang_together(table, [first, second]) {
                return None;
            }
            let said = format!(
                "The planner takes {first} and {second} to be independent. If one follows from the other, tell it:"
            );
            (first, second, said)
        }
    };
    let (schema, name) = (quoted(&table.schema), quoted(&table.name));
    Some(format!(
        "{said} `CREATE STATISTICS {schema}.{} (dependencies, ndistinct) ON {}, {} FROM {schema}.{name}; ANALYZE {schema}.{name};`",
        quoted(&of_statistics(&table.name, &[from, to])),
        quoted(from),
        quoted(to),
    ))
}

/// Both columns have few values and nobody has told the planner about them together.
fn may_hang_together(table: &CatalogTable, columns: [&str; 2]) -> bool {
    let [one, other] = columns;
    columns.iter().all(|name| few_values(table, name).is_some()) && !is_told(table, one, other)
}

/// How many values a column has, where statistics tell and they are few enough to come twice in a sample.
fn few_values(table: &CatalogTable, column: &str) -> Option<f64> {
    table.column(column)?.statistics.as_ref()?;
    let distinct = selectivity::distinct(table, &Key::Column(column.to_owned()));
    (distinct < selectivity::rows(table) * FEW_VALUES).then_some(distinct)
}

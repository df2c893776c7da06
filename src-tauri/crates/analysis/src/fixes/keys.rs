//! Which values change from run to run: known from the executions, or taken from the names of the columns.

use super::comparisons::Comparison;
use super::expressions::column_name;
use super::names;
use super::statement::Read;

/// The placeholders whose values are collected into one statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Keys {
    pub(super) numbers: Vec<u32>,
    /// What was taken for granted, where the executions do not tell.
    pub(super) assumed: Option<String>,
}

/// None where nothing is known to change and no comparison suggests it.
pub(super) fn keys(read: &Read, varying: &[u32]) -> Option<Keys> {
    let mut known: Vec<u32> =
        varying.iter().copied().filter(|number| read.occurrences(*number) > 0).collect();
    known.sort_unstable();
    known.dedup();
    if !known.is_empty() {
        return Some(Keys { numbers: known, assumed: None });
    }
    let best = candidates(read).min_by_key(|comparison| rank(comparison))?;
    Some(taken(read, best))
}

/// What may change where the executions do not tell, each alone.
pub(super) fn possible(read: &Read) -> Vec<Keys> {
    let mut found: Vec<&Comparison> = candidates(read).collect();
    found.sort_by_key(|comparison| rank(comparison));
    found.into_iter().map(|comparison| taken(read, comparison)).collect()
}

fn candidates(read: &Read) -> impl Iterator<Item = &Comparison> {
    read.comparisons.iter().filter(|comparison| comparison.equal && !comparison.list)
}

fn taken(read: &Read, key: &Comparison) -> Keys {
    Keys { numbers: vec![key.number], assumed: Some(assumption(key, candidates(read))) }
}

fn assumption<'c>(best: &Comparison, all: impl Iterator<Item = &'c Comparison>) -> String {
    let others: Vec<String> =
        all.filter(|other| other.number != best.number).map(|other| format!("`{}`", other.column)).collect();
    let taken = format!("The parameters are not known: `{}` is taken to change from run to run", best.column);
    match others.as_slice() {
        [] => format!("{taken}."),
        [one] => format!("{taken}, {one} to stay the same."),
        several => format!("{taken}, {} to stay the same.", several.join(", ")),
    }
}

/// Whether the runs already ask for lists of keys.
pub(super) fn takes_lists(read: &Read, varying: &[u32]) -> bool {
    let mut lists = read.comparisons.iter().filter(|comparison| comparison.list && comparison.equal);
    if varying.iter().any(|number| read.occurrences(*number) > 0) {
        return lists.any(|list| varying.contains(&list.number));
    }
    let equal = read.comparisons.iter().filter(|comparison| comparison.equal && !comparison.list);
    let best = equal.map(rank).min().unwrap_or(Rank::Flag);
    lists.map(rank).min().is_some_and(|list| list <= best || best >= Rank::Tenant)
}

/// How likely a column is to be what a loop goes over, likeliest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Id,
    Reference,
    Other,
    Tenant,
    Flag,
}

fn rank(comparison: &Comparison) -> Rank {
    let Some(name) = column_name(&comparison.column) else { return Rank::Other };
    let words = names::words(&name.value);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["id" | "uuid" | "guid"] => Rank::Id,
        ["tenant" | "org" | "organization" | "organisation" | "workspace" | "realm", ..] => Rank::Tenant,
        [.., "id" | "uuid" | "guid" | "fk"] => Rank::Reference,
        [
            ..,
            "status" | "state" | "type" | "kind" | "active" | "enabled" | "deleted" | "locale" | "language"
            | "currency",
        ]
        | ["is" | "has", ..] => Rank::Flag,
        _ => Rank::Other,
    }
}

/// Whether a column by this name tells one row from all others.
pub(super) fn is_unique(column: &str) -> bool {
    matches!(names::words(column).as_slice(), [only] if matches!(only.as_str(), "id" | "uuid" | "guid"))
}

//! Indexes that nobody needs: invalid, redundant or unused ones; never one that a constraint or replication stands on.

use std::collections::HashMap;

use domain::{AdviceEvidence, Catalog, CatalogIndex, CatalogTable, DropKind, DropSuggestion};

use super::definition::{existing_title, leads};
use crate::words::{count as counted, duration};

/// Counters that have counted for less say nothing about use.
const LEAST_DAYS: f64 = 7.0;
/// From here on "unused" is safe enough to be part of the script by itself.
const SURE_DAYS: f64 = 30.0;

/// The largest first. `hidden` tells of those that the planner was asked to do without whether some statement misses them.
pub(super) fn drops(catalog: &Catalog, hidden: &HashMap<u32, bool>) -> Vec<DropSuggestion> {
    let mut drops: Vec<DropSuggestion> = Vec::new();
    for (_, index, drop) in all(catalog) {
        match hidden.get(&index) {
            Some(true) => {}
            Some(false) => drops.push(DropSuggestion { evidence: AdviceEvidence::Verified, ..drop }),
            None => drops.push(drop),
        }
    }
    drops.sort_by_key(|drop| std::cmp::Reverse(drop.size_bytes));
    drops
}

/// Valid indexes that might go, by the number of their table in the catalog and their oid.
pub(super) fn candidates(catalog: &Catalog) -> Vec<(usize, u32)> {
    let valid = all(catalog).filter(|(_, _, drop)| drop.kind != DropKind::Invalid);
    valid.map(|(table, index, _)| (table, index)).collect()
}

fn all(catalog: &Catalog) -> impl Iterator<Item = (usize, u32, DropSuggestion)> {
    let parts = parts(catalog);
    let tables = catalog.tables.iter().enumerate().filter(|(_, table)| !table.temporary);
    tables.flat_map(move |(number, table)| {
        let roots = table.indexes.iter().filter(|index| index.parent.is_none());
        let judged = roots.filter_map(|index| {
            let drop = judged(catalog, table, index, &whole(&parts, index))?;
            Some((number, index.oid, drop))
        });
        judged.collect::<Vec<_>>()
    })
}

fn judged(
    catalog: &Catalog,
    table: &CatalogTable,
    index: &CatalogIndex,
    whole: &[&CatalogIndex],
) -> Option<DropSuggestion> {
    // Its own constraint or a replica would break.
    if index.primary || index.exclusion || index.constraint.is_some() || index.replica_identity {
        return None;
    }
    if !index.valid {
        return (!index.being_built && table.kind != domain::TableKind::Partitioned).then(|| {
            let reason = "left behind by a failed concurrent build".to_owned();
            suggestion(table, index, whole, DropKind::Invalid, reason, true, Vec::new())
        });
    }
    if index.unique {
        return None;
    }
    if let Some(other) = table.indexes.iter().find(|other| covers(other, index)) {
        let reason = format!("covered by {}", existing_title(&table.name, other));
        return Some(suggestion(table, index, whole, DropKind::Redundant, reason, true, Vec::new()));
    }
    unused(catalog, table, index, whole)
}

fn unused(
    catalog: &Catalog,
    table: &CatalogTable,
    index: &CatalogIndex,
    whole: &[&CatalogIndex],
) -> Option<DropSuggestion> {
    let days = catalog.counted_days()?;
    if whole.iter().any(|part| part.scans > 0) || days < LEAST_DAYS || supports_foreign_key(table, index) {
        return None;
    }
    let servers = Servers::of(catalog);
    let reason = format!("0 scans in {}{}", duration(days * 86_400.0), servers.told);
    let mut notes = Vec::new();
    if !servers.all {
        notes.push(
            "Each server counts its own scans: add the others as sources, or look at pg_stat_user_indexes on every one of \
             them, before it goes."
                .to_owned(),
        );
    }
    if days < SURE_DAYS {
        notes.push("What runs once a month may still need it.".to_owned());
    }
    let sure = servers.all && days >= SURE_DAYS;
    Some(suggestion(table, index, whole, DropKind::Unused, reason, sure, notes))
}

/// Which servers of the system were asked.
struct Servers {
    all: bool,
    /// For the reason.
    told: String,
}

impl Servers {
    fn of(catalog: &Catalog) -> Servers {
        let replicas = |count: u32| counted(f64::from(count), "replica", "replicas");
        let some = |told: String| Servers { all: false, told };
        if catalog.in_recovery && !catalog.primary_asked {
            return some(", primary not asked".to_owned());
        }
        let Some(count) = catalog.replicas else { return some(", replicas not known".to_owned()) };
        match catalog.replicas_asked {
            asked if asked >= count => {
                let told =
                    if count == 0 { String::new() } else { format!(", {} asked too", replicas(count)) };
                Servers { all: true, told }
            }
            0 => some(format!(", {} not asked", replicas(count))),
            asked => some(format!(", {} of {} not asked", count - asked, replicas(count))),
        }
    }
}

/// Indexes by the index of the partitioned table that they are part of.
type Parts<'c> = HashMap<u32, Vec<&'c CatalogIndex>>;

fn parts(catalog: &Catalog) -> Parts<'_> {
    let mut parts: Parts<'_> = HashMap::new();
    for index in catalog.tables.iter().flat_map(|table| &table.indexes) {
        if let Some(parent) = index.parent {
            parts.entry(parent).or_default().push(index);
        }
    }
    parts
}

/// The index and all of its parts.
fn whole<'c>(parts: &Parts<'c>, index: &'c CatalogIndex) -> Vec<&'c CatalogIndex> {
    let mut found = vec![index];
    let mut next = 0;
    while let Some(parent) = found.get(next).map(|part| part.oid) {
        found.extend(parts.get(&parent).into_iter().flatten());
        next += 1;
    }
    found
}

/// Deleting from the referenced table looks for rows here.
fn supports_foreign_key(table: &CatalogTable, index: &CatalogIndex) -> bool {
    let keys = || index.keys.iter().map(|key| key.column.as_deref());
    table.foreign_keys.iter().any(|key| leads(keys(), &key.columns))
}

/// Whether `other` serves everything that `index` does.
fn covers(other: &CatalogIndex, index: &CatalogIndex) -> bool {
    let held = |column: &String| {
        other.include.contains(column) || other.keys.iter().any(|key| key.column.as_ref() == Some(column))
    };
    let same = other.keys.len() == index.keys.len() && other.include.len() == index.include.len();
    other.oid != index.oid
        && other.valid
        && other.parent.is_none()
        && other.method == "btree"
        && index.method == "btree"
        && other.predicate == index.predicate
        && other.keys.starts_with(&index.keys)
        && index.include.iter().all(held)
        // Of two that are alike the older stays, and whatever a constraint stands on.
        && (!same || other.unique || other.oid < index.oid)
}

fn suggestion(
    table: &CatalogTable,
    index: &CatalogIndex,
    whole: &[&CatalogIndex],
    kind: DropKind,
    reason: String,
    selected: bool,
    notes: Vec<String>,
) -> DropSuggestion {
    DropSuggestion {
        id: format!("{}.{}", table.schema, index.name),
        schema: table.schema.clone(),
        table: table.name.clone(),
        index: index.name.clone(),
        title: existing_title(&table.name, index),
        kind,
        reason,
        evidence: AdviceEvidence::Estimated,
        size_bytes: whole.iter().map(|part| part.bytes).sum(),
        definition: index.definition.clone(),
        selected,
        notes,
    }
}

//! Suggestions that no planner was asked about: inverted indexes, which HypoPG does not know, those that it does not show the
//! planner for a statement, and those that a foreign key needs.

use std::collections::HashSet;

use domain::{
    AdviceEvidence, AdvicePriority, CatalogForeignKey, CatalogTable, IndexDefinition, IndexMethod,
    IndexSuggestion, TableKind,
};

use super::Telling;
use super::names::Names;
use crate::index_advice::candidates::ascending;
use crate::index_advice::choice::WhatIf;
use crate::index_advice::definition::leads;
use crate::index_advice::estimate::{Model, index_size};
use crate::index_advice::needs::Key;
use crate::index_advice::prepared::{Analysed, Candidate, TINY_ROWS};
use crate::index_advice::upkeep;
use crate::words::number;

/// What must be left of a statement's cost at most.
const LEFT: f64 = 0.7;

impl Telling<'_> {
    /// What HypoPG does not know or show, by our own model beside the planner's figures.
    pub(super) fn unplanned(&self, create: &[IndexSuggestion], names: &mut Names) -> Vec<IndexSuggestion> {
        let mut model = Model::new(self.prepared);
        let mut suggestions = Vec::new();
        let mut bytes: u64 = create.iter().filter(|one| one.selected).filter_map(|one| one.size_bytes).sum();
        let known: HashSet<&IndexDefinition> = create.iter().map(|one| &one.definition).collect();
        for (index, candidate) in self.prepared.candidates.iter().enumerate() {
            if known.contains(&candidate.definition) {
                continue;
            }
            let Some(suggestion) = self.modelled(index, candidate, &mut model, names) else { continue };
            let size = suggestion.size_bytes.unwrap_or(candidate.bytes);
            let within = self.decision.limits.budget_bytes.is_none_or(|budget| bytes + size <= budget);
            let ratio = suggestion.write_cost.ratio.unwrap_or(0.0);
            let selected = within && ratio <= self.decision.limits.max_write_cost;
            bytes += if selected { size } else { 0 };
            suggestions.push(IndexSuggestion { selected, ..suggestion });
        }
        suggestions
    }

    /// Whether the planner has not said what a candidate is worth to a statement.
    fn is_unplanned(&self, statement: usize, analysed: &Analysed, candidate: &Candidate) -> bool {
        let verified = self.decision.evidence.get(statement) == Some(&AdviceEvidence::Verified);
        candidate.definition.method == IndexMethod::Gin
            || (verified && self.prepared.is_hidden(analysed, candidate))
    }

    fn modelled(
        &self,
        index: usize,
        candidate: &Candidate,
        model: &mut Model<'_>,
        names: &mut Names,
    ) -> Option<IndexSuggestion> {
        let known = &self.decision.choice;
        let mut serves = Vec::new();
        let mut gained = 0.0;
        let mut calls = 0;
        for &statement in self.concerned.get(index).into_iter().flatten() {
            let Some(analysed) = self.prepared.statements.get(statement) else { continue };
            if !self.is_unplanned(statement, analysed, candidate) {
                continue;
            }
            let (Ok(without), Ok(with)) = (model.plan(statement, &[]), model.plan(statement, &[index]))
            else {
                continue;
            };
            let left = with.cost / without.cost.max(f64::MIN_POSITIVE);
            let Some(before) = known.before.get(statement).copied().flatten() else { continue };
            let today = known.after.get(statement).copied().flatten().unwrap_or(before);
            if left > LEFT || before * left >= today {
                continue;
            }
            gained +=
                (before - before * left) * known.workload.weights.get(statement).copied().unwrap_or(0.0);
            calls += self.prepared.workload.statements.get(statement).map_or(0, |one| one.calls);
            serves.push(self.one(statement, before, before * left));
        }
        let first = serves.first()?;
        let saved_ratio = (gained / self.today.max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
        let reason = super::reasons::reason(
            self.prepared,
            candidate,
            &serves,
            &self.order.listed,
            serves.len(),
            false,
        );
        let (mean_ms_before, mean_ms_after) = (first.mean_ms_before, first.mean_ms_after);
        let mut written = self.written(candidate, names);
        let unknown = match candidate.definition.method {
            IndexMethod::Gin => "HypoPG does not know this kind of index",
            _ => "HypoPG does not show the planner such an index of a table within a subquery or a view",
        };
        written.notes.push(format!("{unknown}, so its effect is worked out from statistics."));
        Some(IndexSuggestion {
            reason,
            saved_ratio,
            calls,
            mean_ms_before,
            mean_ms_after,
            priority: if saved_ratio >= 0.05 { AdvicePriority::Medium } else { AdvicePriority::Low },
            evidence: AdviceEvidence::Estimated,
            serves,
            ..written
        })
    }

    /// Deleting a row of the referenced table looks for rows that refer to it, without an index in all of the table.
    pub(super) fn foreign_keys(&self, create: &[IndexSuggestion], names: &mut Names) -> Vec<IndexSuggestion> {
        let mut suggestions: Vec<IndexSuggestion> = Vec::new();
        for (index, table) in self.prepared.catalog.tables.iter().enumerate() {
            let large = table.rows.unwrap_or(0.0) >= TINY_ROWS && table.parent.is_none();
            if !large || table.kind == TableKind::Foreign || table.temporary {
                continue;
            }
            for key in &table.foreign_keys {
                let definition = on(table, key);
                let known = create.iter().chain(&suggestions).any(|one| {
                    one.definition.schema == definition.schema
                        && one.definition.table == definition.table
                        && serves(&one.definition, &key.columns)
                });
                if known || has_index(table, &key.columns) {
                    continue;
                }
                suggestions.extend(self.foreign_key(index, table, key, definition, names));
            }
        }
        suggestions
    }

    fn foreign_key(
        &self,
        index: usize,
        table: &CatalogTable,
        key: &CatalogForeignKey,
        definition: IndexDefinition,
        names: &mut Names,
    ) -> Option<IndexSuggestion> {
        let parent = self.prepared.catalog.table(key.referenced)?;
        let deletes = self.prepared.statements.iter().zip(&self.prepared.workload.statements);
        let deletes = deletes.filter(|(analysed, statement)| {
            let target = analysed.needs.target.and_then(|target| self.prepared.catalog.tables.get(target));
            target.is_some_and(|target| target.oid == parent.oid)
                && statement
                    .masked
                    .trim_start()
                    .get(..6)
                    .is_some_and(|verb| verb.eq_ignore_ascii_case("delete"))
        });
        let deletes: u64 = deletes.map(|(_, statement)| statement.calls).sum();
        let deleted = parent.activity.deleted;
        if deleted == 0 && deletes == 0 {
            return None;
        }
        let rates = upkeep::rates(&self.prepared.catalog, table);
        let size = index_size(table, &definition, 1.0);
        let candidate = Candidate {
            bytes: size.bytes,
            size_known: size.known,
            upkeep: rates.map(|rates| upkeep::upkeep(table, &definition, rates, 1.0, &key.columns)),
            definition,
            table: index,
            share: 1.0,
            hypothetical: Vec::new(),
        };
        let since = self.prepared.catalog.counted_days().map_or_else(String::new, |days| {
            format!(" in the last {}", crate::words::duration(days * 86_400.0))
        });
        let happened = if deleted > 0 {
            format!("{} rows of `{}` were deleted{since}", number(deleted as f64), parent.name)
        } else {
            format!("the workload deletes from `{}`", parent.name)
        };
        let reason = format!(
            "The foreign key `{}` has no index: deleting a row of `{}`, or changing its key, reads all {} rows of `{}`. {}.",
            key.name,
            parent.name,
            number(table.rows.unwrap_or(0.0)),
            table.name,
            capital(&happened)
        );
        Some(IndexSuggestion {
            reason,
            priority: if deletes > 0 { AdvicePriority::Medium } else { AdvicePriority::Low },
            ..self.written(&candidate, names)
        })
    }
}

fn on(table: &CatalogTable, key: &CatalogForeignKey) -> IndexDefinition {
    IndexDefinition {
        schema: Some(table.schema.clone()),
        table: table.name.clone(),
        method: IndexMethod::Btree,
        keys: key.columns.iter().map(|column| ascending(&Key::Column(column.clone()))).collect(),
        include: Vec::new(),
        predicate: None,
    }
}

/// Whether it finds the rows that refer to one.
fn serves(definition: &IndexDefinition, columns: &[String]) -> bool {
    definition.method == IndexMethod::Btree
        && definition.predicate.is_none()
        && leads(definition.keys.iter().map(|key| key.column.as_deref()), columns)
}

fn has_index(table: &CatalogTable, columns: &[String]) -> bool {
    table.indexes.iter().any(|index| {
        index.valid
            && index.method == "btree"
            && index.predicate.is_none()
            && leads(index.keys.iter().map(|key| key.column.as_deref()), columns)
    })
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

//! Indexes to create, with whom they serve and what they cost.

use domain::{
    AdviceEvidence, AdvicePriority, AdvisedPartition, CatalogTable, IndexMethod, IndexSuggestion,
    ServedStatement, TableKind,
};

use super::names::Names;
use super::{Telling, reasons};
use crate::index_advice::choice::{self, Set};
use crate::index_advice::prepared::Candidate;
use crate::index_advice::{definition, upkeep};

/// Share of the workload's cost that an index takes away.
const HIGH: f64 = 0.05;
const MEDIUM: f64 = 0.01;
/// A change below this share is none.
const CHANGED: f64 = 0.01;

impl Telling<'_> {
    /// What is chosen first, then what would be chosen without a budget; each the most useful first.
    pub(super) fn suggestions(&self) -> Vec<IndexSuggestion> {
        let chosen = &self.decision.choice.chosen;
        let mut names = Names::of(&self.prepared.catalog);
        let mut listed: Vec<(bool, f64, usize)> =
            chosen.iter().map(|candidate| (true, self.saved(chosen, candidate), candidate)).collect();
        let more = self.wider.without(chosen);
        let more = more.iter().filter(|candidate| !self.covered_by_chosen(*candidate));
        listed.extend(more.map(|candidate| (false, self.saved(&self.wider, candidate), candidate)));
        listed.sort_by(|one, other| other.0.cmp(&one.0).then(other.1.total_cmp(&one.1)));
        let mut suggestions: Vec<IndexSuggestion> = listed
            .into_iter()
            .filter_map(|(selected, saved, candidate)| {
                self.suggestion(candidate, selected, saved, &mut names)
            })
            .collect();
        suggestions.extend(self.unplanned(&suggestions, &mut names));
        suggestions.extend(self.foreign_keys(&suggestions, &mut names));
        suggestions
    }

    fn covered_by_chosen(&self, candidate: usize) -> bool {
        let Some(one) = self.prepared.candidates.get(candidate) else { return true };
        self.decision
            .choice
            .chosen
            .iter()
            .filter_map(|index| self.prepared.candidates.get(index))
            .any(|chosen| definition::covers(&chosen.definition, &one.definition))
    }

    /// Share of the workload's cost that would come back without it.
    fn saved(&self, set: &Set, candidate: usize) -> f64 {
        let saves = self.saves(candidate, &set.less(candidate), set);
        if self.today > 0.0 { (saves / self.today).clamp(0.0, 1.0) } else { 0.0 }
    }

    fn suggestion(
        &self,
        index: usize,
        selected: bool,
        saved_ratio: f64,
        names: &mut Names,
    ) -> Option<IndexSuggestion> {
        let candidate = self.prepared.candidates.get(index)?;
        let set = if selected { &self.decision.choice.chosen } else { &self.wider };
        let (mut serves, verified) = self.served(index, set);
        serves.sort_by(|one, other| self.gain(other).total_cmp(&self.gain(one)));
        let gained: f64 = serves.iter().map(|served| self.gain(served)).sum();
        let known = &self.decision.choice;
        let priority = match gained / self.today.max(f64::MIN_POSITIVE) {
            share if share >= HIGH => AdvicePriority::High,
            share if share >= MEDIUM => AdvicePriority::Medium,
            _ => AdvicePriority::Low,
        };
        let bytes = known.workload.candidates.get(index).map(|one| one.bytes);
        let evidence = if verified { AdviceEvidence::Verified } else { AdviceEvidence::Estimated };
        let reason = reasons::reason(
            self.prepared,
            candidate,
            &serves,
            &self.order.listed,
            self.asked(index),
            verified,
        );
        let mut suggestion = self.written(candidate, names);
        suggestion.notes.extend(reasons::by_value(self.prepared, candidate, &serves, &self.order.listed));
        Some(IndexSuggestion {
            priority,
            selected,
            reason,
            evidence,
            worsens: self.worsened(candidate),
            calls: serves.iter().filter_map(|one| self.listed(one)).map(|one| one.calls).sum(),
            mean_ms_before: self.mean(&serves, |served| served.mean_ms_before),
            mean_ms_after: self.mean(&serves, |served| served.mean_ms_after),
            saved_ratio,
            size_bytes: bytes.filter(|_| self.has_catalog),
            serves,
            ..suggestion
        })
    }

    /// Everything that does not depend on who is served.
    pub(super) fn written(&self, candidate: &Candidate, names: &mut Names) -> IndexSuggestion {
        let table = self.prepared.catalog.tables.get(candidate.table);
        let definition = candidate.definition.clone();
        let schema = definition.schema.clone().unwrap_or_default();
        let name = names.take(&schema, &definition.table, &definition);
        IndexSuggestion {
            id: format!(
                "{:016x}",
                domain::value_hash(&format!("{schema}.{}", definition::title(&definition)))
            ),
            title: definition::title(&definition),
            partitions: table.map(|table| self.partitions(table, candidate, names)).unwrap_or_default(),
            name,
            priority: AdvicePriority::Low,
            selected: false,
            reason: String::new(),
            evidence: AdviceEvidence::Estimated,
            serves: Vec::new(),
            worsens: Vec::new(),
            calls: 0,
            mean_ms_before: None,
            mean_ms_after: None,
            saved_ratio: 0.0,
            size_bytes: Some(candidate.bytes).filter(|_| self.has_catalog),
            write_cost: upkeep::told(candidate.upkeep),
            replaces: table.map(|table| replaced(table, candidate)).unwrap_or_default(),
            notes: table.map(|table| reasons::notes(table, candidate)).unwrap_or_default(),
            definition,
        }
    }

    /// Statements whose plan uses it when all of the set is there; whether the planner said so for each.
    fn served(&self, index: usize, set: &Set) -> (Vec<ServedStatement>, bool) {
        let known = &self.decision.choice;
        let mut served = Vec::new();
        let mut verified = true;
        for (statement, configurations) in known.known.iter().enumerate() {
            let Some(used) = configurations.used(set).filter(|used| used.contains(index)) else { continue };
            let before = choice::cost_of(&known.known, statement, &Set::default());
            let after = choice::cost_of(&known.known, statement, used);
            let (Some(before), Some(after)) = (before, after) else { continue };
            verified &= self.decision.evidence.get(statement) == Some(&AdviceEvidence::Verified);
            served.push(self.one(statement, before, after));
        }
        verified &= !served.is_empty();
        (served, verified)
    }

    pub(super) fn one(&self, statement: usize, before: f64, after: f64) -> ServedStatement {
        let mean = self.prepared.workload.statements.get(statement).and_then(|one| one.mean_ms());
        ServedStatement {
            statement: self.order.place(statement),
            cost_before: before,
            cost_after: after,
            mean_ms_before: mean,
            mean_ms_after: mean.map(|mean| mean * after / before.max(f64::MIN_POSITIVE)),
        }
    }

    /// Statements whose candidates it is one of.
    fn asked(&self, index: usize) -> usize {
        self.concerned.get(index).map_or(0, Vec::len)
    }

    /// Writes to the table, which have one entry more to write.
    fn worsened(&self, candidate: &Candidate) -> Vec<ServedStatement> {
        let Some(ratio) = candidate.upkeep.map(|upkeep| upkeep.ratio).filter(|ratio| *ratio >= CHANGED)
        else {
            return Vec::new();
        };
        let writes = self.prepared.statements.iter().enumerate();
        writes
            .filter(|(_, statement)| statement.needs.target == Some(candidate.table))
            .filter_map(|(index, _)| {
                let before = self.decision.choice.before.get(index).copied().flatten()?;
                let after = self.decision.choice.after.get(index).copied().flatten()?;
                // What it costs more to write may be less than what is saved in finding the rows.
                (after >= before).then(|| self.one(index, before, before * (1.0 + ratio)))
            })
            .collect()
    }

    fn listed(&self, served: &ServedStatement) -> Option<&crate::index_advice::WorkloadStatement> {
        self.prepared.workload.statements.get(*self.order.listed.get(served.statement)?)
    }

    fn gain(&self, served: &ServedStatement) -> f64 {
        let weight = self.order.listed.get(served.statement);
        let weight = weight.and_then(|index| self.decision.choice.workload.weights.get(*index));
        weight.copied().unwrap_or(0.0) * (served.cost_before - served.cost_after)
    }

    /// By executions.
    fn mean(
        &self,
        served: &[ServedStatement],
        value: impl Fn(&ServedStatement) -> Option<f64>,
    ) -> Option<f64> {
        let (mut sum, mut calls) = (0.0, 0.0);
        for one in served {
            let weight = self.listed(one).map_or(0.0, |statement| statement.calls as f64);
            sum += value(one)? * weight;
            calls += weight;
        }
        (calls > 0.0).then(|| sum / calls)
    }

    fn partitions(
        &self,
        table: &CatalogTable,
        candidate: &Candidate,
        names: &mut Names,
    ) -> Vec<AdvisedPartition> {
        let mut partitions: Vec<AdvisedPartition> = Vec::new();
        let mut open = vec![(table.oid, None)];
        while let Some((oid, parent)) = open.pop() {
            for child in self.prepared.catalog.tables.iter().filter(|child| child.parent == Some(oid)) {
                let partitioned = child.kind == TableKind::Partitioned;
                partitions.push(AdvisedPartition {
                    schema: child.schema.clone(),
                    table: child.name.clone(),
                    index_name: names.take(&child.schema, &child.name, &candidate.definition),
                    partitioned,
                    parent,
                });
                if partitioned {
                    open.push((child.oid, Some(partitions.len() - 1)));
                }
            }
        }
        partitions
    }
}

/// Existing indexes that it serves as well.
fn replaced(table: &CatalogTable, candidate: &Candidate) -> Vec<String> {
    if candidate.definition.method != IndexMethod::Btree {
        return Vec::new();
    }
    let narrower = table.indexes.iter().filter(|index| {
        !index.unique
            && !index.primary
            && !index.exclusion
            && index.constraint.is_none()
            && !index.replica_identity
    });
    narrower
        .filter(|index| {
            index.method == "btree"
                && index.valid
                && index.predicate == candidate.definition.predicate
                && index
                    .include
                    .iter()
                    .all(|column| definition::columns(&candidate.definition).contains(&column.as_str()))
                && index.keys.len() <= candidate.definition.keys.len()
                && index.keys.iter().zip(&candidate.definition.keys).all(|(have, want)| {
                    have.column.is_some()
                        && have.column == want.column
                        && have.operator_class == want.operator_class
                        && have.descending == want.descending
                        && have.nulls_first == want.nulls_first
                })
        })
        .map(|index| index.name.clone())
        .collect()
}

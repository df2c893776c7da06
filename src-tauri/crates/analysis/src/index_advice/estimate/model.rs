//! Whole statements by our own model: each table in the cheapest way that there is.

use domain::{CatalogIndex, IndexKey, IndexMethod};

use super::access::{Index, Table};
use crate::index_advice::choice::{NoPlan, Plan, WhatIf};
use crate::index_advice::definition::{columns, existing_keys};
use crate::index_advice::needs::{Comparison, Need};
use crate::index_advice::prepared::{Candidate, Prepared};

/// Answers from statistics what HypoPG would answer from the planner.
pub(in crate::index_advice) struct Model<'p> {
    prepared: &'p Prepared,
}

impl<'p> Model<'p> {
    pub(in crate::index_advice) fn new(prepared: &'p Prepared) -> Model<'p> {
        Model { prepared }
    }

    fn table<'n>(&self, need: &'n Need) -> Option<Table<'n>>
    where
        'p: 'n,
    {
        let table = self.prepared.catalog.tables.get(need.table)?;
        Some(Table { table, need, costs: self.prepared.catalog.costs })
    }

    /// The cheapest way to read one table, and the candidate that it uses.
    fn cheapest(&self, need: &'p Need, candidates: &[usize], loops: Option<f64>) -> (f64, Option<usize>) {
        let Some(table) = self.table(need) else { return (0.0, None) };
        let mut best = (table.scan() + table.sort(), None);
        let mut consider = |cost: Option<f64>, candidate: Option<usize>| {
            if let Some(cost) = cost.filter(|cost| *cost < best.0) {
                best = (cost, candidate);
            }
        };
        for existing in &table.table.indexes {
            let keys = existing_keys(existing);
            if let Some(index) = existing_index(existing, &keys) {
                consider(table.through(&index, None), None);
                consider(loops.and_then(|loops| table.through(&index, Some(loops))), None);
            }
        }
        for &number in candidates {
            let Some(candidate) = self.prepared.candidates.get(number).filter(|one| one.table == need.table)
            else {
                continue;
            };
            let index = of_candidate(candidate);
            consider(table.through(&index, None), Some(number));
            consider(loops.and_then(|loops| table.through(&index, Some(loops))), Some(number));
        }
        best
    }

    /// Rows of the smaller side for which a joined table is looked up.
    fn loops(&self, needs: &'p [Need], index: usize) -> Option<f64> {
        let need = needs.get(index)?;
        let own = self.table(need)?.filtered_rows();
        let others = need.joins.iter().filter_map(|join| needs.get(join.other));
        let rows = others.filter_map(|other| self.table(other)).map(|table| table.filtered_rows());
        rows.reduce(f64::min).filter(|rows| *rows <= own)
    }

    /// What reading the table costs with a candidate when a parameter has a value that so many times the usual number of
    /// rows have: through the index, or all of it where that is cheaper.
    pub(in crate::index_advice) fn with_value(
        &self,
        need: &'p Need,
        candidate: &Candidate,
        condition: usize,
        times: f64,
    ) -> Option<f64> {
        let mut need = need.clone();
        let condition = need.conditions.get_mut(condition)?;
        if times > 1.0 {
            condition.comparison = Comparison::In(times.ceil() as usize);
        }
        let table = self.table(&need)?;
        let index = of_candidate(candidate);
        let scan = table.scan() + table.sort();
        Some(table.through(&index, None).map_or(scan, |cost| cost.min(scan)))
    }

    fn alternatives(&self, need: &'p Need, candidates: &[usize], best: &mut (f64, Vec<usize>)) {
        let Some(table) = self.table(need) else { return };
        for branches in &need.alternatives {
            // A bitmap of every branch, or none at all.
            let mut cost = table.sort();
            let mut used = Vec::new();
            let complete = branches.iter().all(|branch| {
                let alone = Need {
                    conditions: branch.clone(),
                    alternatives: Vec::new(),
                    order: Vec::new(),
                    ..need.clone()
                };
                let Some(part) = self.table(&alone) else { return false };
                let scan = part.scan();
                let cheapest = candidates
                    .iter()
                    .filter_map(|number| Some((*number, self.prepared.candidates.get(*number)?)))
                    .filter(|(_, candidate)| candidate.table == need.table)
                    .filter_map(|(number, candidate)| {
                        let index = of_candidate(candidate);
                        part.through(&index, None).filter(|cost| *cost < scan).map(|cost| (cost, number))
                    })
                    .min_by(|one, other| one.0.total_cmp(&other.0));
                cheapest.is_some_and(|(branch_cost, number)| {
                    cost += branch_cost;
                    used.push(number);
                    true
                })
            });
            if complete && cost < best.0 {
                *best = (cost, used);
            }
        }
    }
}

impl WhatIf for Model<'_> {
    fn plan(&mut self, statement: usize, candidates: &[usize]) -> Result<Plan, NoPlan> {
        let Some(analysed) = self.prepared.statements.get(statement) else {
            return Err(NoPlan::Statement("there is no such statement".to_owned()));
        };
        let needs = &analysed.needs.needs;
        if needs.is_empty() {
            return Err(NoPlan::Statement(match analysed.needs.unreadable {
                true => "its text is not complete SQL".to_owned(),
                false => "it reads no table that is known".to_owned(),
            }));
        }
        let mut plan = Plan { cost: 0.0, used: Vec::new() };
        for (index, need) in needs.iter().enumerate() {
            let loops = self.loops(needs, index);
            let (cost, used) = self.cheapest(need, candidates, loops);
            let mut best = (cost, used.into_iter().collect::<Vec<_>>());
            self.alternatives(need, candidates, &mut best);
            plan.cost += best.0;
            plan.used.extend(best.1);
        }
        plan.used.sort_unstable();
        plan.used.dedup();
        Ok(plan)
    }

    fn size(&mut self, candidate: usize) -> Option<u64> {
        self.prepared.candidates.get(candidate).map(|candidate| candidate.bytes)
    }
}

fn of_candidate(candidate: &Candidate) -> Index<'_> {
    Index {
        method: candidate.definition.method,
        keys: &candidate.definition.keys,
        columns: columns(&candidate.definition),
        predicate: candidate.definition.predicate.as_deref(),
        share: candidate.share,
        bytes: candidate.bytes as f64,
    }
}

/// None for kinds that the model does not know, and for those that cannot be used.
fn existing_index<'i>(existing: &'i CatalogIndex, keys: &'i [IndexKey]) -> Option<Index<'i>> {
    let method = match existing.method.as_str() {
        "btree" => IndexMethod::Btree,
        "gin" => IndexMethod::Gin,
        "brin" => IndexMethod::Brin,
        _ => return None,
    };
    let columns = keys.iter().filter_map(|key| key.column.as_deref());
    existing.valid.then(|| Index {
        method,
        keys,
        columns: columns.chain(existing.include.iter().map(String::as_str)).collect(),
        predicate: existing.predicate.as_deref(),
        share: 1.0,
        bytes: existing.bytes as f64,
    })
}

//! Indexes that were considered and left out, each with its reason.

use std::collections::HashSet;

use domain::{ConsideredIndex, IndexMethod, IndexSuggestion};

use super::Telling;
use crate::index_advice::choice::{self, Set};
use crate::index_advice::definition;
use crate::index_advice::upkeep::{rate, rates};
use crate::words::percent;

/// More would not be read.
const MOST: usize = 200;
/// Share of the workload's cost that is worth a word.
const WORTH: f64 = 0.001;
/// Keys of an index that someone would think of.
const MOST_KEYS: usize = 3;

impl Telling<'_> {
    pub(super) fn considered(&self, create: &[IndexSuggestion]) -> Vec<ConsideredIndex> {
        let mut considered: Vec<ConsideredIndex> = Vec::new();
        let titles: HashSet<&str> = create.iter().map(|one| one.title.as_str()).collect();
        let listed = |title: &str| titles.contains(title);
        for (refused, statements) in &self.prepared.refused {
            if listed(&refused.title) {
                continue;
            }
            let table = self.prepared.catalog.tables.get(refused.table);
            considered.push(ConsideredIndex {
                title: refused.title.clone(),
                table: table.map(|table| table.name.clone()).unwrap_or_default(),
                code: refused.code.to_owned(),
                reason: refused.reason.clone(),
                statements: *statements as u64,
            });
        }
        for index in 0..self.prepared.candidates.len() {
            considered.extend(self.left_out(index, create, &titles));
        }
        considered.sort_by(|one, other| {
            other.statements.cmp(&one.statements).then_with(|| one.title.cmp(&other.title))
        });
        considered.dedup_by(|one, other| one.title == other.title);
        considered.truncate(MOST);
        considered
    }

    /// A plain candidate that was not suggested; the others are variations of it.
    fn left_out(
        &self,
        index: usize,
        create: &[IndexSuggestion],
        titles: &HashSet<&str>,
    ) -> Option<ConsideredIndex> {
        let candidate = self.prepared.candidates.get(index)?;
        let definition = &candidate.definition;
        let plain = definition.include.is_empty() && definition.predicate.is_none();
        let title = definition::title(definition);
        if !plain || definition.keys.len() > MOST_KEYS || titles.contains(title.as_str()) {
            return None;
        }
        let statements = self.concerned.get(index).map_or(0, Vec::len);
        let (code, reason) = self.why(index, create)?;
        Some(ConsideredIndex {
            title,
            table: definition.table.clone(),
            code: code.to_owned(),
            reason,
            statements: statements as u64,
        })
    }

    fn why(&self, index: usize, create: &[IndexSuggestion]) -> Option<(&'static str, String)> {
        let candidate = self.prepared.candidates.get(index)?;
        let wider = create.iter().find(|one| definition::covers(&one.definition, &candidate.definition));
        if let Some(wider) = wider {
            return Some(("covered", format!("covered by {}", wider.title)));
        }
        let same_columns = |one: &&IndexSuggestion| {
            let (have, want) = (&one.definition, &candidate.definition);
            if have.keys.len() != want.keys.len() || have.table != want.table {
                return false;
            }
            let mut have: Vec<_> = one.definition.keys.iter().map(|key| &key.column).collect();
            let mut want: Vec<_> = candidate.definition.keys.iter().map(|key| &key.column).collect();
            have.sort();
            want.sort();
            have == want
        };
        if create.iter().any(|one| same_columns(&one)) {
            // The same in another order: nobody misses it.
            return None;
        }
        let known = &self.decision.choice;
        let all = self.today.max(f64::MIN_POSITIVE);
        let none = Set::default();
        let gain = self.saves(index, &none, &Set::of([index])) / all;
        let upkeep = known.workload.candidates.get(index)?.upkeep / all;
        if gain > WORTH && upkeep >= gain {
            return Some(("write_heavy", self.write_heavy(index)?));
        }
        if candidate.definition.method != IndexMethod::Gin && gain <= WORTH {
            return match self.decision.evidence.iter().max() {
                Some(domain::AdviceEvidence::Verified) => {
                    Some(("not_used", "the planner would not use it".to_owned()))
                }
                _ => Some(("not_used", "by the statistics it would save nothing".to_owned())),
            };
        }
        let chosen = &known.chosen;
        let beside = self.saves(index, chosen, &chosen.with(index)) / all - upkeep;
        let limits = super::bounds(&self.decision.limits);
        if beside > WORTH && !choice::fits(&known.workload, limits, &chosen.with(index)) {
            let ratio = candidate.upkeep.map_or(0.0, |upkeep| upkeep.ratio);
            return if ratio > self.decision.limits.max_write_cost {
                Some(("write_cost", format!("writes to its table would cost {} more", percent(ratio, 1.0))))
            } else {
                let saves = percent(beside, 1.0);
                Some((
                    "over_budget",
                    format!("would save {saves} of the workload's cost, but does not fit into the budget"),
                ))
            };
        }
        let alone = percent(gain, 1.0);
        Some((
            "not_chosen",
            format!("alone it would save {alone} of the workload's cost; beside what is suggested, nothing"),
        ))
    }

    /// "write-heavy: 4,000 updates/s against 2 reads/s"
    fn write_heavy(&self, index: usize) -> Option<String> {
        let candidate = self.prepared.candidates.get(index)?;
        let table = self.prepared.catalog.tables.get(candidate.table)?;
        let rates = rates(&self.prepared.catalog, table)?;
        let seconds = self.prepared.workload.seconds?;
        let asking = self.prepared.statements.iter().zip(&self.prepared.workload.statements);
        let calls: u64 = asking
            .filter(|(analysed, _)| {
                analysed.candidates.contains(index) && analysed.needs.target != Some(candidate.table)
            })
            .map(|(_, statement)| statement.calls)
            .sum();
        let (what, writes) = match () {
            () if rates.updated >= rates.inserted => ("updates", rates.updated),
            () => ("inserts", rates.inserted),
        };
        Some(format!(
            "write-heavy: {} {what}/s against {} reads/s",
            rate(writes),
            rate(calls as f64 / seconds.max(1.0))
        ))
    }
}

//! From a prepared workload to the indexes that are chosen for it.

use std::collections::HashMap;

use domain::{AdviceEvidence, AdviceLimits, IndexKey, IndexMethod};

use super::choice::{self, Choice, Choosable, Control, Limits, NoPlan, Plan, Progress, Set, WhatIf};
use super::definition;
use super::drops;
use super::estimate::Model;
use super::prepared::Prepared;

/// Indexes that are hidden to see whether they are missed, and statements that are asked about each.
const MOST_HIDDEN: usize = 100;
const MOST_READERS: usize = 30;
/// Times today's cost from which on an index is missed.
const MISSED: f64 = 1.001;
/// Candidates that might stand in for a larger one; more would only take time.
const MOST_NARROWER: usize = 6;

/// What was chosen, and all that was learned on the way: another budget needs no further question.
pub struct Decision {
    pub(super) choice: Choice,
    pub(super) limits: AdviceLimits,
    /// Who answered, by statement.
    pub(super) evidence: Vec<AdviceEvidence>,
    /// Why the planner could not be asked, by statement.
    pub(super) problems: Vec<Option<String>>,
    /// Existing indexes that might go, and whether some statement would miss them; those that could be hidden.
    pub(super) hidden: HashMap<u32, bool>,
}

impl Prepared {
    /// Chooses under the limits. Without a planner, and for what it cannot plan, our own model answers.
    pub fn decide(
        &self,
        limits: &AdviceLimits,
        planner: Option<&mut dyn WhatIf>,
        outer: Control<'_>,
    ) -> Decision {
        let asked = planner.is_some();
        let mut answers = Answers::new(self, planner);
        let mut told = Progress::default();
        let mut control = |progress: Progress| {
            told = progress;
            outer(progress)
        };
        let mut choice = choice::choose(self.choosable(asked), bounds(limits), &mut answers, &mut control);
        if answers.lost {
            // What the planner told until then is mixed with nothing: one scale for all.
            answers = Answers::new(self, None);
            choice = choice::choose(self.choosable(false), bounds(limits), &mut answers, &mut control);
            choice.partial = true;
        }
        let hidden = self.hide(&choice, &mut answers, &mut || outer(told).is_continue());
        Decision { choice, limits: *limits, evidence: answers.evidence, problems: answers.problems, hidden }
    }

    /// The best under other limits, from what was learned.
    pub fn decide_again(&self, decision: &Decision, limits: &AdviceLimits) -> Decision {
        let known = &decision.choice;
        let chosen = choice::choose_again(&known.workload, bounds(limits), &known.known);
        let after =
            (0..known.before.len()).map(|index| choice::cost_of(&known.known, index, &chosen)).collect();
        Decision {
            choice: Choice { chosen, after, ..known.clone() },
            limits: *limits,
            evidence: decision.evidence.clone(),
            problems: decision.problems.clone(),
            hidden: decision.hidden.clone(),
        }
    }

    /// Asks what the statements would cost without each index that might go, for as long as it may. One about which not
    /// everybody was asked is not verified.
    fn hide(
        &self,
        choice: &Choice,
        answers: &mut Answers<'_, '_>,
        go_on: &mut dyn FnMut() -> bool,
    ) -> HashMap<u32, bool> {
        let mut hidden = HashMap::new();
        for (table, index) in drops::candidates(&self.catalog).into_iter().take(MOST_HIDDEN) {
            let reading = self.statements.iter().enumerate();
            let reading = reading.filter(|(_, statement)| statement.needs.tables.contains(&table));
            let mut asked = false;
            let mut missed = false;
            for (statement, _) in reading.take(MOST_READERS) {
                if !go_on() {
                    return hidden;
                }
                let today = choice.before.get(statement).copied().flatten();
                let (Some(today), Some(without)) = (today, answers.without(statement, index)) else {
                    continue;
                };
                asked = true;
                missed |= without > today * MISSED;
            }
            if asked {
                hidden.insert(index, missed);
            }
        }
        hidden
    }

    /// `verified`: only what HypoPG can try.
    fn choosable(&self, verified: bool) -> choice::Workload {
        let timed = self.workload.is_timed();
        let weight = |statement: &super::WorkloadStatement| match timed {
            true => statement.total_ms.unwrap_or(0.0),
            false => statement.calls.max(1) as f64,
        };
        let tried = |index: &usize| {
            !verified
                || self.candidates.get(*index).is_some_and(|one| one.definition.method != IndexMethod::Gin)
        };
        let seconds = self.workload.seconds.filter(|_| timed).unwrap_or(0.0);
        let alike = self.alike();
        let candidates = self.candidates.iter().enumerate().map(|(index, candidate)| Choosable {
            bytes: candidate.bytes,
            size_known: candidate.size_known,
            table: candidate.table,
            upkeep: candidate.upkeep.map_or(0.0, |upkeep| upkeep.ms_per_second() * seconds),
            write_ratio: candidate.upkeep.map_or(0.0, |upkeep| upkeep.ratio),
            narrower: self.narrower(index, &alike),
        });
        choice::Workload {
            weights: self.workload.statements.iter().map(weight).collect(),
            timed,
            relevant: self
                .statements
                .iter()
                .map(|statement| Set::of(statement.candidates.iter().filter(tried)))
                .collect(),
            candidates: candidates.collect(),
        }
    }

    /// Candidates by table and first key: only such can do for each other.
    fn alike(&self) -> HashMap<(usize, Option<&IndexKey>), Vec<usize>> {
        let mut alike: HashMap<_, Vec<usize>> = HashMap::new();
        for (index, candidate) in self.candidates.iter().enumerate() {
            alike.entry((candidate.table, candidate.definition.keys.first())).or_default().push(index);
        }
        alike
    }

    fn narrower(&self, index: usize, alike: &HashMap<(usize, Option<&IndexKey>), Vec<usize>>) -> Vec<usize> {
        let Some(candidate) = self.candidates.get(index) else { return Vec::new() };
        let alike = alike.get(&(candidate.table, candidate.definition.keys.first()));
        let mut narrower: Vec<usize> = alike
            .into_iter()
            .flatten()
            .copied()
            .filter(|other| *other != index)
            .filter(|other| {
                self.candidates.get(*other).is_some_and(|one| {
                    one.bytes < candidate.bytes && definition::covers(&candidate.definition, &one.definition)
                })
            })
            .collect();
        narrower
            .sort_by_key(|other| std::cmp::Reverse(self.candidates.get(*other).map_or(0, |one| one.bytes)));
        narrower.truncate(MOST_NARROWER);
        narrower
    }
}

pub(super) fn bounds(limits: &AdviceLimits) -> Limits {
    Limits { bytes: limits.budget_bytes.unwrap_or(u64::MAX), write_ratio: limits.max_write_cost }
}

/// The planner where it answers, our own model where it cannot.
struct Answers<'a, 'p> {
    planner: Option<&'a mut dyn WhatIf>,
    model: Model<'p>,
    evidence: Vec<AdviceEvidence>,
    problems: Vec<Option<String>>,
    lost: bool,
}

impl<'a, 'p> Answers<'a, 'p> {
    fn new(prepared: &'p Prepared, planner: Option<&'a mut dyn WhatIf>) -> Answers<'a, 'p> {
        let count = prepared.statements.len();
        let evidence = if planner.is_some() { AdviceEvidence::Verified } else { AdviceEvidence::Estimated };
        Answers {
            planner,
            model: Model::new(prepared),
            evidence: vec![evidence; count],
            problems: vec![None; count],
            lost: false,
        }
    }
}

impl WhatIf for Answers<'_, '_> {
    fn plan(&mut self, statement: usize, candidates: &[usize]) -> Result<Plan, NoPlan> {
        let estimated = self.evidence.get(statement) == Some(&AdviceEvidence::Estimated);
        let Some(planner) = self.planner.as_mut().filter(|_| !estimated) else {
            return self.model.plan(statement, candidates);
        };
        match planner.plan(statement, candidates) {
            Err(NoPlan::Statement(reason)) => {
                if let Some(evidence) = self.evidence.get_mut(statement) {
                    *evidence = AdviceEvidence::Estimated;
                }
                if let Some(problem) = self.problems.get_mut(statement) {
                    *problem = Some(reason);
                }
                self.model.plan(statement, candidates)
            }
            Err(NoPlan::Stop) => {
                self.lost = true;
                Err(NoPlan::Stop)
            }
            answer => answer,
        }
    }

    fn without(&mut self, statement: usize, index: u32) -> Option<f64> {
        let verified = self.evidence.get(statement) == Some(&AdviceEvidence::Verified);
        self.planner.as_mut().filter(|_| verified && !self.lost)?.without(statement, index)
    }

    fn size(&mut self, candidate: usize) -> Option<u64> {
        let planned = self.planner.as_mut().and_then(|planner| planner.size(candidate));
        planned.or_else(|| self.model.size(candidate))
    }
}

//! What a statement costs with some indexes, asked as seldom as possible.
//!
//! A plan that uses the indexes `U` out of those present, `S`, is also the best plan for every set between `U` and `S`:
//! taking away what a plan does not use changes nothing, and what was not there was not looked at. So one answer serves
//! many questions, and the planner is asked only about sets that no earlier answer covers.

use super::set::Set;

/// What the planner, or our own model, says about one statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub cost: f64,
    /// Candidates that the plan uses.
    pub used: Vec<usize>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq)]
pub enum NoPlan {
    /// This statement cannot be planned; others can.
    Statement(String),
    /// Nobody answers any more, or the person has waited long enough.
    Stop,
}

/// Who can say what a statement would cost with indexes that do not exist.
pub trait WhatIf {
    /// The cost of a statement when of the candidates just these exist.
    ///
    /// # Errors
    /// [`NoPlan`]
    fn plan(&mut self, statement: usize, candidates: &[usize]) -> Result<Plan, NoPlan>;

    /// Bytes that a candidate would take.
    fn size(&mut self, candidate: usize) -> Option<u64>;

    /// The cost of a statement when an existing index, by its oid, is not there; none where nobody can say.
    fn without(&mut self, _statement: usize, _index: u32) -> Option<f64> {
        None
    }
}

struct Answer {
    present: Set,
    used: Set,
    cost: f64,
}

pub(super) struct Oracle<'w> {
    what_if: &'w mut dyn WhatIf,
    /// Candidates that a statement could use.
    relevant: Vec<Set>,
    answers: Vec<Vec<Answer>>,
    failed: Vec<Option<String>>,
    pub(super) calls: u64,
}

impl<'w> Oracle<'w> {
    pub(super) fn new(what_if: &'w mut dyn WhatIf, relevant: Vec<Set>) -> Oracle<'w> {
        let answers = relevant.iter().map(|_| Vec::new()).collect();
        let failed = vec![None; relevant.len()];
        Oracle { what_if, relevant, answers, failed, calls: 0 }
    }

    pub(super) fn relevant(&self, statement: usize) -> Set {
        self.relevant.get(statement).cloned().unwrap_or_default()
    }

    pub(super) fn failure(&self, statement: usize) -> Option<&str> {
        self.failed.get(statement).and_then(|failed| failed.as_deref())
    }

    pub(super) fn size(&mut self, candidate: usize) -> Option<u64> {
        self.what_if.size(candidate)
    }

    /// Cost and used candidates; `None` for a statement that cannot be planned.
    pub(super) fn plan(&mut self, statement: usize, present: &Set) -> Result<Option<(f64, Set)>, NoPlan> {
        if self.failure(statement).is_some() {
            return Ok(None);
        }
        let present = present.and(&self.relevant(statement));
        if let Some(known) = self.known(statement, &present) {
            return Ok(Some(known));
        }
        self.calls += 1;
        let asked: Vec<usize> = present.iter().collect();
        match self.what_if.plan(statement, &asked) {
            Ok(plan) => {
                let used = Set::of(plan.used);
                if let Some(answers) = self.answers.get_mut(statement) {
                    answers.push(Answer { present, used: used.clone(), cost: plan.cost });
                }
                Ok(Some((plan.cost, used)))
            }
            Err(NoPlan::Statement(reason)) => {
                if let Some(failed) = self.failed.get_mut(statement) {
                    *failed = Some(reason);
                }
                Ok(None)
            }
            Err(NoPlan::Stop) => Err(NoPlan::Stop),
        }
    }

    fn known(&self, statement: usize, present: &Set) -> Option<(f64, Set)> {
        let answers = self.answers.get(statement)?;
        let covers = |answer: &&Answer| answer.used.is_subset(present) && present.is_subset(&answer.present);
        answers.iter().rev().find(covers).map(|answer| (answer.cost, answer.used.clone()))
    }

    /// The least that the statement could cost with any subset of these that was asked about.
    pub(super) fn at_least(&self, statement: usize, present: &Set) -> f64 {
        let present = present.and(&self.relevant(statement));
        let Some(answers) = self.answers.get(statement) else { return 0.0 };
        let around = answers.iter().filter(|answer| present.is_subset(&answer.present));
        around.map(|answer| answer.cost).reduce(f64::max).unwrap_or(0.0)
    }
}

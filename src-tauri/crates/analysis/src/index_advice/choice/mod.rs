//! Which candidates to create, for the whole workload, under a budget of storage and a limit on the cost of writes.
//!
//! The planner is asked about sets of indexes ([`oracle`]); every answer is kept as a configuration of its statement: the
//! indexes that the plan used, and its cost. On those configurations the best set under the budget is searched without
//! asking ([`search`]), then the planner is asked about what was found and about its neighbours, which teaches new
//! configurations, and so on until nothing new is learned or time is up. The approach is that of CoPhy (Dash, Polyzotis,
//! Ailamaki, VLDB 2011) with plans learned while searching, in place of a complete set of atomic configurations.

mod configurations;
mod explore;
mod oracle;
mod patience;
mod search;
mod set;

use std::ops::ControlFlow;

pub use oracle::{NoPlan, Plan, WhatIf};
pub(super) use set::Set;

use configurations::Configurations;
use oracle::Oracle;

/// A candidate as the choice sees it.
#[derive(Clone, Debug)]
pub(super) struct Choosable {
    pub(super) bytes: u64,
    /// Nobody who is asked knows its size better.
    pub(super) size_known: bool,
    pub(super) table: usize,
    /// What keeping it up to date costs, in the units of the workload.
    pub(super) upkeep: f64,
    /// How much more the writes of its table cost.
    pub(super) write_ratio: f64,
    /// Candidates that hold less and might do instead.
    pub(super) narrower: Vec<usize>,
}

#[derive(Clone, Debug)]
pub(super) struct Workload {
    /// What one unit of each statement's cost counts; while `timed`, the statement's whole time, until its cost is known.
    pub(super) weights: Vec<f64>,
    /// The unit of the sum is a millisecond.
    pub(super) timed: bool,
    /// Candidates that each statement could use.
    pub(super) relevant: Vec<Set>,
    pub(super) candidates: Vec<Choosable>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) bytes: u64,
    pub(super) write_ratio: f64,
}

/// How far the choice is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    pub calls: u64,
    pub cost_before: Option<f64>,
    pub cost_best: Option<f64>,
    pub indexes_best: usize,
}

/// Asked before every question to the planner; breaking off keeps the best so far.
pub type Control<'c> = &'c mut dyn FnMut(Progress) -> ControlFlow<()>;

/// Everything that was learned; choosing again under another budget needs no server.
pub(super) struct Chooser<'w, 'c> {
    workload: Workload,
    oracle: Oracle<'w>,
    control: Control<'c>,
    known: Vec<Configurations>,
    progress: Progress,
    /// Candidates whose size is known, or was asked for.
    sized: Vec<bool>,
}

/// The outcome of one choice.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) workload: Workload,
    pub(super) chosen: Set,
    /// Of each statement today and with what is chosen; `None` where it cannot be planned.
    pub(super) before: Vec<Option<f64>>,
    pub(super) after: Vec<Option<f64>>,
    pub(super) failures: Vec<Option<String>>,
    pub(super) known: Vec<Configurations>,
    /// It was broken off.
    pub(super) partial: bool,
}

/// Asks, learns and searches until nothing better is found or the control breaks it off.
pub(super) fn choose(
    workload: Workload,
    limits: Limits,
    what_if: &mut dyn WhatIf,
    control: Control<'_>,
) -> Choice {
    let sized = workload.candidates.iter().map(|one| one.size_known).collect();
    let mut chooser = Chooser {
        oracle: Oracle::new(what_if, workload.relevant.clone()),
        control,
        known: vec![Configurations::default(); workload.weights.len()],
        progress: Progress::default(),
        sized,
        workload,
    };
    let mut best = Set::default();
    let partial = chooser.run(limits, &mut best).is_err();
    chooser.outcome(best, partial)
}

/// Attempts to leave a local best when the budget is moved: an answer is expected at once.
const AGAIN: search::Effort =
    search::Effort { starts: 4, shakes: 20, seed: 1, lookups: search::Effort::SECOND };

/// The best set under other limits, from what is known.
pub(super) fn choose_again(workload: &Workload, limits: Limits, known: &Known) -> Set {
    search::best(workload, limits, known, &Set::default(), AGAIN, &mut || true)
}

pub(super) fn cost_of(known: &Known, statement: usize, present: &Set) -> Option<f64> {
    known.get(statement).map(|known| known.cost(present)).filter(|cost| cost.is_finite())
}

/// What the whole workload costs with a set, upkeep included.
pub(super) fn total(workload: &Workload, known: &Known, set: &Set) -> f64 {
    search::cost(workload, known, set)
}

pub(super) fn fits(workload: &Workload, limits: Limits, set: &Set) -> bool {
    search::fits(workload, limits, set)
}

pub(super) type Known = Vec<Configurations>;

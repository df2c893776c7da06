//! What is in memory of one server's health: the newest facts, what they say, and counters of the last hour.

use std::collections::VecDeque;

use analysis::health::{Previous, check_all};
use domain::{HealthCheck, HealthFacts, Problem, QuickHealth, SlowHealth, Timestamp};
use sources::postgres::CountedCost;

/// Rates are made over this time.
const WINDOW_MILLIS: i64 = 3_600_000;
/// A console that reads more often keeps no more than this.
const READINGS: usize = 120;

#[derive(Default)]
pub(crate) struct Kept {
    pub facts: Option<HealthFacts>,
    pub checks: Vec<HealthCheck>,
    /// Why nothing could be read the last time.
    pub problem: Option<Problem>,
    earlier: VecDeque<Previous>,
    /// What the console's queries had cost the server when it was asked first.
    pub cost: Option<CountedCost>,
}

impl Kept {
    /// Takes a reading in and judges it against the oldest one of the last hour.
    pub(super) fn take(&mut self, quick: QuickHealth, slow: Option<SlowHealth>) {
        let now = quick.at;
        let slow = slow.or_else(|| self.facts.take().and_then(|facts| facts.slow));
        let facts = HealthFacts { quick, slow };
        self.forget_old(now);
        self.checks = check_all(&facts, self.earlier.front(), now);
        self.earlier.push_back(Previous::of(&facts));
        self.facts = Some(facts);
    }

    /// A clock that was set back leaves nothing in the future.
    fn forget_old(&mut self, now: Timestamp) {
        self.earlier.retain(|earlier| earlier.at < now && now.millis_since(earlier.at) <= WINDOW_MILLIS);
        let excess = self.earlier.len().saturating_sub(READINGS);
        self.earlier.drain(..excess);
    }

    pub(super) fn at(&self) -> Option<Timestamp> {
        self.facts.as_ref().map(|facts| facts.quick.at)
    }
}

//! Who holds which connection since when: the source of hold times and of leak reports.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::load::Load;

/// One connection that is out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Where it was taken, as the caller named it.
    pub site: Arc<str>,
    pub held_for: Duration,
    /// Number of the loan: rises with every acquire.
    pub id: u64,
}

/// What looks like a leak.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeakReport {
    /// Every connection that the pool may open is out and none has come back for this long, when that is
    /// longer than `leak_after`. A pool that is merely busy hands connections on and starts anew each time.
    pub all_active_for: Option<Duration>,
    /// Connections out for longer than `hold_limit`, the longest first.
    pub held_too_long: Vec<Held>,
}

impl LeakReport {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all_active_for.is_none() && self.held_too_long.is_empty()
    }
}

/// How long connections were out, over all that have come back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Holds {
    count: u32,
    total: Duration,
    pub(super) longest: Duration,
}

impl Holds {
    fn add(&mut self, held_for: Duration) {
        self.count = self.count.saturating_add(1);
        self.total = self.total.saturating_add(held_for);
        self.longest = self.longest.max(held_for);
    }

    /// None before the first has come back.
    pub(super) fn average(&self) -> Option<Duration> {
        self.total.checked_div(self.count)
    }
}

#[derive(Debug)]
pub(super) struct Ledger {
    out: HashMap<u64, (Arc<str>, Instant)>,
    loans: u64,
    max: usize,
    full_since: Option<Instant>,
    pub(super) holds: Holds,
    pub(super) peak: usize,
    pub(super) load: Load,
}

impl Ledger {
    pub(super) fn new(now: Instant, max: usize) -> Self {
        Self {
            out: HashMap::new(),
            loans: 0,
            max,
            full_since: None,
            holds: Holds::default(),
            peak: 0,
            load: Load::new(now),
        }
    }

    /// Enters a loan and answers with its number.
    pub(super) fn taken(&mut self, now: Instant, site: Arc<str>) -> u64 {
        self.loans += 1;
        self.out.insert(self.loans, (site, now));
        self.peak = self.peak.max(self.out.len());
        self.moved(now);
        self.loans
    }

    /// Closes a loan.
    pub(super) fn returned(&mut self, now: Instant, id: u64) {
        let Some((_, since)) = self.out.remove(&id) else { return };
        self.holds.add(now.saturating_duration_since(since));
        // A return proves that connections still come back, even if the pool is full again at once.
        self.full_since = None;
        self.moved(now);
    }

    /// The pool may now open `max` connections.
    pub(super) fn resized(&mut self, now: Instant, max: usize) {
        self.max = max;
        self.moved(now);
    }

    pub(super) fn active(&self) -> usize {
        self.out.len()
    }

    pub(super) fn leaks(&self, now: Instant, leak_after: Duration, hold_limit: Duration) -> LeakReport {
        let age = |since: Instant| now.saturating_duration_since(since);
        let mut held_too_long: Vec<Held> = self
            .out
            .iter()
            .map(|(id, (site, since))| Held { site: site.clone(), held_for: age(*since), id: *id })
            .filter(|held| held.held_for > hold_limit)
            .collect();
        held_too_long.sort_by_key(|held| held.id);
        LeakReport {
            all_active_for: self.full_since.map(age).filter(|full_for| *full_for > leak_after),
            held_too_long,
        }
    }

    fn moved(&mut self, now: Instant) {
        let active = self.out.len();
        self.load.set(now, active);
        if active < self.max {
            self.full_since = None;
        } else {
            self.full_since.get_or_insert(now);
        }
    }
}

#[cfg(test)]
mod tests;

//! What one statement cost over the whole stream.

use super::trend::Trend;
use crate::spread::Spread;

#[derive(Clone, Debug, Default)]
pub(super) struct Stats {
    pub(super) calls: u64,
    pub(super) timed: u64,
    pub(super) total_us: u64,
    pub(super) durations: Spread,
    pub(super) rows: u64,
    /// Executions whose rows are known.
    pub(super) counted: u64,
    pub(super) errors: u64,
    pub(super) last_error: Option<Box<str>>,
    pub(super) first_us: Option<i64>,
    pub(super) last_us: Option<i64>,
    pub(super) trend: Trend,
    /// Routes with executions; the first few that were seen.
    pub(super) routes: Vec<(u32, u64)>,
}

/// Routes remembered for one statement.
const ROUTES: usize = 16;
const LONGEST_ERROR: usize = 200;

impl Stats {
    #[inline]
    pub(super) fn add(&mut self, start_us: i64, duration_us: Option<u64>, rows: Option<u64>) {
        self.calls += 1;
        if let Some(duration) = duration_us {
            self.timed += 1;
            self.total_us = self.total_us.saturating_add(duration);
            self.durations.add(duration);
        }
        if let Some(rows) = rows {
            self.rows = self.rows.saturating_add(rows);
            self.counted += 1;
        }
        self.seen_at(start_us);
    }

    pub(super) fn failed(&mut self, error: &str) {
        self.errors += 1;
        let known = self.last_error.as_deref() == Some(error);
        if !known && !error.is_empty() {
            let cut = error.floor_char_boundary(LONGEST_ERROR);
            self.last_error = error.get(..cut).map(Into::into);
        }
    }

    pub(super) fn seen_at(&mut self, at_us: i64) {
        self.first_us = Some(self.first_us.map_or(at_us, |first| first.min(at_us)));
        self.last_us = Some(self.last_us.map_or(at_us, |last| last.max(at_us)));
    }

    pub(super) fn route(&mut self, route: u32) {
        let room = self.routes.len() < ROUTES;
        match self.routes.iter_mut().find(|(known, _)| *known == route) {
            Some((_, calls)) => *calls += 1,
            None if room => self.routes.push((route, 1)),
            None => {}
        }
    }

    /// What is kept first where there is no room for all: time, then calls.
    pub(super) fn weight(&self) -> (u64, u64) {
        (self.total_us, self.calls + self.errors)
    }
}

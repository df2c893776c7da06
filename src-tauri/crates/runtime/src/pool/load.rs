//! How busy the pool was over the last minute: time-weighted, second by second.

use std::time::{Duration, Instant};

use crate::window::Window;

#[derive(Debug, Clone, Copy, Default)]
struct Second {
    /// Connection-seconds in use within this second: the mean number in use once the second is over.
    busy: f64,
    peak: usize,
}

/// Follows the number of connections in use.
#[derive(Debug)]
pub(super) struct Load {
    window: Window<Second>,
    level: usize,
    settled: Instant,
}

impl Load {
    pub(super) fn new(now: Instant) -> Self {
        Self { window: Window::new(now, Second::default()), level: 0, settled: now }
    }

    /// The number in use is `level` from `now` on.
    pub(super) fn set(&mut self, now: Instant, level: usize) {
        self.settle(now);
        self.level = level;
        if let Some(second) = self.window.current() {
            second.peak = second.peak.max(level);
        }
    }

    /// The mean number in use that 95 % of the finished seconds did not exceed; none before the first is over.
    pub(super) fn p95(&mut self, now: Instant) -> Option<f64> {
        self.settle(now);
        let mut means: Vec<f64> = self.window.iter().map(|second| second.busy).collect();
        means.pop();
        means.sort_by(f64::total_cmp);
        // Nearest rank: the ⌈0.95 n⌉-th smallest.
        means.get((means.len() * 95).div_ceil(100).checked_sub(1)?).copied()
    }

    /// The most in use at once within the window.
    pub(super) fn peak(&mut self, now: Instant) -> usize {
        self.settle(now);
        self.window.iter().map(|second| second.peak).max().unwrap_or(0)
    }

    /// Whether a whole window has been seen, so that its peak says something about quiet.
    pub(super) fn is_full(&mut self, now: Instant) -> bool {
        self.settle(now);
        self.window.is_full()
    }

    fn settle(&mut self, now: Instant) {
        let now = now.max(self.settled);
        let level = self.level as f64;
        let end = self.window.current_start() + Duration::from_secs(1);
        let until = now.min(end);
        let held = until.saturating_duration_since(self.settled).as_secs_f64() * level;
        if let Some(second) = self.window.current() {
            second.busy += held;
        }
        if now >= end {
            self.window.advance(now, &Second { busy: level, peak: self.level });
            let start = self.window.current_start();
            if let Some(second) = self.window.current() {
                second.busy = now.saturating_duration_since(start).as_secs_f64() * level;
            }
        }
        self.settled = now;
    }
}

#[cfg(test)]
mod tests;

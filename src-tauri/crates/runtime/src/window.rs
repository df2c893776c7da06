//! The last minute, second by second: what sliding rates and load percentiles are worked out from.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How far back a window looks, in seconds.
pub(crate) const SECONDS: u64 = 60;

/// One slot per second of the last [`SECONDS`], the current one last. Time only moves forward:
/// an earlier `now` counts towards the current second.
#[derive(Debug)]
pub(crate) struct Window<S> {
    start: Instant,
    current: u64,
    slots: VecDeque<S>,
}

impl<S: Clone> Window<S> {
    /// A window that begins at `start` with `first` as its only slot.
    pub(crate) fn new(start: Instant, first: S) -> Self {
        Self { start, current: 0, slots: VecDeque::from([first]) }
    }

    /// Moves to `now`; seconds that passed since the last move are filled with `blank`.
    pub(crate) fn advance(&mut self, now: Instant, blank: &S) {
        let second = now.saturating_duration_since(self.start).as_secs();
        let passed = second.saturating_sub(self.current);
        if passed == 0 {
            return;
        }
        self.current = second;
        if passed >= SECONDS {
            self.slots.clear();
        }
        for _ in 0..passed.min(SECONDS) {
            if self.slots.len() as u64 == SECONDS {
                self.slots.pop_front();
            }
            self.slots.push_back(blank.clone());
        }
    }

    /// The slot of the current second.
    pub(crate) fn current(&mut self) -> Option<&mut S> {
        self.slots.back_mut()
    }

    /// When the current second began.
    pub(crate) fn current_start(&self) -> Instant {
        self.start + Duration::from_secs(self.current)
    }

    /// All slots, oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &S> {
        self.slots.iter()
    }

    /// Whether a whole window has been observed.
    pub(crate) fn is_full(&self) -> bool {
        self.slots.len() as u64 == SECONDS
    }
}

//! When to leave Redis alone: pauses that grow while it fails, and one attempt at the end of each.

use std::time::{Duration, Instant};

use crate::retry::jittered;

/// The state of one kind of use. After a failure everybody stays away for a pause; then one attempt is let
/// through, and its outcome decides for all.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    failures: u32,
    closed_until: Option<Instant>,
    probing: bool,
}

impl Breaker {
    /// Whether an attempt would be let through now.
    pub(super) fn is_open(&self, now: Instant) -> bool {
        self.closed_until.is_none_or(|until| now >= until)
    }

    /// Lets an attempt through or not. After a pause it is one attempt in each `window`, so that an attempt
    /// which was abandoned does not close the way for ever.
    pub(super) fn admit(&mut self, now: Instant, window: Duration) -> bool {
        if !self.is_open(now) {
            return false;
        }
        if self.closed_until.is_some() {
            self.closed_until = Some(now + window);
            self.probing = true;
        }
        true
    }

    /// An attempt failed. Answers whether this is the first failure of an outage.
    pub(super) fn failed(&mut self, now: Instant, pause: Duration, longest: Duration, random: f64) -> bool {
        if !self.is_open(now) && !self.probing {
            // One of many that were under way when the first of them failed.
            return false;
        }
        let doubled = pause.saturating_mul(1_u32.checked_shl(self.failures).unwrap_or(u32::MAX));
        self.failures = self.failures.saturating_add(1);
        self.probing = false;
        self.closed_until = Some(now + jittered(doubled.min(longest), random));
        self.failures == 1
    }

    /// An attempt succeeded. Answers whether an outage ends with it.
    pub(super) fn succeeded(&mut self) -> bool {
        std::mem::take(self).failures > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSE: Duration = Duration::from_millis(100);
    const LONGEST: Duration = Duration::from_millis(500);
    const WINDOW: Duration = Duration::from_secs(2);

    #[test]
    fn pauses_double_up_to_the_longest_and_one_attempt_ends_each() {
        let mut now = Instant::now();
        let mut breaker = Breaker::default();
        for (nth, length) in [100, 200, 400, 500, 500].into_iter().enumerate() {
            assert!(breaker.admit(now, WINDOW));
            assert_eq!(breaker.failed(now, PAUSE, LONGEST, 0.0), nth == 0);
            let end = now + Duration::from_millis(length);
            assert!(!breaker.admit(end - Duration::from_millis(1), WINDOW));
            now = end;
        }
        assert!(breaker.admit(now, WINDOW));
        assert!(!breaker.admit(now, WINDOW), "a second attempt while the first is out");
        assert!(breaker.succeeded());
        assert!(breaker.admit(now, WINDOW) && breaker.admit(now, WINDOW));
        assert!(!breaker.succeeded());
    }

    #[test]
    fn many_that_fail_together_are_one_failure() {
        let now = Instant::now();
        let mut breaker = Breaker::default();
        let firsts = (0..200).filter(|_| breaker.failed(now, PAUSE, LONGEST, 0.0)).count();
        assert_eq!(firsts, 1);
        assert!(breaker.is_open(now + PAUSE));
    }

    #[test]
    fn an_abandoned_attempt_does_not_close_the_way() {
        let now = Instant::now();
        let mut breaker = Breaker::default();
        breaker.failed(now, PAUSE, LONGEST, 0.0);
        assert!(breaker.admit(now + PAUSE, WINDOW));
        assert!(!breaker.admit(now + PAUSE + WINDOW / 2, WINDOW));
        assert!(breaker.admit(now + PAUSE + WINDOW, WINDOW));
    }

    #[test]
    fn jitter_lengthens_a_pause_up_to_twofold() {
        let now = Instant::now();
        let mut breaker = Breaker::default();
        breaker.failed(now, PAUSE, LONGEST, 0.5);
        assert!(!breaker.is_open(now + Duration::from_millis(149)));
        assert!(breaker.is_open(now + Duration::from_millis(150)));
    }
}

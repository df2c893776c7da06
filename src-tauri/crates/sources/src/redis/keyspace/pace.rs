//! How large the steps are and how long the pauses between them, so that the server hardly notices.

use std::time::Duration;

/// A reply should be no larger: names of megabytes come one or two at a time.
const REPLY_BYTES: f64 = 48.0 * 1024.0;
const MOST_KEYS: f64 = 1_000.0;
/// Others wait as long as a step at most.
const STEP_MOST: Duration = Duration::from_micros(800);
const STEP_AIM: Duration = Duration::from_micros(400);
/// What reading, answering and waking take for a step and for a command, which command statistics leave out.
const STEP_COST: f64 = 50e-6;
const COMMAND_COST: f64 = 0.5e-6;
/// Timers are no finer than a millisecond, so shorter pauses are saved up.
const PAUSE_LEAST: f64 = 2e-3;
/// Of the estimate of a name's size, what remains after a step with shorter names.
const MEMORY: f64 = 0.75;

#[derive(Debug)]
pub(super) struct Pace {
    budget: f64,
    /// Shortest wait for any step: the network's part of every wait.
    floor: Option<Duration>,
    /// Of the time waited beyond the floor, the part that the server really worked.
    worked: f64,
    count: f64,
    bytes_per_key: f64,
    owed: f64,
    window: Window,
}

/// Since the last reading of the server's own statistics.
#[derive(Debug, Clone, Copy, Default)]
struct Window {
    steps: f64,
    commands: f64,
    beyond_floor: f64,
}

impl Pace {
    /// `budget` is a share of one core; less than a hundredth would never end.
    pub(super) fn new(budget: f64) -> Pace {
        let budget = if budget.is_finite() { budget.clamp(0.01, 1.0) } else { 0.01 };
        Pace {
            budget,
            floor: None,
            worked: 1.0,
            count: 1.0,
            bytes_per_key: 0.0,
            owed: 0.0,
            window: Window::default(),
        }
    }

    /// COUNT of the next SCAN.
    pub(super) fn count(&self) -> usize {
        self.count as usize
    }

    /// A step was answered.
    pub(super) fn waited(&mut self, commands: usize, waited: Duration) {
        let floor = self.floor.map_or(waited, |floor| floor.min(waited));
        self.floor = Some(floor);
        let beyond = waited.saturating_sub(floor).as_secs_f64();
        self.window.steps += 1.0;
        self.window.commands += commands as f64;
        self.window.beyond_floor += beyond;
        let cost = beyond * self.worked + STEP_COST;
        self.owed = (self.owed + cost / self.budget - waited.as_secs_f64()).max(0.0);
    }

    /// A SCAN was answered with so many keys, whose names have so many bytes.
    pub(super) fn scanned(&mut self, keys: usize, bytes: usize, waited: Duration) {
        let per_key = if keys > 0 { bytes as f64 / keys as f64 } else { 0.0 };
        self.bytes_per_key = per_key.max(self.bytes_per_key * MEMORY);
        let beyond = waited.saturating_sub(self.floor.unwrap_or_default());
        // Where others keep the server busy, that is no reason for smaller steps.
        let server = beyond.mul_f64(self.worked);
        let by_time = if server > STEP_MOST {
            self.count / 2.0
        } else if server > STEP_AIM {
            self.count
        } else {
            self.count * 2.0
        };
        let by_bytes = REPLY_BYTES / self.bytes_per_key.max(1.0);
        self.count = by_time.min(by_bytes).clamp(1.0, MOST_KEYS).floor();
    }

    /// Due before the next step, if it is long enough for a timer.
    pub(super) fn pause(&self) -> Option<Duration> {
        (self.owed >= PAUSE_LEAST).then(|| Duration::from_secs_f64(self.owed.min(60.0)))
    }

    pub(super) fn paused(&mut self, time: Duration) {
        self.owed = (self.owed - time.as_secs_f64()).max(-10.0 * PAUSE_LEAST);
    }

    /// The server says how long the commands since the last call took it: waits also hold what others did.
    pub(super) fn learn(&mut self, server: Duration) {
        let window = std::mem::take(&mut self.window);
        if window.beyond_floor > 0.0 {
            let worked = server.as_secs_f64() + window.commands * COMMAND_COST;
            self.worked = (worked / window.beyond_floor).clamp(0.01, 1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn micros(count: u64) -> Duration {
        Duration::from_micros(count)
    }

    /// Runs steps of a server that takes `per_key` for each key behind a network; gives the share of time it worked.
    fn share(budget: f64, network: Duration, per_key: Duration, learns: bool) -> f64 {
        let mut pace = Pace::new(budget);
        let (mut worked, mut passed) = (Duration::ZERO, Duration::ZERO);
        for _ in 0..5_000 {
            let server = per_key * pace.count() as u32 + Duration::from_secs_f64(STEP_COST);
            pace.waited(1, network + server);
            pace.scanned(pace.count(), pace.count() * 30, network + server);
            worked += server;
            passed += network + server;
            if let Some(pause) = pace.pause() {
                pace.paused(pause);
                passed += pause;
            }
            if learns {
                pace.learn(per_key * pace.count() as u32);
            }
        }
        worked.as_secs_f64() / passed.as_secs_f64()
    }

    #[test]
    fn the_budget_is_kept_near_and_far() {
        for budget in [0.02, 0.1, 0.5] {
            for network in [micros(40), micros(20_000)] {
                for learns in [false, true] {
                    let found = share(budget, network, Duration::from_nanos(400), learns);
                    assert!(found <= budget * 1.05, "{found} of {budget} at {network:?}, {learns}");
                }
            }
        }
        let near = share(0.1, micros(40), Duration::from_nanos(400), false);
        assert!(near > 0.08, "the budget is used: {near}");
    }

    #[test]
    fn steps_grow_while_they_are_quick_and_shrink_when_they_are_not() {
        let mut pace = Pace::new(0.1);
        pace.waited(1, micros(40));
        let mut counts = Vec::new();
        for _ in 0..12 {
            counts.push(pace.count());
            pace.scanned(pace.count(), pace.count() * 20, micros(100));
        }
        assert_eq!(counts, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 1000]);
        pace.scanned(1_000, 20_000, micros(2_000));
        assert_eq!(pace.count(), 500);
        pace.scanned(500, 10_000, micros(600));
        assert_eq!(pace.count(), 500);
    }

    #[test]
    fn a_server_that_is_busy_with_others_does_not_stop_the_walk() {
        let mut pace = Pace::new(0.1);
        pace.waited(1, micros(40));
        for _ in 0..50 {
            pace.waited(1, micros(5_000));
            pace.scanned(pace.count(), pace.count() * 20, micros(5_000));
        }
        assert_eq!(pace.count(), 1);
        for _ in 0..12 {
            pace.learn(micros(500));
            for _ in 0..20 {
                pace.waited(1, micros(5_000));
                pace.scanned(pace.count(), pace.count() * 20, micros(5_000));
            }
        }
        assert_eq!(pace.count(), 1_000);
    }

    #[test]
    fn after_a_name_of_megabytes_steps_are_single_for_a_while() {
        let mut pace = Pace::new(0.1);
        pace.waited(1, micros(40));
        for _ in 0..12 {
            pace.scanned(pace.count(), pace.count() * 20, micros(100));
        }
        pace.scanned(1_000, 5_000_000, micros(100));
        assert_eq!(pace.count(), 9);
        pace.scanned(1, 5_000_000, micros(100));
        let mut seen = 0;
        for _ in 0..20 {
            seen += pace.count();
            pace.scanned(pace.count(), pace.count() * 20, micros(100));
        }
        assert!(seen < 60, "{seen}");
    }

    #[test]
    fn a_budget_that_is_no_number_is_the_smallest() {
        assert_eq!(Pace::new(f64::NAN).budget, 0.01);
        assert_eq!(Pace::new(7.0).budget, 1.0);
    }
}

//! When a source is polled next: its interval with jitter, or a jittered backoff while it fails.

use std::time::Duration;

/// Polls of many sources must not fall on the same moment.
const JITTER: f64 = 0.05;
/// The longest pause between two tries.
const BACKOFF_CAP: Duration = Duration::from_secs(60);

/// The pause before the next poll of a healthy source: the interval, 5 % more or less. `random` is in 0..1.
pub(crate) fn pause(interval: Duration, random: f64) -> Duration {
    interval.mul_f64(1.0 - JITTER + 2.0 * JITTER * random)
}

/// The pause after the `failures`-th failure in a row: full jitter over a doubling range, as it needs the fewest
/// calls under contention, but never sooner than half an interval.
pub(crate) fn backoff(interval: Duration, failures: u32, random: f64) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let range = interval.saturating_mul(2_u32.saturating_pow(doublings)).min(BACKOFF_CAP.max(interval));
    range.mul_f64(random).max(interval / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_secs(5);

    #[test]
    fn a_healthy_pause_stays_within_five_percent() {
        assert_eq!(pause(INTERVAL, 0.0), Duration::from_millis(4_750));
        assert_eq!(pause(INTERVAL, 0.5), INTERVAL);
        assert_eq!(pause(INTERVAL, 1.0), Duration::from_millis(5_250));
    }

    #[test]
    fn backoff_doubles_up_to_a_cap_and_never_hurries() {
        let cases = [
            (1, 1.0, 5.0),
            (2, 1.0, 10.0),
            (3, 1.0, 20.0),
            (5, 1.0, 60.0),
            (4_000_000_000, 1.0, 60.0),
            (5, 0.5, 30.0),
            (5, 0.0, 2.5),
        ];
        for (failures, random, seconds) in cases {
            assert_eq!(backoff(INTERVAL, failures, random).as_secs_f64(), seconds, "{failures} at {random}");
        }
        let slow = Duration::from_secs(300);
        assert_eq!(backoff(slow, 9, 1.0), slow, "an interval above the cap is kept");
    }
}

//! Counters as rates per second; a fall or a long silence is a gap, never a spike.

use domain::{Rollup, Timestamp};

/// A silence of more steps than this breaks the line.
pub const LONGEST_GAP_STEPS: i64 = 3;

/// Rise per second from the end of one step to the end of a later one.
///
/// `None` where the counter fell (a reset, also one within `next`), where more than `longest_gap_ms` lies between the
/// two, or where a value is not a finite number.
pub fn rate_between(previous: &Rollup, next: &Rollup, longest_gap_ms: i64) -> Option<f64> {
    let millis = next.at.millis_since(previous.at);
    let fell = next.last < previous.last || next.min < previous.last;
    if millis <= 0 || millis > longest_gap_ms || fell {
        return None;
    }
    let rate = (next.last - previous.last) / (millis as f64 / 1000.0);
    rate.is_finite().then_some(rate)
}

/// One rate for each step of `points`, at the same time; the first has none.
pub fn rates(points: &[Rollup], step_ms: i64) -> Vec<(Timestamp, Option<f64>)> {
    let longest = step_ms.saturating_mul(LONGEST_GAP_STEPS);
    let first = points.first().map(|point| (point.at, None));
    let others = points.windows(2).filter_map(|pair| match pair {
        [previous, next] => Some((next.at, rate_between(previous, next, longest))),
        _ => None,
    });
    first.into_iter().chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(at: i64, min: f64, last: f64) -> Rollup {
        Rollup { at: Timestamp(at), min, max: last, average: last, last, count: 1 }
    }

    #[test]
    fn rises_falls_resets_and_silences() {
        let cases = [
            ("rise", point(5000, 110.0, 110.0), Some(2.0)),
            ("still", point(5000, 100.0, 100.0), Some(0.0)),
            ("fall", point(5000, 3.0, 3.0), None),
            ("reset within the step, risen past again", point(5000, 1.0, 200.0), None),
            ("long silence", point(15_001, 110.0, 110.0), None),
            ("same moment", point(0, 110.0, 110.0), None),
            ("not a number", point(5000, f64::NAN, f64::NAN), None),
            ("infinite", point(5000, 110.0, f64::INFINITY), None),
        ];
        for (name, next, expected) in cases {
            assert_eq!(rate_between(&point(0, 90.0, 100.0), &next, 15_000), expected, "{name}");
        }
    }

    #[test]
    fn one_rate_a_step() {
        let points =
            [point(0, 0.0, 0.0), point(5000, 5.0, 5.0), point(10_000, 1.0, 1.0), point(15_000, 6.0, 6.0)];
        let rates: Vec<_> = rates(&points, 5000).into_iter().map(|(_, rate)| rate).collect();
        assert_eq!(rates, [None, Some(1.0), None, Some(1.0)]);
        assert!(super::rates(&[], 5000).is_empty());
    }
}

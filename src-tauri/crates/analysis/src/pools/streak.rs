//! How long something has been so: the unbroken run of points up to the newest.

use domain::Timestamp;

use super::{AppPoolPoint, BackendsPoint, PgbouncerPoint};

/// A run is broken by a pause longer than this many intervals.
const GAP_INTERVALS: i64 = 3;
/// Where the interval is not known yet: two points further apart than this do not belong together.
const UNKNOWN_GAP_MILLIS: i64 = 30_000;
/// The start time of a process is computed by some clients from a clock and an uptime, and may wobble by this.
const RESTART_SECONDS: f64 = 2.0;

pub trait Point {
    fn at(&self) -> Timestamp;

    /// False when the process that is watched was restarted between `before` and this.
    fn continues(&self, _before: &Self) -> bool {
        true
    }
}

impl Point for AppPoolPoint {
    fn at(&self) -> Timestamp {
        self.at
    }

    fn continues(&self, before: &Self) -> bool {
        match (before.pool.process_started, self.pool.process_started) {
            (Some(before), Some(now)) => (now - before).abs() <= RESTART_SECONDS,
            _ => true,
        }
    }
}

impl Point for PgbouncerPoint {
    fn at(&self) -> Timestamp {
        self.at
    }
}

impl Point for BackendsPoint {
    fn at(&self) -> Timestamp {
        self.at
    }
}

/// The longest pause in milliseconds that still counts as unbroken: three times the median interval.
pub(super) fn longest_gap<P: Point>(points: &[P]) -> Option<i64> {
    let mut steps: Vec<i64> = points
        .iter()
        .zip(points.iter().skip(1))
        .map(|(before, after)| after.at().millis_since(before.at()))
        .filter(|step| *step > 0)
        .collect();
    steps.sort_unstable();
    // Of an even number the lower, so that two points with a long pause do not make it the rule.
    let median = steps.get(steps.len().saturating_sub(1) / 2)?;
    (steps.len() > 1).then(|| median.saturating_mul(GAP_INTERVALS))
}

/// The longest run of points up to the newest, each of which `holds`, without a pause, a restart or a clock set back.
pub(super) fn run<P: Point>(points: &[P], holds: impl Fn(&P) -> bool) -> &[P] {
    let gap = longest_gap(points).unwrap_or(UNKNOWN_GAP_MILLIS);
    let mut start = points.len();
    for (index, point) in points.iter().enumerate().rev() {
        let unbroken = points.get(index + 1).is_none_or(|next| {
            let step = next.at().millis_since(point.at());
            (0..=gap).contains(&step) && next.continues(point)
        });
        if !unbroken || !holds(point) {
            break;
        }
        start = index;
    }
    points.get(start..).unwrap_or_default()
}

/// Seconds from the first to the last of `points`.
pub(super) fn span_seconds<P: Point>(points: &[P]) -> f64 {
    match (points.first(), points.last()) {
        (Some(first), Some(last)) => last.at().seconds_since(first.at()).max(0.0),
        _ => 0.0,
    }
}

/// The points of the last `seconds` before the newest, it included.
pub(super) fn last_seconds<P: Point>(points: &[P], seconds: f64) -> &[P] {
    let Some(newest) = points.last().map(Point::at) else { return points };
    let start = points.partition_point(|point| newest.seconds_since(point.at()) > seconds);
    points.get(start..).unwrap_or_default()
}

/// True when it holds now and held at the poll before, if there was one: one odd sample does not make a condition.
pub(super) fn sustained<P: Point>(points: &[P], holds: impl Fn(&P) -> bool) -> bool {
    let lasted = run(points, holds).len();
    lasted >= 2 || (lasted == 1 && run(points, |_| true).len() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pools::fixture::{app, at};

    fn actives(run: &[AppPoolPoint]) -> Vec<f64> {
        run.iter().map(|point| point.pool.active).collect()
    }

    #[test]
    fn a_run_ends_where_the_condition_does() {
        let points = [app(0, 9, 10), app(5, 2, 10), app(10, 9, 10), app(15, 8, 10)];
        assert_eq!(actives(run(&points, |point| point.pool.active > 5.0)), [9.0, 8.0]);
        assert!(run(&points, |point| point.pool.active > 8.0).is_empty());
        assert!(run(&[] as &[AppPoolPoint], |_| true).is_empty());
    }

    #[test]
    fn a_pause_a_restart_and_a_clock_set_back_break_it() {
        let pause = [app(0, 9, 10), app(5, 9, 10), app(10, 9, 10), app(26, 9, 10), app(31, 9, 10)];
        assert_eq!(span_seconds(run(&pause, |_| true)), 5.0);
        let three_intervals = [app(0, 9, 10), app(5, 9, 10), app(10, 9, 10), app(25, 9, 10), app(30, 9, 10)];
        assert_eq!(span_seconds(run(&three_intervals, |_| true)), 30.0);
        let mut restart = [app(0, 9, 10), app(5, 9, 10), app(10, 9, 10)];
        restart[0].pool.process_started = Some(100.0);
        restart[1].pool.process_started = Some(100.9);
        restart[2].pool.process_started = Some(900.0);
        assert_eq!(run(&restart, |_| true).len(), 1);
        assert_eq!(run(&restart[..2], |_| true).len(), 2, "a wobble is no restart");
        let back = [app(100, 9, 10), app(105, 9, 10), app(50, 9, 10), app(55, 9, 10)];
        assert_eq!(run(&back, |_| true).first().map(Point::at), Some(at(50)));
    }

    #[test]
    fn one_odd_sample_is_not_sustained() {
        let busy = |point: &AppPoolPoint| point.pool.active > 5.0;
        assert!(!sustained(&[app(0, 2, 10), app(5, 9, 10)], busy));
        assert!(sustained(&[app(0, 9, 10), app(5, 9, 10)], busy));
        assert!(sustained(&[app(0, 9, 10)], busy), "the only sample there is");
        assert!(!sustained(&[] as &[AppPoolPoint], busy));
    }

    #[test]
    fn the_last_seconds_include_both_ends() {
        let points = [app(0, 1, 10), app(5, 2, 10), app(10, 3, 10)];
        assert_eq!(actives(last_seconds(&points, 5.0)), [2.0, 3.0]);
    }
}

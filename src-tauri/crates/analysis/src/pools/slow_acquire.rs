//! How long requests waited for a connection over the last minute.

use domain::{Check, Evidence, PoolThresholds, Severity, SourceId, metric};

use super::acquire::{AcquireStats, acquire_between};
use super::streak::{self, Point};
use super::{AppPoolPoint, Detector, Layer, Layers};
use crate::words;

const WINDOW_SECONDS: f64 = 60.0;
/// A percentile of fewer says nothing.
const ENOUGH: f64 = 5.0;

pub(super) struct SlowAcquire<'a> {
    layer: Layer<'a, AppPoolPoint>,
    /// None where too little was acquired to be slow.
    stats: Option<AcquireStats>,
    seconds: f64,
    severity: Severity,
}

/// What was acquired over the unbroken last `seconds`, and how many seconds that were.
pub(super) fn recent(points: &[AppPoolPoint], seconds: f64) -> Option<(Option<AcquireStats>, f64)> {
    let run = streak::run(points, |point| point.pool.acquire.is_some());
    // One point more than the window, so that the steps cover it.
    let inside = streak::last_seconds(run, seconds);
    let first = run.get(run.len().saturating_sub(inside.len() + 1)).or(inside.first())?;
    let last = run.last()?;
    let elapsed = last.at().seconds_since(first.at());
    if elapsed <= 0.0 {
        return None;
    }
    let (previous, current) = (first.pool.acquire.as_ref()?, last.pool.acquire.as_ref()?);
    let stats = acquire_between(previous, current);
    // No difference is an answer; counters that cannot be compared are not.
    (stats.is_some() || previous.count == current.count).then_some((stats, elapsed))
}

impl<'a> Detector<'a> for SlowAcquire<'a> {
    const CHECK: Check = Check::PoolSlowAcquire;

    fn check(layers: &Layers<'a>, thresholds: &PoolThresholds) -> Option<Self> {
        let layer = layers.application?;
        let (stats, seconds) = recent(layer.points, WINDOW_SECONDS)?;
        let stats = stats.filter(|stats| stats.count >= ENOUGH);
        // While requests wait and none gets a connection, their waits are not in the histogram yet.
        if stats.is_none() && layer.last()?.pool.waiting > 0.0 {
            return None;
        }
        let severity = match stats {
            Some(stats) if stats.p95 >= thresholds.acquire_critical_seconds => Severity::Critical,
            Some(stats) if stats.p95 >= thresholds.acquire_warning_seconds => Severity::Warning,
            _ => Severity::Ok,
        };
        Some(SlowAcquire { layer, stats, seconds, severity })
    }

    fn source(&self) -> &SourceId {
        self.layer.source
    }

    fn severity(&self) -> Severity {
        self.severity
    }

    fn title(&self) -> String {
        match self.severity {
            Severity::Ok => format!("Connections are quick to get on {}", self.layer.name),
            _ => format!("Connections are slow to get on {}", self.layer.name),
        }
    }

    fn explain(&self) -> String {
        match self.stats {
            None => format!("fewer than {ENOUGH} connections taken in {}", words::duration(self.seconds)),
            Some(stats) => format!(
                "p95 {} over the last {}, {} of {} requests waited longer than 100 ms",
                words::duration(stats.p95),
                words::duration(self.seconds),
                words::percent(stats.share_over_100ms, 1.0),
                words::number(stats.count),
            ),
        }
    }

    fn evidence(&self) -> Vec<Evidence> {
        let Some(stats) = self.stats else { return Vec::new() };
        let window = format!("difference over {}", words::duration(self.seconds));
        let line = |label, value: String| self.layer.evidence(label, value, metric::POOL_ACQUIRE, &window);
        vec![
            line("p50", words::duration(stats.p50)),
            line("p95", words::duration(stats.p95)),
            line("p99", words::duration(stats.p99)),
            line("Mean", words::duration(stats.mean_seconds)),
            line("Connections taken", words::number(stats.count)),
        ]
    }

    fn remedy(&self) -> Option<String> {
        Some("Shorten the time that requests hold a connection, or see the size on Pools.".into())
    }
}

#[cfg(test)]
mod tests {
    use domain::Histogram;

    use super::*;
    use crate::pools::fixture::{Path, app, every_five, waiting};

    fn histogram(quick: f64, slow: f64, very_slow: f64) -> Histogram {
        let buckets = vec![
            (0.05, quick),
            (0.5, quick + slow),
            (2.0, quick + slow + very_slow),
            (f64::INFINITY, quick + slow + very_slow),
        ];
        Histogram {
            buckets,
            sum: quick * 0.01 + slow * 0.3 + very_slow * 1.5,
            count: quick + slow + very_slow,
        }
    }

    /// Ten acquisitions a second, of which these many of a hundred are slow or very slow.
    fn path(slow: f64, very_slow: f64, until: i64) -> Path {
        Path::new().application(every_five(until, |second| {
            let hundreds = second as f64 / 10.0;
            let mut point = app(second, 5, 10);
            point.pool.acquire =
                Some(histogram((100.0 - slow - very_slow) * hundreds, slow * hundreds, very_slow * hundreds));
            point
        }))
    }

    #[test]
    fn cases() {
        let cases = [
            (0.0, 0.0, Severity::Ok),
            (4.0, 0.0, Severity::Ok),
            (20.0, 0.0, Severity::Warning),
            (10.0, 20.0, Severity::Critical),
        ];
        for (slow, very_slow, expected) in cases {
            let severity = path(slow, very_slow, 60).severity(Check::PoolSlowAcquire);
            assert_eq!(severity, Some(expected), "{slow} and {very_slow} of 100");
        }
    }

    #[test]
    fn it_needs_two_points_with_a_histogram() {
        assert_eq!(path(20.0, 0.0, 0).severity(Check::PoolSlowAcquire), None);
        assert_eq!(
            Path::new().application(vec![app(0, 1, 10), app(5, 1, 10)]).severity(Check::PoolSlowAcquire),
            None
        );
    }

    #[test]
    fn what_was_slow_before_the_last_minute_is_over() {
        let mut path = path(50.0, 0.0, 300);
        let mut points = path.application.take().unwrap();
        let then = points.last().unwrap().pool.acquire.clone();
        for second in (305..=400).step_by(5) {
            let mut point = app(second, 1, 10);
            point.pool.acquire.clone_from(&then);
            points.push(point);
        }
        let verdict = path.application(points).verdict(Check::PoolSlowAcquire).unwrap();
        assert_eq!(verdict.severity, Severity::Ok);
        assert_eq!(verdict.detail, "fewer than 5 connections taken in 65 s");
    }

    #[test]
    fn a_pool_where_nobody_gets_through_gives_no_all_clear() {
        let points = every_five(60, |second| {
            let mut point = waiting(app(second, 10, 10), 7);
            point.pool.acquire = Some(histogram(100.0, 0.0, 0.0));
            point
        });
        assert_eq!(Path::new().application(points).severity(Check::PoolSlowAcquire), None);
    }
}

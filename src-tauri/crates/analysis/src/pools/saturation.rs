//! How full the application's pool is: active / max, never the total / max that instances report.

use domain::{AppPool, Check, Evidence, PoolThresholds, Severity, SourceId, metric};

use super::streak::{self, Point};
use super::{AppPoolPoint, Detector, Layer, Layers};
use crate::{share, words};

/// Reported and computed saturation differ much from here on.
const WORTH_MENTIONING: f64 = 0.10;

pub(super) struct Saturation<'a> {
    layer: Layer<'a, AppPoolPoint>,
    pool: &'a AppPool,
    max: f64,
    severity: Severity,
    /// How long it has been at this severity or above.
    seconds: f64,
    peak: f64,
}

/// `Ok`, `Warning` or `Critical` for `part` of `whole`.
pub(super) fn grade(part: f64, whole: f64, warning: f64, critical: f64) -> Severity {
    if share::reaches(part, whole, critical) {
        Severity::Critical
    } else if share::reaches(part, whole, warning) {
        Severity::Warning
    } else {
        Severity::Ok
    }
}

/// `None` without a known maximum.
pub(super) fn of_pool(pool: &AppPool, thresholds: &PoolThresholds) -> Option<Severity> {
    let max = pool.max.filter(|max| *max > 0.0)?;
    pool.active
        .is_finite()
        .then(|| grade(pool.active, max, thresholds.saturation_warning, thresholds.saturation_critical))
}

impl<'a> Detector<'a> for Saturation<'a> {
    const CHECK: Check = Check::PoolSaturation;

    fn check(layers: &Layers<'a>, thresholds: &PoolThresholds) -> Option<Self> {
        let layer = layers.application?;
        let pool = &layer.last()?.pool;
        let severity = of_pool(pool, thresholds)?;
        let run = streak::run(layer.points, |point| of_pool(&point.pool, thresholds) >= Some(severity));
        Some(Saturation {
            layer,
            pool,
            max: pool.max?,
            severity,
            seconds: streak::span_seconds(run),
            peak: layer.points.iter().map(|point| point.pool.active).fold(0.0, f64::max),
        })
    }

    fn source(&self) -> &SourceId {
        self.layer.source
    }

    fn severity(&self) -> Severity {
        self.severity
    }

    fn title(&self) -> String {
        match self.severity {
            Severity::Ok => format!("Pool has room on {}", self.layer.name),
            _ => format!("Pool near capacity on {}", self.layer.name),
        }
    }

    /// "94% for 6 min, 7 requests wait"
    fn explain(&self) -> String {
        let mut text = words::percent(self.pool.active, self.max);
        if self.severity > Severity::Ok && self.seconds > 0.0 {
            text.push_str(&format!(" for {}", words::duration(self.seconds)));
        }
        text.push_str(&format!(
            ", {} of {} active",
            words::number(self.pool.active),
            words::connections(self.max)
        ));
        if self.pool.waiting > 0.0 {
            text.push_str(&format!(", {}", words::requests_wait(self.pool.waiting)));
        }
        if let Some(reported) = self.pool.reported_saturation
            && (reported - self.pool.active / self.max).abs() > WORTH_MENTIONING
        {
            text.push_str(&format!(
                "; the instance itself reports {}, which is open connections / max",
                words::percent(reported, 1.0)
            ));
        }
        text
    }

    fn evidence(&self) -> Vec<Evidence> {
        let now = "last poll";
        let window = format!("last {}", words::duration(window_seconds(self.layer.points)));
        let number = words::number;
        let mut evidence = vec![
            self.layer.evidence("Active", number(self.pool.active), metric::POOL_ACTIVE, now),
            self.layer.evidence("Maximum", number(self.max), metric::POOL_MAX, now),
            self.layer.evidence("Active, highest", number(self.peak), metric::POOL_ACTIVE, &window),
        ];
        if let Some(reported) = self.pool.reported_saturation {
            let value = words::percent(reported, 1.0);
            evidence.push(self.layer.evidence(
                "Open / max, as reported",
                value,
                metric::POOL_REPORTED_SATURATION,
                now,
            ));
        }
        evidence
    }

    fn remedy(&self) -> Option<String> {
        Some(
            "Find what holds the connections before adding any: see the diagnosis and the size on Pools."
                .into(),
        )
    }
}

/// The time that the points cover.
pub(super) fn window_seconds<P: Point>(points: &[P]) -> f64 {
    streak::span_seconds(points)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pools::fixture::{Path, app, every_five, waiting};

    #[test]
    fn boundaries() {
        let cases = [
            (0, 10, Severity::Ok),
            (7, 10, Severity::Ok),
            (8, 10, Severity::Warning),
            (3, 4, Severity::Warning),
            (9, 10, Severity::Critical),
            (10, 10, Severity::Critical),
            (74, 100, Severity::Ok),
            (75, 100, Severity::Warning),
            (89, 100, Severity::Warning),
            (90, 100, Severity::Critical),
            (12, 10, Severity::Critical),
        ];
        for (active, max, expected) in cases {
            let path = Path::new().application(vec![app(0, active, max)]);
            assert_eq!(path.severity(Check::PoolSaturation), Some(expected), "{active} of {max}");
        }
    }

    #[test]
    fn without_a_maximum_there_is_no_verdict() {
        for max in [None, Some(0.0)] {
            let mut point = app(0, 10, 10);
            point.pool.max = max;
            assert_eq!(Path::new().application(vec![point]).severity(Check::PoolSaturation), None);
        }
    }

    #[test]
    fn an_absent_figure_is_not_zero() {
        let mut point = app(0, 0, 10);
        point.pool.active = f64::NAN;
        assert_eq!(Path::new().application(vec![point]).severity(Check::PoolSaturation), None);
    }

    #[test]
    fn the_sentence_has_share_time_and_queue() {
        let points = every_five(360, |second| waiting(app(second, 94, 100), 7));
        let verdict = Path::new().application(points).verdict(Check::PoolSaturation).unwrap();
        assert_eq!(verdict.title, "Pool near capacity on panel-eu-1");
        assert_eq!(verdict.detail, "94% for 6 min, 94 of 100 connections active, 7 requests wait");
        assert!(verdict.remedy.is_some());
    }

    #[test]
    fn the_reported_share_is_mentioned_where_it_misleads() {
        let verdict = Path::new().application(vec![app(0, 2, 10)]).verdict(Check::PoolSaturation).unwrap();
        assert_eq!(verdict.severity, Severity::Ok);
        assert!(
            verdict.detail.ends_with("the instance itself reports 100%, which is open connections / max")
        );
        assert_eq!(verdict.remedy, None);
    }
}

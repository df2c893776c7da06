//! Connection pools, judged over every layer that is watched: the application's pool, PgBouncer, PostgreSQL.
//!
//! One file for each check. Every check has the shape of [`Detector`]; `judge` runs them all, `diagnose` weighs what
//! they saw into one sentence. Time is the time of the points: nothing here reads a clock.

mod acquire;
mod backends;
mod diagnosis;
pub(crate) mod erlang;
mod leak;
mod pgbouncer;
mod saturation;
mod sentences;
mod sessions;
mod size;
mod slow_acquire;
mod streak;
mod waiting;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod recorded;

use domain::{
    AppPool, Backends, Check, Evidence, Pgbouncer, PoolThresholds, Severity, SourceId, Timestamp, Verdict,
};

pub use acquire::{AcquireStats, acquire_between};
pub use diagnosis::diagnose;
pub use sessions::held_longest;
pub use size::size_advice;

use streak::Point;

#[derive(Debug, Clone, PartialEq)]
pub struct AppPoolPoint {
    pub at: Timestamp,
    pub pool: AppPool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct PgbouncerPoint {
    pub at: Timestamp,
    pub pgbouncer: Pgbouncer,
}

#[derive(Debug, Clone, PartialEq)]
pub struct BackendsPoint {
    pub at: Timestamp,
    pub backends: Backends,
}

/// Recent points of one source, ascending in time: about a quarter of an hour.
#[derive(Debug)]
pub struct Layer<'a, P> {
    pub source: &'a SourceId,
    pub name: &'a str,
    pub points: &'a [P],
}

// Derived, these would ask the points themselves to be copied.
impl<P> Clone for Layer<'_, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Layer<'_, P> {}

impl<'a, P: Point> Layer<'a, P> {
    fn last(&self) -> Option<&'a P> {
        self.points.last()
    }

    /// "panel-eu-1, db_pool_connections_active, last poll"
    fn evidence(&self, label: &str, value: impl Into<String>, what: &str, window: &str) -> Evidence {
        Evidence {
            label: label.to_owned(),
            value: value.into(),
            origin: format!("{}, {what}, {window}", self.name),
        }
    }
}

/// One path from an application to its database. A layer that is not watched, or does not answer, is `None`.
#[derive(Debug, Clone, Copy)]
pub struct Layers<'a> {
    pub application: Option<Layer<'a, AppPoolPoint>>,
    pub pgbouncer: Option<Layer<'a, PgbouncerPoint>>,
    pub postgres: Option<Layer<'a, BackendsPoint>>,
    /// The `application_name` that the application's connections carry, where it is known.
    pub application_name: Option<&'a str>,
}

/// A layer whose newest point is older than this, beside a newer one of another layer, no longer tells the present.
const STALE_MILLIS: i64 = 30_000;

impl<'a> Layers<'a> {
    /// Leaves out the layers that have fallen silent while others went on.
    fn fresh(&self) -> Layers<'a> {
        let newest = [
            self.application.and_then(|layer| layer.last().map(Point::at)),
            self.pgbouncer.and_then(|layer| layer.last().map(Point::at)),
            self.postgres.and_then(|layer| layer.last().map(Point::at)),
        ]
        .into_iter()
        .flatten()
        .max();
        Layers {
            application: self.application.filter(|layer| is_fresh(layer.points, newest)),
            pgbouncer: self.pgbouncer.filter(|layer| is_fresh(layer.points, newest)),
            postgres: self.postgres.filter(|layer| is_fresh(layer.points, newest)),
            application_name: self.application_name,
        }
    }
}

fn is_fresh<P: Point>(points: &[P], newest: Option<Timestamp>) -> bool {
    let (Some(last), Some(newest)) = (points.last(), newest) else { return false };
    newest.millis_since(last.at()) <= streak::longest_gap(points).unwrap_or(0).max(STALE_MILLIS)
}

/// The shape of every check: look for its case, then explain it.
trait Detector<'a>: Sized {
    const CHECK: Check;

    /// `None` where the data that the check needs is absent.
    fn check(layers: &Layers<'a>, thresholds: &PoolThresholds) -> Option<Self>;

    fn source(&self) -> &SourceId;

    fn severity(&self) -> Severity;

    fn title(&self) -> String;

    /// The case in one line, numbers with units.
    fn explain(&self) -> String;

    fn evidence(&self) -> Vec<Evidence>;

    /// What to do next; asked for only when something is wrong.
    fn remedy(&self) -> Option<String>;
}

fn verdict<'a, D: Detector<'a>>(layers: &Layers<'a>, thresholds: &PoolThresholds) -> Option<Verdict> {
    let case = D::check(layers, thresholds)?;
    let severity = case.severity();
    Some(Verdict {
        check: D::CHECK,
        source: case.source().clone(),
        severity,
        title: case.title(),
        detail: case.explain(),
        evidence: case.evidence(),
        remedy: if severity == Severity::Ok { None } else { case.remedy() },
    })
}

/// One verdict for each check whose data is there, `Severity::Ok` where nothing is wrong.
pub fn judge(layers: &Layers, thresholds: &PoolThresholds) -> Vec<Verdict> {
    let layers = layers.fresh();
    [
        verdict::<saturation::Saturation>(&layers, thresholds),
        verdict::<leak::Leak>(&layers, thresholds),
        verdict::<waiting::ClientsWaiting>(&layers, thresholds),
        verdict::<slow_acquire::SlowAcquire>(&layers, thresholds),
        verdict::<pgbouncer::ClientsWaiting>(&layers, thresholds),
        verdict::<pgbouncer::ServersExhausted>(&layers, thresholds),
        verdict::<backends::NearLimit>(&layers, thresholds),
        verdict::<backends::IdleInTransaction>(&layers, thresholds),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// All cases in one line: "1 critical, 2 warnings in 8 checks".
pub fn summarise(verdicts: &[Verdict]) -> String {
    let of = |severity| verdicts.iter().filter(|verdict| verdict.severity == severity).count();
    let checks = crate::words::count(verdicts.len() as f64, "check", "checks");
    match (of(Severity::Critical), of(Severity::Warning)) {
        (0, 0) => format!("Nothing wrong in {checks}"),
        (critical, 0) => format!("{critical} critical in {checks}"),
        (0, warnings) => {
            format!("{} in {checks}", crate::words::count(warnings as f64, "warning", "warnings"))
        }
        (critical, warnings) => format!(
            "{critical} critical, {} in {checks}",
            crate::words::count(warnings as f64, "warning", "warnings")
        ),
    }
}

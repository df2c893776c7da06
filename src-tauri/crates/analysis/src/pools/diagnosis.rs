//! Which layer queues, and why: what all layers say together, decided by one table.

use domain::{
    BackendSession, Evidence, Layer as Where, PoolDiagnosis, PoolThresholds, Severity, Timestamp, metric,
};

use super::leak::{self, Kind, Leak};
use super::sessions::{held, is_in_transaction};
use super::streak::{self, Point};
use super::{AppPoolPoint, BackendsPoint, Layers, PgbouncerPoint, backends, pgbouncer, saturation};
use crate::words;

/// What each layer says, reduced to what decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) app_waits: bool,
    /// active / max at the critical threshold or above.
    pub(super) app_full: bool,
    pub(super) leak: Kind,
    pub(super) bouncer_queues: bool,
    /// Backends at the critical threshold or above.
    pub(super) postgres_full: bool,
    pub(super) locks: bool,
    /// A transaction idle for as long as the threshold or longer.
    pub(super) left_open: bool,
    /// One of these transactions is the application's own.
    pub(super) left_open_here: bool,
}

impl Facts {
    fn queues_above(&self) -> bool {
        self.app_waits || self.bouncer_queues
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    Leak,
    PostgresFull,
    LeftOpen,
    Locks,
    PartialLeak,
    BouncerQueues,
    LeakSuspected,
    AppQueues,
    AppNearlyFull,
    LeftOpenQuiet,
    LocksQuiet,
    PostgresNearlyFull,
    Calm,
}

type Rule = (Cause, fn(&Facts) -> bool);

/// From the first that holds. What is proven comes before what is likely, a cause before its effects: PostgreSQL's
/// limits, open transactions and locks fill PgBouncer, and a queue in PgBouncer fills the pool in front of it.
const RULES: [Rule; 13] = [
    (Cause::Leak, |facts| facts.leak == Kind::Proven),
    (Cause::PostgresFull, |facts| facts.postgres_full && facts.queues_above()),
    (Cause::LeftOpen, |facts| {
        let fills_the_pool = facts.left_open_here && facts.queues_above();
        facts.left_open && (facts.locks || fills_the_pool || facts.leak == Kind::LeftOpen)
    }),
    (Cause::Locks, |facts| facts.locks && facts.queues_above()),
    (Cause::PartialLeak, |facts| facts.leak == Kind::Partial),
    (Cause::BouncerQueues, |facts| facts.bouncer_queues),
    (Cause::LeakSuspected, |facts| facts.leak == Kind::Suspected),
    (Cause::AppQueues, |facts| facts.app_waits),
    (Cause::AppNearlyFull, |facts| facts.app_full),
    (Cause::LeftOpenQuiet, |facts| facts.left_open),
    (Cause::LocksQuiet, |facts| facts.locks),
    (Cause::PostgresNearlyFull, |facts| facts.postgres_full),
    (Cause::Calm, |_| true),
];

pub(super) fn decide(facts: &Facts) -> Cause {
    RULES.iter().find(|(_, holds)| holds(facts)).map_or(Cause::Calm, |(cause, _)| *cause)
}

/// A cause with everything that its sentence needs.
pub(super) struct Case<'a> {
    pub(super) layers: Layers<'a>,
    pub(super) leak: Option<Leak<'a>>,
    pub(super) facts: Facts,
    pub(super) cause: Cause,
    /// Transactions idle for as long as the threshold or longer, the longest first.
    pub(super) open: Vec<&'a BackendSession>,
}

/// One sentence over all layers that are there; `None` where there is not one point of any.
pub fn diagnose(layers: &Layers, thresholds: &PoolThresholds) -> Option<PoolDiagnosis> {
    let case = Case::find(layers.fresh(), thresholds)?;
    Some(PoolDiagnosis {
        severity: case.severity(),
        headline: case.headline(),
        sentence: case.sentence(),
        queuing: case.queuing(),
        evidence: case.evidence(),
        since: case.since(thresholds),
        remedy: case.remedy(),
        held_idle: case.leak.iter().flat_map(|leak| &leak.sessions).map(|session| held(session)).collect(),
    })
}

fn app_waits(point: &AppPoolPoint) -> bool {
    point.pool.waiting > 0.0
}

fn bouncer_queues(point: &PgbouncerPoint) -> bool {
    pgbouncer::waiting(point) > 0.0
}

fn locks(point: &BackendsPoint) -> bool {
    point.backends.waiting_for_lock > 0.0
}

fn longest_open(point: &BackendsPoint) -> f64 {
    point.backends.longest_idle_in_transaction_seconds.unwrap_or(0.0)
}

impl<'a> Case<'a> {
    pub(super) fn find(layers: Layers<'a>, thresholds: &PoolThresholds) -> Option<Case<'a>> {
        if layers.application.is_none() && layers.pgbouncer.is_none() && layers.postgres.is_none() {
            return None;
        }
        let leak = leak::assess(&layers, thresholds);
        let threshold = thresholds.idle_in_transaction_seconds;
        let app_full =
            |point: &AppPoolPoint| saturation::of_pool(&point.pool, thresholds) == Some(Severity::Critical);
        let postgres_full = |point: &BackendsPoint| {
            backends::fullness(&point.backends, thresholds) == Some(Severity::Critical)
        };
        let application = layers.application.map(|layer| layer.points).unwrap_or_default();
        let bouncer = layers.pgbouncer.map(|layer| layer.points).unwrap_or_default();
        let postgres = layers.postgres.map(|layer| layer.points).unwrap_or_default();
        let facts = Facts {
            app_waits: streak::sustained(application, app_waits),
            app_full: streak::sustained(application, app_full),
            leak: leak.as_ref().map_or(Kind::None, |leak| leak.kind),
            bouncer_queues: streak::sustained(bouncer, bouncer_queues),
            postgres_full: streak::sustained(postgres, postgres_full),
            locks: streak::sustained(postgres, locks),
            left_open: postgres.last().is_some_and(|point| longest_open(point) >= threshold),
            left_open_here: leak
                .as_ref()
                .and_then(|leak| leak.own.as_ref())
                .is_some_and(|own| !own.left_open(threshold).is_empty()),
        };
        let open = postgres.last().map(|point| open_sessions(point, threshold)).unwrap_or_default();
        Some(Case { layers, leak, facts, cause: decide(&facts), open })
    }

    fn severity(&self) -> Severity {
        match self.cause {
            Cause::Leak | Cause::PostgresFull | Cause::LeftOpen | Cause::LeakSuspected => Severity::Critical,
            Cause::PartialLeak | Cause::AppQueues if self.facts.app_waits && self.facts.app_full => {
                Severity::Critical
            }
            Cause::Calm => Severity::Ok,
            _ => Severity::Warning,
        }
    }

    fn queuing(&self) -> Option<Where> {
        match self.cause {
            Cause::Leak | Cause::PartialLeak | Cause::LeakSuspected => {
                self.facts.app_waits.then_some(Where::Application)
            }
            Cause::AppQueues => Some(Where::Application),
            Cause::BouncerQueues => Some(Where::Pgbouncer),
            Cause::PostgresFull | Cause::Locks | Cause::LocksQuiet => Some(Where::Postgres),
            Cause::LeftOpen if self.facts.locks => Some(Where::Postgres),
            Cause::LeftOpen if self.facts.bouncer_queues => Some(Where::Pgbouncer),
            Cause::LeftOpen => self.facts.app_waits.then_some(Where::Application),
            Cause::AppNearlyFull | Cause::LeftOpenQuiet | Cause::PostgresNearlyFull | Cause::Calm => None,
        }
    }

    /// The first point of the condition, as far back as the points reach.
    fn since(&self, thresholds: &PoolThresholds) -> Option<Timestamp> {
        let application = self.layers.application.map(|layer| layer.points).unwrap_or_default();
        let bouncer = self.layers.pgbouncer.map(|layer| layer.points).unwrap_or_default();
        let postgres = self.layers.postgres.map(|layer| layer.points).unwrap_or_default();
        let critical = Some(Severity::Critical);
        match self.cause {
            Cause::Leak | Cause::PartialLeak | Cause::LeakSuspected => self.leak.as_ref()?.since,
            Cause::PostgresFull | Cause::PostgresNearlyFull => {
                first(postgres, |point| backends::fullness(&point.backends, thresholds) == critical)
            }
            Cause::LeftOpen | Cause::LeftOpenQuiet => {
                let point = postgres.last()?;
                Some(point.at.plus_millis(-(longest_open(point) * 1_000.0) as i64))
            }
            Cause::Locks | Cause::LocksQuiet => first(postgres, locks),
            Cause::BouncerQueues => first(bouncer, bouncer_queues),
            Cause::AppQueues => first(application, app_waits),
            Cause::AppNearlyFull => {
                first(application, |point| saturation::of_pool(&point.pool, thresholds) == critical)
            }
            Cause::Calm => first(application, |point| !app_waits(point))
                .or_else(|| first(bouncer, |point| !bouncer_queues(point)))
                .or_else(|| first(postgres, |point| !locks(point))),
        }
    }

    fn evidence(&self) -> Vec<Evidence> {
        let mut evidence = self.application_evidence();
        evidence.extend(self.pgbouncer_evidence());
        evidence.extend(self.postgres_evidence());
        evidence
    }

    fn application_evidence(&self) -> Vec<Evidence> {
        let Some((layer, point)) = self.layers.application.and_then(|layer| Some((layer, layer.last()?)))
        else {
            return Vec::new();
        };
        let (now, number) = ("last poll", words::number);
        let mut evidence = vec![
            layer.evidence("Active in the pool", number(point.pool.active), metric::POOL_ACTIVE, now),
            layer.evidence("Idle in the pool", number(point.pool.idle), metric::POOL_IDLE, now),
            layer.evidence("Requests waiting", number(point.pool.waiting), metric::POOL_WAITING, now),
        ];
        if let Some(max) = point.pool.max {
            evidence.push(layer.evidence("Maximum", number(max), metric::POOL_MAX, now));
        }
        if let Some(leak) = self.leak.as_ref().filter(|leak| leak.all_active_seconds > 0.0) {
            let seconds = words::duration(leak.all_active_seconds);
            evidence.push(layer.evidence(
                "All active, none idle",
                seconds,
                metric::POOL_IDLE,
                "consecutive polls",
            ));
        }
        evidence
    }

    fn pgbouncer_evidence(&self) -> Vec<Evidence> {
        let Some((layer, point)) = self.layers.pgbouncer.and_then(|layer| Some((layer, layer.last()?)))
        else {
            return Vec::new();
        };
        let (now, number) = ("last poll", words::number);
        let busy =
            point.pgbouncer.pools.iter().map(|pool| pool.sv_active).fold(0.0, |sum, active| sum + active);
        vec![
            layer.evidence(
                "Clients waiting",
                number(pgbouncer::waiting(point)),
                "SHOW POOLS, cl_waiting",
                now,
            ),
            layer.evidence(
                "Longest wait",
                words::duration(pgbouncer::maxwait(point)),
                "SHOW POOLS, maxwait",
                now,
            ),
            layer.evidence("Server connections in use", number(busy), "SHOW POOLS, sv_active", now),
        ]
    }

    fn postgres_evidence(&self) -> Vec<Evidence> {
        let Some((layer, point)) = self.layers.postgres.and_then(|layer| Some((layer, layer.last()?))) else {
            return Vec::new();
        };
        let (view, now, number) = ("pg_stat_activity", "last poll", words::number);
        let used =
            format!("{} of {}", number(point.backends.total()), number(backends::limit(&point.backends)));
        let mut evidence = vec![layer.evidence("Connections in use", used, view, now)];
        if let Some(own) = self.leak.as_ref().and_then(|leak| leak.own.as_ref()) {
            evidence.push(layer.evidence("Of the application", number(own.total), view, now));
            evidence.push(layer.evidence("Of these idle", number(own.idle), view, now));
        }
        if point.backends.states_visible {
            let waits = number(point.backends.waiting_for_lock);
            evidence.push(layer.evidence("Waiting for a lock", waits, view, now));
            let longest = words::duration(longest_open(point));
            evidence.push(layer.evidence("Longest idle in transaction", longest, view, now));
        }
        evidence
    }
}

fn first<P: Point>(points: &[P], holds: impl Fn(&P) -> bool) -> Option<Timestamp> {
    streak::run(points, holds).first().map(Point::at)
}

fn open_sessions(point: &BackendsPoint, threshold: f64) -> Vec<&BackendSession> {
    let mut open: Vec<&BackendSession> = point
        .backends
        .sessions
        .iter()
        .filter(|session| is_in_transaction(session.state))
        .filter(|session| session.state_seconds.is_some_and(|idle| idle >= threshold))
        .collect();
    open.sort_by(|a, b| b.state_seconds.unwrap_or(0.0).total_cmp(&a.state_seconds.unwrap_or(0.0)));
    open
}

#[cfg(test)]
#[path = "diagnosis_tests.rs"]
mod tests;

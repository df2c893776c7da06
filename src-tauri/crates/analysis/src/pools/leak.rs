//! Connections that are taken and not returned.
//!
//! The pool alone can only suspect: all connections active and none idle for long is a leak or plain overload.
//! PostgreSQL tells them apart: a connection that the pool calls active and PostgreSQL has called idle for as long is
//! held by code that does nothing with it. Counting proves it (a pigeonhole): of the sessions idle for T, the pool can
//! account for no more than the fewest it called idle during T; the others it called active all the while.

use domain::{
    BackendSession, BackendState, Check, Evidence, PoolThresholds, Severity, SourceId, Timestamp, metric,
};

use super::sessions::{Own, OwnBackends, commonest_route, held_seconds};
use super::streak::{self, Point};
use super::{AppPoolPoint, BackendsPoint, Detector, Layer, Layers, pgbouncer, slow_acquire};
use crate::words;

/// Pools publish their gauges every few seconds: what they said right at the start of an idle time may be older.
const GAUGE_LAG_SECONDS: f64 = 10.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    None,
    /// All active for long, and PostgreSQL works for them.
    Overload,
    /// All active for long, some of them in transactions that nobody ends.
    LeftOpen,
    /// All active for long, and no view into PostgreSQL to tell why.
    Suspected,
    /// Some connections held but idle while the others still serve.
    Partial,
    /// All active for long, some of them idle in PostgreSQL.
    Proven,
}

impl Kind {
    pub(super) fn is_leak(self) -> bool {
        matches!(self, Kind::Suspected | Kind::Partial | Kind::Proven)
    }
}

pub(super) struct Leak<'a> {
    pub(super) layer: Layer<'a, AppPoolPoint>,
    pub(super) kind: Kind,
    /// For how long all connections have been active and none idle.
    pub(super) all_active_seconds: f64,
    /// First point of the condition.
    pub(super) since: Option<Timestamp>,
    pub(super) active: f64,
    /// Connections active in the pool and idle in PostgreSQL.
    pub(super) held: f64,
    /// The sessions that prove it, at most `held`, longest first.
    pub(super) sessions: Vec<&'a BackendSession>,
    pub(super) own: Option<OwnBackends<'a>>,
    pub(super) postgres: Option<Layer<'a, BackendsPoint>>,
}

pub(super) fn all_active(point: &AppPoolPoint) -> bool {
    let pool = &point.pool;
    pool.active > 0.0
        && pool.idle <= 0.0
        && pool.active >= pool.total
        && pool.max.is_none_or(|max| pool.active >= max)
}

pub(super) fn assess<'a>(layers: &Layers<'a>, thresholds: &PoolThresholds) -> Option<Leak<'a>> {
    let layer = layers.application?;
    let pool = &layer.last()?.pool;
    if !pool.active.is_finite() || !pool.idle.is_finite() {
        return None;
    }
    let run = streak::run(layer.points, all_active);
    let all_active_seconds = streak::span_seconds(run);
    let full = all_active_seconds > thresholds.leak_seconds;
    let own = Own::find(layers);
    let seen = own
        .zip(layers.postgres.and_then(|postgres| postgres.last()))
        .and_then(|(own, point)| own.count(&point.backends));
    let (held, sessions) = match (own, &seen) {
        (Some(own), Some(seen)) => held_idle(layers, layer, own, seen, thresholds, full),
        _ => (0.0, Vec::new()),
    };
    let kind = kind(full, held, seen.as_ref(), thresholds);
    let since = match kind {
        Kind::None => None,
        Kind::Partial => first_held(layers, &sessions).or(run.first().map(Point::at)),
        _ => run.first().map(Point::at),
    };
    Some(Leak {
        layer,
        kind,
        all_active_seconds,
        since,
        active: pool.active,
        held,
        sessions,
        own: seen,
        postgres: layers.postgres,
    })
}

fn kind(full: bool, held: f64, seen: Option<&OwnBackends>, thresholds: &PoolThresholds) -> Kind {
    match (full, held >= 1.0, seen) {
        (true, true, _) => Kind::Proven,
        (false, true, _) => Kind::Partial,
        (false, false, _) => Kind::None,
        (true, false, Some(seen)) if seen.unknown == 0.0 => {
            let open_long = thresholds.idle_in_transaction_seconds.min(thresholds.leak_seconds);
            if seen.left_open(open_long).is_empty() { Kind::Overload } else { Kind::LeftOpen }
        }
        (true, false, _) => Kind::Suspected,
    }
}

fn first_held(layers: &Layers, sessions: &[&BackendSession]) -> Option<Timestamp> {
    let at = layers.postgres?.last()?.at;
    let longest = sessions.iter().map(|session| held_seconds(session)).fold(0.0, f64::max);
    Some(at.plus_millis(-(longest * 1_000.0) as i64))
}

/// How many connections are held but idle, and the sessions that show it.
fn held_idle<'a>(
    layers: &Layers<'a>,
    layer: Layer<'a, AppPoolPoint>,
    own: Own<'a>,
    seen: &OwnBackends<'a>,
    thresholds: &PoolThresholds,
    full: bool,
) -> (f64, Vec<&'a BackendSession>) {
    let gap = smallest_gap(layers, layer, own, thresholds.leak_seconds).unwrap_or(0.0);
    if gap < 1.0 {
        return (0.0, Vec::new());
    }
    let mut idle = seen.idle_longer_than(thresholds.leak_seconds);
    let shared = shares_servers(layers);
    let held = if full && shared && seen.non_idle() == 0.0 {
        // PgBouncer has taken the servers back: nobody works, though the pool calls all active.
        gap
    } else if shared {
        // A bouncer's idle servers are nobody's in particular: they count only while all of the pool is taken.
        if full { gap.min(idle.len() as f64) } else { 0.0 }
    } else {
        gap.min(never_in_the_pool(layers, layer, &idle))
    };
    idle.truncate(held as usize);
    (held, idle)
}

/// active in the pool - not idle in PostgreSQL, the least of the last `seconds`: a difference between two queries of
/// one request is soon over.
fn smallest_gap(layers: &Layers, layer: Layer<AppPoolPoint>, own: Own, seconds: f64) -> Option<f64> {
    let points = streak::last_seconds(streak::run(layers.postgres?.points, |_| true), seconds);
    let gaps: Option<Vec<f64>> = points
        .iter()
        .map(|point| Some(active_near(layer.points, point.at)? - own.count(&point.backends)?.non_idle()))
        .collect();
    gaps?.into_iter().reduce(f64::min)
}

/// What the pool reported closest to that moment.
fn active_near(points: &[AppPoolPoint], at: Timestamp) -> Option<f64> {
    let nearest = points.iter().min_by_key(|point| point.at.millis_since(at).saturating_abs())?;
    Some(nearest.pool.active)
}

/// True where PgBouncer hands one server connection to many clients in turn, or may.
fn shares_servers(layers: &Layers) -> bool {
    let Some(point) = layers.pgbouncer.and_then(|layer| layer.last()) else { return false };
    let mut pools = pgbouncer::pools(&point.pgbouncer).peekable();
    pools.peek().is_none() || pools.any(|pool| pool.mode.as_deref() != Some("session"))
}

/// The most of the `idle` sessions (longest first) that cannot have lain idle in the pool.
fn never_in_the_pool(layers: &Layers, layer: Layer<AppPoolPoint>, idle: &[&BackendSession]) -> f64 {
    let Some(now) = layers.postgres.and_then(|layer| layer.last()).map(Point::at) else { return 0.0 };
    let points = streak::run(layer.points, |_| true);
    let mut most = 0.0_f64;
    for (rank, session) in idle.iter().enumerate() {
        let seconds = held_seconds(session);
        let lag = GAUGE_LAG_SECONDS.min(seconds / 3.0);
        let meanwhile = points.iter().filter(|point| {
            let ago = now.seconds_since(point.at);
            (0.0..=seconds - lag).contains(&ago)
        });
        if let Some(in_pool) = meanwhile.map(|point| point.pool.idle).reduce(f64::min) {
            most = most.max((rank + 1) as f64 - in_pool);
        }
    }
    most
}

impl<'a> Leak<'a> {
    pub(super) fn route(&self) -> Option<(&'a str, usize)> {
        commonest_route(&self.sessions)
    }

    /// Connections taken per second while all were active: where there are some, not all of the pool is stuck.
    pub(super) fn taken_per_second(&self) -> Option<f64> {
        let (stats, seconds) =
            slow_acquire::recent(streak::run(self.layer.points, all_active), self.all_active_seconds)?;
        stats?.per_second(seconds)
    }

    fn longest_held(&self) -> f64 {
        self.sessions.iter().map(|session| held_seconds(session)).fold(0.0, f64::max)
    }

    fn all_active(&self) -> String {
        let all = words::all_connections(self.active).to_lowercase();
        format!("{all} active for {}, none idle", words::duration(self.all_active_seconds))
    }
}

impl<'a> Detector<'a> for Leak<'a> {
    const CHECK: Check = Check::PoolLeak;

    fn check(layers: &Layers<'a>, thresholds: &PoolThresholds) -> Option<Self> {
        assess(layers, thresholds)
    }

    fn source(&self) -> &SourceId {
        self.layer.source
    }

    fn severity(&self) -> Severity {
        match self.kind {
            Kind::Suspected | Kind::Proven => Severity::Critical,
            Kind::Partial => Severity::Warning,
            Kind::None | Kind::Overload | Kind::LeftOpen => Severity::Ok,
        }
    }

    fn title(&self) -> String {
        let name = self.layer.name;
        match self.kind {
            Kind::Suspected => format!("Connection leak suspected on {name}"),
            Kind::Proven => format!("Connection leak on {name}"),
            Kind::Partial => format!("{} held but idle on {name}", words::connections(self.held)),
            Kind::None | Kind::Overload | Kind::LeftOpen => format!("No connection leak on {name}"),
        }
    }

    fn explain(&self) -> String {
        let likely = self.route().map(|(route, _)| format!(", most likely in `{route}`")).unwrap_or_default();
        match self.kind {
            Kind::None => format!("{} active, returned as they should be", words::connections(self.active)),
            Kind::Suspected => match self.taken_per_second() {
                Some(rate) => format!(
                    "{}, though {} a second were taken meanwhile",
                    self.all_active(),
                    words::figure(rate)
                ),
                None => self.all_active(),
            },
            Kind::Proven => format!(
                "{}; PostgreSQL calls {} of them idle{likely}",
                self.all_active(),
                words::number(self.held)
            ),
            Kind::Partial => format!(
                "the pool calls them active, PostgreSQL has called them idle for up to {}{likely}",
                words::duration(self.longest_held())
            ),
            Kind::Overload => format!(
                "{}, and PostgreSQL works for {}: overload, not a leak",
                self.all_active(),
                words::number(self.own.as_ref().map_or(0.0, |own| own.working))
            ),
            Kind::LeftOpen => format!("{}: held by transactions left open, not leaked", self.all_active()),
        }
    }

    fn evidence(&self) -> Vec<Evidence> {
        let now = "last poll";
        let mut evidence = vec![
            self.layer.evidence("Active in the pool", words::number(self.active), metric::POOL_ACTIVE, now),
            self.layer.evidence(
                "All active, none idle",
                words::duration(self.all_active_seconds),
                metric::POOL_IDLE,
                "consecutive polls",
            ),
        ];
        if let (Some(own), Some(postgres)) = (&self.own, self.postgres) {
            let view = "pg_stat_activity";
            let number = words::number;
            evidence.push(postgres.evidence("Not idle in PostgreSQL", number(own.non_idle()), view, now));
            evidence.push(postgres.evidence("Idle in PostgreSQL", number(own.idle), view, now));
            evidence.push(postgres.evidence("Active in the pool, idle here", number(self.held), view, now));
            evidence.extend(self.sessions.iter().take(10).map(|session| {
                let label = format!("pid {}", session.pid);
                let idle =
                    format!("{} for {}", BackendState::Idle.label(), words::duration(held_seconds(session)));
                postgres.evidence(&label, idle, view, now)
            }));
        }
        evidence
    }

    fn remedy(&self) -> Option<String> {
        Some(match (self.route(), self.kind) {
            (Some((route, _)), _) => {
                format!("Look in `{route}` for a connection that is taken and not released on every path.")
            }
            (None, Kind::Suspected) => {
                "Add the PostgreSQL behind this pool as a source: it tells a leak from overload.".into()
            }
            (None, _) => {
                "Look for a connection that is taken and not released on every path, errors included.".into()
            }
        })
    }
}

#[cfg(test)]
#[path = "leak_tests.rs"]
mod tests;

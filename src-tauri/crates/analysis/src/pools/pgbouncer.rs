//! PgBouncer's two troubles: clients that wait, and pools whose server connections are all taken.

use domain::{Check, Evidence, Pgbouncer, PgbouncerPool, PoolThresholds, Severity, SourceId, metric};

use super::streak;
use super::{Detector, Layer, Layers, PgbouncerPoint};
use crate::words;

/// The oldest waiting client, in seconds.
const MAXWAIT_WARNING: f64 = 1.0;
const MAXWAIT_CRITICAL: f64 = 10.0;
/// Clients are thrown out at `query_wait_timeout`: half way there is late.
const OF_THE_TIMEOUT: f64 = 0.5;

/// PgBouncer's own console shows up as a pool of this database.
const CONSOLE: &str = "pgbouncer";

/// The pools that lead to PostgreSQL.
pub(super) fn pools(pgbouncer: &Pgbouncer) -> impl Iterator<Item = &PgbouncerPool> {
    pgbouncer.pools.iter().filter(|pool| pool.database != CONSOLE)
}

pub(super) fn waiting(point: &PgbouncerPoint) -> f64 {
    pools(&point.pgbouncer).map(|pool| pool.cl_waiting).fold(0.0, |sum, waiting| sum + waiting)
}

pub(super) fn maxwait(point: &PgbouncerPoint) -> f64 {
    pools(&point.pgbouncer).map(|pool| pool.maxwait_seconds).fold(0.0, f64::max)
}

/// Every allowed server connection works for a client, or is being opened for one.
pub(super) fn is_exhausted(pool: &PgbouncerPool) -> bool {
    pool.pool_size.is_some_and(|size| size > 0.0 && pool.sv_active + pool.sv_login >= size)
}

fn name(pool: &PgbouncerPool) -> String {
    format!("{}/{}", pool.database, pool.user)
}

pub(super) struct ClientsWaiting<'a> {
    layer: Layer<'a, PgbouncerPoint>,
    waiting: f64,
    maxwait: f64,
    critical_from: f64,
    seconds: f64,
    worst: Option<&'a PgbouncerPool>,
}

impl<'a> Detector<'a> for ClientsWaiting<'a> {
    const CHECK: Check = Check::PgbouncerClientsWaiting;

    fn check(layers: &Layers<'a>, _: &PoolThresholds) -> Option<Self> {
        let layer = layers.pgbouncer?;
        let point = layer.last()?;
        let timeout = point.pgbouncer.query_wait_timeout_seconds.filter(|timeout| *timeout > 0.0);
        let run = streak::run(layer.points, |point| waiting(point) > 0.0);
        Some(ClientsWaiting {
            layer,
            waiting: waiting(point),
            maxwait: maxwait(point),
            critical_from: timeout
                .map_or(MAXWAIT_CRITICAL, |timeout| MAXWAIT_CRITICAL.min(timeout * OF_THE_TIMEOUT)),
            seconds: streak::span_seconds(run),
            worst: pools(&point.pgbouncer).max_by(|a, b| a.cl_waiting.total_cmp(&b.cl_waiting)),
        })
    }

    fn source(&self) -> &SourceId {
        self.layer.source
    }

    fn severity(&self) -> Severity {
        if self.maxwait >= self.critical_from {
            Severity::Critical
        } else if self.waiting > 0.0 || self.maxwait >= MAXWAIT_WARNING {
            Severity::Warning
        } else {
            Severity::Ok
        }
    }

    fn title(&self) -> String {
        match self.severity() {
            Severity::Ok => format!("Nobody waits in {}", self.layer.name),
            _ => format!("Clients wait in {}", self.layer.name),
        }
    }

    fn explain(&self) -> String {
        let mut text = format!(
            "{} waiting, the oldest for {}",
            words::count(self.waiting, "client", "clients"),
            words::duration(self.maxwait)
        );
        if let Some(pool) = self.worst.filter(|pool| pool.cl_waiting > 0.0) {
            text.push_str(&format!(", most in `{}`", name(pool)));
        }
        if self.seconds > 0.0 {
            text.push_str(&format!(", a queue for {}", words::duration(self.seconds)));
        }
        text
    }

    fn evidence(&self) -> Vec<Evidence> {
        let (view, now) = ("SHOW POOLS", "last poll");
        vec![
            self.layer.evidence("Clients waiting", words::number(self.waiting), view, now),
            self.layer.evidence("Longest wait", words::duration(self.maxwait), view, now),
            self.layer.evidence("Critical from", words::duration(self.critical_from), "SHOW CONFIG", now),
        ]
    }

    fn remedy(&self) -> Option<String> {
        Some("See on Pools whether its server connections are all at work; then shorten the work or raise pool_size.".into())
    }
}

pub(super) struct ServersExhausted<'a> {
    layer: Layer<'a, PgbouncerPoint>,
    /// The pool with the longest queue among the exhausted.
    worst: Option<&'a PgbouncerPool>,
    seconds: f64,
}

impl<'a> Detector<'a> for ServersExhausted<'a> {
    const CHECK: Check = Check::PgbouncerServersExhausted;

    fn check(layers: &Layers<'a>, _: &PoolThresholds) -> Option<Self> {
        let layer = layers.pgbouncer?;
        let pgbouncer = &layer.last()?.pgbouncer;
        pools(pgbouncer).find(|pool| pool.pool_size.is_some())?;
        let exhausted = pools(pgbouncer).filter(|pool| is_exhausted(pool));
        let run = streak::run(layer.points, |point| pools(&point.pgbouncer).any(is_exhausted));
        Some(ServersExhausted {
            layer,
            worst: exhausted.max_by(|a, b| a.cl_waiting.total_cmp(&b.cl_waiting)),
            seconds: streak::span_seconds(run),
        })
    }

    fn source(&self) -> &SourceId {
        self.layer.source
    }

    fn severity(&self) -> Severity {
        match self.worst {
            Some(pool) if pool.cl_waiting > 0.0 => Severity::Critical,
            Some(_) => Severity::Warning,
            None => Severity::Ok,
        }
    }

    fn title(&self) -> String {
        match self.worst {
            Some(_) => format!("All server connections taken in {}", self.layer.name),
            None => format!("Server connections to spare in {}", self.layer.name),
        }
    }

    fn explain(&self) -> String {
        let Some(pool) = self.worst else { return "every pool is below its pool_size".to_owned() };
        let size = pool.pool_size.unwrap_or(0.0);
        let mut text =
            format!("`{}`: {} of {} in use", name(pool), words::number(pool.sv_active), words::number(size));
        if self.seconds > 0.0 {
            text.push_str(&format!(" for {}", words::duration(self.seconds)));
        }
        text.push_str(&format!(", {} waiting", words::count(pool.cl_waiting, "client", "clients")));
        text
    }

    fn evidence(&self) -> Vec<Evidence> {
        let Some(pool) = self.worst else { return Vec::new() };
        let now = "last poll";
        let size = words::number(pool.pool_size.unwrap_or(0.0));
        vec![
            self.layer.evidence(
                "Server connections in use",
                words::number(pool.sv_active),
                metric::PGBOUNCER_SV_ACTIVE,
                now,
            ),
            self.layer.evidence("pool_size", size, "SHOW DATABASES", now),
            self.layer.evidence(
                "Clients waiting",
                words::number(pool.cl_waiting),
                metric::PGBOUNCER_CL_WAITING,
                now,
            ),
        ]
    }

    fn remedy(&self) -> Option<String> {
        Some("Find what keeps the servers busy; raise pool_size only if max_connections of PostgreSQL leaves room.".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pools::fixture::{Path, bouncer, every_five, pool};

    #[test]
    fn waiting_clients() {
        let cases = [
            (0, 0.0, 120.0, Severity::Ok),
            (0, 0.99, 120.0, Severity::Ok),
            (0, 1.0, 120.0, Severity::Warning),
            (1, 0.0, 120.0, Severity::Warning),
            (5, 9.99, 120.0, Severity::Warning),
            (5, 10.0, 120.0, Severity::Critical),
            (5, 2.0, 4.0, Severity::Critical),
            (5, 1.9, 4.0, Severity::Warning),
            // 0 means for ever.
            (5, 9.0, 0.0, Severity::Warning),
        ];
        for (waiting, maxwait, timeout, expected) in cases {
            let mut point = bouncer(0, vec![pool(waiting, 5, 20, maxwait)]);
            point.pgbouncer.query_wait_timeout_seconds = Some(timeout);
            let severity = Path::new().pgbouncer(vec![point]).severity(Check::PgbouncerClientsWaiting);
            assert_eq!(severity, Some(expected), "{waiting} waiting, {maxwait} s of {timeout} s");
        }
    }

    #[test]
    fn the_sentence_names_the_pool() {
        let points = every_five(20, |second| bouncer(second, vec![pool(0, 0, 5, 0.0), pool(7, 20, 20, 2.5)]));
        let path = Path::new().pgbouncer(points);
        let verdict = path.verdict(Check::PgbouncerClientsWaiting).unwrap();
        assert_eq!(
            verdict.detail,
            "7 clients waiting, the oldest for 2.5 s, most in `hosting/panel`, a queue for 20 s"
        );
        let verdict = path.verdict(Check::PgbouncerServersExhausted).unwrap();
        assert_eq!(verdict.detail, "`hosting/panel`: 20 of 20 in use for 20 s, 7 clients waiting");
    }

    #[test]
    fn exhausted_servers() {
        let mut unsized_pool = pool(3, 20, 20, 0.0);
        unsized_pool.pool_size = None;
        let cases = [
            (vec![pool(0, 19, 20, 0.0)], Some(Severity::Ok)),
            (vec![pool(0, 20, 20, 0.0)], Some(Severity::Warning)),
            (vec![pool(2, 20, 20, 0.0)], Some(Severity::Critical)),
            (vec![pool(2, 5, 20, 0.0), pool(0, 5, 5, 0.0)], Some(Severity::Warning)),
            (vec![pool(0, 0, 0, 0.0)], Some(Severity::Ok)),
            (vec![unsized_pool], None),
            (vec![], None),
        ];
        for (pools, expected) in cases {
            let path = Path::new().pgbouncer(vec![bouncer(0, pools.clone())]);
            assert_eq!(path.severity(Check::PgbouncerServersExhausted), expected, "{pools:?}");
        }
    }
}

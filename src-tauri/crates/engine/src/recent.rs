//! The last quarter of an hour of a source's facts, in memory, for the rules.

use analysis::pools::{AppPoolPoint, BackendsPoint, PgbouncerPoint};
use domain::{Facts, Redis, Timestamp};

const KEEP_MILLIS: i64 = 15 * 60 * 1000;
const KEEP_POINTS: usize = 900;

/// Facts by kind, ascending in time. A source fills one of them.
#[derive(Default)]
pub(crate) struct Recent {
    pub app: Vec<AppPoolPoint>,
    pub pgbouncer: Vec<PgbouncerPoint>,
    pub backends: Vec<BackendsPoint>,
    /// Only the newest: what a Redis counted is in the history.
    pub redis: Option<(Timestamp, Box<Redis>)>,
}

impl Recent {
    pub(crate) fn push(&mut self, at: Timestamp, facts: Facts) {
        match facts {
            Facts::None => {}
            Facts::AppPool(pool) => push(&mut self.app, AppPoolPoint { at, pool }, |point| point.at),
            Facts::Pgbouncer(pgbouncer) => {
                push(&mut self.pgbouncer, PgbouncerPoint { at, pgbouncer }, |point| point.at);
            }
            Facts::Redis(redis) => self.redis = Some((at, redis)),
            Facts::Backends(backends) => {
                // Only the newest point needs its sessions; hundreds of them over a quarter of an hour would
                // outweigh everything else in memory.
                if let Some(previous) = self.backends.last_mut() {
                    previous.backends.sessions = Vec::new();
                }
                push(&mut self.backends, BackendsPoint { at, backends }, |point| point.at);
            }
        }
    }

    /// When the newest facts were read.
    pub(crate) fn newest(&self) -> Option<Timestamp> {
        let app = self.app.last().map(|point| point.at);
        let pgbouncer = self.pgbouncer.last().map(|point| point.at);
        let backends = self.backends.last().map(|point| point.at);
        let redis = self.redis.as_ref().map(|(at, _)| *at);
        app.max(pgbouncer).max(backends).max(redis)
    }
}

fn push<P>(points: &mut Vec<P>, point: P, at: impl Fn(&P) -> Timestamp) {
    let now = at(&point);
    // A clock that went back would leave points "in the future" that never age.
    points.retain(|old| at(old) < now && now.millis_since(at(old)) <= KEEP_MILLIS);
    points.push(point);
    let excess = points.len().saturating_sub(KEEP_POINTS);
    points.drain(..excess);
}

#[cfg(test)]
mod tests {
    use domain::{AppPool, BackendSession, BackendState, Backends};

    use super::*;

    fn pool_at(recent: &mut Recent, millis: i64) {
        recent.push(Timestamp(millis), Facts::AppPool(AppPool::default()));
    }

    #[test]
    fn old_points_leave_and_a_clock_that_went_back_leaves_none_in_the_future() {
        let mut recent = Recent::default();
        pool_at(&mut recent, 0);
        pool_at(&mut recent, KEEP_MILLIS);
        assert_eq!(recent.app.len(), 2);
        pool_at(&mut recent, KEEP_MILLIS + 1);
        assert_eq!(recent.app.len(), 2, "the first is older than what is kept");
        pool_at(&mut recent, 5);
        assert_eq!(recent.newest(), Some(Timestamp(5)));
        assert_eq!(recent.app.len(), 1);
    }

    #[test]
    fn only_the_newest_point_keeps_its_sessions() {
        let session = BackendSession {
            pid: 1,
            database: String::new(),
            user: String::new(),
            application: String::new(),
            client: None,
            state: BackendState::Idle,
            state_seconds: None,
            transaction_seconds: None,
            waiting_for_lock: false,
            route: None,
        };
        let backends = Backends { sessions: vec![session], ..Backends::default() };
        let mut recent = Recent::default();
        recent.push(Timestamp(0), Facts::Backends(backends.clone()));
        recent.push(Timestamp(1), Facts::Backends(backends));
        let kept: Vec<usize> = recent.backends.iter().map(|point| point.backends.sessions.len()).collect();
        assert_eq!(kept, [0, 1]);
    }
}

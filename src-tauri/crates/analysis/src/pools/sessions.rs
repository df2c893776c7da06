//! Which PostgreSQL sessions are the application's, and which of them are held.

use domain::{BackendGroup, BackendSession, BackendState, Backends, HeldConnection, PoolThresholds};

use super::{Layers, leak, pgbouncer};

/// Enough for a page; whoever holds more connections than this has one cause, not hundreds.
const SHOWN: usize = 50;

/// How the application's backends are told from everybody else's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Own<'a> {
    Name(&'a str),
    Login { database: &'a str, user: &'a str },
    Group { database: &'a str, user: &'a str, application: &'a str },
}

impl<'a> Own<'a> {
    /// By the application's name where it is given; else by the one login of its PgBouncer; else the one group of
    /// backends whose size fits the pool. Nothing where that is ambiguous: a wrong match would accuse the innocent.
    pub(super) fn find(layers: &Layers<'a>) -> Option<Own<'a>> {
        let backends = &layers.postgres?.last()?.backends;
        let own = match layers.application_name {
            Some(name) => Own::Name(name),
            None => Own::by_pgbouncer(layers).or_else(|| Own::by_size(layers, backends))?,
        };
        backends.groups.iter().any(|group| own.has_group(group)).then_some(own)
    }

    fn by_pgbouncer(layers: &Layers<'a>) -> Option<Own<'a>> {
        let mut pools = pgbouncer::pools(&layers.pgbouncer?.last()?.pgbouncer);
        let pool = pools.next().filter(|_| pools.next().is_none())?;
        Some(Own::Login { database: &pool.database, user: &pool.user })
    }

    fn by_size(layers: &Layers<'a>, backends: &'a Backends) -> Option<Own<'a>> {
        let pool = &layers.application?.last()?.pool;
        let most = pool.max.unwrap_or(pool.total);
        let mut candidates: Vec<(Own<'a>, f64)> = Vec::new();
        for group in &backends.groups {
            let own =
                Own::Group { database: &group.database, user: &group.user, application: &group.application };
            match candidates.iter_mut().find(|(other, _)| *other == own) {
                Some((_, count)) => *count += group.count,
                None => candidates.push((own, group.count)),
            }
        }
        let mut fitting =
            candidates.into_iter().filter(|(_, count)| *count > 0.0 && (pool.active..=most).contains(count));
        fitting.next().filter(|_| fitting.next().is_none()).map(|(own, _)| own)
    }

    fn has(&self, database: &str, user: &str, application: &str) -> bool {
        match *self {
            Own::Name(name) => application == name,
            Own::Login { database: of, user: login } => database == of && user == login,
            Own::Group { database: of, user: login, application: name } => {
                database == of && user == login && application == name
            }
        }
    }

    fn has_group(&self, group: &BackendGroup) -> bool {
        self.has(&group.database, &group.user, &group.application)
    }

    fn has_session(&self, session: &BackendSession) -> bool {
        self.has(&session.database, &session.user, &session.application)
    }

    /// `None` where PostgreSQL hides the states.
    pub(super) fn count(&self, backends: &'a Backends) -> Option<OwnBackends<'a>> {
        if !backends.states_visible {
            return None;
        }
        let of = |states: &[BackendState]| {
            let own = backends.groups.iter().filter(|group| self.has_group(group));
            own.filter(|group| states.contains(&group.state))
                .map(|group| group.count)
                .fold(0.0, |sum, count| sum + count)
        };
        let sessions: Vec<&BackendSession> =
            backends.sessions.iter().filter(|session| self.has_session(session)).collect();
        Some(OwnBackends {
            total: of(&BackendState::ALL),
            idle: of(&[BackendState::Idle]),
            working: of(&[BackendState::Active, BackendState::FastpathFunctionCall]),
            unknown: of(&[BackendState::Unknown, BackendState::Disabled]),
            sessions,
        })
    }
}

/// The application's backends at one moment.
#[derive(Debug, Clone)]
pub(super) struct OwnBackends<'a> {
    pub(super) total: f64,
    pub(super) idle: f64,
    /// Running a statement, or waiting for a lock in one.
    pub(super) working: f64,
    pub(super) unknown: f64,
    pub(super) sessions: Vec<&'a BackendSession>,
}

impl<'a> OwnBackends<'a> {
    /// In a state that only an application which is using the connection causes, or that might be one.
    pub(super) fn non_idle(&self) -> f64 {
        self.total - self.idle
    }

    /// Idle outside a transaction for longer than `seconds`, the longest first.
    pub(super) fn idle_longer_than(&self, seconds: f64) -> Vec<&'a BackendSession> {
        let mut idle: Vec<&BackendSession> = self
            .sessions
            .iter()
            .copied()
            .filter(|session| session.state == BackendState::Idle)
            .filter(|session| session.state_seconds.is_some_and(|idle| idle > seconds))
            .collect();
        idle.sort_by(|a, b| held_seconds(b).total_cmp(&held_seconds(a)));
        idle
    }

    /// Idle inside a transaction for at least `seconds`.
    pub(super) fn left_open(&self, seconds: f64) -> Vec<&'a BackendSession> {
        let long = |session: &&BackendSession| session.state_seconds.is_some_and(|idle| idle >= seconds);
        self.sessions
            .iter()
            .copied()
            .filter(|session| is_in_transaction(session.state))
            .filter(long)
            .collect()
    }
}

pub(super) fn is_in_transaction(state: BackendState) -> bool {
    matches!(state, BackendState::IdleInTransaction | BackendState::IdleInTransactionAborted)
}

/// How long the application has kept the connection from others: a transaction from its start, an idle session since
/// it fell idle.
pub(super) fn held_seconds(session: &BackendSession) -> f64 {
    let idle = session.state == BackendState::Idle;
    let transaction = session.transaction_seconds.filter(|_| !idle);
    transaction.or(session.state_seconds).unwrap_or(0.0)
}

pub(super) fn held(session: &BackendSession) -> HeldConnection {
    HeldConnection {
        pid: session.pid,
        state: session.state,
        held_seconds: held_seconds(session),
        what: session.route.clone().unwrap_or_else(|| session.application.clone()),
        client: session.client.clone(),
    }
}

/// The route that most of the sessions ran last, with how many did; of equals the first.
pub(super) fn commonest_route<'a>(sessions: &[&'a BackendSession]) -> Option<(&'a str, usize)> {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for route in sessions.iter().filter_map(|session| session.route.as_deref()) {
        match counts.iter_mut().find(|(other, _)| *other == route) {
            Some((_, count)) => *count += 1,
            None => counts.push((route, 1)),
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max()?;
    counts.into_iter().find(|(_, count)| *count == most)
}

/// The application's sessions by the time for which they have been held: first those that prove a leak, then those in
/// a statement or a transaction. Idle ones that the pool itself calls idle are not held.
pub fn held_longest(layers: &Layers) -> Vec<HeldConnection> {
    let layers = layers.fresh();
    let Some(own) = Own::find(&layers) else { return Vec::new() };
    let Some(backends) = layers.postgres.and_then(|layer| layer.last()) else { return Vec::new() };
    let Some(counted) = own.count(&backends.backends) else { return Vec::new() };
    let proof =
        leak::assess(&layers, &PoolThresholds::default()).map(|leak| leak.sessions).unwrap_or_default();
    let mut busy: Vec<&BackendSession> = counted
        .sessions
        .iter()
        .copied()
        .filter(|session| session.state != BackendState::Idle && session.state != BackendState::Unknown)
        .collect();
    busy.sort_by(|a, b| held_seconds(b).total_cmp(&held_seconds(a)));
    proof.into_iter().chain(busy).take(SHOWN).map(held).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pools::fixture::*;

    fn other(mut session: BackendSession, application: &str, user: &str) -> BackendSession {
        session.application = application.into();
        session.user = user.into();
        session
    }

    fn idle(pid: i32) -> BackendSession {
        session(pid, BackendState::Idle, 1.0)
    }

    #[test]
    fn whose_backends() {
        let mixed = || {
            backends(
                0,
                vec![idle(1), idle(2), other(idle(3), "psql", "ops"), other(idle(4), "cron", "panel")],
            )
        };
        let named = Path::new().application(vec![app(0, 1, 10)]).postgres(vec![mixed()]);
        assert_eq!(Own::find(&named.layers()), Some(Own::Name("mpanel")));

        let mut unknown_name = Path::new().postgres(vec![mixed()]);
        unknown_name.application_name = Some("elsewhere");
        assert_eq!(Own::find(&unknown_name.layers()), None, "nobody carries the name");

        let mut by_login =
            Path::new().pgbouncer(vec![bouncer(0, vec![pool(0, 1, 20, 0.0)])]).postgres(vec![mixed()]);
        by_login.application_name = None;
        assert_eq!(Own::find(&by_login.layers()), Some(Own::Login { database: "hosting", user: "panel" }));

        let mut by_size = Path::new().application(vec![app(0, 2, 2)]).postgres(vec![mixed()]);
        by_size.application_name = None;
        let expected = Own::Group { database: "hosting", user: "panel", application: "mpanel" };
        assert_eq!(Own::find(&by_size.layers()), Some(expected), "the only group of two");

        let mut ambiguous = Path::new().application(vec![app(0, 1, 10)]).postgres(vec![mixed()]);
        ambiguous.application_name = None;
        assert_eq!(Own::find(&ambiguous.layers()), None, "three groups would fit");
    }

    #[test]
    fn several_logins_of_a_bouncer_are_ambiguous_and_its_console_is_none() {
        let mut console = pool(0, 0, 20, 0.0);
        console.database = "pgbouncer".into();
        let mut path = Path::new()
            .pgbouncer(vec![bouncer(0, vec![console, pool(0, 1, 20, 0.0)])])
            .postgres(vec![backends(0, vec![idle(1)])]);
        path.application_name = None;
        assert!(Own::find(&path.layers()).is_some());
        let mut second = pool(0, 1, 20, 0.0);
        second.user = "reports".into();
        path.pgbouncer = Some(vec![bouncer(0, vec![second, pool(0, 1, 20, 0.0)])]);
        assert_eq!(Own::find(&path.layers()), None);
    }

    #[test]
    fn hidden_states_are_unknown_not_zero() {
        let mut point = backends(0, vec![idle(1)]);
        point.backends.states_visible = false;
        assert!(Own::Name("mpanel").count(&point.backends).is_none());
    }

    #[test]
    fn the_commonest_route() {
        let sessions =
            [routed(idle(1), "GET /a"), routed(idle(2), "GET /b"), idle(3), routed(idle(4), "GET /b")];
        let all: Vec<&BackendSession> = sessions.iter().collect();
        assert_eq!(commonest_route(&all), Some(("GET /b", 2)));
        assert_eq!(commonest_route(&all[..2]), Some(("GET /a", 1)));
        assert_eq!(commonest_route(&all[2..3]), None);
    }

    #[test]
    fn proof_comes_before_work_and_idle_in_the_pool_is_not_held() {
        let sessions = || {
            vec![
                session(1, BackendState::Active, 90.0),
                routed(session(2, BackendState::Idle, 38.0), "GET /api/invoices/export"),
                session(3, BackendState::Idle, 2.0),
                session(4, BackendState::IdleInTransaction, 95.0),
            ]
        };
        let path = Path::new()
            .application(every_five(60, |second| app(second, 4, 4)))
            .postgres(every_five(60, |second| backends(second, sessions())));
        let held = held_longest(&path.layers());
        assert_eq!(held.iter().map(|held| held.pid).collect::<Vec<_>>(), [2, 4, 1]);
        assert_eq!(held[0].what, "GET /api/invoices/export");
        assert_eq!(held[1].what, "mpanel");
        assert_eq!(held[0].held_seconds, 38.0);
    }
}

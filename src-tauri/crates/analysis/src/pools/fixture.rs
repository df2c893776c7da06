//! Points and layers for the tests of the checks, in as few words as possible.

use domain::*;

use super::{AppPoolPoint, BackendsPoint, Layer, Layers, PgbouncerPoint};

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp(1_795_426_800_000 + seconds * 1_000)
}

/// A full pool: every connection open, `active` of them in use.
pub(super) fn app(seconds: i64, active: u32, max: u32) -> AppPoolPoint {
    let (active, max) = (f64::from(active), f64::from(max));
    AppPoolPoint {
        at: at(seconds),
        pool: AppPool {
            total: max,
            idle: (max - active).max(0.0),
            active,
            max: Some(max),
            reported_saturation: Some(1.0),
            process_started: Some(1_795_426_809.0),
            ..AppPool::default()
        },
    }
}

pub(super) fn waiting(mut point: AppPoolPoint, waiting: u32) -> AppPoolPoint {
    point.pool.waiting = f64::from(waiting);
    point
}

/// Points every five seconds from 0 to `until`.
pub(super) fn every_five<P>(until: i64, make: impl Fn(i64) -> P) -> Vec<P> {
    (0..=until / 5).map(|step| make(step * 5)).collect()
}

pub(super) fn pool(cl_waiting: u32, sv_active: u32, pool_size: u32, maxwait: f64) -> PgbouncerPool {
    PgbouncerPool {
        database: "hosting".into(),
        user: "panel".into(),
        mode: Some("transaction".into()),
        cl_active: 10.0,
        cl_waiting: f64::from(cl_waiting),
        sv_active: f64::from(sv_active),
        maxwait_seconds: maxwait,
        pool_size: Some(f64::from(pool_size)),
        ..PgbouncerPool::default()
    }
}

pub(super) fn bouncer(seconds: i64, pools: Vec<PgbouncerPool>) -> PgbouncerPoint {
    PgbouncerPoint {
        at: at(seconds),
        pgbouncer: Pgbouncer { pools, query_wait_timeout_seconds: Some(120.0), ..Pgbouncer::default() },
    }
}

pub(super) fn session(pid: i32, state: BackendState, seconds: f64) -> BackendSession {
    BackendSession {
        pid,
        database: "hosting".into(),
        user: "panel".into(),
        application: "mpanel".into(),
        client: Some("10.0.0.5".into()),
        state,
        state_seconds: Some(seconds),
        transaction_seconds: (state != BackendState::Idle).then_some(seconds),
        waiting_for_lock: false,
        route: None,
    }
}

pub(super) fn routed(mut session: BackendSession, route: &str) -> BackendSession {
    session.route = Some(route.into());
    session
}

/// Backends made of sessions, counted as the view would count them.
pub(super) fn backends(seconds: i64, sessions: Vec<BackendSession>) -> BackendsPoint {
    let mut groups: Vec<BackendGroup> = Vec::new();
    for session in &sessions {
        let same = |group: &&mut BackendGroup| {
            group.state == session.state
                && group.application == session.application
                && group.user == session.user
                && group.database == session.database
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.count += 1.0,
            None => groups.push(BackendGroup {
                state: session.state,
                database: session.database.clone(),
                user: session.user.clone(),
                application: session.application.clone(),
                count: 1.0,
            }),
        }
    }
    BackendsPoint {
        at: at(seconds),
        backends: Backends {
            max_connections: 100.0,
            reserved: 3.0,
            groups,
            longest_idle_in_transaction_seconds: sessions
                .iter()
                .filter(|session| session.state == BackendState::IdleInTransaction)
                .filter_map(|session| session.state_seconds)
                .fold(None, |longest, seconds| Some(longest.unwrap_or(0.0_f64).max(seconds))),
            waiting_for_lock: sessions.iter().filter(|session| session.waiting_for_lock).count() as f64,
            sessions,
            states_visible: true,
        },
    }
}

/// The three sources of a path, kept where layers can borrow them.
pub(super) struct Path {
    panel: SourceId,
    bouncer: SourceId,
    database: SourceId,
    pub(super) application: Option<Vec<AppPoolPoint>>,
    pub(super) pgbouncer: Option<Vec<PgbouncerPoint>>,
    pub(super) postgres: Option<Vec<BackendsPoint>>,
    pub(super) application_name: Option<&'static str>,
}

impl Path {
    pub(super) fn new() -> Path {
        Path {
            panel: SourceId::new("panel-eu-1"),
            bouncer: SourceId::new("bouncer"),
            database: SourceId::new("billing-db"),
            application: None,
            pgbouncer: None,
            postgres: None,
            application_name: Some("mpanel"),
        }
    }

    pub(super) fn application(mut self, points: Vec<AppPoolPoint>) -> Path {
        self.application = Some(points);
        self
    }

    pub(super) fn pgbouncer(mut self, points: Vec<PgbouncerPoint>) -> Path {
        self.pgbouncer = Some(points);
        self
    }

    pub(super) fn postgres(mut self, points: Vec<BackendsPoint>) -> Path {
        self.postgres = Some(points);
        self
    }

    pub(super) fn layers(&self) -> Layers<'_> {
        Layers {
            application: self.application.as_deref().map(|points| Layer {
                source: &self.panel,
                name: "panel-eu-1",
                points,
            }),
            pgbouncer: self.pgbouncer.as_deref().map(|points| Layer {
                source: &self.bouncer,
                name: "bouncer",
                points,
            }),
            postgres: self.postgres.as_deref().map(|points| Layer {
                source: &self.database,
                name: "billing-db",
                points,
            }),
            application_name: self.application_name,
        }
    }

    pub(super) fn verdict(&self, check: Check) -> Option<Verdict> {
        super::judge(&self.layers(), &PoolThresholds::default())
            .into_iter()
            .find(|verdict| verdict.check == check)
    }

    pub(super) fn severity(&self, check: Check) -> Option<Severity> {
        self.verdict(check).map(|verdict| verdict.severity)
    }
}

//! The table decided case by case, and the sentences as people read them.

use domain::BackendState;

use super::*;
use crate::pools::fixture::*;

const CALM: Facts = Facts {
    app_waits: false,
    app_full: false,
    leak: Kind::None,
    bouncer_queues: false,
    postgres_full: false,
    locks: false,
    left_open: false,
    left_open_here: false,
};

#[test]
fn the_table() {
    let waits = Facts { app_waits: true, app_full: true, ..CALM };
    let cases = [
        (CALM, Cause::Calm),
        (Facts { app_full: true, ..CALM }, Cause::AppNearlyFull),
        (Facts { app_full: true, leak: Kind::Overload, ..CALM }, Cause::AppNearlyFull),
        (waits, Cause::AppQueues),
        (Facts { leak: Kind::Overload, ..waits }, Cause::AppQueues),
        (Facts { leak: Kind::Suspected, ..waits }, Cause::LeakSuspected),
        (Facts { leak: Kind::Proven, ..waits }, Cause::Leak),
        (Facts { leak: Kind::Partial, ..waits }, Cause::PartialLeak),
        (Facts { leak: Kind::Partial, ..CALM }, Cause::PartialLeak),
        (
            Facts { leak: Kind::Proven, bouncer_queues: true, postgres_full: true, locks: true, ..waits },
            Cause::Leak,
        ),
        (Facts { bouncer_queues: true, ..CALM }, Cause::BouncerQueues),
        (Facts { bouncer_queues: true, ..waits }, Cause::BouncerQueues),
        (Facts { bouncer_queues: true, leak: Kind::Suspected, ..waits }, Cause::BouncerQueues),
        (Facts { bouncer_queues: true, postgres_full: true, ..waits }, Cause::PostgresFull),
        (Facts { postgres_full: true, ..waits }, Cause::PostgresFull),
        (Facts { postgres_full: true, ..CALM }, Cause::PostgresNearlyFull),
        (Facts { locks: true, ..waits }, Cause::Locks),
        (Facts { locks: true, bouncer_queues: true, ..CALM }, Cause::Locks),
        (Facts { locks: true, ..CALM }, Cause::LocksQuiet),
        (Facts { left_open: true, locks: true, ..CALM }, Cause::LeftOpen),
        (Facts { left_open: true, left_open_here: true, ..waits }, Cause::LeftOpen),
        (Facts { left_open: true, ..waits }, Cause::AppQueues),
        (Facts { left_open: true, left_open_here: true, bouncer_queues: true, ..CALM }, Cause::LeftOpen),
        (Facts { left_open: true, bouncer_queues: true, ..CALM }, Cause::BouncerQueues),
        (Facts { left_open: true, leak: Kind::LeftOpen, app_full: true, ..CALM }, Cause::LeftOpen),
        (Facts { left_open: true, ..CALM }, Cause::LeftOpenQuiet),
        (Facts { left_open: true, leak: Kind::Proven, ..waits }, Cause::Leak),
    ];
    for (facts, expected) in cases {
        assert_eq!(decide(&facts), expected, "{facts:?}");
    }
}

#[test]
fn every_rule_can_decide_and_the_last_always_does() {
    let kinds = [Kind::None, Kind::Overload, Kind::LeftOpen, Kind::Suspected, Kind::Partial, Kind::Proven];
    let mut reached = Vec::new();
    for bits in 0..128 {
        for leak in kinds {
            let bit = |n: u32| bits & (1 << n) != 0;
            let facts = Facts {
                app_waits: bit(0),
                app_full: bit(1),
                bouncer_queues: bit(2),
                postgres_full: bit(3),
                locks: bit(4),
                left_open: bit(5),
                left_open_here: bit(6),
                leak,
            };
            let cause = decide(&facts);
            if !reached.contains(&cause) {
                reached.push(cause);
            }
            let queues = facts.app_waits || facts.bouncer_queues;
            assert!(!(queues && cause == Cause::Calm), "{facts:?}");
        }
    }
    assert_eq!(reached.len(), RULES.len());
}

fn of(path: &Path) -> PoolDiagnosis {
    diagnose(&path.layers(), &PoolThresholds::default()).unwrap()
}

fn sessions(idle: i32, idle_for: f64, working: i32) -> Vec<BackendSession> {
    let held = (0..idle)
        .map(|n| routed(session(4182 + n, BackendState::Idle, idle_for), "GET /api/invoices/export"));
    held.chain((0..working).map(|n| session(n, BackendState::Active, 0.2))).collect()
}

fn full_pool(waits: u32) -> Vec<AppPoolPoint> {
    every_five(40, |second| waiting(app(second, 10, 10), waits))
}

fn free_bouncer() -> Vec<PgbouncerPoint> {
    every_five(40, |second| bouncer(second, vec![pool(0, 4, 20, 0.0)]))
}

#[test]
fn a_leak_seen_by_all_three_layers() {
    let path = Path::new()
        .application(full_pool(7))
        .pgbouncer(free_bouncer())
        .postgres(every_five(40, |second| backends(second, sessions(6, 38.0, 4))));
    let diagnosis = of(&path);
    assert_eq!(diagnosis.headline, "The application's pool queues, not PostgreSQL");
    assert_eq!(
        diagnosis.sentence,
        "All 10 connections of **panel-eu-1** have been active for 40 s and 7 requests wait for one, while \
         **bouncer** has nobody waiting and 6 of these 10 backends in **billing-db** are idle. Connections are taken \
         and not returned: a leak, most likely in `GET /api/invoices/export`, the last route to take each of them."
    );
    assert_eq!((diagnosis.severity, diagnosis.queuing), (Severity::Critical, Some(Where::Application)));
    assert_eq!(diagnosis.since, Some(at(0)));
    assert_eq!(diagnosis.held_idle.len(), 6);
    assert!(diagnosis.remedy.unwrap().contains("`GET /api/invoices/export`"));
    let waits = diagnosis.evidence.iter().find(|fact| fact.label == "Requests waiting").unwrap();
    assert_eq!(
        (waits.value.as_str(), waits.origin.as_str()),
        ("7", "panel-eu-1, db_pool_connections_waiting, last poll")
    );
}

#[test]
fn sentences() {
    let postgres = |idle, idle_for, working| {
        every_five(40, move |second| backends(second, sessions(idle, idle_for, working)))
    };
    let open = || {
        every_five(40, |second| {
            let mut waiter = session(7, BackendState::Active, 3.0);
            waiter.waiting_for_lock = true;
            let open = routed(session(4182, BackendState::IdleInTransaction, 240.0), "POST /api/orders");
            backends(second, vec![open, waiter.clone(), waiter])
        })
    };
    let locked = || {
        every_five(40, |second| {
            let mut waiter = session(7, BackendState::Active, 3.0);
            waiter.waiting_for_lock = true;
            backends(second, vec![waiter; 10])
        })
    };
    let crowded = || {
        every_five(40, |second| {
            let mut point = backends(second, sessions(0, 0.0, 10));
            point.backends.max_connections = 13.0;
            point
        })
    };
    let queue = || every_five(40, |second| bouncer(second, vec![pool(5, 20, 20, 2.5)]));
    let calm_pool = || every_five(895, |second| app(second, 3, 10));
    let cases: Vec<(Path, Option<Where>, Severity, &str)> = vec![
        (
            Path::new().application(calm_pool()),
            None,
            Severity::Ok,
            "Nobody queues: 3 of 10 connections of **panel-eu-1** active at most in the last 14 min.",
        ),
        (
            Path::new().pgbouncer(free_bouncer()),
            None,
            Severity::Ok,
            "Nobody queues: no client waits in **bouncer**.",
        ),
        (
            Path::new().postgres(postgres(0, 0.0, 4)),
            None,
            Severity::Ok,
            "Nobody queues: 4 of 97 connections of **billing-db** in use, no session waits for a lock.",
        ),
        (
            Path::new().application(full_pool(7)),
            Some(Where::Application),
            Severity::Critical,
            "All 10 connections of **panel-eu-1** have been active for 40 s and 7 requests wait for one, none idle. \
             This is a leak or plain overload; the pool alone cannot tell which. Adding its PostgreSQL as a source \
             would tell whether the connections work, wait for locks or are held idle.",
        ),
        (
            Path::new().application(full_pool(7)).postgres(postgres(0, 0.0, 10)),
            Some(Where::Application),
            Severity::Critical,
            "7 requests wait for a connection of **panel-eu-1**, where 10 of 10 are active, while **billing-db** works \
             for 10. The connections are at work and change hands: overload, not a leak.",
        ),
        (
            Path::new().application(full_pool(0)).postgres(postgres(0, 0.0, 10)),
            None,
            Severity::Warning,
            "10 of 10 connections of **panel-eu-1** are active and nobody waits yet. A little more load will queue.",
        ),
        (
            Path::new().application(full_pool(7)).pgbouncer(queue()).postgres(postgres(0, 0.0, 10)),
            Some(Where::Pgbouncer),
            Severity::Warning,
            "5 clients wait in **bouncer**, the oldest for 2.5 s: all 20 server connections of `hosting/panel` are \
             taken, while **billing-db** has 10 of 97 connections in use. The limit is pool_size, not PostgreSQL.",
        ),
        (
            Path::new().application(full_pool(2)).postgres(crowded()),
            Some(Where::Postgres),
            Severity::Critical,
            "**billing-db** has 10 of 10 connections in use (100%), and 2 requests wait for a connection of \
             **panel-eu-1**. New connections are about to be refused.",
        ),
        (
            Path::new().application(full_pool(1)).postgres(locked()),
            Some(Where::Postgres),
            Severity::Warning,
            "In **billing-db** 10 sessions wait for locks, and 1 request waits for a connection of **panel-eu-1**. \
             More connections would only wait for the same locks.",
        ),
        (
            Path::new().postgres(open()),
            Some(Where::Postgres),
            Severity::Critical,
            "pid 4182 in **billing-db** has been idle in a transaction for 4 min, 2 sessions wait for locks. The \
             transaction was left open in `POST /api/orders`.",
        ),
    ];
    let cases = cases.into_iter().chain(quiet_troubles());
    for (path, queuing, severity, sentence) in cases {
        let diagnosis = of(&path);
        assert_eq!(diagnosis.sentence, sentence);
        assert_eq!((diagnosis.queuing, diagnosis.severity), (queuing, severity), "{sentence}");
        assert_eq!(diagnosis.remedy.is_none(), severity == Severity::Ok, "{sentence}");
        assert!(!diagnosis.evidence.is_empty(), "{sentence}");
        assert!(diagnosis.since.is_some(), "{sentence}");
    }
}

/// What is wrong in PostgreSQL or in the pool while nobody waits for it yet.
fn quiet_troubles() -> Vec<(Path, Option<Where>, Severity, &'static str)> {
    let four_taken = every_five(40, |second| {
        let mut point = app(second, 4, 10);
        (point.pool.total, point.pool.idle) = (4.0, 0.0);
        point
    });
    let postgres =
        |sessions: Vec<BackendSession>| every_five(40, move |second| backends(second, sessions.clone()));
    let mut waiter = session(7, BackendState::Active, 3.0);
    waiter.waiting_for_lock = true;
    vec![
        (
            Path::new().application(four_taken).postgres(postgres(sessions(4, 38.0, 0))),
            None,
            Severity::Warning,
            "4 connections of **panel-eu-1** are held but idle: the pool calls them active, **billing-db** has seen no \
             statement on them for up to 38 s. Connections are taken and not returned: a leak, most likely in \
             `GET /api/invoices/export`, the last route to take each of them.",
        ),
        (
            Path::new().postgres(postgres(vec![session(9, BackendState::IdleInTransaction, 40.0)])),
            None,
            Severity::Warning,
            "pid 9 in **billing-db** has been idle in a transaction for 40 s. Whoever began it has not ended it. \
             Adding the application as a source would tell whether requests wait for it.",
        ),
        (
            Path::new()
                .application(every_five(40, |second| app(second, 2, 10)))
                .postgres(postgres(vec![waiter])),
            Some(Where::Postgres),
            Severity::Warning,
            "In **billing-db** 1 session waits for a lock; no request waits for a connection yet.",
        ),
        (
            Path::new().postgres(postgres(sessions(0, 0.0, 92))),
            None,
            Severity::Warning,
            "**billing-db** has 92 of 97 connections in use (94%); nobody waits yet. Adding the application as a \
             source would tell whether requests wait for it.",
        ),
        (
            Path::new().pgbouncer(every_five(40, |second| bouncer(second, vec![pool(1, 3, 20, 0.2)]))),
            Some(Where::Pgbouncer),
            Severity::Warning,
            "1 client waits in **bouncer**, the oldest for 200 ms. Adding its PostgreSQL as a source would tell whether \
             the server connections work or wait for locks.",
        ),
    ]
}

#[test]
fn nothing_watched_nothing_said() {
    assert_eq!(diagnose(&Path::new().layers(), &PoolThresholds::default()), None);
    assert_eq!(diagnose(&Path::new().application(vec![]).layers(), &PoolThresholds::default()), None);
}

#[test]
fn a_layer_that_fell_silent_is_not_quoted() {
    let path = Path::new()
        .application(every_five(200, |second| waiting(app(second, 10, 10), 7)))
        .postgres(every_five(40, |second| backends(second, sessions(6, 38.0, 4))));
    let diagnosis = of(&path);
    assert!(!diagnosis.sentence.contains("billing-db"), "{}", diagnosis.sentence);
    assert!(diagnosis.held_idle.is_empty());
}

#[test]
fn one_request_that_waits_for_one_poll_is_no_queue() {
    let mut points = every_five(40, |second| app(second, 5, 10));
    points.last_mut().unwrap().pool.waiting = 1.0;
    assert_eq!(of(&Path::new().application(points)).headline, "Nobody queues");
}

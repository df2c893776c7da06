//! A leak told from overload, from open transactions and from a quiet pool.

use domain::{BackendSession, BackendState};

use super::*;
use crate::pools::fixture::*;

fn repeated(count: i32, state: BackendState, seconds: f64) -> Vec<BackendSession> {
    (0..count).map(|n| session(n + 1_000 * state as i32, state, seconds)).collect()
}

/// The pool at 0, 5, … `until`, all with these actives of ten; PostgreSQL showing these sessions at every poll.
fn path(active: u32, until: i64, sessions: Vec<BackendSession>) -> Path {
    Path::new()
        .application(every_five(until, |second| app(second, active, 10)))
        .postgres(every_five(until, |second| backends(second, sessions.clone())))
}

fn kind_of(path: &Path) -> Kind {
    assess(&path.layers(), &PoolThresholds::default()).map_or(Kind::None, |leak| leak.kind)
}

fn both(mut a: Vec<BackendSession>, b: Vec<BackendSession>) -> Vec<BackendSession> {
    a.extend(b);
    a
}

use BackendState::{Active, Idle, IdleInTransaction};

#[test]
fn by_the_pool_alone() {
    let cases = [
        (10, 10, 10, 35, Some(Kind::Suspected), "all active for 35 s"),
        (10, 10, 10, 30, Some(Kind::None), "exactly the limit is not longer than it"),
        (9, 10, 10, 60, Some(Kind::None), "one idle"),
        (6, 6, 10, 60, Some(Kind::None), "the pool may still grow"),
        (0, 0, 10, 60, Some(Kind::None), "nothing open"),
        (12, 12, 10, 60, Some(Kind::Suspected), "above the maximum"),
    ];
    for (active, total, max, until, expected, name) in cases {
        let points = every_five(until, |second| {
            let mut point = app(second, active, max);
            point.pool.total = f64::from(total);
            point.pool.idle = f64::from(total - active);
            point
        });
        let path = Path::new().application(points);
        let kind = assess(&path.layers(), &PoolThresholds::default()).map(|leak| leak.kind);
        assert_eq!(kind, expected, "{name}");
    }
}

#[test]
fn without_a_maximum_all_that_is_open_counts() {
    let points = every_five(35, |second| {
        let mut point = app(second, 10, 10);
        point.pool.max = None;
        point
    });
    assert_eq!(kind_of(&Path::new().application(points)), Kind::Suspected);
}

#[test]
fn a_gap_or_a_restart_starts_the_time_again() {
    let mut gap = every_five(60, |second| app(second, 10, 10));
    gap.retain(|point| !(at(20)..at(40)).contains(&point.at));
    assert_eq!(kind_of(&Path::new().application(gap)), Kind::None);
    let restarted = every_five(60, |second| {
        let mut point = app(second, 10, 10);
        point.pool.process_started = Some(if second < 40 { 1_000.0 } else { 2_000.0 });
        point
    });
    assert_eq!(kind_of(&Path::new().application(restarted)), Kind::None);
}

#[test]
fn with_postgres() {
    let long_idle = |count| repeated(count, Idle, 38.0);
    let working = |count| repeated(count, Active, 2.0);
    let cases = [
        ("six of ten idle", path(10, 40, both(long_idle(6), working(4))), Kind::Proven, 6.0),
        ("all idle", path(10, 40, long_idle(10)), Kind::Proven, 10.0),
        ("all working", path(10, 40, working(10)), Kind::Overload, 0.0),
        (
            "idle for a moment between queries",
            path(10, 40, both(repeated(6, Idle, 0.2), working(4))),
            Kind::Overload,
            0.0,
        ),
        (
            "idle for exactly the limit",
            path(10, 40, both(repeated(6, Idle, 30.0), working(4))),
            Kind::Overload,
            0.0,
        ),
        (
            "transactions left open",
            path(10, 40, both(repeated(6, IdleInTransaction, 38.0), working(4))),
            Kind::LeftOpen,
            0.0,
        ),
        (
            "four held, the rest idle in the pool and used",
            path(4, 40, both(long_idle(4), repeated(6, Idle, 1.0))),
            Kind::None,
            0.0,
        ),
        ("four held, none idle in the pool", four_of_four(), Kind::Partial, 4.0),
        ("a quiet pool", path(0, 40, repeated(10, Idle, 300.0)), Kind::None, 0.0),
        (
            "full only now, sessions idle for long",
            path(10, 10, both(long_idle(6), working(4))),
            Kind::Partial,
            6.0,
        ),
    ];
    for (name, path, kind, held) in cases {
        let leak = assess(&path.layers(), &PoolThresholds::default()).unwrap();
        assert_eq!((leak.kind, leak.held), (kind, held), "{name}");
        assert_eq!(leak.sessions.len() as f64, held, "{name}");
    }
}

/// Four of a pool that could open ten, all held.
fn four_of_four() -> Path {
    let mut path = path(4, 40, repeated(4, Idle, 38.0));
    for point in path.application.iter_mut().flatten() {
        (point.pool.total, point.pool.idle) = (4.0, 0.0);
    }
    path
}

#[test]
fn one_busy_moment_shows_which_connections_never_came_back() {
    // Four held and six in use now and then: usually six lie in the pool, which may be the four that seem held.
    let mut busy_once = path(4, 100, both(repeated(4, Idle, 90.0), repeated(6, Idle, 1.0)));
    assert_eq!(kind_of(&busy_once), Kind::None);
    // At its busiest the pool had one left: of the four, three were out then.
    for point in busy_once.application.iter_mut().flatten().filter(|point| point.at == at(50)) {
        (point.pool.active, point.pool.idle) = (9.0, 1.0);
    }
    let leak = assess(&busy_once.layers(), &PoolThresholds::default()).unwrap();
    assert_eq!((leak.kind, leak.held), (Kind::Partial, 3.0));
}

#[test]
fn a_burst_that_is_over_proves_nothing() {
    let mut path = path(0, 40, repeated(10, Idle, 38.0));
    for point in path.application.iter_mut().flatten().filter(|point| point.at == at(20)) {
        (point.pool.active, point.pool.idle) = (10.0, 0.0);
    }
    assert_eq!(kind_of(&path), Kind::None);
}

#[test]
fn behind_a_sharing_bouncer_idle_servers_prove_nothing_alone() {
    let bounced = |active, sessions| {
        path(active, 40, sessions)
            .pgbouncer(every_five(40, |second| bouncer(second, vec![pool(0, 1, 20, 0.0)])))
    };
    let few = bounced(2, repeated(8, Idle, 300.0));
    assert_eq!(kind_of(&few), Kind::None, "servers left over from a burst");
    let full = bounced(10, both(repeated(6, Idle, 38.0), repeated(4, Active, 0.1)));
    assert_eq!(kind_of(&full), Kind::Proven);
    let reclaimed = bounced(10, repeated(1, Idle, 2.0));
    let leak = assess(&reclaimed.layers(), &PoolThresholds::default()).unwrap();
    assert_eq!((leak.kind, leak.held), (Kind::Proven, 10.0), "nobody works for a pool that is all active");
}

#[test]
fn behind_a_bouncer_that_gives_each_client_a_server_of_its_own_they_do() {
    let (mut console, mut own) = (pool(0, 0, 2, 0.0), pool(0, 4, 20, 0.0));
    (console.database, console.mode) = ("pgbouncer".into(), Some("statement".into()));
    own.mode = Some("session".into());
    let bounced = four_of_four()
        .pgbouncer(every_five(40, |second| bouncer(second, vec![console.clone(), own.clone()])));
    assert_eq!(kind_of(&bounced), Kind::Partial);
    let unknown = four_of_four().pgbouncer(every_five(40, |second| bouncer(second, vec![console.clone()])));
    assert_eq!(kind_of(&unknown), Kind::None, "whose servers these are is not known");
}

#[test]
fn connections_that_still_change_hands_are_mentioned() {
    let points = every_five(60, |second| {
        let mut point = app(second, 10, 10);
        let count = 84.0 * second as f64;
        let buckets = vec![(0.1, count), (f64::INFINITY, count)];
        point.pool.acquire = Some(domain::Histogram { buckets, sum: count * 0.01, count });
        point
    });
    let verdict = Path::new().application(points).verdict(Check::PoolLeak).unwrap();
    assert_eq!(verdict.severity, Severity::Critical);
    assert_eq!(
        verdict.detail,
        "all 10 connections active for 60 s, none idle, though 84 a second were taken meanwhile"
    );
}

#[test]
fn hidden_states_leave_a_suspicion() {
    let mut hidden = path(10, 40, repeated(10, Active, 1.0));
    for point in hidden.postgres.iter_mut().flatten() {
        point.backends.states_visible = false;
    }
    assert_eq!(kind_of(&hidden), Kind::Suspected);
}

#[test]
fn the_words() {
    let idle = repeated(6, Idle, 38.0).into_iter().map(|session| routed(session, "GET /api/invoices/export"));
    let leaking = path(10, 40, both(idle.collect(), repeated(4, Active, 1.0)));
    let verdict = leaking.verdict(Check::PoolLeak).unwrap();
    assert_eq!(verdict.severity, Severity::Critical);
    assert_eq!(verdict.title, "Connection leak on panel-eu-1");
    assert_eq!(
        verdict.detail,
        "all 10 connections active for 40 s, none idle; PostgreSQL calls 6 of them idle, \
         most likely in `GET /api/invoices/export`"
    );
    let suspected = Path::new().application(every_five(38, |second| app(second, 10, 10)));
    let verdict = suspected.verdict(Check::PoolLeak).unwrap();
    assert_eq!(verdict.title, "Connection leak suspected on panel-eu-1");
    assert_eq!(verdict.detail, "all 10 connections active for 35 s, none idle");
    let verdict = four_of_four().verdict(Check::PoolLeak).unwrap();
    assert_eq!(
        (verdict.severity, verdict.title.as_str()),
        (Severity::Warning, "4 connections held but idle on panel-eu-1")
    );
    let overload = path(10, 40, repeated(10, Active, 2.0)).verdict(Check::PoolLeak).unwrap();
    assert_eq!(overload.severity, Severity::Ok);
    assert!(
        overload.detail.ends_with("PostgreSQL works for 10: overload, not a leak"),
        "{}",
        overload.detail
    );
}

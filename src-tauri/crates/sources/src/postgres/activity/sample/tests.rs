//! How the parts of a look are put together.

use std::time::{Duration, Instant};

use domain::BackendState;

use super::super::locks::Lock;
use super::super::waits::PreparedLock;
use super::*;

fn session(pid: i32, state: BackendState) -> ActivitySession {
    ActivitySession {
        pid,
        started: format!("17000000000{pid:05}"),
        backend_type: "client backend".into(),
        database: "shop".into(),
        user: "panel".into(),
        application: "panel-web".into(),
        client: Some("10.0.0.7".into()),
        state,
        wait: None,
        state_seconds: Some(1.0),
        statement_seconds: None,
        transaction_seconds: None,
        connected_seconds: Some(60.0),
        leader: None,
        xmin_age: None,
        xid_age: None,
        queryid: None,
        fingerprint: None,
        statement: None,
        truncated: false,
        route: None,
    }
}

fn row(pid: i32, blockers: &[i32]) -> WaitRow {
    let lock = Lock { kind: "advisory".into(), mode: "ShareLock".into(), ..Lock::default() };
    WaitRow { pid, blockers: blockers.to_vec(), lock: Some(lock), seconds: Some(2.0), ..WaitRow::default() }
}

fn holds(gid: Option<&str>, mode: &str) -> PreparedLock {
    PreparedLock { gid: gid.map(str::to_owned), mode: mode.into() }
}

fn named(gid: Option<&str>) -> Blocker {
    Blocker::Prepared { gid: gid.map(str::to_owned) }
}

#[test]
fn workers_stand_as_their_leader_and_blockers_come_once() {
    let worker = |pid, blockers: &[i32], seconds| WaitRow {
        leader: Some(10),
        seconds: Some(seconds),
        ..row(pid, blockers)
    };
    let found = waits(vec![worker(11, &[7, 7, 8], 1.0), worker(12, &[8, 9, 10], 5.0), row(20, &[10])]);
    let pids = |wait: &LockWait| wait.blockers.clone();
    let session = |pid| Blocker::Session { pid };
    assert_eq!(found.iter().map(|wait| wait.pid).collect::<Vec<_>>(), [10, 20]);
    assert_eq!(pids(&found[0]), [session(7), session(8), session(9)]);
    assert_eq!(found[0].seconds, Some(5.0));
    assert_eq!(pids(&found[1]), [session(10)]);
}

#[test]
fn a_prepared_transaction_is_named_by_the_lock_that_it_holds() {
    type Held = Vec<PreparedLock>;
    let (one, other) = (Some("transfer-1"), Some("transfer-2"));
    let cases: [(Held, Vec<Blocker>, Option<&str>); 4] = [
        (vec![holds(other, "ExclusiveLock")], vec![named(other)], Some("ExclusiveLock")),
        // Holding the same object in a mode that does not conflict blocks nobody.
        (
            vec![holds(one, "AccessShareLock"), holds(other, "RowExclusiveLock")],
            vec![named(other)],
            Some("RowExclusiveLock"),
        ),
        // Ended meanwhile.
        (vec![holds(None, "ExclusiveLock")], vec![named(None)], Some("ExclusiveLock")),
        (vec![], vec![named(None)], None),
    ];
    for (held, wanted, mode) in cases {
        let found = waits(vec![WaitRow { prepared: held, ..row(20, &[0, 0]) }]);
        assert_eq!(found[0].blockers, wanted);
        assert_eq!(found[0].lock.as_ref().unwrap().held_mode.as_deref(), mode);
    }
}

#[test]
fn a_standby_holds_the_horizon_through_its_sender() {
    let mut sender = session(5, BackendState::Active);
    sender.backend_type = WAL_SENDER.into();
    sender.application = "replica-1".into();
    sender.xmin_age = Some(12);
    let seen = Seen { sessions: vec![(sender, None)], ..Seen::default() };
    let (sample, _) = put_together(Timestamp(1), seen, Waiting::default(), Horizons::default());
    let standby = &sample.remote_horizons[0];
    assert_eq!(
        (standby.kind, standby.name.as_str(), standby.xmin_age),
        (HorizonKind::Standby, "replica-1", 12)
    );
}

#[test]
fn two_thousand_idle_sessions_and_two_hundred_waits_take_no_time() {
    let sessions = (0..2_300).map(|pid| (session(pid, BackendState::Idle), None)).collect();
    let rows: Vec<WaitRow> = (0..200)
        .map(|pid| {
            let blockers: Vec<i32> = (0..100).map(|blocker| 5_000 + blocker).collect();
            WaitRow { prepared: vec![holds(Some("x"), "ExclusiveLock"); 50], ..row(pid, &blockers) }
        })
        .collect();
    let seen = Seen { sessions, idle: 2_300, ..Seen::default() };
    let begun = Instant::now();
    let waiting = Waiting { waits: rows, left_out: 12 };
    let (sample, statements) = put_together(Timestamp(1), seen, waiting, Horizons::default());
    assert!(begun.elapsed() < Duration::from_millis(200), "{:?}", begun.elapsed());
    assert_eq!((sample.sessions.len(), statements.len(), sample.waits.len()), (2_300, 2_300, 200));
    assert_eq!((sample.idle, sample.waits_left_out), (2_300, 12));
}

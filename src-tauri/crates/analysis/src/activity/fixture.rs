//! Samples for tests, from a few words.

use domain::{
    ActivitySample, ActivitySession, BackendState, Blocker, LockAsked, LockWait, PreparedTransaction,
    Timestamp,
};

pub(super) fn sample(sessions: Vec<ActivitySession>, waits: Vec<LockWait>) -> ActivitySample {
    ActivitySample {
        at: Timestamp(1_790_000_000_000),
        sessions,
        idle: 0,
        left_out: 0,
        prepared: Vec::new(),
        waits,
        waits_left_out: 0,
        remote_horizons: Vec::new(),
        states_visible: true,
    }
}

/// A session of a client that runs a statement.
pub(super) fn session(pid: i32) -> ActivitySession {
    ActivitySession {
        pid,
        started: format!("17900000000{pid:05}"),
        backend_type: "client backend".to_owned(),
        database: "billing".to_owned(),
        user: "app".to_owned(),
        application: "panel".to_owned(),
        client: Some("10.0.3.17".to_owned()),
        state: BackendState::Active,
        wait: None,
        state_seconds: Some(4.0),
        statement_seconds: Some(4.0),
        transaction_seconds: Some(5.0),
        connected_seconds: Some(60.0),
        leader: None,
        xmin_age: None,
        xid_age: Some(3),
        queryid: None,
        fingerprint: None,
        statement: Some("UPDATE invoices SET total = $1".to_owned()),
        truncated: false,
        route: None,
    }
}

/// A session whose client is silent within a transaction.
pub(super) fn idle_in_transaction(pid: i32, seconds: f64) -> ActivitySession {
    ActivitySession { state: BackendState::IdleInTransaction, state_seconds: Some(seconds), ..session(pid) }
}

/// `blockers` by their pids; 0 is a prepared transaction that is not known.
pub(super) fn wait(pid: i32, blockers: &[i32]) -> LockWait {
    let blocker = |pid: &i32| match *pid {
        0 => Blocker::Prepared { gid: None },
        pid => Blocker::Session { pid },
    };
    LockWait {
        pid,
        blockers: blockers.iter().map(blocker).collect(),
        lock: None,
        seconds: Some(f64::from(pid)),
    }
}

/// A wait for a relation.
pub(super) fn relation(pid: i32, blockers: &[i32], mode: &str) -> LockWait {
    let lock = LockAsked {
        kind: "relation".to_owned(),
        mode: mode.to_owned(),
        target: "public.invoices".to_owned(),
        held_mode: None,
    };
    LockWait { lock: Some(lock), ..wait(pid, blockers) }
}

pub(super) fn prepared(gid: &str) -> PreparedTransaction {
    PreparedTransaction {
        gid: gid.to_owned(),
        xid: "7811".to_owned(),
        database: "billing".to_owned(),
        owner: "App".to_owned(),
        prepared_seconds: 10_800.0,
        xid_age: 900,
    }
}

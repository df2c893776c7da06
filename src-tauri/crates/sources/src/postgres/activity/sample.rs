//! The parts of one look put together: parallel workers stand as their leaders, prepared transactions get their names.

use std::collections::BTreeSet;

use domain::{
    ActivitySample, ActivitySession, Blocker, HorizonKind, LockAsked, LockWait, RemoteHorizon, Timestamp,
};

use super::RawStatement;
use super::horizons::Horizons;
use super::locks::{blocking_mode, conflict};
use super::sessions::Seen;
use super::waits::{WaitRow, Waiting};

const WAL_SENDER: &str = "walsender";
/// The pid by which `pg_blocking_pids` means a prepared transaction.
const PREPARED: i32 = 0;

pub(super) fn put_together(
    at: Timestamp,
    seen: Seen,
    waiting: Waiting,
    horizons: Horizons,
) -> (ActivitySample, Vec<Option<RawStatement>>) {
    let (sessions, statements): (Vec<_>, Vec<_>) = seen.sessions.into_iter().unzip();
    let mut remote_horizons = horizons.slots;
    remote_horizons.extend(sessions.iter().filter_map(standby));
    let sample = ActivitySample {
        at,
        waits: waits(waiting.waits),
        sessions,
        idle: seen.idle,
        left_out: seen.left_out,
        prepared: horizons.prepared,
        waits_left_out: waiting.left_out,
        remote_horizons,
        states_visible: !seen.hidden,
    };
    (sample, statements)
}

/// Those that somebody waits for and that are not listed.
pub(super) fn unseen_blockers(seen: &Seen, waiting: &Waiting) -> Vec<i32> {
    let known: BTreeSet<i32> = seen.sessions.iter().map(|(session, _)| session.pid).collect();
    let blockers: BTreeSet<i32> = waiting.waits.iter().flat_map(|row| row.blockers.iter().copied()).collect();
    blockers.difference(&known).copied().filter(|pid| *pid != PREPARED).collect()
}

/// A standby without a slot says by its sender which rows its queries still need.
fn standby(session: &ActivitySession) -> Option<RemoteHorizon> {
    let xmin_age = session.xmin_age.filter(|_| session.backend_type == WAL_SENDER)?;
    let name = if session.application.is_empty() { &session.user } else { &session.application };
    Some(RemoteHorizon {
        kind: HorizonKind::Standby,
        name: name.clone(),
        xmin_age,
        active: None,
        retained_bytes: None,
    })
}

/// Workers of one parallel query that wait are one wait: of their leader.
fn waits(rows: Vec<WaitRow>) -> Vec<LockWait> {
    let mut waits: Vec<LockWait> = Vec::with_capacity(rows.len());
    for row in rows {
        let wait = wait(row);
        match waits.iter_mut().find(|known| known.pid == wait.pid) {
            Some(known) => join(known, wait),
            None => waits.push(wait),
        }
    }
    waits
}

fn join(known: &mut LockWait, other: LockWait) {
    for blocker in other.blockers {
        if !known.blockers.contains(&blocker) {
            known.blockers.push(blocker);
        }
    }
    known.lock = known.lock.take().or(other.lock);
    known.seconds = known.seconds.into_iter().chain(other.seconds).reduce(f64::max);
}

fn wait(row: WaitRow) -> LockWait {
    let pid = row.leader.unwrap_or(row.pid);
    let asked = row.lock.as_ref().map(|lock| lock.mode.clone()).unwrap_or_default();
    let held_mode = match row.blockers.first() {
        Some(&PREPARED) => prepared_mode(&row, &asked),
        _ => blocking_mode(&asked, &row.held_modes),
    };
    let mut blockers = Vec::with_capacity(row.blockers.len());
    let mut add = |blocker: Blocker| {
        if !blockers.contains(&blocker) {
            blockers.push(blocker);
        }
    };
    for blocker in &row.blockers {
        match *blocker {
            PREPARED => prepared_blockers(&row, &asked).into_iter().for_each(&mut add),
            own if own == pid => {}
            pid => add(Blocker::Session { pid }),
        }
    }
    let lock =
        row.lock.map(|lock| LockAsked { target: lock.target(), kind: lock.kind, mode: lock.mode, held_mode });
    LockWait { pid, blockers, lock, seconds: row.seconds }
}

/// Only those whose mode stands in the way; one without a name where none is found.
fn prepared_blockers(row: &WaitRow, asked: &str) -> Vec<Blocker> {
    let holders = row.prepared.iter().filter(|held| conflict(asked, &held.mode));
    let named: Vec<Blocker> = holders.map(|held| Blocker::Prepared { gid: held.gid.clone() }).collect();
    if named.is_empty() { vec![Blocker::Prepared { gid: None }] } else { named }
}

fn prepared_mode(row: &WaitRow, asked: &str) -> Option<String> {
    row.prepared.iter().find(|held| conflict(asked, &held.mode)).map(|held| held.mode.clone())
}

#[cfg(test)]
mod tests;

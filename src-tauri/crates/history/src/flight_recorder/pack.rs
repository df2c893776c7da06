//! Samples to a block.

use std::collections::HashSet;

use domain::{
    ActivitySample, ActivitySession, BackendState, Blocker, HorizonKind, LockAsked, LockWait,
    PreparedTransaction, RemoteHorizon, WaitEvent,
};

use super::clock::{Since, ahead, millis};
use super::dictionary::Dictionary;
use super::packed::{Block, Frame, Held, Identity, Lock, Number, Prepared, Remote, Row, Statement, Wait};

/// Packs samples, which ascend in time.
pub(super) fn pack<'a>(samples: impl IntoIterator<Item = &'a ActivitySample>) -> Block {
    let mut samples = samples.into_iter().peekable();
    let base = samples.peek().map_or(0, |sample| sample.at.0);
    let mut packer = Packer { base, ..Packer::default() };
    let frames = samples.map(|sample| packer.frame(sample)).collect();
    Block {
        base,
        texts: packer.texts.into_entries(),
        identities: packer.identities.into_entries(),
        statements: packer.statements.into_entries(),
        wait_events: packer.wait_events.into_entries(),
        locks: packer.locks.into_entries(),
        prepared: packer.prepared.into_entries(),
        remote: packer.remote.into_entries(),
        frames,
    }
}

/// A thing that began at some time, of one session or transaction.
#[derive(PartialEq, Eq, Hash)]
enum Begun {
    Connection(i32),
    State(i32),
    Statement(i32),
    Transaction(i32),
    Wait(i32),
    Prepared(Number),
}

#[derive(Default)]
struct Packer {
    base: i64,
    /// The present moment by the server's clock.
    now: i64,
    texts: Dictionary<String>,
    identities: Dictionary<Identity>,
    statements: Dictionary<Statement>,
    wait_events: Dictionary<(Number, Number)>,
    locks: Dictionary<Lock>,
    prepared: Dictionary<Prepared>,
    remote: Dictionary<(HorizonKind, Number)>,
    since: Since<Begun>,
}

impl Packer {
    fn frame(&mut self, sample: &ActivitySample) -> Frame {
        let ActivitySample {
            at,
            sessions,
            idle,
            left_out,
            prepared,
            waits,
            waits_left_out,
            remote_horizons,
            states_visible,
        } = sample;
        let ahead = ahead(sample);
        self.now = at.0.saturating_add(ahead);
        let needed = needed(waits);
        let kept = sessions.iter().filter(|session| keeps(session, &needed));
        Frame {
            at: at.0.saturating_sub(self.base),
            ahead,
            idle: *idle,
            left_out: *left_out,
            waits_left_out: *waits_left_out,
            states_visible: *states_visible,
            sessions: kept.map(|session| self.row(session)).collect(),
            prepared: prepared.iter().map(|prepared| self.prepared(prepared)).collect(),
            waits: waits.iter().map(|wait| self.wait(wait)).collect(),
            remote: remote_horizons.iter().map(|remote| self.remote(remote)).collect(),
        }
    }

    fn row(&mut self, session: &ActivitySession) -> Row {
        let pid = session.pid;
        let state = self.since(Begun::State(pid), session.state_seconds);
        let statement = self.since(Begun::Statement(pid), session.statement_seconds);
        let transaction = self.since(Begun::Transaction(pid), session.transaction_seconds);
        let after = |since: i64, before: Option<i64>| since.saturating_sub(before.unwrap_or_default());
        Row {
            identity: self.identity(session),
            state: session.state,
            wait: session.wait.as_ref().map(|wait| self.wait_event(wait)),
            statement: self.statement(session),
            state_since: state,
            statement_since: statement.map(|since| after(since, state)),
            transaction_since: transaction.map(|since| after(since, statement.or(state))),
            xmin_age: session.xmin_age,
            xid_age: session.xid_age,
        }
    }

    fn identity(&mut self, session: &ActivitySession) -> Number {
        let identity = Identity {
            pid: session.pid,
            started: self.texts.text(&session.started),
            backend_type: self.texts.text(&session.backend_type),
            database: self.texts.text(&session.database),
            user: self.texts.text(&session.user),
            application: self.texts.text(&session.application),
            client: self.text(session.client.as_ref()),
            leader: session.leader,
            connected_since: self.since(Begun::Connection(session.pid), session.connected_seconds),
        };
        self.identities.number(identity)
    }

    fn statement(&mut self, session: &ActivitySession) -> Number {
        let statement = Statement {
            text: self.text(session.statement.as_ref()),
            fingerprint: self.text(session.fingerprint.as_ref()),
            queryid: self.text(session.queryid.as_ref()),
            route: self.text(session.route.as_ref()),
            truncated: session.truncated,
        };
        self.statements.number(statement)
    }

    fn wait_event(&mut self, wait: &WaitEvent) -> Number {
        let event = (self.texts.text(&wait.kind), self.texts.text(&wait.event));
        self.wait_events.number(event)
    }

    fn wait(&mut self, wait: &LockWait) -> Wait {
        let LockWait { pid, blockers, lock, seconds } = wait;
        Wait {
            pid: *pid,
            blockers: blockers.iter().map(|blocker| self.held(blocker)).collect(),
            lock: lock.as_ref().map(|lock| self.lock(lock)),
            since: self.since(Begun::Wait(*pid), *seconds),
        }
    }

    fn held(&mut self, blocker: &Blocker) -> Held {
        match blocker {
            Blocker::Session { pid } => Held::Session(*pid),
            Blocker::Prepared { gid } => Held::Prepared(self.text(gid.as_ref())),
        }
    }

    fn lock(&mut self, lock: &LockAsked) -> Number {
        let LockAsked { kind, mode, target, held_mode } = lock;
        let lock = Lock {
            kind: self.texts.text(kind),
            mode: self.texts.text(mode),
            target: self.texts.text(target),
            held_mode: self.text(held_mode.as_ref()),
        };
        self.locks.number(lock)
    }

    fn prepared(&mut self, prepared: &PreparedTransaction) -> (Number, u32) {
        let PreparedTransaction { gid, xid, database, owner, prepared_seconds, xid_age } = prepared;
        let gid = self.texts.text(gid);
        let since = self.since(Begun::Prepared(gid), Some(*prepared_seconds));
        let prepared = Prepared {
            gid,
            xid: self.texts.text(xid),
            database: self.texts.text(database),
            owner: self.texts.text(owner),
            since: since.unwrap_or_default(),
        };
        (self.prepared.number(prepared), *xid_age)
    }

    fn remote(&mut self, remote: &RemoteHorizon) -> Remote {
        let RemoteHorizon { kind, name, xmin_age, active, retained_bytes } = remote;
        let name = (*kind, self.texts.text(name));
        Remote {
            name: self.remote.number(name),
            xmin_age: *xmin_age,
            active: *active,
            retained_bytes: *retained_bytes,
        }
    }

    fn text(&mut self, text: Option<&String>) -> Option<Number> {
        text.map(|text| self.texts.text(text))
    }

    fn since(&mut self, what: Begun, seconds: Option<f64>) -> Option<i64> {
        let since = self.now.saturating_sub(millis(seconds?)).saturating_sub(self.base);
        Some(self.since.settle(what, since))
    }
}

/// Sessions that somebody waits for.
fn needed(waits: &[LockWait]) -> HashSet<i32> {
    let blockers = waits.iter().flat_map(|wait| &wait.blockers);
    let pids = blockers.filter_map(|blocker| match blocker {
        Blocker::Session { pid } => Some(*pid),
        Blocker::Prepared { .. } => None,
    });
    pids.chain(waits.iter().map(|wait| wait.pid)).collect()
}

/// Idle sessions are counted, not stored; but one that holds a lock of its session may block others.
fn keeps(session: &ActivitySession, needed: &HashSet<i32>) -> bool {
    session.state != BackendState::Idle
        || session.xmin_age.is_some()
        || session.xid_age.is_some()
        || needed.contains(&session.pid)
}

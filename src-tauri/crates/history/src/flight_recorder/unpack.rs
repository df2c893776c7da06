//! A block back to samples; anything that does not fit together is damage.

use domain::{
    ActivitySample, ActivitySession, Blocker, LockAsked, LockWait, PreparedTransaction, RemoteHorizon,
    Timestamp, WaitEvent,
};

use super::clock::seconds;
use super::packed::{Block, Frame, Held, Number, Remote, Row, Wait};

/// The sample of a frame of the block; none where a number names nothing.
pub(super) fn sample(block: &Block, frame: &Frame) -> Option<ActivitySample> {
    let now = frame.at.saturating_add(frame.ahead);
    let view = View { block, now };
    Some(ActivitySample {
        at: Timestamp(block.base.saturating_add(frame.at)),
        sessions: frame.sessions.iter().map(|row| view.session(row)).collect::<Option<_>>()?,
        idle: frame.idle,
        left_out: frame.left_out,
        prepared: frame.prepared.iter().map(|row| view.prepared(*row)).collect::<Option<_>>()?,
        waits: frame.waits.iter().map(|wait| view.wait(wait)).collect::<Option<_>>()?,
        waits_left_out: frame.waits_left_out,
        remote_horizons: frame.remote.iter().map(|remote| view.remote(remote)).collect::<Option<_>>()?,
        states_visible: frame.states_visible,
    })
}

struct View<'a> {
    block: &'a Block,
    /// After the base, by the server's clock.
    now: i64,
}

impl<'a> View<'a> {
    fn session(&self, row: &Row) -> Option<ActivitySession> {
        let identity = entry(&self.block.identities, row.identity)?;
        let statement = entry(&self.block.statements, row.statement)?;
        let after = |since: i64, before: Option<i64>| since.saturating_add(before.unwrap_or_default());
        let state_since = row.state_since;
        let statement_since = row.statement_since.map(|since| after(since, state_since));
        let transaction_since =
            row.transaction_since.map(|since| after(since, statement_since.or(state_since)));
        Some(ActivitySession {
            pid: identity.pid,
            started: self.text(identity.started)?,
            backend_type: self.text(identity.backend_type)?,
            database: self.text(identity.database)?,
            user: self.text(identity.user)?,
            application: self.text(identity.application)?,
            client: self.optional(identity.client)?,
            state: row.state,
            wait: self.wait_event(row.wait)?,
            state_seconds: self.ago(state_since),
            statement_seconds: self.ago(statement_since),
            transaction_seconds: self.ago(transaction_since),
            connected_seconds: self.ago(identity.connected_since),
            leader: identity.leader,
            xmin_age: row.xmin_age,
            xid_age: row.xid_age,
            queryid: self.optional(statement.queryid)?,
            fingerprint: self.optional(statement.fingerprint)?,
            statement: self.optional(statement.text)?,
            truncated: statement.truncated,
            route: self.optional(statement.route)?,
        })
    }

    /// The outer option tells damage.
    fn wait_event(&self, wait: Option<Number>) -> Option<Option<WaitEvent>> {
        let Some(number) = wait else { return Some(None) };
        let (kind, event) = entry(&self.block.wait_events, number)?;
        Some(Some(WaitEvent { kind: self.text(*kind)?, event: self.text(*event)? }))
    }

    fn prepared(&self, (number, xid_age): (Number, u32)) -> Option<PreparedTransaction> {
        let prepared = entry(&self.block.prepared, number)?;
        Some(PreparedTransaction {
            gid: self.text(prepared.gid)?,
            xid: self.text(prepared.xid)?,
            database: self.text(prepared.database)?,
            owner: self.text(prepared.owner)?,
            prepared_seconds: seconds(self.now.saturating_sub(prepared.since)),
            xid_age,
        })
    }

    fn wait(&self, wait: &Wait) -> Option<LockWait> {
        Some(LockWait {
            pid: wait.pid,
            blockers: wait.blockers.iter().map(|held| self.blocker(held)).collect::<Option<_>>()?,
            lock: match wait.lock {
                Some(number) => Some(self.lock(number)?),
                None => None,
            },
            seconds: self.ago(wait.since),
        })
    }

    fn blocker(&self, held: &Held) -> Option<Blocker> {
        Some(match held {
            Held::Session(pid) => Blocker::Session { pid: *pid },
            Held::Prepared(gid) => Blocker::Prepared { gid: self.optional(*gid)? },
        })
    }

    fn lock(&self, number: Number) -> Option<LockAsked> {
        let lock = entry(&self.block.locks, number)?;
        Some(LockAsked {
            kind: self.text(lock.kind)?,
            mode: self.text(lock.mode)?,
            target: self.text(lock.target)?,
            held_mode: self.optional(lock.held_mode)?,
        })
    }

    fn remote(&self, remote: &Remote) -> Option<RemoteHorizon> {
        let (kind, name) = entry(&self.block.remote, remote.name)?;
        Some(RemoteHorizon {
            kind: *kind,
            name: self.text(*name)?,
            xmin_age: remote.xmin_age,
            active: remote.active,
            retained_bytes: remote.retained_bytes,
        })
    }

    fn ago(&self, since: Option<i64>) -> Option<f64> {
        since.map(|since| seconds(self.now.saturating_sub(since)))
    }

    fn text(&self, number: Number) -> Option<String> {
        entry(&self.block.texts, number).cloned()
    }

    /// The outer option tells damage.
    fn optional(&self, number: Option<Number>) -> Option<Option<String>> {
        match number {
            Some(number) => self.text(number).map(Some),
            None => Some(None),
        }
    }
}

fn entry<T>(list: &[T], number: Number) -> Option<&T> {
    list.get(number as usize)
}

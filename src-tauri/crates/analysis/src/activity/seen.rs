//! The sessions and prepared transactions of a sample, found by what names them.

use std::collections::HashMap;

use domain::{ActivitySample, ActivitySession, BackendState, PreparedTransaction};

pub(super) struct Seen<'a> {
    sessions: HashMap<i32, &'a ActivitySession>,
    prepared: HashMap<&'a str, &'a PreparedTransaction>,
}

impl<'a> Seen<'a> {
    pub(super) fn of(sample: &'a ActivitySample) -> Seen<'a> {
        Seen {
            sessions: sample.sessions.iter().map(|session| (session.pid, session)).collect(),
            prepared: sample.prepared.iter().map(|one| (one.gid.as_str(), one)).collect(),
        }
    }

    pub(super) fn session(&self, pid: i32) -> Option<&'a ActivitySession> {
        self.sessions.get(&pid).copied()
    }

    pub(super) fn prepared(&self, gid: &str) -> Option<&'a PreparedTransaction> {
        self.prepared.get(gid).copied()
    }

    /// A parallel worker acts for its leader.
    pub(super) fn leader(&self, pid: i32) -> i32 {
        self.session(pid).and_then(|session| session.leader).unwrap_or(pid)
    }
}

pub(super) fn is_idle_in_transaction(session: &ActivitySession) -> bool {
    matches!(session.state, BackendState::IdleInTransaction | BackendState::IdleInTransactionAborted)
}

/// Of a client, or of nobody knows whom: what is hidden tells no type either.
pub(super) fn is_client(session: &ActivitySession) -> bool {
    matches!(session.backend_type.as_str(), "" | "client backend" | "parallel worker")
}

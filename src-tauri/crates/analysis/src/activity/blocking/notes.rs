//! What is said of a row, from nothing but what the sample tells.

use domain::{ActivitySession, BackendState, Blocker, LockAsked};

use super::Forest;
use super::graph::Node;
use crate::activity::remedy::Situation;
use crate::words::{duration, number};

impl<'a> Forest<'a> {
    pub(super) fn note(&self, node: Node, is_root: bool) -> Option<String> {
        if self.parts.in_circle(node) {
            let end = "the server ends one of them after deadlock_timeout";
            return Some(format!("waits in a circle with others, a deadlock: {end}"));
        }
        let member = &self.graph.members[node];
        let queue = member.wait.and_then(|wait| queue(wait.lock?, self.behind[node]));
        let gone = member.wait.is_some() && self.graph.blockers[node].is_empty();
        let gone = gone.then(|| "what it waited for was gone when the server was asked".to_owned());
        let root = is_root.then(|| format!("root: {} and blocks {}", self.nature(node), self.count(node)));
        match (gone, queue) {
            (None, queue) => root.filter(|_| member.wait.is_none()).or(queue),
            (Some(gone), None) => Some(gone),
            (Some(gone), Some(queue)) => Some(format!("{gone}; {queue}")),
        }
    }

    /// What a root needs to be known for its remedy.
    pub(super) fn situation(&self, root: Node) -> Situation<'_> {
        let direct = &self.graph.waiters[root];
        let asked = |node: &Node| self.graph.members[*node].wait.and_then(|wait| wait.lock);
        let mut asked_for = direct.iter().filter_map(asked).peekable();
        let all_advisory = asked_for.peek().is_some() && asked_for.all(|lock| lock.kind == "advisory");
        let member = &self.graph.members[root];
        Situation {
            who: &member.who,
            in_circle: self.parts.in_circle(root),
            waits: member.wait.is_some(),
            all_advisory,
            queue_behind: direct.iter().find_map(|node| {
                let lock = asked(node).filter(|_| self.behind[*node] > 0)?;
                blocked_by(lock).map(|_| lock.target.as_str())
            }),
        }
    }

    fn count(&self, node: Node) -> String {
        number(f64::from(self.behind[node]))
    }

    fn nature(&self, node: Node) -> String {
        match &self.graph.members[node].who {
            Blocker::Session { pid } => match self.seen.session(*pid) {
                Some(session) => nature(session),
                None => "not among the sessions that were read".to_owned(),
            },
            Blocker::Prepared { gid } => {
                let known = gid.as_deref().and_then(|gid| self.seen.prepared(gid));
                match known {
                    Some(one) => {
                        format!("prepared for a two-phase commit {} ago", duration(one.prepared_seconds))
                    }
                    None => "a prepared transaction".to_owned(),
                }
            }
        }
    }
}

/// "idle in its transaction for 4 min"
fn nature(session: &ActivitySession) -> String {
    let lasting = |what: &str, seconds: Option<f64>| match seconds {
        Some(seconds) => format!("{what} for {}", duration(seconds)),
        None => what.to_owned(),
    };
    match session.state {
        BackendState::IdleInTransaction => lasting("idle in its transaction", session.state_seconds),
        BackendState::IdleInTransactionAborted => {
            lasting("idle in a transaction that failed", session.state_seconds)
        }
        BackendState::Active | BackendState::FastpathFunctionCall => {
            lasting("has run its statement", session.statement_seconds)
        }
        BackendState::Idle => lasting("idle outside of a transaction", session.state_seconds),
        BackendState::Disabled => "does not tell its state (track_activities is off)".to_owned(),
        BackendState::Unknown if session.backend_type.is_empty() => "its state is hidden".to_owned(),
        BackendState::Unknown => lasting(&session.backend_type, session.transaction_seconds),
    }
}

/// What a waiting lock request lets nobody past: later requests that conflict with it queue behind it, even where they
/// would not conflict with what is held.
fn queue(lock: &LockAsked, behind: u32) -> Option<String> {
    let what = blocked_by(lock)?;
    let waits = if behind > 0 { "now waits" } else { "would have to wait" };
    Some(format!("every {what} {} {waits} behind this one", lock.target))
}

/// "query on", "write to": by the table of lock conflicts.
fn blocked_by(lock: &LockAsked) -> Option<&'static str> {
    match lock.mode.as_str() {
        _ if lock.kind != "relation" => None,
        "AccessExclusiveLock" => Some("query on"),
        "ExclusiveLock" | "ShareRowExclusiveLock" | "ShareLock" => Some("write to"),
        _ => None,
    }
}

//! Chooses what holds executions together: a request or a trace where the log names one, else the transaction, else the
//! stretch of the session.
//!
//! A transaction of a few statements says less than the stretch of the session it stands in: a loop that commits
//! after every statement is one loop. So the statements of a transaction wait until they are enough for a pattern, and
//! belong to the session's stretch when the transaction ends before.

use super::nature::Role;
use super::prepared::Execution;
use crate::hashing::HashedMap;
use crate::n_plus_one::UnitKind;
use crate::sql::mix;

const BLOCK: u64 = 0xA076_1D64_78BD_642F;

/// An execution whose unit is not known yet, with what the batch that it came in knew.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) execution: Execution,
    pub(super) route: Option<u32>,
    pub(super) application: Option<u32>,
}

/// Time that a session's connection was in use without a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct InUse {
    pub(super) start_us: i64,
    pub(super) end_us: i64,
}

/// Executions of one transaction, as far as they were seen.
#[derive(Clone, Debug, Default)]
struct Block {
    unit: u64,
    /// The transaction's own number; 0 where only BEGIN told of it.
    transaction: u64,
    /// BEGIN was seen: it lasts until its end is.
    explicit: bool,
    start_us: i64,
    end_us: i64,
    /// Enough for a pattern: from now on nothing is held back.
    large: bool,
    held: Vec<Held>,
}

#[derive(Clone, Debug, Default)]
struct Session {
    block: Option<Block>,
    /// A block that is over, for its room.
    spare: Vec<Held>,
    seen_us: i64,
}

/// Open transactions by session.
#[derive(Clone, Debug)]
pub(super) struct Units {
    sessions: HashedMap<u64, Session>,
    threshold: usize,
    room: usize,
    ever: u64,
    forgotten: u64,
}

/// Receives what becomes known.
pub(super) trait Sink {
    fn unit(&mut self, kind: UnitKind, hash: u64, held: &Held);
    fn in_use(&mut self, used: InUse);
    /// No execution of this transaction follows.
    fn ended(&mut self, transaction: u64);
}

impl Units {
    pub(super) fn new(threshold: u64, room: usize) -> Units {
        Units {
            sessions: HashedMap::default(),
            threshold: usize::try_from(threshold).unwrap_or(usize::MAX).max(1),
            room: room.max(1),
            ever: 0,
            forgotten: 0,
        }
    }

    /// Sessions seen; one that was forgotten and came back counts again.
    pub(super) fn sessions(&self) -> u64 {
        self.ever
    }

    /// Sessions forgotten for the bound while a transaction was open.
    pub(super) fn forgotten(&self) -> u64 {
        self.forgotten
    }

    pub(super) fn take(&mut self, held: Held, role: Role, sink: &mut impl Sink) {
        let execution = &held.execution;
        let used = InUse { start_us: execution.start_us, end_us: execution.end_us() };
        if execution.session == 0 {
            sink.in_use(used);
            if !matches!(role, Role::Begin | Role::End) {
                let (kind, hash) = named(execution).unwrap_or((UnitKind::Session, 0));
                sink.unit(kind, hash, &held);
            }
            return;
        }
        self.make_room(execution, sink);
        let session = self.sessions.entry(execution.session).or_insert_with(|| {
            self.ever += 1;
            Session::default()
        });
        session.seen_us = used.end_us;
        match role {
            Role::Begin => {
                session.end_block(sink);
                session.open(execution, true);
            }
            Role::End => {
                if let Some(block) = &mut session.block {
                    block.end_us = block.end_us.max(used.end_us);
                } else {
                    sink.in_use(used);
                }
                session.end_block(sink);
            }
            _ => session.statement(held, self.threshold, sink),
        }
    }

    /// Nothing follows.
    pub(super) fn finish(&mut self, sink: &mut impl Sink) {
        let mut left: Vec<(i64, u64)> =
            self.sessions.iter().map(|(id, session)| (session.seen_us, *id)).collect();
        // In the order of time, so that the result does not depend on the order of a map.
        left.sort_unstable();
        for (_, id) in left {
            if let Some(mut session) = self.sessions.remove(&id) {
                session.end_block(sink);
            }
        }
    }

    /// Forgets the eighth of the sessions that was silent for longest, so that the search is rare.
    fn make_room(&mut self, execution: &Execution, sink: &mut impl Sink) {
        if self.sessions.len() < self.room || self.sessions.contains_key(&execution.session) {
            return;
        }
        let mut by_silence: Vec<(i64, u64)> =
            self.sessions.iter().map(|(id, session)| (session.seen_us, *id)).collect();
        by_silence.sort_unstable();
        for (_, id) in by_silence.into_iter().take(self.room.div_ceil(8)) {
            if let Some(mut session) = self.sessions.remove(&id) {
                self.forgotten += u64::from(session.block.as_ref().is_some_and(|block| block.explicit));
                session.end_block(sink);
            }
        }
    }
}

impl Session {
    fn open(&mut self, execution: &Execution, explicit: bool) {
        let mut held = std::mem::take(&mut self.spare);
        held.clear();
        self.block = Some(Block {
            unit: mix(
                mix(BLOCK, execution.session),
                execution.start_us as u64 ^ execution.transaction.rotate_left(32),
            ),
            transaction: execution.transaction,
            explicit,
            start_us: execution.start_us,
            end_us: execution.end_us(),
            large: false,
            held,
        });
    }

    fn statement(&mut self, held: Held, threshold: usize, sink: &mut impl Sink) {
        let execution = &held.execution;
        let belongs = self.block.as_ref().is_some_and(|block| {
            block.explicit || (block.transaction != 0 && block.transaction == execution.transaction)
        });
        if !belongs {
            self.end_block(sink);
            if execution.transaction == 0 {
                sink.in_use(InUse { start_us: execution.start_us, end_us: execution.end_us() });
                let (kind, hash) = named(execution).unwrap_or((UnitKind::Session, execution.session));
                sink.unit(kind, hash, &held);
                return;
            }
            self.open(execution, false);
        }
        let Some(block) = &mut self.block else { return };
        block.end_us = block.end_us.max(execution.end_us());
        block.start_us = block.start_us.min(execution.start_us);
        if let Some((kind, hash)) = named(execution) {
            sink.unit(kind, hash, &held);
        } else if block.large {
            sink.unit(UnitKind::Transaction, block.unit, &held);
        } else {
            block.held.push(held);
            if block.held.len() >= threshold {
                block.large = true;
                block.held.drain(..).for_each(|held| sink.unit(UnitKind::Transaction, block.unit, &held));
            }
        }
    }

    fn end_block(&mut self, sink: &mut impl Sink) {
        let Some(mut block) = self.block.take() else { return };
        sink.in_use(InUse { start_us: block.start_us, end_us: block.end_us });
        if block.large {
            sink.ended(block.unit);
        }
        for held in block.held.drain(..) {
            sink.unit(UnitKind::Session, held.execution.session, &held);
        }
        self.spare = block.held;
    }
}

/// The unit that the log names.
pub(super) fn named(execution: &Execution) -> Option<(UnitKind, u64)> {
    if execution.request != 0 {
        Some((UnitKind::Request, execution.request))
    } else if execution.trace != 0 {
        Some((UnitKind::Trace, execution.trace))
    } else {
        None
    }
}

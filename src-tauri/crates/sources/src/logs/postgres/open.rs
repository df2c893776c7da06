//! Statements whose duration is still to come on a line of their session.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::super::events::{RawEvent, RawStatement};
use super::super::span::Span;

/// More sessions than a server has; what is beyond is given out without a duration.
pub(super) const MAX_OPEN: usize = 20_000;

/// Keys are hashes already.
#[derive(Default)]
pub(in super::super) struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

pub(in super::super) type BySession<V> = HashMap<u64, V, BuildHasherDefault<Hashed>>;

#[derive(Debug)]
pub(super) struct Open {
    statement: RawStatement,
    /// Its texts, once the block that held them is gone.
    owned: Option<Vec<u8>>,
}

/// At most one open statement for each session.
#[derive(Debug, Default)]
pub(super) struct OpenStatements {
    by_session: BySession<Open>,
    spare: Vec<Vec<u8>>,
    /// Whether some statement still has its texts in the block.
    in_block: bool,
}

impl OpenStatements {
    pub(super) fn is_empty(&self) -> bool {
        self.by_session.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.by_session.len() >= MAX_OPEN
    }

    pub(super) fn has(&self, session: u64) -> bool {
        self.by_session.contains_key(&session)
    }

    pub(super) fn insert(&mut self, statement: RawStatement) {
        self.in_block = true;
        self.by_session.insert(statement.who.session, Open { statement, owned: None });
    }

    /// The text of the statement that `session` has open.
    pub(super) fn sql<'a>(&'a self, session: u64, block: &'a [u8], scratch: &'a [u8]) -> Option<&'a [u8]> {
        let open = self.by_session.get(&session)?;
        Some(match &open.owned {
            Some(owned) => open.statement.sql.text(&[], owned),
            None => open.statement.sql.text(block, scratch),
        })
    }

    /// Changes the open statement of `session`; `change` is given a way to keep a text of this block beside it.
    pub(super) fn change(
        &mut self,
        session: u64,
        (block, scratch): (&[u8], &[u8]),
        change: impl FnOnce(&mut RawStatement, &mut dyn FnMut(Span) -> Span),
    ) -> bool {
        let Some(Open { statement, owned }) = self.by_session.get_mut(&session) else { return false };
        match owned {
            Some(owned) => change(statement, &mut |span| span.copied(block, scratch, owned)),
            None => change(statement, &mut |span| span),
        }
        true
    }

    /// Takes the open statement of `session`, with its texts in the block or in `scratch`.
    pub(super) fn take(&mut self, session: u64, scratch: &mut Vec<u8>) -> Option<RawStatement> {
        let open = self.by_session.remove(&session)?;
        Some(self.given_out(open, scratch))
    }

    pub(super) fn take_all(&mut self, scratch: &mut Vec<u8>) -> Vec<RawStatement> {
        let all: Vec<Open> = self.by_session.drain().map(|(_, open)| open).collect();
        let mut all: Vec<RawStatement> = all.into_iter().map(|open| self.given_out(open, scratch)).collect();
        all.sort_by_key(|statement| statement.offset);
        all
    }

    fn given_out(&mut self, open: Open, scratch: &mut Vec<u8>) -> RawStatement {
        let Open { statement, owned } = open;
        let Some(mut owned) = owned else { return statement };
        let mut event = RawEvent::Statement(statement);
        event.map_spans(|span| span.copied(&[], &owned, scratch));
        owned.clear();
        self.spare.push(owned);
        match event {
            RawEvent::Statement(statement) => statement,
            _ => statement,
        }
    }

    /// Keeps the texts of all open statements, because their block goes away.
    pub(super) fn keep(&mut self, block: &[u8], scratch: &[u8]) {
        if !std::mem::take(&mut self.in_block) {
            return;
        }
        for open in self.by_session.values_mut().filter(|open| open.owned.is_none()) {
            let mut owned = self.spare.pop().unwrap_or_default();
            let mut event = RawEvent::Statement(open.statement);
            event.map_spans(|span| span.copied(block, scratch, &mut owned));
            if let RawEvent::Statement(statement) = event {
                open.statement = statement;
            }
            open.owned = Some(owned);
        }
    }

    /// Where the earliest open statement begins.
    pub(super) fn earliest_offset(&self) -> Option<u64> {
        self.by_session.values().map(|open| open.statement.offset).min()
    }
}

//! Every statement that was seen, by its fingerprint: its text, what it does, what it cost, and what could be saved.

use super::cache::Gain;
use super::nature::{self, Role};
use super::stats::Stats;
use super::trend::{Trend, Trends};
use crate::hashing::HashedMap;
use crate::names::Names;
use crate::sql::{Fingerprint, StatementFacts, mask, statement_facts};

/// Bytes that statements may take, about; beyond it those with the least time are forgotten.
const ROOM: usize = 80 << 20;
const MOST: usize = 30_000;
/// What a statement takes beside its texts, about: facts, spread of durations, trend.
const OVERHEAD: usize = 1_600;
/// Longer text is shown up to here.
const LONGEST_TEXT: usize = 8 << 10;
const CUT: &str = "... (truncated)";

/// A plan of auto_explain beside the execution that it was logged for.
#[derive(Clone, Debug)]
pub(super) struct KeptPlan {
    pub(super) duration_us: Option<u64>,
    pub(super) at_us: i64,
    pub(super) text: String,
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) fingerprint: Fingerprint,
    /// As it is shown and kept: masked, unless the person wants the constants.
    pub(super) text: String,
    /// Masked in any case.
    pub(super) masked: String,
    pub(super) facts: StatementFacts,
    pub(super) role: Role,
    pub(super) tables: Box<[u32]>,
    pub(super) truncated: bool,
    pub(super) stats: Stats,
    pub(super) gain: Gain,
    pub(super) plan: Option<KeptPlan>,
}

impl Entry {
    fn bytes(&self) -> usize {
        OVERHEAD + self.masked.capacity() + self.text.capacity()
    }
}

/// What was forgotten for the bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Forgotten {
    /// Statements; one that came back and was forgotten again counts again.
    pub(super) statements: u64,
    pub(super) calls: u64,
    pub(super) total_us: u64,
}

#[derive(Clone, Debug)]
pub(super) struct Catalogue {
    by_fingerprint: HashedMap<u64, u32>,
    entries: Vec<Entry>,
    tables: Names,
    trends: Trends,
    bytes: usize,
    room: usize,
    keep_literals: bool,
    forgotten: Forgotten,
}

impl Catalogue {
    pub(super) fn new(keep_literals: bool) -> Catalogue {
        Catalogue {
            by_fingerprint: HashedMap::default(),
            entries: Vec::new(),
            tables: Names::with_room(65_536),
            trends: Trends::new(),
            bytes: 0,
            room: ROOM,
            keep_literals,
            forgotten: Forgotten::default(),
        }
    }

    /// The statement of a fingerprint; `sample` gives its text and whether that is only its beginning.
    pub(super) fn entry<'s>(
        &mut self,
        fingerprint: Fingerprint,
        sample: impl FnOnce() -> Option<(&'s [u8], bool)>,
    ) -> Option<(&mut Entry, &mut Trends)> {
        let known = self.by_fingerprint.get(&fingerprint.0).copied();
        let index = match known {
            Some(index) => index as usize,
            None => self.learn(fingerprint, sample().unwrap_or_default()),
        };
        Some((self.entries.get_mut(index)?, &mut self.trends))
    }

    fn learn(&mut self, fingerprint: Fingerprint, (sql, truncated): (&[u8], bool)) -> usize {
        self.make_room();
        let entry = self.read(fingerprint, sql, truncated);
        self.bytes += entry.bytes();
        let index = self.entries.len();
        self.entries.push(entry);
        self.by_fingerprint.insert(fingerprint.0, index as u32);
        index
    }

    fn read(&mut self, fingerprint: Fingerprint, sql: &[u8], truncated: bool) -> Entry {
        let masked = mask(sql);
        // Facts come from the text as it was written: masking loses whether a pattern is anchored.
        let facts = statement_facts(&String::from_utf8_lossy(sql));
        let text = if self.keep_literals { String::from_utf8_lossy(sql).into_owned() } else { String::new() };
        let role = nature::role(&masked, &facts);
        let tables = facts.tables.iter().filter_map(|table| self.tables.number(&table.name)).collect();
        let truncated = truncated || masked.ends_with(CUT);
        let (masked, text) = (shortened(masked), shortened(text));
        let (stats, gain) = (Stats::default(), Gain::default());
        Entry { fingerprint, text, masked, facts, role, tables, truncated, stats, gain, plan: None }
    }

    /// Forgets the eighth of the statements that took least time, so that the search is rare.
    fn make_room(&mut self) {
        if self.entries.len() < MOST && self.bytes < self.room {
            return;
        }
        let mut lightest: Vec<_> =
            self.entries.iter().map(|entry| (entry.stats.weight(), entry.fingerprint)).collect();
        lightest.sort_unstable();
        for (_, fingerprint) in lightest.into_iter().take(self.entries.len().div_ceil(8)) {
            self.forget(fingerprint);
        }
    }

    fn forget(&mut self, fingerprint: Fingerprint) {
        let Some(index) = self.by_fingerprint.remove(&fingerprint.0).map(|index| index as usize) else {
            return;
        };
        if index >= self.entries.len() {
            return;
        }
        let gone = self.entries.swap_remove(index);
        self.bytes = self.bytes.saturating_sub(gone.bytes());
        self.trends.gave_back(&gone.stats.trend);
        self.forgotten.statements += 1;
        self.forgotten.calls += gone.stats.calls;
        self.forgotten.total_us += gone.stats.total_us;
        if let Some(moved) = self.entries.get(index) {
            self.by_fingerprint.insert(moved.fingerprint.0, index as u32);
        }
    }

    /// Makes all trends coarser, when one of them found no room.
    pub(super) fn coarsen_trends(&mut self) {
        let trends: Vec<&mut Trend> = self.entries.iter_mut().map(|entry| &mut entry.stats.trend).collect();
        self.trends.coarsen(trends);
    }

    pub(super) fn get(&self, fingerprint: Fingerprint) -> Option<&Entry> {
        self.by_fingerprint.get(&fingerprint.0).and_then(|index| self.entries.get(*index as usize))
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(super) fn trends(&self) -> &Trends {
        &self.trends
    }

    pub(super) fn forgotten(&self) -> Forgotten {
        self.forgotten
    }
}

fn shortened(mut text: String) -> String {
    if text.len() > LONGEST_TEXT {
        text.truncate(text.floor_char_boundary(LONGEST_TEXT));
        text.push_str(CUT);
        text.shrink_to_fit();
    }
    text
}

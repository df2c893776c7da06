//! The last quarter of an hour of one server at full resolution, packed, and the names of its statements.

use std::collections::{HashMap, HashSet, VecDeque};

use domain::{
    Degradation, Problem, StatementColumns, StatementCounts, StatementGap, StatementIdentity,
    StatementInterval, StatementName, TimeRange, Timestamp,
};
use history::StatementBucket;
use history::codec::{decode_statements, encode_statements};

/// A little more than the longest window that is asked of it.
const KEEP_MILLIS: i64 = 16 * 60_000;
const MOST_GAPS: usize = 200;
/// Beyond so many bytes of texts, only the beginning of further ones is kept in memory.
const MOST_TEXT_BYTES: usize = 64 << 20;
const CUT_BYTES: usize = 2_048;
/// So many statements are remembered whose texts are to be asked for, or were not given.
const MOST_UNNAMED: usize = 20_000;

#[derive(Default)]
pub(super) struct Kept {
    intervals: VecDeque<Packed>,
    gaps: VecDeque<StatementGap>,
    keys: HashMap<StatementIdentity, u32>,
    identities: Vec<StatementIdentity>,
    pub names: HashMap<StatementIdentity, StatementName>,
    text_bytes: usize,
    /// With the milliseconds that they took.
    unnamed: HashMap<StatementIdentity, f64>,
    unanswered: HashSet<StatementIdentity>,
    pub columns: StatementColumns,
    pub lacks: Vec<Degradation>,
    pub problem: Option<Problem>,
    /// The first reading of this console's run.
    pub begun: Option<Timestamp>,
    /// Milliseconds between two readings.
    pub interval_ms: i64,
}

/// Five thousand statements in some 50 kB.
struct Packed {
    range: TimeRange,
    counts: Vec<u8>,
}

impl Kept {
    pub(super) fn push(&mut self, interval: &StatementInterval) {
        self.note_unnamed(interval);
        self.gaps.extend(interval.gaps.iter().cloned());
        let excess = self.gaps.len().saturating_sub(MOST_GAPS);
        self.gaps.drain(..excess);
        if interval.range.millis() == 0 {
            return;
        }
        let mut rows: Vec<(u32, StatementCounts)> =
            interval.counts.iter().map(|(identity, counts)| (self.key(*identity), *counts)).collect();
        rows.sort_by_key(|(key, _)| *key);
        let now = interval.range.to;
        // A clock that went back would leave intervals "in the future" that never age.
        self.intervals.retain(|old| old.range.to < now && now.millis_since(old.range.to) <= KEEP_MILLIS);
        self.intervals.push_back(Packed { range: interval.range, counts: encode_statements(&rows) });
    }

    fn key(&mut self, identity: StatementIdentity) -> u32 {
        let next = u32::try_from(self.identities.len()).unwrap_or(u32::MAX);
        *self.keys.entry(identity).or_insert_with(|| {
            self.identities.push(identity);
            next
        })
    }

    /// Where memory begins.
    pub(super) fn oldest(&self) -> Option<Timestamp> {
        self.intervals.front().map(|interval| interval.range.from)
    }

    /// Intervals that end within the window, ascending.
    pub(super) fn visit(&self, range: TimeRange, mut each: impl FnMut(StatementBucket)) {
        let within = |at: Timestamp| range.from < at && at <= range.to;
        for interval in self.intervals.iter().filter(|interval| within(interval.range.to)) {
            let rows = decode_statements(&interval.counts).unwrap_or_default();
            let named = |(key, counts): (u32, StatementCounts)| {
                Some((*self.identities.get(usize::try_from(key).ok()?)?, counts))
            };
            each(StatementBucket {
                start: interval.range.from,
                counted: interval.range,
                counted_ms: interval.range.millis(),
                rest: StatementCounts::default(),
                counts: rows.into_iter().filter_map(named).collect(),
            });
        }
    }

    pub(super) fn gaps(&self, range: TimeRange) -> Vec<StatementGap> {
        self.gaps.iter().filter(|gap| range.contains(gap.at)).cloned().collect()
    }

    /// Statements that ran and whose names are not known, those that took most time first.
    pub(super) fn unnamed(&self) -> Vec<StatementIdentity> {
        let mut unnamed: Vec<(StatementIdentity, f64)> =
            self.unnamed.iter().map(|(identity, ms)| (*identity, *ms)).collect();
        unnamed.sort_by(|(one, a), (other, b)| b.total_cmp(a).then(one.cmp(other)));
        unnamed.into_iter().map(|(identity, _)| identity).collect()
    }

    fn note_unnamed(&mut self, interval: &StatementInterval) {
        for (identity, counts) in &interval.counts {
            let known = self.names.contains_key(identity) || self.unanswered.contains(identity);
            if !known && self.unnamed.len() < MOST_UNNAMED {
                *self.unnamed.entry(*identity).or_default() += counts.exec_ms;
            }
        }
    }

    /// What the server answered to those that were asked for.
    pub(super) fn name(&mut self, asked: &HashSet<StatementIdentity>, names: Vec<StatementName>) {
        for mut name in names {
            if self.text_bytes > MOST_TEXT_BYTES {
                name.statement = name.statement.map(|text| beginning(&text, CUT_BYTES));
            }
            self.text_bytes += name.statement.as_ref().map_or(0, String::len);
            self.names.insert(name.identity, name);
        }
        self.unnamed.retain(|identity, _| !asked.contains(identity));
        if self.unanswered.len() > MOST_UNNAMED {
            self.unanswered.clear();
        }
        let missing = asked.iter().filter(|identity| !self.names.contains_key(identity));
        self.unanswered.extend(missing);
    }

    /// What the server did not give before, it may give now.
    pub(super) fn ask_again(&mut self) {
        self.unanswered.clear();
    }
}

/// The text, or as much of it as fits, and then a mark that it goes on.
pub(super) fn beginning(text: &str, bytes: usize) -> String {
    match text.get(..text.floor_char_boundary(bytes)) {
        Some(start) if start.len() < text.len() => format!("{start}…"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(queryid: i64) -> StatementIdentity {
        StatementIdentity { queryid, user: 1, database: 1, top_level: true }
    }

    fn interval(seconds: i64, counts: Vec<(i64, f64)>) -> StatementInterval {
        let count = |(id, calls)| (identity(id), StatementCounts { calls, ..StatementCounts::default() });
        StatementInterval {
            range: TimeRange { from: Timestamp((seconds - 10) * 1000), to: Timestamp(seconds * 1000) },
            counts: counts.into_iter().map(count).collect(),
            gaps: Vec::new(),
        }
    }

    #[test]
    fn a_quarter_of_an_hour_stays() {
        let mut kept = Kept::default();
        for number in 1..=200 {
            kept.push(&interval(number * 10, vec![(number % 7, 2.0), (100, 1.0)]));
        }
        assert_eq!(kept.oldest(), Some(Timestamp((2_000 - 16 * 60 - 10) * 1000)));
        let (mut intervals, mut calls) = (0, 0.0);
        kept.visit(TimeRange { from: Timestamp(1_940_000), to: Timestamp(2_000_000) }, |bucket| {
            intervals += 1;
            calls += bucket.counts.iter().map(|(_, counts)| counts.calls).sum::<f64>();
        });
        assert_eq!((intervals, calls), (6, 18.0));
        kept.push(&interval(50, vec![]));
        assert_eq!(kept.oldest(), Some(Timestamp(40_000)), "the clock went back");
    }

    #[test]
    fn names_are_asked_for_until_they_are_known() {
        let mut kept = Kept::default();
        kept.push(&interval(10, vec![(1, 1.0), (2, 1.0)]));
        kept.push(&interval(20, vec![(3, 1.0)]));
        assert_eq!(kept.unnamed(), [identity(1), identity(2), identity(3)]);
        let name = StatementName {
            identity: identity(1),
            statement: None,
            fingerprint: None,
            database: String::new(),
            user: String::new(),
            own: false,
        };
        kept.name(&HashSet::from([identity(1), identity(2)]), vec![name]);
        assert_eq!(kept.unnamed(), [identity(3)], "the second was not given");
        kept.push(&interval(30, vec![(1, 1.0), (2, 1.0)]));
        assert_eq!(kept.unnamed(), [identity(3)]);
        kept.ask_again();
        kept.push(&interval(40, vec![(2, 1.0)]));
        assert_eq!(kept.unnamed(), [identity(2), identity(3)]);
        assert_eq!((beginning("häuser", 2), beginning("ab", 2)), ("h…".to_owned(), "ab".to_owned()));
    }
}

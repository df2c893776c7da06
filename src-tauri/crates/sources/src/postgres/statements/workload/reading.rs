//! What `pg_stat_statements` counted, and what happened between two readings of it.

use std::collections::HashMap;

use domain::{Degradation, Timestamp};
use serde::{Deserialize, Serialize};

/// One reading: the statements of a database that PostgreSQL can plan, as far as the role sees them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StatementsReading {
    /// By the server's clock.
    pub taken_at: Timestamp,
    /// Since when everything counts; absent before version 1.9 of the extension.
    pub counted_since: Option<Timestamp>,
    /// How often entries had to make room; absent before version 1.9.
    pub evicted: Option<u64>,
    /// Those that took most time first.
    pub entries: Vec<StatementEntry>,
    /// There were more entries than are read.
    pub cut: bool,
    /// Entries whose text the role may not see.
    pub hidden: usize,
    /// Entries whose text is too long or was lost.
    pub without_text: usize,
    /// Entries that have no plan: utility statements, whose constants nobody masks.
    pub unplanned: usize,
    /// Planning is counted too; `total_ms` is without it.
    pub track_planning: bool,
    /// What is missing, with what mends it.
    pub lacks: Vec<Degradation>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StatementEntry {
    pub key: StatementKey,
    pub calls: u64,
    /// Execution.
    pub total_ms: f64,
    pub rows: u64,
    /// With `$1` for constants.
    pub text: String,
    /// Since when this entry counts; version 1.11 and later.
    pub since: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StatementKey {
    pub queryid: i64,
    pub user: u32,
    /// False inside a function.
    pub top_level: bool,
}

/// A statement, whoever ran it.
#[derive(Debug, Clone, PartialEq)]
pub struct StatementCount {
    pub queryid: i64,
    pub text: String,
    pub calls: u64,
    pub total_ms: f64,
    pub rows: u64,
}

/// What was counted between two readings.
#[derive(Debug, Clone, PartialEq)]
pub struct StatementsChange {
    /// Those that took most time first; only statements that ran.
    pub counts: Vec<StatementCount>,
    /// How long was counted.
    pub seconds: f64,
    /// Everything began anew in between: what was counted before is lost.
    pub reset: bool,
    /// Entries that began anew, alone, in between: what they counted before is lost.
    pub restarted: usize,
    /// Evictions in between: entries may have come back small.
    pub evicted: u64,
    /// Entries of which the earlier reading may have seen nothing.
    pub left_out: usize,
}

impl StatementsReading {
    /// Every statement since it began to count, those that took most time first.
    pub fn counts(&self) -> Vec<StatementCount> {
        merged(self.entries.iter().map(StatementEntry::count))
    }
}

impl StatementEntry {
    fn count(&self) -> StatementCount {
        StatementCount {
            queryid: self.key.queryid,
            text: self.text.clone(),
            calls: self.calls,
            total_ms: self.total_ms,
            rows: self.rows,
        }
    }

    /// None where it began anew after `earlier`.
    fn minus(&self, earlier: &StatementEntry) -> Option<StatementCount> {
        let anew = self.since != earlier.since || self.total_ms < earlier.total_ms;
        let (calls, rows) = (self.calls.checked_sub(earlier.calls)?, self.rows.checked_sub(earlier.rows)?);
        let total_ms = self.total_ms - earlier.total_ms;
        (!anew).then(|| StatementCount { calls, rows, total_ms, ..self.count() })
    }
}

/// What `later` counted since `earlier`. The server is never reset for it.
pub fn since(earlier: &StatementsReading, later: &StatementsReading) -> StatementsChange {
    let mut change = StatementsChange {
        counts: Vec::new(),
        seconds: later.taken_at.seconds_since(earlier.taken_at).max(0.0),
        reset: earlier.counted_since != later.counted_since,
        restarted: 0,
        evicted: 0,
        left_out: 0,
    };
    if change.reset {
        if let Some(begun) = later.counted_since {
            change.seconds = later.taken_at.seconds_since(begun).max(0.0);
        }
        change.counts = later.counts();
        return change;
    }
    change.evicted = later.evicted.unwrap_or(0).saturating_sub(earlier.evicted.unwrap_or(0));
    let known: HashMap<StatementKey, &StatementEntry> =
        earlier.entries.iter().map(|entry| (entry.key, entry)).collect();
    let mut counts = Vec::with_capacity(later.entries.len());
    for entry in &later.entries {
        match known.get(&entry.key) {
            Some(before) => counts.push(entry.minus(before).unwrap_or_else(|| {
                change.restarted += 1;
                entry.count()
            })),
            None if earlier.cut && entry.since.is_none_or(|since| since < earlier.taken_at) => {
                change.left_out += 1
            }
            None => counts.push(entry.count()),
        }
    }
    change.counts = merged(counts.into_iter().filter(|count| count.calls > 0));
    change
}

fn merged(counts: impl Iterator<Item = StatementCount>) -> Vec<StatementCount> {
    let mut places: HashMap<i64, usize> = HashMap::new();
    let mut merged: Vec<StatementCount> = Vec::new();
    for count in counts {
        match places.get(&count.queryid).and_then(|place| merged.get_mut(*place)) {
            Some(same) => {
                same.calls = same.calls.saturating_add(count.calls);
                same.rows = same.rows.saturating_add(count.rows);
                same.total_ms += count.total_ms;
            }
            None => {
                places.insert(count.queryid, merged.len());
                merged.push(count);
            }
        }
    }
    merged.sort_by(|a, b| b.total_ms.total_cmp(&a.total_ms).then(a.queryid.cmp(&b.queryid)));
    merged
}

#[cfg(test)]
mod tests;

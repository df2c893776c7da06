//! What was added between two readings. A server is never reset for it; what began anew is counted from there.

use std::collections::HashMap;

use domain::{
    StatementCounts, StatementGap, StatementIdentity, StatementInterval, StatementTotal, StatementTotals,
    TimeRange, Timestamp,
};

use super::gaps::{evicted, not_read, reset, restarted};

/// Nothing was read for so many intervals: what ran meanwhile would be one heap at a wrong place.
const LONGEST_INTERVALS: i64 = 3;

/// What `later` counted since `earlier`; `interval_ms` is the time that should lie between them.
///
/// Counts are never negative, and never more than what ran: where it is not known since when an entry counts, it is
/// left out until the next reading.
pub fn between(earlier: &StatementTotals, later: &StatementTotals, interval_ms: i64) -> StatementInterval {
    let mut gaps = Vec::new();
    let from = earlier.at.min(later.at);
    let whole = TimeRange { from, to: later.at };
    let restart = later.started_at != earlier.started_at;
    if restart {
        gaps.push(restarted(earlier, later));
    }
    if whole.millis() > interval_ms.saturating_mul(LONGEST_INTERVALS) || later.at < earlier.at {
        gaps.push(not_read(whole));
        return StatementInterval {
            range: TimeRange { from: later.at, to: later.at },
            counts: Vec::new(),
            gaps,
        };
    }
    let anew = began_anew(earlier, later, restart);
    let range = if anew {
        let range = TimeRange { from: counted_from(earlier, later), to: later.at };
        if !restart {
            gaps.push(reset(earlier, later, range.from));
        }
        range
    } else {
        whole
    };
    gaps.extend(evictions(earlier, later, anew));
    StatementInterval { range, counts: counts(earlier, later, anew), gaps }
}

/// What is told where the console itself did not run, or not for this server: the last moment that it counted before is
/// `newest`.
pub fn after_a_pause(newest: Timestamp, now: Timestamp, interval_ms: i64) -> Option<StatementInterval> {
    let pause = TimeRange { from: newest, to: now };
    (pause.millis() > interval_ms.saturating_mul(LONGEST_INTERVALS)).then(|| StatementInterval {
        range: TimeRange { from: now, to: now },
        counts: Vec::new(),
        gaps: vec![not_read(pause)],
    })
}

/// Everything counts from zero. Before version 1.9 the server does not say so; a crash or a reset takes every entry.
fn began_anew(earlier: &StatementTotals, later: &StatementTotals, restart: bool) -> bool {
    match (earlier.counted_since, later.counted_since) {
        (Some(before), Some(now)) => before != now,
        // An update of the extension in between: nothing began anew.
        (None, Some(_)) | (Some(_), None) => false,
        (None, None) => fell_together(earlier, later, restart),
    }
}

/// More entries fell or went than stayed; after a restart, a single one tells.
fn fell_together(earlier: &StatementTotals, later: &StatementTotals, restart: bool) -> bool {
    let now: HashMap<StatementIdentity, StatementCounts> =
        later.entries.iter().map(|entry| (entry.identity, entry.counts)).collect();
    let gone = earlier
        .entries
        .iter()
        .filter(|entry| now.get(&entry.identity).is_none_or(|counts| counts.since(entry.counts).is_none()))
        .count();
    if restart { gone > 0 } else { gone * 2 > earlier.entries.len() }
}

/// The moment from which `later` counts, by the console's clock.
fn counted_from(earlier: &StatementTotals, later: &StatementTotals) -> Timestamp {
    let since = later.counted_since.unwrap_or(later.started_at.max(earlier.taken_at));
    let age = later.taken_at.millis_since(since).max(0);
    later.at.plus_millis(-age).max(earlier.at)
}

fn evictions(earlier: &StatementTotals, later: &StatementTotals, anew: bool) -> Option<StatementGap> {
    let before = if anew { 0 } else { earlier.evicted.unwrap_or(0) };
    let times = later.evicted?.checked_sub(before).filter(|times| *times > 0)?;
    earlier.evicted.is_some().then(|| evicted(later.at, times))
}

fn counts(
    earlier: &StatementTotals,
    later: &StatementTotals,
    anew: bool,
) -> Vec<(StatementIdentity, StatementCounts)> {
    let unseen = earlier.cut || earlier.hidden > later.hidden;
    let known: HashMap<StatementIdentity, &StatementTotal> = if anew {
        HashMap::new()
    } else {
        earlier.entries.iter().map(|entry| (entry.identity, entry)).collect()
    };
    let mut counts: Vec<_> = later
        .entries
        .iter()
        .filter_map(|entry| {
            let before = known.get(&entry.identity).copied();
            // It may have been there before, unseen: then its counts are older than the interval.
            let doubtful = unseen && !anew && entry.since.is_none_or(|since| since < earlier.taken_at);
            Some((entry.identity, added(before, entry, doubtful)?))
        })
        .filter(|(_, counts)| counts.to_array().iter().any(|count| *count > 0.0))
        .collect();
    counts.sort_by(|(_, a), (_, b)| b.exec_ms.total_cmp(&a.exec_ms));
    counts
}

fn added(before: Option<&StatementTotal>, now: &StatementTotal, doubtful: bool) -> Option<StatementCounts> {
    match before {
        // It left and came back, or was reset alone: all that it has now is from the interval.
        Some(before) if before.since.is_some() && before.since != now.since => Some(now.counts),
        Some(before) => Some(now.counts.since(before.counts).unwrap_or(now.counts)),
        None => (!doubtful).then_some(now.counts),
    }
}

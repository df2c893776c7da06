//! What makes counts less than complete, each in a sentence.

use domain::{StatementGap, StatementGapKind, StatementTotals, TimeRange, Timestamp};

use crate::words::duration;

pub(super) fn reset(earlier: &StatementTotals, later: &StatementTotals, from: Timestamp) -> StatementGap {
    let lost = from.seconds_since(earlier.at).max(0.0);
    let sentence = match later.counted_since {
        Some(_) => format!("Statistics were reset; {lost:.0} s before that are not counted."),
        None => {
            "Statistics were reset; what ran between the two readings before that is not counted.".to_owned()
        }
    };
    StatementGap { at: from, kind: StatementGapKind::Reset, sentence }
}

pub(super) fn restarted(earlier: &StatementTotals, later: &StatementTotals) -> StatementGap {
    let age = later.taken_at.millis_since(later.started_at).max(0);
    let at = later.at.plus_millis(-age).max(earlier.at);
    let kept = later.counted_since.is_some() && later.counted_since == earlier.counted_since;
    let sentence = if kept {
        "The server started again; what it had counted was kept."
    } else {
        "The server started again and counts anew; what ran before that since the last reading is not counted."
    };
    StatementGap { at, kind: StatementGapKind::Restart, sentence: sentence.to_owned() }
}

pub(super) fn evicted(at: Timestamp, times: u64) -> StatementGap {
    let often = if times == 1 { "once".to_owned() } else { format!("{times} times") };
    StatementGap {
        at,
        kind: StatementGapKind::Evicted,
        sentence: format!(
            "Rare statements had to make room {often}; some of what they counted is lost. Raise pg_stat_statements.max."
        ),
    }
}

pub(super) fn not_read(range: TimeRange) -> StatementGap {
    StatementGap {
        at: range.from,
        kind: StatementGapKind::NotRead,
        sentence: format!(
            "Nothing was read for {}; what ran then is not counted.",
            duration(range.millis() as f64 / 1000.0)
        ),
    }
}

//! How long each form is kept, and what may be dropped when; pure.
//!
//! Whichever limit is met first: the ages below, `Retention::days` for everything, `Retention::bytes` for the file.
//! Over the limit of bytes the oldest raw samples go first, then the oldest minutes, then the oldest quarters; the
//! newest window of each source never goes.

use domain::{Retention, Timestamp};

use crate::schema::WINDOW_MS;

/// Samples as they were recorded.
pub const RAW_DAYS: u32 = 3;
/// Rollups of one minute; those of 15 minutes are kept for `Retention::days`.
pub const MINUTE_DAYS: u32 = 14;

const DAY_MS: i64 = 86_400_000;
/// A leap of the clock is believed once data filled this many windows after it.
pub(crate) const CONFIRMING_WINDOWS: usize = 3;

/// Windows that end at or before these moments lose that form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cutoffs {
    pub raw: i64,
    pub minute: i64,
    pub everything: i64,
}

/// Ages count from the clock, but not from beyond the data that confirms it: a clock that leaps ahead must not make
/// everything look old. `newest_windows` are the starts of the newest distinct windows, descending.
pub(crate) fn cutoffs(now: Timestamp, newest_windows: &[i64], retention: &Retention) -> Option<Cutoffs> {
    let confirmed = newest_windows.get(CONFIRMING_WINDOWS - 1)?;
    let reference = now.0.min(confirmed.saturating_add(WINDOW_MS));
    let before = |days: u32| reference.saturating_sub(i64::from(days.max(1)).saturating_mul(DAY_MS));
    Some(Cutoffs {
        raw: before(RAW_DAYS.min(retention.days)),
        minute: before(MINUTE_DAYS.min(retention.days)),
        everything: before(retention.days),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leap_of_the_clock_makes_nothing_old() {
        let day = |n: i64| n * DAY_MS;
        let retention = Retention { days: 30, bytes: u64::MAX };
        let steady = [day(100), day(100) - WINDOW_MS, day(100) - 2 * WINDOW_MS];
        let leapt = [day(465), day(100), day(100) - WINDOW_MS];
        let confirmed = day(100) - WINDOW_MS;
        let cases = [
            ("steady", day(100), &steady[..], Some(confirmed - day(30))),
            ("clock a year ahead, first data there", day(465), &leapt[..], Some(day(100) - day(30))),
            ("clock a year ahead, no data yet", day(465), &steady[..], Some(confirmed - day(30))),
            ("clock an hour back", day(99), &steady[..], Some(day(99) - day(30))),
            ("hardly any data", day(100), &steady[..2], None),
        ];
        for (name, now, windows, expected) in cases {
            let everything = cutoffs(Timestamp(now), windows, &retention).map(|cutoffs| cutoffs.everything);
            assert_eq!(everything, expected, "{name}");
        }
    }
}

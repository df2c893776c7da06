//! Ticks of the time axis: at round moments of the clock and the calendar, in UTC.

use domain::{TimeRange, Timestamp};

use crate::utc::{DAY, Date, HOUR, MINUTE, SECOND, clock, first_of_month};

const STEPS: [i64; 29] = [
    1,
    2,
    5,
    10,
    20,
    50,
    100,
    200,
    500,
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    WEEK,
];
const WEEK: i64 = 7 * DAY;
/// 1970-01-05, a Monday.
const A_MONDAY: i64 = 4 * DAY;
const MONTH_STEPS: [i64; 9] = [1, 3, 6, 12, 24, 60, 120, 600, 1_200];

/// At most `most` ticks with their labels, ascending.
pub(crate) fn ticks(range: TimeRange, most: usize) -> Vec<(Timestamp, String)> {
    let most = i64::try_from(most.max(1)).unwrap_or(i64::MAX);
    let least = range.millis().saturating_add(most - 1) / most;
    match STEPS.into_iter().find(|step| *step >= least) {
        Some(step) => by_clock(range, step),
        None => by_month(range, least),
    }
}

fn by_clock(range: TimeRange, step: i64) -> Vec<(Timestamp, String)> {
    let shift = if step == WEEK { A_MONDAY } else { 0 };
    let first =
        range.from.0.saturating_sub(shift).saturating_add(step - 1).div_euclid(step).saturating_mul(step);
    let mut at = first.saturating_add(shift);
    let mut ticks = Vec::new();
    while at < range.to.0 && ticks.len() < 100 {
        ticks.push((Timestamp(at), clock_label(Timestamp(at), step)));
        at = at.saturating_add(step);
    }
    ticks
}

/// Midnights are told as days.
fn clock_label(at: Timestamp, step: i64) -> String {
    if at.0.rem_euclid(DAY) == 0 {
        let date = Date::of(at);
        return format!("{} {}", date.day, date.month_name());
    }
    let clock = clock(at);
    if step < SECOND {
        format!("{clock}.{:03}", at.0.rem_euclid(SECOND))
    } else if step < MINUTE {
        clock
    } else {
        clock.get(..5).unwrap_or_default().to_owned()
    }
}

fn by_month(range: TimeRange, least: i64) -> Vec<(Timestamp, String)> {
    // Never shorter than a month is, so that there are not more ticks than wanted.
    let step = MONTH_STEPS
        .into_iter()
        .find(|months| months * 28 * DAY >= least)
        .unwrap_or((least / (336 * DAY) + 1) * 12);
    let Date { year, month, .. } = Date::of(range.from);
    let mut index = (year * 12 + month - 1).div_euclid(step) * step;
    let mut ticks = Vec::new();
    loop {
        let at = first_of_month(index.div_euclid(12), index.rem_euclid(12) + 1);
        if at >= range.to || ticks.len() >= 100 {
            return ticks;
        }
        if at >= range.from {
            let date = Date::of(at);
            let year_only = step % 12 == 0;
            let month = if year_only { String::new() } else { format!("{} ", date.month_name()) };
            ticks.push((at, format!("{month}{}", date.year)));
        }
        index += step;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-22 22:00 UTC.
    const EVENING: i64 = 1_795_384_800_000;

    #[test]
    fn ticks_lie_at_round_moments() {
        let cases: [(i64, i64, &[&str]); 8] = [
            (1, 20, &["22:00:00.005", "22:00:00.010", "22:00:00.015", "22:00:00.020"]),
            (250, 4 * SECOND, &["22:00:01", "22:00:02", "22:00:03", "22:00:04"]),
            (0, HOUR, &["22:00", "22:15", "22:30", "22:45"]),
            (1, 4 * HOUR, &["23:00", "23 Nov", "01:00", "02:00"]),
            (0, 3 * DAY, &["23 Nov", "24 Nov", "25 Nov"]),
            (0, 21 * DAY, &["23 Nov", "30 Nov", "7 Dec"]),
            (0, 100 * DAY, &["Dec 2026", "Jan 2027", "Feb 2027", "Mar 2027"]),
            (0, 4_000 * DAY, &["2030", "2035"]),
        ];
        for (from, millis, expected) in cases {
            let from = Timestamp(EVENING + from);
            let labels: Vec<_> = ticks(TimeRange { from, to: from.plus_millis(millis) }, 4)
                .into_iter()
                .map(|(_, label)| label)
                .collect();
            let shown: Vec<_> = labels.iter().map(String::as_str).collect();
            assert_eq!(shown, expected, "{millis}");
        }
    }

    #[test]
    fn windows_of_any_size_have_few_ticks() {
        for millis in [0, 1, 7, 12_345, 98_765_432, 40_000 * DAY, i64::MAX] {
            let range = TimeRange { from: Timestamp(EVENING), to: Timestamp(EVENING).plus_millis(millis) };
            assert!(ticks(range, 6).len() <= 7, "{millis}");
        }
    }
}

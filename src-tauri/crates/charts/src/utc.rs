//! Moments as people read them, in UTC: reports are read elsewhere than where they were made.

use domain::Timestamp;

pub(crate) const SECOND: i64 = 1_000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Year, month (1 to 12) and day of the proleptic Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Date {
    pub year: i64,
    pub month: i64,
    pub day: i64,
}

impl Date {
    pub(crate) fn of(at: Timestamp) -> Date {
        civil_from_days(at.0.div_euclid(DAY))
    }

    /// "Nov".
    pub(crate) fn month_name(self) -> &'static str {
        usize::try_from(self.month - 1).ok().and_then(|month| MONTHS.get(month)).copied().unwrap_or("")
    }
}

/// "2026-11-22".
pub fn date(at: Timestamp) -> String {
    let Date { year, month, day } = Date::of(at);
    format!("{year:04}-{month:02}-{day:02}")
}

/// "09:14:03".
pub fn clock(at: Timestamp) -> String {
    let seconds = at.0.rem_euclid(DAY) / SECOND;
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// "2026-11-22 09:14:03 UTC".
pub fn moment(at: Timestamp) -> String {
    format!("{} {} UTC", date(at), clock(at))
}

/// "2026-11-22T09:14:03.250Z", for programs.
pub fn rfc3339(at: Timestamp) -> String {
    format!("{}T{}.{:03}Z", date(at), clock(at), at.0.rem_euclid(SECOND))
}

/// "2026-11-22 09:14:03 to 09:44:03 UTC"; the date again where it differs.
pub fn span(from: Timestamp, to: Timestamp) -> String {
    let until = if date(from) == date(to) { clock(to) } else { format!("{} {}", date(to), clock(to)) };
    format!("{} {} to {until} UTC", date(from), clock(from))
}

/// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
fn civil_from_days(days: i64) -> Date {
    let shifted = days.saturating_add(719_468);
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    Date { year: year_of_era + era * 400 + i64::from(month <= 2), month, day }
}

/// The same, backwards: `days_from_civil`, of the first of a month. `month` may lie beyond 12.
pub(crate) fn first_of_month(year: i64, month: i64) -> Timestamp {
    let (year, month) = (year + (month - 1).div_euclid(12), (month - 1).rem_euclid(12) + 1);
    let shifted_year = year - i64::from(month <= 2);
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Timestamp((era * 146_097 + day_of_era - 719_468).saturating_mul(DAY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments() {
        let cases = [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_793_559_845_999, "2026-11-01T19:04:05.999Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
        ];
        for (millis, expected) in cases {
            assert_eq!(rfc3339(Timestamp(millis)), expected);
        }
        assert_eq!(moment(Timestamp(951_782_400_000)), "2000-02-29 00:00:00 UTC");
    }

    #[test]
    fn spans_tell_the_date_once() {
        let from = Timestamp(1_793_559_845_999);
        assert_eq!(span(from, from.plus_millis(HOUR)), "2026-11-01 19:04:05 to 20:04:05 UTC");
        assert_eq!(span(from, from.plus_millis(DAY)), "2026-11-01 19:04:05 to 2026-11-02 19:04:05 UTC");
    }

    #[test]
    fn firsts_of_months_come_back_as_dates() {
        for (year, month) in [(1969, 12), (1970, 1), (2000, 3), (2026, 11), (2027, 2)] {
            let date = Date::of(first_of_month(year, month));
            assert_eq!(date, Date { year, month, day: 1 });
        }
        assert_eq!(first_of_month(2026, 14), first_of_month(2027, 2));
        assert_eq!(first_of_month(2026, 0), first_of_month(2025, 12));
    }

    #[test]
    fn the_ends_of_time_do_not_overflow() {
        for at in [i64::MIN, i64::MAX] {
            assert!(rfc3339(Timestamp(at)).ends_with('Z'));
        }
    }
}

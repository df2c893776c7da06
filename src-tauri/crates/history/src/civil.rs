//! A moment as part of a file name.

use domain::Timestamp;

const DAY_SECONDS: i64 = 86_400;

/// `2026-03-09T18-04-05Z`: sorts by time and is allowed on every file system.
pub(crate) fn file_suffix(at: Timestamp) -> String {
    let seconds = at.0.div_euclid(1000);
    let (year, month, day) = civil_from_days(seconds.div_euclid(DAY_SECONDS));
    let of_day = seconds.rem_euclid(DAY_SECONDS);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}-{minute:02}-{second:02}Z")
}

/// `2026-03-09 18:04 UTC`, for sentences.
pub(crate) fn minute(at: Timestamp) -> String {
    let suffix = file_suffix(at);
    let mut parts = suffix.splitn(2, 'T');
    let date = parts.next().unwrap_or_default();
    let time = parts.next().unwrap_or_default();
    let mut clock = time.split('-');
    format!("{date} {}:{} UTC", clock.next().unwrap_or("00"), clock.next().unwrap_or("00"))
}

/// Year, month and day of the proleptic Gregorian calendar, from days since 1970-01-01.
/// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days.saturating_add(719_468);
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_become_file_names() {
        let cases = [
            (0, "1970-01-01T00-00-00Z"),
            (951_782_400_000, "2000-02-29T00-00-00Z"),
            (1_793_559_845_999, "2026-11-01T19-04-05Z"),
            (-1, "1969-12-31T23-59-59Z"),
        ];
        for (millis, expected) in cases {
            assert_eq!(file_suffix(Timestamp(millis)), expected);
        }
        assert_eq!(minute(Timestamp(951_782_400_000)), "2000-02-29 00:00 UTC");
    }
}

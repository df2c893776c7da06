//! Timestamps as logs write them, to microseconds since the epoch.

use super::bytes::{at, cut, digits, first_of, rest, word};

/// Reads timestamps; remembers the last minute and zone, which nearly every next line shares.
#[derive(Debug, Clone, Default)]
pub(super) struct Clock {
    /// `2026-11-23 09:42:` and the microseconds of that minute.
    minute: [u8; 17],
    minute_us: i64,
    zone: u64,
    zone_len: usize,
    offset_us: i64,
    pub(super) unknown_zone: bool,
}

const SECOND_US: i64 = 1_000_000;

impl Clock {
    /// `2026-11-23 09:42:45[.078][ UTC]`, `…T09:42:45.078Z`, `…+02:00`. Gives the time and the bytes it took.
    #[inline]
    pub(super) fn read(&mut self, text: &[u8]) -> Option<(i64, usize)> {
        let minute: &[u8; 17] = text.first_chunk()?;
        if *minute != self.minute {
            self.minute_us = minute_us(minute)?;
            self.minute = *minute;
        }
        let (seconds, count) = digits(cut(text, 17, 19));
        if count != 2 {
            return None;
        }
        let mut us = self.minute_us + seconds as i64 * SECOND_US;
        let mut next = 19;
        if matches!(at(text, 19), b'.' | b',') {
            let (fraction_us, count) = fraction(rest(text, 20))?;
            us += fraction_us;
            next += 1 + count;
        }
        let (offset_us, used) = self.zone(rest(text, next));
        Some((us - offset_us, next + used))
    }

    /// `1763891234.123` of `%n`.
    pub(super) fn read_epoch(text: &[u8]) -> Option<(i64, usize)> {
        let (seconds, count) = digits(text);
        if !(9..=11).contains(&count) {
            return None;
        }
        let us = i64::try_from(seconds).ok()? * SECOND_US;
        if at(text, count) != b'.' {
            return Some((us, count));
        }
        let (fraction_us, more) = fraction(rest(text, count + 1))?;
        Some((us + fraction_us, count + 1 + more))
    }

    #[inline]
    fn zone(&mut self, text: &[u8]) -> (i64, usize) {
        let known = self.zone_len > 0 && first_of(word(text), self.zone_len) == self.zone;
        if known && !is_zone_byte(at(text, self.zone_len)) {
            return (self.offset_us, self.zone_len);
        }
        let Some((offset_s, used, known)) = zone(text) else { return (0, 0) };
        self.unknown_zone |= !known;
        if used <= 8 {
            self.zone = first_of(word(text), used);
            self.zone_len = used;
            self.offset_us = offset_s * SECOND_US;
        }
        (offset_s * SECOND_US, used)
    }
}

fn is_zone_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

/// Up to six digits behind the point, as microseconds; further digits are passed over.
#[inline]
fn fraction(text: &[u8]) -> Option<(i64, usize)> {
    // Servers write three digits.
    if let Some([a, b, c, behind]) = text.first_chunk::<4>()
        && a.is_ascii_digit()
        && b.is_ascii_digit()
        && c.is_ascii_digit()
        && !behind.is_ascii_digit()
    {
        let digit = |byte: u8| i64::from(byte - b'0');
        return Some(((digit(*a) * 100 + digit(*b) * 10 + digit(*c)) * 1_000, 3));
    }
    let (value, count) = digits(cut(text, 0, text.len().min(6)));
    if count == 0 {
        return None;
    }
    let scale = [1, 100_000, 10_000, 1_000, 100, 10, 1].get(count).copied().unwrap_or(1);
    let more = rest(text, count).iter().take_while(|byte| byte.is_ascii_digit()).count();
    Some((value as i64 * scale, count + more))
}

fn minute_us(text: &[u8; 17]) -> Option<i64> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, separator, h1, h2, b':', i1, i2, b':'] = *text else {
        return None;
    };
    let number = |bytes: &[u8]| match digits(bytes) {
        (value, count) if count == bytes.len() => Some(value as i64),
        _ => None,
    };
    let (year, month, day) = (number(&[y1, y2, y3, y4])?, number(&[m1, m2])?, number(&[d1, d2])?);
    let (hour, minute) = (number(&[h1, h2])?, number(&[i1, i2])?);
    let plausible = matches!(separator, b' ' | b'T' | b't')
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60;
    plausible.then(|| ((days(year, month, day) * 24 + hour) * 60 + minute) * 60 * SECOND_US)
}

/// Days since the epoch of a Gregorian date (Hinnant, "chrono-Compatible Low-Level Date Algorithms").
pub(super) fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day of a time, in UTC (Hinnant, as above).
pub(super) fn date_of(at_us: i64) -> (i64, i64, i64) {
    let shifted = at_us.div_euclid(86_400 * SECOND_US) + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// The zone at the start of `text`: seconds east of Greenwich, bytes, and whether it is known.
fn zone(text: &[u8]) -> Option<(i64, usize, bool)> {
    let spaces = usize::from(at(text, 0) == b' ');
    let text = rest(text, spaces);
    match at(text, 0) {
        sign @ (b'+' | b'-') => {
            let (hours, count) = digits(cut(text, 1, 3));
            if count != 2 {
                return None;
            }
            let colon = usize::from(at(text, 3) == b':');
            let (minutes, count) = digits(cut(text, 3 + colon, 5 + colon));
            let (minutes, used) = if count == 2 { (minutes, 5 + colon) } else { (0, 3) };
            let seconds = (hours * 3600 + minutes * 60) as i64;
            Some((if sign == b'-' { -seconds } else { seconds }, spaces + used, true))
        }
        b'A'..=b'Z' => {
            let used = text.iter().take(6).take_while(|byte| byte.is_ascii_uppercase()).count();
            let name = cut(text, 0, used);
            // Behind a time without zone stands the next field, `[` or a word such as LOG.
            if at(text, used).is_ascii_alphanumeric() || is_severity(name) || (used == 1 && name != b"Z") {
                return None;
            }
            let known = ZONES.iter().find(|(zone, _)| zone.as_bytes() == name);
            Some((known.map_or(0, |(_, quarters)| quarters * 900), spaces + used, known.is_some()))
        }
        _ => None,
    }
}

fn is_severity(name: &[u8]) -> bool {
    [&b"LOG"[..], b"ERROR", b"FATAL", b"PANIC", b"DETAIL", b"DEBUG", b"HINT", b"QUERY", b"NOTICE", b"INFO"]
        .contains(&name)
}

/// Zone abbreviations in quarters of an hour east of Greenwich; of ambiguous ones the reading that PostgreSQL's default set has.
const ZONES: [(&str, i64); 38] = [
    ("Z", 0),
    ("UTC", 0),
    ("GMT", 0),
    ("UCT", 0),
    ("WET", 0),
    ("WEST", 4),
    ("BST", 4),
    ("CET", 4),
    ("CEST", 8),
    ("MET", 4),
    ("MEST", 8),
    ("EET", 8),
    ("EEST", 12),
    ("SAST", 8),
    ("MSK", 12),
    ("TRT", 12),
    ("IST", 8),
    ("PKT", 20),
    ("SGT", 32),
    ("HKT", 32),
    ("AWST", 32),
    ("JST", 36),
    ("KST", 36),
    ("ACST", 38),
    ("ACDT", 42),
    ("AEST", 40),
    ("AEDT", 44),
    ("NZST", 48),
    ("NZDT", 52),
    ("EST", -20),
    ("EDT", -16),
    ("CST", -24),
    ("CDT", -20),
    ("MST", -28),
    ("MDT", -24),
    ("PST", -32),
    ("PDT", -28),
    ("AKST", -36),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_way_of_writing_a_time() {
        let noon = 1_795_435_200_000_000;
        let cases: &[(&str, Option<(i64, usize)>)] = &[
            ("2026-11-23 12:00:00 UTC [1]", Some((noon, 23))),
            ("2026-11-23 12:00:00.5 UTC", Some((noon + 500_000, 25))),
            ("2026-11-23 12:00:00.078 [1]", Some((noon + 78_000, 23))),
            ("2026-11-23T12:00:00.123456789Z,", Some((noon + 123_456, 30))),
            ("2026-11-23T14:00:00+02:00", Some((noon, 25))),
            ("2026-11-23 09:00:00 -03 x", Some((noon, 23))),
            ("2026-11-23 17:30:00+0530", Some((noon, 24))),
            ("2026-11-23 13:00:00 CET", Some((noon, 23))),
            ("2026-11-23 12:00:00 LOG:  x", Some((noon, 19))),
            ("2026-13-23 12:00:00", None),
            ("2026-11-23 12:0", None),
            ("", None),
        ];
        let mut clock = Clock::default();
        for (text, expected) in cases {
            assert_eq!(clock.read(text.as_bytes()), *expected, "{text}");
        }
        assert!(!clock.unknown_zone);
        assert_eq!(clock.read(b"2026-11-23 12:00:00 XYZT"), Some((noon, 24)));
        assert!(clock.unknown_zone);
        assert_eq!(Clock::read_epoch(b"1795435200.123 x"), Some((noon + 123_000, 14)));
    }
}

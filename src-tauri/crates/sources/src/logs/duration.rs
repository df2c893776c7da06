//! Durations with their units, to microseconds.

use super::bytes::{at, digits, rest};

/// Units by which a bare number is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DurationUnit {
    Nanoseconds,
    Microseconds,
    #[default]
    Milliseconds,
    Seconds,
}

impl DurationUnit {
    fn us(self) -> f64 {
        match self {
            DurationUnit::Nanoseconds => 0.001,
            DurationUnit::Microseconds => 1.0,
            DurationUnit::Milliseconds => 1_000.0,
            DurationUnit::Seconds => 1_000_000.0,
        }
    }
}

/// PostgreSQL's `12.345 ms`, exactly: microseconds and the bytes up to and including `ms`.
#[inline]
pub(super) fn milliseconds(text: &[u8]) -> Option<(u64, usize)> {
    let (whole, count) = digits(text);
    if count == 0 {
        return None;
    }
    let (fraction, places) = match at(text, count) {
        b'.' => digits(rest(text, count + 1)),
        _ => (0, 0),
    };
    let fraction = match places {
        0 => 0,
        1 => fraction * 100,
        2 => fraction * 10,
        3 => fraction,
        _ => fraction / 10_u64.checked_pow(u32::try_from(places).ok()? - 3)?,
    };
    let end = count + if places > 0 { 1 + places } else { 0 };
    rest(text, end)
        .starts_with(b" ms")
        .then(|| (whole.saturating_mul(1000).saturating_add(fraction), end + 3))
}

/// `173`, `41.04ms`, `1.929s`, `12 µs`, `2m`, `250000ns`; a number without unit is in `unit`.
pub(super) fn with_unit(text: &[u8], unit: DurationUnit) -> Option<u64> {
    let text = text.trim_ascii();
    let number =
        text.iter().take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+')).count();
    let value: f64 = std::str::from_utf8(text.get(..number)?).ok()?.parse().ok()?;
    let factor = match rest(text, number).trim_ascii() {
        b"" => unit.us(),
        b"ns" => 0.001,
        b"us" | b"\xc2\xb5s" | b"\xce\xbcs" => 1.0,
        b"ms" | b"msec" | b"millis" => 1_000.0,
        b"s" | b"sec" | b"secs" | b"seconds" => 1_000_000.0,
        b"m" | b"min" => 60_000_000.0,
        exponent if exponent.starts_with(b"e") || exponent.starts_with(b"E") => {
            return with_exponent(text, unit);
        }
        _ => return None,
    };
    whole(value * factor)
}

fn with_exponent(text: &[u8], unit: DurationUnit) -> Option<u64> {
    let value: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    whole(value * unit.us())
}

fn whole(us: f64) -> Option<u64> {
    (us.is_finite() && (0.0..1e18).contains(&us)).then(|| us.round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_postgres_milliseconds_exactly() {
        let cases: &[(&str, Option<(u64, usize)>)] = &[
            ("0.123 ms  statement", Some((123, 8))),
            ("13.694 ms", Some((13_694, 9))),
            ("5 ms", Some((5_000, 4))),
            ("0.12 ms", Some((120, 7))),
            ("123456789.001 ms", Some((123_456_789_001, 16))),
            ("0.123", None),
            ("ms", None),
        ];
        for (text, expected) in cases {
            assert_eq!(milliseconds(text.as_bytes()), *expected, "{text}");
        }
    }

    #[test]
    fn reads_durations_of_applications() {
        let cases: &[(&str, DurationUnit, Option<u64>)] = &[
            ("173ms", DurationUnit::Seconds, Some(173_000)),
            ("1.929s", DurationUnit::Milliseconds, Some(1_929_000)),
            ("12µs", DurationUnit::Milliseconds, Some(12)),
            ("250000 ns", DurationUnit::Milliseconds, Some(250)),
            ("41.04", DurationUnit::Milliseconds, Some(41_040)),
            ("1.5", DurationUnit::Seconds, Some(1_500_000)),
            ("1e-3", DurationUnit::Seconds, Some(1_000)),
            ("-4", DurationUnit::Seconds, None),
            ("fast", DurationUnit::Seconds, None),
        ];
        for (text, unit, expected) in cases {
            assert_eq!(with_unit(text.as_bytes(), *unit), *expected, "{text}");
        }
    }
}

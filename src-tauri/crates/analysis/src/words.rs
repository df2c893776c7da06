//! Figures in sentences: always with a unit, never more precise than they are.

const MINUTE: f64 = 60.0;
const HOUR: f64 = 3_600.0;
const DAY: f64 = 86_400.0;

/// "0.4 ms", "410 ms", "1.5 s", "38 s", "6 min", "3 h", "2 days". Rounded down from minutes on, as people tell time.
pub(crate) fn duration(seconds: f64) -> String {
    let seconds = if seconds.is_finite() { seconds.max(0.0) } else { 0.0 };
    if seconds == 0.0 {
        "0 s".to_owned()
    } else if seconds < 0.9995 {
        milliseconds(seconds * 1_000.0)
    } else if seconds < 9.95 {
        format!("{} s", decimal(seconds))
    } else if seconds < 2.0 * MINUTE {
        format!("{} s", seconds.floor())
    } else if seconds < 2.0 * HOUR {
        format!("{} min", (seconds / MINUTE).floor())
    } else if seconds < 2.0 * DAY {
        format!("{} h", (seconds / HOUR).floor())
    } else {
        format!("{} days", (seconds / DAY).floor())
    }
}

fn milliseconds(value: f64) -> String {
    if value < 9.95 { format!("{} ms", decimal(value)) } else { format!("{} ms", value.round()) }
}

/// "94%", rounded down: the text must not claim a threshold that was not reached.
pub(crate) fn percent(part: f64, whole: f64) -> String {
    if whole <= 0.0 || !part.is_finite() || !whole.is_finite() {
        return "unknown".to_owned();
    }
    // A hair above, so that 0.29 of 1 does not become 28%.
    format!("{}%", number((part * 100.0 / whole + 1e-9).floor()))
}

/// "1,024": a whole number with thousands separated.
pub(crate) fn number(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if value <= -0.5 { format!("-{grouped}") } else { grouped }
}

/// "4.3", and "4" for a whole number: one decimal where it says something.
pub(crate) fn decimal(value: f64) -> String {
    let text = format!("{value:.1}");
    match text.strip_suffix(".0") {
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

/// "84", "4.3", "0.25": a rate per second or a load, precise where it is small.
pub(crate) fn figure(value: f64) -> String {
    if value >= 99.95 {
        number(value)
    } else if value >= 0.95 {
        decimal(value)
    } else {
        format!("{value:.2}")
    }
}

/// "512 bytes", "16 kB", "3.1 MB", "41 GB": of 1,024, as PostgreSQL writes them.
pub(crate) fn bytes(value: f64) -> String {
    let mut value = value.max(0.0);
    if value < 1_024.0 {
        return count(value, "byte", "bytes");
    }
    let mut unit = "kB";
    value /= 1_024.0;
    for next in ["MB", "GB", "TB", "PB"] {
        if value < 1_000.0 {
            break;
        }
        value /= 1_024.0;
        unit = next;
    }
    if value < 9.95 { format!("{} {unit}", decimal(value)) } else { format!("{} {unit}", number(value)) }
}

/// "1 connection", "7 connections".
pub(crate) fn count(value: f64, one: &str, many: &str) -> String {
    format!("{} {}", number(value), if value == 1.0 { one } else { many })
}

pub(crate) fn connections(value: f64) -> String {
    count(value, "connection", "connections")
}

/// "1 request waits", "7 requests wait".
pub(crate) fn requests_wait(value: f64) -> String {
    if value == 1.0 { "1 request waits".to_owned() } else { format!("{} requests wait", number(value)) }
}

/// "All 10 connections", "The only connection": a whole pool as the subject of a sentence.
pub(crate) fn all_connections(value: f64) -> String {
    if value == 1.0 { "The only connection".to_owned() } else { format!("All {} connections", number(value)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let cases = [
            (0.0, "0 s"),
            (0.0004, "0.4 ms"),
            (0.0051, "5.1 ms"),
            (0.051, "51 ms"),
            (0.41, "410 ms"),
            (0.9999, "1 s"),
            (1.5, "1.5 s"),
            (2.0, "2 s"),
            (38.2, "38 s"),
            (119.9, "119 s"),
            (120.0, "2 min"),
            (379.0, "6 min"),
            (7_200.0, "2 h"),
            (200_000.0, "2 days"),
            (-3.0, "0 s"),
            (f64::NAN, "0 s"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(duration(seconds), expected, "{seconds}");
        }
    }

    #[test]
    fn percentages_never_round_up_to_a_threshold() {
        let cases = [
            (9.0, 10.0, "90%"),
            (899.0, 1000.0, "89%"),
            (0.29, 1.0, "29%"),
            (12.0, 10.0, "120%"),
            (1.0, 0.0, "unknown"),
        ];
        for (part, whole, expected) in cases {
            assert_eq!(percent(part, whole), expected);
        }
    }

    #[test]
    fn sizes() {
        let mega = 1_048_576.0;
        let cases = [
            (0.0, "0 bytes"),
            (1.0, "1 byte"),
            (16_384.0, "16 kB"),
            (3.1 * mega, "3.1 MB"),
            (1_010.0 * mega, "1 GB"),
            (214.0 * 1_024.0 * mega, "214 GB"),
            (-5.0, "0 bytes"),
        ];
        for (value, wanted) in cases {
            assert_eq!(bytes(value), wanted, "{value}");
        }
    }

    #[test]
    fn numbers_and_nouns() {
        assert_eq!(number(0.0), "0");
        assert_eq!(number(1_024.0), "1,024");
        assert_eq!(number(1_234_567.0), "1,234,567");
        assert_eq!(number(-1_024.0), "-1,024");
        assert_eq!(decimal(4.26), "4.3");
        assert_eq!(decimal(4.0), "4");
        assert_eq!(figure(0.25), "0.25");
        assert_eq!(figure(84.0), "84");
        assert_eq!(figure(1_500.4), "1,500");
        assert_eq!(connections(1.0), "1 connection");
        assert_eq!(connections(7.0), "7 connections");
        assert_eq!(requests_wait(1.0), "1 request waits");
        assert_eq!(all_connections(1.0), "The only connection");
    }
}

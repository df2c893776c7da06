//! Figures in sentences: always with a unit, never more precise than they are; absent is not zero.

const SECOND: f64 = 1e3;
const MINUTE: f64 = 60.0 * SECOND;
const HOUR: f64 = 60.0 * MINUTE;
const DAY: f64 = 24.0 * HOUR;

/// Where a value is not known.
pub(crate) const UNKNOWN: &str = "–";

/// Of milliseconds: "0.4 ms", "410 ms", "1.5 s", "38 s", "6 min", "3 h", "2 days". Rounded down from minutes on.
pub(crate) fn time(ms: f64) -> String {
    let ms = if ms.is_finite() { ms.max(0.0) } else { return UNKNOWN.to_owned() };
    if ms == 0.0 {
        "0 ms".to_owned()
    } else if ms < 0.05 {
        "< 0.1 ms".to_owned()
    } else if ms < 9.95 {
        format!("{} ms", decimal(ms))
    } else if ms < 999.5 {
        format!("{ms:.0} ms")
    } else if ms < 9.95 * SECOND {
        format!("{} s", decimal(ms / SECOND))
    } else if ms < 2.0 * MINUTE {
        format!("{:.0} s", (ms / SECOND).floor())
    } else if ms < 2.0 * HOUR {
        format!("{:.0} min", (ms / MINUTE).floor())
    } else if ms < 2.0 * DAY {
        format!("{:.0} h", (ms / HOUR).floor())
    } else {
        format!("{} days", number((ms / DAY).floor() as u64))
    }
}

pub(crate) fn time_or_unknown(ms: Option<f64>) -> String {
    ms.map_or_else(|| UNKNOWN.to_owned(), time)
}

/// "4.3", and "4" for a whole number.
pub(crate) fn decimal(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// "1,024": thousands separated.
pub(crate) fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// "1 request", "7 requests".
pub(crate) fn count(value: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(value), if value == 1 { one } else { many })
}

/// A share of 0 to 1, rounded down: "94%", "< 1%", and "100%" only for all of it.
pub(crate) fn percent(ratio: f64) -> String {
    if !ratio.is_finite() {
        return UNKNOWN.to_owned();
    }
    // A hair above, so that 0.29 does not become 28%.
    match (ratio * 100.0 + 1e-9).floor() {
        whole if whole < 1.0 && ratio > 0.0 => "< 1%".to_owned(),
        whole => format!("{:.0}%", whole.max(0.0)),
    }
}

/// [`percent`] of a part in a whole; unknown where there is no whole.
pub(crate) fn share(part: u64, whole: u64) -> String {
    if whole == 0 { UNKNOWN.to_owned() } else { percent(part as f64 / whole as f64) }
}

pub(crate) fn bytes(value: u64) -> String {
    const NAMES: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if value < 1024 {
        return format!("{value} B");
    }
    let mut size = value as f64;
    let mut name = "";
    for next in NAMES {
        size /= 1024.0;
        name = next;
        if size < 999.5 {
            break;
        }
    }
    if size < 9.95 { format!("{} {name}", decimal(size)) } else { format!("{size:.0} {name}") }
}

/// "a", "a and b", "a, b and c".
pub(crate) fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}

/// A piece of a sentence in which names stand between backticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    Text(&'a str),
    Code(&'a str),
}

/// The pieces of a sentence; what is not closed stays text.
pub(crate) fn pieces(sentence: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = sentence;
    while let Some((before, (name, after))) =
        rest.split_once('`').and_then(|(before, after)| Some((before, after.split_once('`')?)))
    {
        pieces.extend([Piece::Text(before), Piece::Code(name)]);
        rest = after;
    }
    pieces.push(Piece::Text(rest));
    pieces.retain(|piece| !matches!(piece, Piece::Text("") | Piece::Code("")));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let cases = [
            (0.0, "0 ms"),
            (0.02, "< 0.1 ms"),
            (0.4, "0.4 ms"),
            (5.12, "5.1 ms"),
            (51.0, "51 ms"),
            (999.9, "1 s"),
            (1_500.0, "1.5 s"),
            (38_200.0, "38 s"),
            (119_900.0, "119 s"),
            (379_000.0, "6 min"),
            (7_200_000.0, "2 h"),
            (200_000_000.0, "2 days"),
            (f64::NAN, "–"),
        ];
        for (ms, expected) in cases {
            assert_eq!(time(ms), expected, "{ms}");
        }
        assert_eq!(time_or_unknown(None), "–");
    }

    #[test]
    fn shares_never_round_up() {
        let cases =
            [(0.0, "0%"), (0.004, "< 1%"), (0.29, "29%"), (0.9999, "99%"), (1.0, "100%"), (f64::NAN, "–")];
        for (ratio, expected) in cases {
            assert_eq!(percent(ratio), expected, "{ratio}");
        }
        assert_eq!(share(1, 0), "–");
        assert_eq!(share(9, 10), "90%");
    }

    #[test]
    fn sizes_numbers_and_lists() {
        let sizes = [
            (0, "0 B"),
            (1_023, "1023 B"),
            (1_536, "1.5 kB"),
            (1_023_999, "1 MB"),
            (52_428_800, "50 MB"),
            (1_288_490_189, "1.2 GB"),
        ];
        for (size, expected) in sizes {
            assert_eq!(bytes(size), expected);
        }
        assert_eq!(number(1_234_567), "1,234,567");
        assert_eq!(count(1, "request", "requests"), "1 request");
        let names = ["a".to_owned(), "b".to_owned(), "c".to_owned()];
        assert_eq!(list(&names), "a, b and c");
        assert_eq!(list(names.get(..1).unwrap()), "a");
    }

    #[test]
    fn names_in_sentences() {
        use Piece::{Code, Text};
        let cases: [(&str, &[Piece<'_>]); 5] = [
            ("follows `id` of `a`.", &[Text("follows "), Code("id"), Text(" of "), Code("a"), Text(".")]),
            ("`id`", &[Code("id")]),
            ("open `id", &[Text("open `id")]),
            ("``", &[]),
            ("", &[]),
        ];
        for (sentence, expected) in cases {
            assert_eq!(pieces(sentence), expected, "{sentence}");
        }
    }
}

//! Numbers and times as PostgreSQL writes them in ISO style and UTC, and predicates without their parentheses.

/// Borders of a histogram as numbers; none at all where one of them is neither a number nor a time.
pub(super) fn bounds(texts: &[Option<&str>]) -> Vec<f64> {
    let numbers: Option<Vec<f64>> = texts.iter().map(|text| text.and_then(number)).collect();
    // Infinite ones have no distance to others.
    numbers.unwrap_or_default().into_iter().filter(|number| number.is_finite()).collect()
}

fn number(text: &str) -> Option<f64> {
    match text {
        "infinity" => Some(f64::INFINITY),
        "-infinity" => Some(f64::NEG_INFINITY),
        text => text.parse().ok().or_else(|| seconds(text)),
    }
}

/// Seconds since 1970 of `2024-01-31`, `2024-01-31 12:34:56.789`, with `+00` and ` BC` or without; of a time, since midnight.
fn seconds(text: &str) -> Option<f64> {
    let (text, before_christ) = match text.strip_suffix(" BC") {
        Some(text) => (text, true),
        None => (text, false),
    };
    let text = text.strip_suffix("+00").unwrap_or(text);
    if !text.contains('-') {
        return time(text);
    }
    let (date, clock) = text.split_once(' ').unwrap_or((text, "00:00:00"));
    let mut parts = date.split('-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let year = if before_christ { 1 - year } else { year };
    Some(days(year, month, day) as f64 * 86_400.0 + time(clock)?)
}

fn time(text: &str) -> Option<f64> {
    let mut parts = text.split(':').map(|part| part.parse::<f64>().ok());
    Some(parts.next()?? * 3_600.0 + parts.next()?? * 60.0 + parts.next()??)
}

/// Days since 1970-01-01 in the Gregorian calendar: the year begins in March, so that the leap day is its last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// `(a > 3)` becomes `a > 3`; `(a) OR (b)` stays.
pub(super) fn without_parentheses(text: &str) -> &str {
    let inner = text.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
    match inner {
        Some(inner) if closes_at_end(inner) => inner,
        _ => text,
    }
}

/// Whether no parenthesis in `inner` closes one that was opened before it. Quotes hide parentheses; doubled ones come out even.
fn closes_at_end(inner: &str) -> bool {
    let mut depth = 0_usize;
    let mut quote = None;
    for c in inner.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return false,
            },
            _ => {}
        }
    }
    depth == 0 && quote.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_become_numbers() {
        let cases = [
            ("-12.5", -12.5),
            ("1e+20", 1e20),
            ("1970-01-01", 0.0),
            ("2024-02-29 12:00:00.25+00", 1_709_208_000.25),
            ("2000-03-01 00:00:00", 951_868_800.0),
            ("1969-12-31", -86_400.0),
            ("0001-12-31 BC", -62_135_683_200.0),
            ("12345-01-01", 327_403_382_400.0),
            ("01:02:03", 3_723.0),
        ];
        for (text, wanted) in cases {
            assert_eq!(bounds(&[Some(text)]), [wanted], "{text}");
        }
        assert_eq!(bounds(&[Some("-infinity"), Some("1"), Some("Infinity")]), [1.0]);
        for text in ["", "$1,000.00", "x-y-z", "2024-01", "1 day"] {
            assert_eq!(bounds(&[Some("1"), Some(text)]), [0.0; 0], "{text}");
        }
    }

    #[test]
    fn only_outer_parentheses_go() {
        let cases = [
            ("(a > 3)", "a > 3"),
            ("((a > 3) AND (b < 4))", "(a > 3) AND (b < 4)"),
            ("(a) OR (b)", "(a) OR (b)"),
            ("(note = ')('::text)", "note = ')('::text"),
            ("(\"a)\" IS NULL)", "\"a)\" IS NULL"),
            ("lower(a)", "lower(a)"),
            ("deleted", "deleted"),
        ];
        for (text, wanted) in cases {
            assert_eq!(without_parentheses(text), wanted);
        }
    }
}

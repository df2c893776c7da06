//! Sizes, times and shares as people type them.

/// `500MB`, `1.5 GB`, `800kB`: powers of 1024, as PostgreSQL counts.
pub(super) fn bytes(text: &str) -> Result<u64, String> {
    const HINT: &str = "give a number with kB, MB, GB or TB, as 500MB";
    let (value, unit) = amount(text).ok_or(HINT)?;
    let power = match unit.to_ascii_lowercase().as_str() {
        "b" => 0,
        "kb" => 1,
        "mb" => 2,
        "gb" => 3,
        "tb" => 4,
        _ => return Err(HINT.to_owned()),
    };
    let bytes = value * 1024_f64.powi(power);
    // As far as a float counts without gaps.
    if bytes <= 9e15 { Ok(bytes as u64) } else { Err("no disk is as large".to_owned()) }
}

/// `100ms`, `2s`, `1.5min`; a number alone is milliseconds.
pub(super) fn milliseconds(text: &str) -> Result<f64, String> {
    match amount(text) {
        Some((value, "" | "ms")) => Ok(value),
        Some((value, "s")) => Ok(value * 1e3),
        Some((value, "min")) => Ok(value * 60e3),
        _ => Err("give a number with ms, s or min, as 100ms".to_owned()),
    }
}

/// `50%`, or 0.5.
pub(super) fn share(text: &str) -> Result<f64, String> {
    match amount(text) {
        Some((value, "%")) => Ok(value / 100.0),
        Some((value, "")) => Ok(value),
        _ => Err("give a share of what writes cost today, as 50%".to_owned()),
    }
}

fn amount(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits)?;
    Some((number.parse().ok()?, unit.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_with_their_units() {
        for (text, expected) in
            [("500MB", 500 << 20), ("1.5 GB", 3 << 29), ("800kB", 800 << 10), ("0b", 0), ("2tb", 2 << 40)]
        {
            assert_eq!(bytes(text), Ok(expected), "{text}");
        }
        for (text, expected) in [("100ms", 100.0), ("2s", 2_000.0), ("0.5", 0.5), ("1.5 min", 90_000.0)] {
            assert_eq!(milliseconds(text), Ok(expected), "{text}");
        }
        for (text, expected) in [("50%", 0.5), ("0.25", 0.25), ("200 %", 2.0), ("0%", 0.0)] {
            assert_eq!(share(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in ["", "MB", "500", "-1MB", "1e9GB", "1.2.3MB", "500MiB", "99999999999TB", "NaN", "inf"] {
            assert!(bytes(text).is_err(), "{text}");
        }
        for text in ["", "fast", "-1", "3h"] {
            assert!(milliseconds(text).is_err(), "{text}");
        }
        for text in ["", "half", "50 percent", "-5%"] {
            assert!(share(text).is_err(), "{text}");
        }
    }
}

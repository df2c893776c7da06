//! Sample values, as the server reads them.

/// Powers of ten that a double holds exactly.
const POWERS_OF_TEN: [f64; 16] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// With this many digits the mantissa stays below 2^53, so that one division rounds correctly.
const EXACT_DIGITS: usize = 15;

/// Decimal with optional sign, fraction and exponent, `NaN` or a signed `Inf` in any case. None for anything else:
/// hexadecimal, underscores, a signed NaN, and what overflows a double.
#[inline]
pub(super) fn parse(text: &str) -> Option<f64> {
    short_decimal(text.as_bytes()).or_else(|| any(text))
}

/// Most values are integers or short fractions; these need no table.
#[inline]
fn short_decimal(bytes: &[u8]) -> Option<f64> {
    let (negative, digits) = match bytes.split_first() {
        Some((b'-', rest)) => (true, rest),
        _ => (false, bytes),
    };
    if digits.is_empty() || digits.len() > EXACT_DIGITS {
        return None;
    }
    let mut mantissa = 0_u64;
    let mut point = None;
    for (index, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => mantissa = mantissa * 10 + u64::from(byte - b'0'),
            b'.' if point.is_none() && digits.len() > 1 => point = Some(index),
            _ => return None,
        }
    }
    let fraction = point.map_or(0, |index| digits.len() - index - 1);
    let value = mantissa as f64 / POWERS_OF_TEN.get(fraction)?;
    Some(if negative { -value } else { value })
}

#[cold]
fn any(text: &str) -> Option<f64> {
    let value: f64 = text.parse().ok()?;
    if value.is_finite() {
        return Some(value);
    }
    let unsigned = text.trim_start_matches(['+', '-']);
    let spelled = if value.is_nan() { text.len() == "NaN".len() } else { unsigned.starts_with(['i', 'I']) };
    spelled.then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_read_as_the_server_reads_them() {
        let valid: &[(&str, f64)] = &[
            ("0", 0.0),
            ("-0", -0.0),
            ("1", 1.0),
            ("+1", 1.0),
            ("1.", 1.0),
            (".5", 0.5),
            ("-.5", -0.5),
            ("0.1", 0.1),
            ("4.9351e-05", 4.9351e-05),
            ("1E3", 1000.0),
            ("123456789012345", 123_456_789_012_345.0),
            ("1234567890123456789", 1_234_567_890_123_456_789.0),
            ("0.28823509", 0.28823509),
            ("1e-400", 0.0),
            ("inf", f64::INFINITY),
            ("+Inf", f64::INFINITY),
            ("-INFINITY", f64::NEG_INFINITY),
        ];
        for (text, expected) in valid {
            let value = parse(text);
            assert_eq!(value.map(f64::to_bits), Some(expected.to_bits()), "{text}");
        }
        assert!(parse("nan").is_some_and(f64::is_nan));
        assert!(parse("NaN").is_some_and(f64::is_nan));
    }

    #[test]
    fn other_spellings_are_no_numbers() {
        for text in [
            "", ".", "-", "+", "-.", "1_2", "0x1p-3", "0x10", "1e", "true", "+NaN", "-nan", "1e999", "1\r",
            "1,5", "--1",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_short_way_gives_what_the_long_way_gives(text in "-?[0-9]{0,9}\\.?[0-9]{0,9}") {
            prop_assert_eq!(parse(&text).map(f64::to_bits), text.parse::<f64>().ok().map(f64::to_bits));
        }
    }
}

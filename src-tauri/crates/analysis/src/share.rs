//! Shares of counts, compared in whole numbers so that 9 of 10 is exactly 90 %.

/// Millionths: finer than any threshold that a person types.
const SCALE: f64 = 1_000_000.0;

/// True when `part / whole >= share`. Never for a whole of nothing, nor for values that are not numbers.
pub(crate) fn reaches(part: f64, whole: f64, share: f64) -> bool {
    let usable = part.is_finite() && whole.is_finite() && share.is_finite() && whole > 0.0;
    usable && scaled(part) * (SCALE as i128) >= scaled(whole) * scaled(share)
}

/// Counts are whole; gauges averaged elsewhere may not be, and keep six decimals.
fn scaled(value: f64) -> i128 {
    (value * SCALE).round() as i128
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_are_exact() {
        let cases = [
            (3.0, 4.0, 0.75, true),
            (9.0, 10.0, 0.90, true),
            (7.0, 10.0, 0.75, false),
            (75.0, 100.0, 0.75, true),
            (74.0, 100.0, 0.75, false),
            // 0.7 * 10 is 7.000000000000001 the other way round in floating point.
            (7.0, 10.0, 0.7, true),
            (29.0, 100.0, 0.29, true),
            (899.0, 1000.0, 0.90, false),
            (0.0, 0.0, 0.75, false),
            (1.0, 0.0, 0.75, false),
            (f64::NAN, 10.0, 0.75, false),
            (10.0, f64::INFINITY, 0.75, false),
        ];
        for (part, whole, share, expected) in cases {
            assert_eq!(reaches(part, whole, share), expected, "{part} of {whole} against {share}");
        }
    }
}

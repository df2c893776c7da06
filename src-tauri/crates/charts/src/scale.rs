//! Values to pixels along one axis.

/// Maps `[from, to]` onto pixels; `to` may lie left of or above `from`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scale {
    from: f64,
    to: f64,
    start: f64,
    end: f64,
}

impl Scale {
    /// A range without width is given one, so that its only value lies at the start.
    pub(crate) fn new((from, to): (f64, f64), (start, end): (f64, f64)) -> Scale {
        let width = to - from;
        let to = if width.is_finite() && width > 0.0 { to } else { from + 1.0 };
        Scale { from, to, start, end }
    }

    /// Values outside lie at the ends.
    pub(crate) fn at(&self, value: f64) -> f64 {
        let share = ((value - self.from) / (self.to - self.from)).clamp(0.0, 1.0);
        self.start + if share.is_nan() { 0.0 } else { share } * (self.end - self.start)
    }

    pub(crate) fn start(&self) -> f64 {
        self.start
    }

    pub(crate) fn end(&self) -> f64 {
        self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_pixels() {
        let down = Scale::new((0.0, 10.0), (100.0, 0.0));
        let cases = [(0.0, 100.0), (5.0, 50.0), (10.0, 0.0), (20.0, 0.0), (-1.0, 100.0), (f64::NAN, 100.0)];
        for (value, expected) in cases {
            assert_eq!(down.at(value), expected, "{value}");
        }
        for empty in [(3.0, 3.0), (3.0, 1.0), (3.0, f64::NAN)] {
            assert_eq!(Scale::new(empty, (0.0, 50.0)).at(3.0), 0.0);
        }
    }
}

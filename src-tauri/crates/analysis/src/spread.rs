//! Median and percentiles of repeats in bounded memory.

/// Exact below this.
const EXACT: u64 = 64;
/// Steps in each doubling above: values there are at most 1/32 too low.
const STEPS_LOG2: u32 = 5;

/// Counts by value; sorted, so that two are merged and read in one pass.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spread {
    counts: Vec<(u64, u64)>,
    total: u64,
    max: u64,
}

impl Spread {
    pub(crate) fn add(&mut self, value: u64) {
        self.add_many(floor(value), 1);
        self.max = self.max.max(value);
    }

    pub(crate) fn merge(&mut self, other: &Spread) {
        for &(value, count) in &other.counts {
            self.add_many(value, count);
        }
        self.max = self.max.max(other.max);
    }

    fn add_many(&mut self, value: u64, count: u64) {
        self.total += count;
        match self.counts.binary_search_by_key(&value, |&(value, _)| value) {
            Ok(at) => {
                if let Some(slot) = self.counts.get_mut(at) {
                    slot.1 += count;
                }
            }
            Err(at) => self.counts.insert(at, (value, count)),
        }
    }

    /// The smallest value that `percent` of all values do not exceed (nearest rank).
    pub(crate) fn percentile(&self, percent: u64) -> u64 {
        let rank = (self.total * percent).div_ceil(100).max(1);
        let mut passed = 0;
        for &(value, count) in &self.counts {
            passed += count;
            if passed >= rank {
                // Of the highest step the highest value is known.
                return if value == floor(self.max) { self.max } else { value };
            }
        }
        self.max
    }

    pub(crate) fn max(&self) -> u64 {
        self.max
    }
}

/// The lowest value of the step that `value` falls into.
fn floor(value: u64) -> u64 {
    if value < EXACT {
        return value;
    }
    let shift = value.ilog2() - STEPS_LOG2;
    (value >> shift) << shift
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_by_nearest_rank() {
        let cases: [(Vec<u64>, u64, u64, u64); 5] = [
            (vec![10], 10, 10, 10),
            (vec![3, 4], 3, 4, 4),
            (vec![9, 3, 5], 5, 9, 9),
            ((1..=100).map(|n| n / 2).collect(), 25, 47, 50),
            (vec![1_000, 1_000, 70_000], 992, 70_000, 70_000),
        ];
        for (values, median, p95, max) in cases {
            let mut spread = Spread::default();
            values.iter().for_each(|&value| spread.add(value));
            assert_eq!((spread.percentile(50), spread.percentile(95), spread.max()), (median, p95, max));
        }
    }

    #[test]
    fn steps_are_never_more_than_a_thirty_second_too_low() {
        for value in (1..10_000).chain([u64::MAX, u64::MAX / 3]) {
            assert!(floor(value) <= value && value - floor(value) <= value / 32, "{value}");
        }
    }
}

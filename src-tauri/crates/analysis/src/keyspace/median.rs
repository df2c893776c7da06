//! A median of seconds in a few hundred bytes.

/// Steps in each doubling: a median is at most an eighth off.
const STEPS_LOG2: u32 = 2;
/// Up to 2^30 seconds, 34 years; what is longer counts as that.
const SLOTS: usize = 30 << STEPS_LOG2;

#[derive(Debug, Clone)]
pub(super) struct Median {
    counts: Box<[u32; SLOTS]>,
    total: u64,
    longest: f64,
}

impl Default for Median {
    fn default() -> Self {
        Median { counts: Box::new([0; SLOTS]), total: 0, longest: 0.0 }
    }
}

impl Median {
    pub(super) fn add(&mut self, seconds: f64) {
        if let Some(slot) = self.counts.get_mut(slot(seconds)) {
            *slot = slot.saturating_add(1);
            self.total += 1;
        }
        self.longest = self.longest.max(seconds);
    }

    pub(super) fn merge(&mut self, other: &Median) {
        for (count, more) in self.counts.iter_mut().zip(other.counts.iter()) {
            *count = count.saturating_add(*more);
        }
        self.total += other.total;
        self.longest = self.longest.max(other.longest);
    }

    pub(super) fn longest(&self) -> Option<f64> {
        (self.total > 0).then_some(self.longest)
    }

    /// The middle of the step that holds it.
    pub(super) fn median(&self) -> Option<f64> {
        if self.total == 0 {
            return None;
        }
        let rank = self.total.div_ceil(2);
        let mut passed = 0;
        let at = self.counts.iter().position(|count| {
            passed += u64::from(*count);
            passed >= rank
        })?;
        Some(f64::midpoint(floor(at), floor(at + 1)).min(self.longest))
    }
}

/// Below four seconds one step for each; above, four steps for each doubling.
fn slot(seconds: f64) -> usize {
    let seconds = seconds as u64;
    if seconds < 1 << STEPS_LOG2 {
        return seconds as usize;
    }
    let doubling = seconds.ilog2() - STEPS_LOG2;
    let step = (seconds >> doubling) as usize - (1 << STEPS_LOG2);
    (((doubling as usize + 1) << STEPS_LOG2) + step).min(SLOTS - 1)
}

/// The lowest value of a slot.
fn floor(slot: usize) -> f64 {
    let steps = 1_usize << STEPS_LOG2;
    if slot < steps {
        return slot as f64;
    }
    let doubling = (slot >> STEPS_LOG2) - 1;
    ((steps + slot % steps) as f64) * f64::powi(2.0, doubling as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_lies_in_its_slot() {
        for value in (0..100_000).chain([1 << 29, (1 << 30) + 5]) {
            let at = slot(value as f64);
            assert!(floor(at) <= value as f64 && (value as f64) < floor(at + 1), "{value} in {at}");
        }
        assert_eq!(slot(f64::MAX), SLOTS - 1);
    }

    #[test]
    fn medians_are_at_most_an_eighth_off() {
        let mut median = Median::default();
        assert_eq!((median.median(), median.longest()), (None, None));
        (1..=3_600).for_each(|second| median.add(f64::from(second)));
        let found = median.median().unwrap();
        assert!((found - 1_800.0).abs() <= 1_800.0 / 8.0, "{found}");
        assert_eq!(median.longest(), Some(3_600.0));
        let mut twice = median.clone();
        twice.merge(&median);
        assert_eq!((twice.median(), twice.total), (median.median(), 7_200));
    }
}

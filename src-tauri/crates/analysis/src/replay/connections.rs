//! How many connections were in use at once, at every step of a fine grid over the whole stream.

/// Steps of the grid: about 16 MB.
const ROOM: usize = 4_000_000;
const FINEST_US: i64 = 1_000;

/// Counts of connections in use, sampled at the beginning of each step; coarser where the stream is long.
#[derive(Clone, Debug)]
pub(super) struct Connections {
    step_us: i64,
    /// The moment of the first sample; a multiple of the step.
    origin_us: i64,
    /// What is added to the count at each sample.
    changes: Vec<i32>,
    room: usize,
    /// Uses and their time.
    uses: u64,
    busy_us: u64,
    any: bool,
    /// Where within its millisecond the last end was put.
    spread: u32,
}

impl Connections {
    pub(super) fn new() -> Connections {
        Connections {
            step_us: FINEST_US,
            origin_us: 0,
            changes: Vec::new(),
            room: ROOM,
            uses: 0,
            busy_us: 0,
            any: false,
            spread: 0,
        }
    }

    #[inline]
    pub(super) fn add(&mut self, start_us: i64, end_us: i64) {
        self.uses += 1;
        self.busy_us = self.busy_us.saturating_add(end_us.saturating_sub(start_us).max(0).unsigned_abs());
        if !self.any {
            self.any = true;
            // What began long before the stream does not make the grid longer.
            self.origin_us = end_us.div_euclid(self.step_us) * self.step_us;
        }
        let within = self.within_millisecond(end_us);
        let (start_us, end_us) = (start_us.saturating_add(within), end_us.saturating_add(within));
        // The samples at or after the start and before the end. The later first: it may make the grid coarser.
        let Some(behind) = self.place(end_us) else { return };
        let Some(first) = self.place(start_us) else { return };
        if first < behind {
            self.change(first, 1);
            self.change(behind, -1);
        }
    }

    /// Most logs tell the millisecond of an end, no more. Taken as its beginning, a use shorter than a millisecond would
    /// lie between two samples always; spread evenly, it is met as often as it is long.
    fn within_millisecond(&mut self, end_us: i64) -> i64 {
        if end_us % 1_000 != 0 {
            return 0;
        }
        // Multiples of the golden ratio, modulo 1: the most even of the simple sequences.
        self.spread = self.spread.wrapping_add(0x9e37_79b9);
        (i64::from(self.spread) * 1_000) >> 32
    }

    fn change(&mut self, at: usize, by: i32) {
        if self.changes.len() <= at {
            self.changes.resize(at + 1, 0);
        }
        if let Some(change) = self.changes.get_mut(at) {
            *change += by;
        }
    }

    /// The first sample that is not before a moment.
    fn place(&mut self, at_us: i64) -> Option<usize> {
        loop {
            let from_origin = at_us.saturating_sub(self.origin_us).max(0);
            let place =
                usize::try_from(from_origin / self.step_us + i64::from(from_origin % self.step_us > 0))
                    .ok()?;
            if place < self.room {
                return Some(place);
            }
            if self.step_us > i64::MAX / 4 {
                return None;
            }
            self.halve();
        }
    }

    /// Every second sample is kept: what changed in between changes at the next.
    fn halve(&mut self) {
        let odd_origin = (self.origin_us / self.step_us) % 2 != 0;
        let shift = usize::from(odd_origin);
        let halved = (self.changes.len() + shift).div_ceil(2) + 1;
        let mut changes = vec![0; halved];
        for (at, by) in self.changes.iter().enumerate() {
            // An odd origin lies behind the sample that is kept before it.
            if let Some(change) = changes.get_mut((at + shift).div_ceil(2)) {
                *change += by;
            }
        }
        if odd_origin {
            self.origin_us -= self.step_us;
        }
        self.changes = changes;
        self.step_us *= 2;
    }

    /// Mean time of one use, in microseconds.
    pub(super) fn mean_us(&self) -> Option<f64> {
        (self.uses > 0).then(|| self.busy_us as f64 / self.uses as f64)
    }

    pub(super) fn step_us(&self) -> i64 {
        self.step_us
    }

    pub(super) fn origin_us(&self) -> i64 {
        self.origin_us
    }

    /// The count at every sample, from the origin to the last change.
    pub(super) fn samples(&self) -> impl Iterator<Item = u32> {
        let last = self.changes.iter().rposition(|change| *change != 0).unwrap_or(0);
        self.changes.iter().take(last).scan(0_i32, |count, change| {
            *count += change;
            Some(u32::try_from(*count).unwrap_or(0))
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn counts_at_every_step() {
        let mut connections = Connections::new();
        connections.add(0, 3_001);
        connections.add(1_000, 2_001);
        connections.add(1_500, 1_900);
        connections.add(5_000, 7_001);
        let samples: Vec<u32> = connections.samples().collect();
        // The first use ended at 3 ms: the grid begins there.
        assert_eq!(connections.origin_us(), 3_000);
        assert_eq!(samples, [1, 0, 1, 1, 1]);
        assert_eq!(connections.mean_us(), Some((3_001 + 1_001 + 400 + 2_001) as f64 / 4.0));
    }

    #[test]
    fn uses_shorter_than_a_step_count_as_long_as_they_are() {
        for length_us in [100, 250, 900, 1_300] {
            let mut connections = Connections::new();
            for millisecond in 0..20_000 {
                let end_us = millisecond * 2_000;
                connections.add(end_us - length_us, end_us);
            }
            let met: u64 = connections.samples().map(u64::from).sum();
            let expected = 20_000 * length_us / 1_000;
            assert!(met.abs_diff(expected as u64) < 20, "{length_us} µs: {met} of {expected}");
        }
    }

    proptest! {
        #[test]
        fn coarser_samples_are_the_same_counts(
            uses in prop::collection::vec((0_i64..50_000_000, 0_i64..3_000_000), 1..40),
            origin in 0_i64..3,
        ) {
            let mut connections = Connections { room: 1_000, ..Connections::new() };
            let first = (origin * 1_000, origin * 1_000 + 10);
            // No end on a whole millisecond: those are put elsewhere within it.
            let exact = |end: i64| end + i64::from(end % 1_000 == 0);
            let later = uses.into_iter().map(|(start, length)| (start + 10_000, exact(start + 10_000 + length)));
            let uses: Vec<(i64, i64)> = std::iter::once(first).chain(later).collect();
            uses.iter().for_each(|(start, end)| connections.add(*start, *end));
            prop_assert!(connections.changes.len() <= 1_001);
            for (at, count) in connections.samples().enumerate() {
                let moment = connections.origin_us() + at as i64 * connections.step_us();
                let expected = uses.iter().filter(|(start, end)| *start <= moment && moment < *end).count();
                prop_assert_eq!(count as usize, expected, "at {}", moment);
            }
        }
    }
}

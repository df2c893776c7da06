//! Folding samples and buckets into steps of equal length; pure.

use domain::{Rollup, Timestamp};

/// Figures of one bucket. NaN samples count as absent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stats {
    pub min: f64,
    pub max: f64,
    pub sum: f64,
    pub last: f64,
    pub count: u32,
}

impl Stats {
    fn of(value: f64) -> Stats {
        Stats { min: value, max: value, sum: value, last: value, count: 1 }
    }

    /// Adds what came later.
    fn add(&mut self, later: &Stats) {
        self.min = self.min.min(later.min);
        self.max = self.max.max(later.max);
        self.sum += later.sum;
        self.last = later.last;
        self.count = self.count.saturating_add(later.count);
    }
}

/// Steps of `step_ms`, aligned to multiples of it; a step without samples is absent.
pub(crate) struct Steps {
    step_ms: i64,
    steps: Vec<(i64, Stats)>,
}

impl Steps {
    pub(crate) fn new(step_ms: i64) -> Steps {
        Steps { step_ms: step_ms.max(1), steps: Vec::new() }
    }

    pub(crate) fn sample(&mut self, at: i64, value: f64) {
        if !value.is_nan() {
            self.bucket(at, &Stats::of(value));
        }
    }

    /// Adds a bucket to the step in which it starts.
    pub(crate) fn bucket(&mut self, at: i64, stats: &Stats) {
        let index = at.div_euclid(self.step_ms);
        match self.steps.last_mut() {
            Some((last, figures)) if *last == index => figures.add(stats),
            Some((last, _)) if *last > index => self.insert_earlier(index, stats),
            _ => self.steps.push((index, *stats)),
        }
    }

    fn insert_earlier(&mut self, index: i64, stats: &Stats) {
        match self.steps.binary_search_by_key(&index, |(step, _)| *step) {
            Ok(place) => {
                if let Some((_, figures)) = self.steps.get_mut(place) {
                    figures.add(stats);
                }
            }
            Err(place) => self.steps.insert(place, (index, *stats)),
        }
    }

    /// (start of the step in milliseconds, figures).
    pub(crate) fn buckets(self) -> impl Iterator<Item = (i64, Stats)> {
        self.steps.into_iter().map(move |(index, stats)| (index.saturating_mul(self.step_ms), stats))
    }

    pub(crate) fn rollups(self) -> Vec<Rollup> {
        self.buckets()
            .map(|(at, stats)| Rollup {
                at: Timestamp(at),
                min: stats.min,
                max: stats.max,
                average: stats.sum / f64::from(stats.count.max(1)),
                last: stats.last,
                count: stats.count,
            })
            .collect()
    }
}

/// Ascending by time; of several samples at one time the one that came last stays.
pub(crate) fn in_order(samples: &mut Vec<(i64, f64)>) {
    if samples.windows(2).all(|pair| matches!(pair, [(a, _), (b, _)] if a < b)) {
        return;
    }
    samples.sort_by_key(|(at, _)| *at);
    samples.dedup_by(|later, kept| {
        let same = later.0 == kept.0;
        if same {
            kept.1 = later.1;
        }
        same
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_equal_times_wins() {
        let mut samples = vec![(5, 1.0), (3, 2.0), (5, 3.0), (3, 4.0), (9, 5.0)];
        in_order(&mut samples);
        assert_eq!(samples, [(3, 4.0), (5, 3.0), (9, 5.0)]);
    }

    #[test]
    fn steps_align_and_gaps_stay_gaps() {
        let mut steps = Steps::new(10);
        for (at, value) in [(-1, 7.0), (12, 1.0), (19, 3.0), (31, f64::NAN), (45, 2.0)] {
            steps.sample(at, value);
        }
        let rollups = steps.rollups();
        let starts: Vec<i64> = rollups.iter().map(|rollup| rollup.at.0).collect();
        assert_eq!(starts, [-10, 10, 40]);
        let second = rollups[1];
        assert_eq!(
            (second.min, second.max, second.average, second.last, second.count),
            (1.0, 3.0, 2.0, 3.0, 2)
        );
    }
}

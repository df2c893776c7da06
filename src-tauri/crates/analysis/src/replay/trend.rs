//! Calls and time of a statement by the minute, in coarser steps where a log would need too many.

use domain::{QueryTrend, Timestamp};

const MINUTE_US: i64 = 60_000_000;
/// Steps remembered over all statements: about 24 MB.
const ROOM: usize = 1_000_000;
/// Points that a trend is told in.
const SHOWN: i64 = 120;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Step {
    number: i64,
    calls: u32,
    total_us: u64,
}

/// One statement's steps, those with calls only, in the order of time.
#[derive(Clone, Debug, Default)]
pub(super) struct Trend(Vec<Step>);

/// What all trends have in common.
#[derive(Clone, Debug)]
pub(super) struct Trends {
    step_us: i64,
    used: usize,
    room: usize,
}

impl Trends {
    pub(super) fn new() -> Trends {
        Trends { step_us: MINUTE_US, used: 0, room: ROOM }
    }

    /// Adds a call; true when there are too many steps now and all trends must be made coarser.
    #[inline]
    pub(super) fn add(&mut self, trend: &mut Trend, at_us: i64, duration_us: u64) -> bool {
        let number = at_us.div_euclid(self.step_us);
        let step = match trend.0.last_mut() {
            Some(last) if last.number == number => last,
            Some(last) if last.number < number => return self.push(trend, number, duration_us),
            None => return self.push(trend, number, duration_us),
            Some(_) => match trend.0.binary_search_by_key(&number, |step| step.number) {
                Ok(at) => match trend.0.get_mut(at) {
                    Some(step) => step,
                    None => return false,
                },
                Err(at) => {
                    trend.0.insert(at, Step { number, calls: 1, total_us: duration_us });
                    return self.took_one();
                }
            },
        };
        step.calls = step.calls.saturating_add(1);
        step.total_us = step.total_us.saturating_add(duration_us);
        false
    }

    fn push(&mut self, trend: &mut Trend, number: i64, duration_us: u64) -> bool {
        trend.0.push(Step { number, calls: 1, total_us: duration_us });
        self.took_one()
    }

    fn took_one(&mut self) -> bool {
        self.used += 1;
        self.used > self.room
    }

    /// The statement is forgotten.
    pub(super) fn gave_back(&mut self, trend: &Trend) {
        self.used = self.used.saturating_sub(trend.0.len());
    }

    /// Makes steps twice as wide until at most half of the room is used.
    pub(super) fn coarsen(&mut self, mut all: Vec<&mut Trend>) {
        while self.used > self.room / 2 && self.step_us < i64::MAX / 4 {
            self.step_us *= 2;
            self.used = all.iter_mut().map(|trend| trend.halve()).sum();
        }
    }

    /// From the first to the last step of a log, in at most about 120 points.
    pub(super) fn told(&self, trend: &Trend, first_us: i64, last_us: i64) -> QueryTrend {
        let (first, last) = (first_us.div_euclid(self.step_us), last_us.div_euclid(self.step_us));
        let width = ((last - first) / SHOWN + 1).max(1);
        let points = usize::try_from((last - first) / width + 1).unwrap_or(1).min(4 * SHOWN as usize);
        let mut told = QueryTrend {
            from: Timestamp(first.saturating_mul(self.step_us) / 1_000),
            step_ms: width.saturating_mul(self.step_us).unsigned_abs() / 1_000,
            calls: vec![0; points],
            total_ms: vec![0.0; points],
        };
        for step in &trend.0 {
            let point = usize::try_from((step.number - first).max(0) / width).unwrap_or(0).min(points - 1);
            if let (Some(calls), Some(total)) = (told.calls.get_mut(point), told.total_ms.get_mut(point)) {
                *calls = calls.saturating_add(step.calls);
                *total += step.total_us as f64 / 1e3;
            }
        }
        told
    }
}

impl Trend {
    fn halve(&mut self) -> usize {
        for step in &mut self.0 {
            step.number = step.number.div_euclid(2);
        }
        self.0.dedup_by(|next, kept| {
            let same = next.number == kept.number;
            if same {
                kept.calls = kept.calls.saturating_add(next.calls);
                kept.total_us = kept.total_us.saturating_add(next.total_us);
            }
            same
        });
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_exact_and_gaps_are_zero() {
        let mut trends = Trends::new();
        let mut trend = Trend::default();
        for (minute, times) in [(10, 3), (12, 1), (11, 2), (12, 4)] {
            for _ in 0..times {
                assert!(!trends.add(&mut trend, minute * MINUTE_US + 5, 1_500));
            }
        }
        let told = trends.told(&trend, 9 * MINUTE_US, 14 * MINUTE_US);
        assert_eq!((told.from, told.step_ms), (Timestamp(540_000), 60_000));
        assert_eq!(told.calls, [0, 3, 2, 5, 0, 0]);
        assert_eq!(told.total_ms, [0.0, 4.5, 3.0, 7.5, 0.0, 0.0]);
    }

    #[test]
    fn a_long_log_is_told_in_wider_points_that_keep_every_call() {
        let mut trends = Trends::new();
        let mut trend = Trend::default();
        let minutes = 7 * 24 * 60;
        for minute in 0..minutes {
            trends.add(&mut trend, minute * MINUTE_US, 0);
        }
        let told = trends.told(&trend, 0, (minutes - 1) * MINUTE_US);
        assert!((100..=121).contains(&told.calls.len()), "{}", told.calls.len());
        assert_eq!(told.calls.iter().map(|calls| i64::from(*calls)).sum::<i64>(), minutes);
        assert_eq!(told.step_ms, 84 * 60_000);
    }

    #[test]
    fn too_many_steps_become_wider_ones() {
        let mut trends = Trends { room: 100, ..Trends::new() };
        let mut trend = Trend::default();
        for minute in 0..=100 {
            let full = trends.add(&mut trend, minute * MINUTE_US, 10);
            assert_eq!(full, minute == 100);
        }
        trends.coarsen(vec![&mut trend]);
        assert_eq!((trends.step_us, trends.used, trend.0.len()), (4 * MINUTE_US, 26, 26));
        assert_eq!(
            trend
                .0
                .iter()
                .map(|step| (step.calls, step.total_us))
                .fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1)),
            (101, 1_010)
        );
    }
}

//! How long connections took to get between two scrapes, from the buckets of a cumulative histogram.

use domain::Histogram;

/// What happened between two scrapes. Times in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AcquireStats {
    /// Connections taken.
    pub count: f64,
    pub mean_seconds: f64,
    pub p50: f64,
    pub p95: f64,
    pub p99: f64,
    /// 0 to 1; interpolated where no bucket ends at 100 ms.
    pub share_over_100ms: f64,
}

impl AcquireStats {
    /// Connections taken per second, the scrapes being `seconds` apart.
    pub fn per_second(&self, seconds: f64) -> Option<f64> {
        (seconds > 0.0).then(|| self.count / seconds)
    }
}

const SLOW_SECONDS: f64 = 0.1;

/// The difference of two scrapes. `None` where there is nothing to say: the counters were reset, the buckets are not
/// the same or have no finite bound, or nothing was acquired.
///
/// Quantiles interpolate linearly within a bucket as Prometheus' `histogram_quantile` does: the lowest bucket begins
/// at 0, and a quantile in the last, unbounded one is the highest finite bound.
/// <https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile>
pub fn acquire_between(previous: &Histogram, current: &Histogram) -> Option<AcquireStats> {
    let count = current.count - previous.count;
    let sum = current.sum - previous.sum;
    // The difference of sums may be a hair below zero after adding tiny values to a large one.
    if !(count > 0.0 && count.is_finite() && sum.is_finite()) || sum < -1e-6 {
        return None;
    }
    let buckets = difference(previous, current, count)?;
    Some(AcquireStats {
        count,
        mean_seconds: sum.max(0.0) / count,
        p50: quantile(&buckets, 0.50)?,
        p95: quantile(&buckets, 0.95)?,
        p99: quantile(&buckets, 0.99)?,
        share_over_100ms: share_over(&buckets, SLOW_SECONDS)?,
    })
}

/// Cumulative counts between the scrapes at each bound, ending with +Inf.
fn difference(previous: &Histogram, current: &Histogram, count: f64) -> Option<Vec<(f64, f64)>> {
    if previous.buckets.len() != current.buckets.len() {
        return None;
    }
    let mut buckets: Vec<(f64, f64)> = Vec::with_capacity(current.buckets.len() + 1);
    for ((before_bound, before), (bound, now)) in previous.buckets.iter().zip(&current.buckets) {
        let step = now - before;
        // A scrape may catch the counters between two updates: then a later bucket lags by one, which the running
        // maximum mends. A fall is a reset.
        if before_bound != bound || bound.is_nan() || !step.is_finite() || step < 0.0 {
            return None;
        }
        let (last_bound, last) = buckets.last().copied().unwrap_or((f64::NEG_INFINITY, 0.0));
        if *bound <= last_bound {
            return None;
        }
        buckets.push((*bound, step.max(last)));
    }
    match buckets.last() {
        None => return None,
        Some((bound, last)) if bound.is_finite() => buckets.push((f64::INFINITY, count.max(*last))),
        Some(_) => {}
    }
    buckets.first().is_some_and(|(bound, _)| bound.is_finite()).then_some(buckets)
}

fn quantile(buckets: &[(f64, f64)], q: f64) -> Option<f64> {
    let total = buckets.last()?.1;
    if total <= 0.0 {
        return None;
    }
    let rank = q * total;
    let (mut lower, mut below) = (0.0, 0.0);
    for (bound, cumulative) in buckets {
        if *cumulative >= rank {
            let inside = cumulative - below;
            let upper = if bound.is_finite() { *bound } else { lower };
            let within = if inside > 0.0 { (rank - below) / inside } else { 1.0 };
            // A lowest bucket that ends at or below zero has no beginning to interpolate from.
            return Some(if upper <= lower { upper } else { lower + (upper - lower) * within });
        }
        (lower, below) = (*bound, *cumulative);
    }
    Some(lower)
}

fn share_over(buckets: &[(f64, f64)], seconds: f64) -> Option<f64> {
    let total = buckets.last()?.1;
    if total <= 0.0 {
        return None;
    }
    let (mut lower, mut below) = (0.0, 0.0);
    for (bound, cumulative) in buckets {
        if *bound >= seconds {
            let within = if bound.is_finite() { (seconds - lower) / (bound - lower) } else { 0.0 };
            let under = below + (cumulative - below) * within;
            return Some((1.0 - under / total).clamp(0.0, 1.0));
        }
        (lower, below) = (*bound, *cumulative);
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BOUNDS: [f64; 10] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 2.0, 5.0, f64::INFINITY];

    fn histogram(cumulative: &[f64], sum: f64) -> Histogram {
        Histogram {
            buckets: BOUNDS.iter().copied().zip(cumulative.iter().copied()).collect(),
            sum,
            count: *cumulative.last().unwrap(),
        }
    }

    fn empty() -> Histogram {
        histogram(&[0.0; 10], 0.0)
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn quantiles_interpolate_within_a_bucket() {
        // 50 under 1 ms, 40 more under 100 ms, 10 more under 500 ms.
        let now = histogram(&[50.0, 50.0, 50.0, 50.0, 90.0, 100.0, 100.0, 100.0, 100.0, 100.0], 5.0);
        let stats = acquire_between(&empty(), &now).unwrap();
        assert!(close(stats.p50, 0.001));
        assert!(close(stats.p95, 0.1 + 0.4 * 0.5), "{stats:?}");
        assert!(close(stats.p99, 0.1 + 0.4 * 0.9));
        assert!(close(stats.share_over_100ms, 0.10));
        assert!(close(stats.mean_seconds, 0.05));
        assert_eq!(stats.per_second(50.0), Some(2.0));
        assert_eq!(stats.per_second(0.0), None);
    }

    #[test]
    fn beyond_the_last_bound_is_the_last_bound() {
        let now = histogram(&[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 10.0], 120.0);
        let stats = acquire_between(&empty(), &now).unwrap();
        assert_eq!((stats.p50, stats.p95, stats.share_over_100ms), (5.0, 5.0, 1.0));
        assert!(close(stats.mean_seconds, 12.0));
    }

    #[test]
    fn nothing_to_say() {
        let some = histogram(&[5.0; 10], 0.002);
        let mut other_bounds = histogram(&[9.0; 10], 0.004);
        other_bounds.buckets[3].0 = 0.02;
        let mut fewer = histogram(&[9.0; 10], 0.004);
        fewer.buckets.remove(2);
        let mut one_fell = histogram(&[9.0; 10], 0.004);
        one_fell.buckets[0].1 = 4.0;
        let mut unordered = histogram(&[9.0; 10], 0.004);
        unordered.buckets.swap(1, 2);
        let none = Histogram { count: 9.0, sum: 1.0, buckets: Vec::new() };
        let unbounded = Histogram { count: 9.0, sum: 1.0, buckets: vec![(f64::INFINITY, 9.0)] };
        let zero = Histogram { count: 0.0, sum: 0.0, buckets: vec![(f64::INFINITY, 0.0)] };
        let nan = Histogram { sum: f64::NAN, ..histogram(&[9.0; 10], 0.0) };
        let cases = [
            ("no acquisitions", &some, &some),
            ("reset", &histogram(&[9.0; 10], 0.004), &some),
            ("reset of the sum alone", &some, &histogram(&[9.0; 10], 0.0)),
            ("other bounds", &some, &other_bounds),
            ("fewer buckets", &some, &fewer),
            ("one bucket fell", &some, &one_fell),
            ("unordered", &unordered, &unordered),
            ("no buckets", &Histogram::default(), &none),
            ("only +Inf", &zero, &unbounded),
            ("not a number", &some, &nan),
        ];
        for (name, previous, current) in cases {
            assert_eq!(acquire_between(previous, current), None, "{name}");
        }
    }

    #[test]
    fn a_missing_inf_bucket_is_the_count() {
        let cut = |count: f64| Histogram { buckets: vec![(0.1, count / 2.0)], sum: count, count };
        let stats = acquire_between(&cut(0.0), &cut(10.0)).unwrap();
        assert!(close(stats.share_over_100ms, 0.5));
        assert_eq!(stats.p99, 0.1);
    }

    #[test]
    fn without_a_bound_at_100_ms_the_share_is_interpolated() {
        let now = Histogram {
            buckets: vec![(0.05, 0.0), (0.15, 10.0), (f64::INFINITY, 10.0)],
            sum: 1.0,
            count: 10.0,
        };
        let before =
            Histogram { buckets: vec![(0.05, 0.0), (0.15, 0.0), (f64::INFINITY, 0.0)], sum: 0.0, count: 0.0 };
        assert!(close(acquire_between(&before, &now).unwrap().share_over_100ms, 0.5));
    }

    proptest! {
        #[test]
        fn quantiles_are_ordered_and_within_the_bounds(
            before in prop::collection::vec(0u32..1_000, 10),
            added in prop::collection::vec(0u32..1_000, 10),
        ) {
            let cumulate = |steps: &[u32]| -> Vec<f64> {
                steps.iter().scan(0.0, |sum, step| { *sum += f64::from(*step); Some(*sum) }).collect()
            };
            let first = cumulate(&before);
            let then: Vec<f64> = first.iter().zip(cumulate(&added)).map(|(a, b)| a + b).collect();
            let stats = acquire_between(&histogram(&first, 1.0), &histogram(&then, 2.0));
            match stats {
                None => prop_assert!(added.iter().all(|step| *step == 0)),
                Some(stats) => {
                    prop_assert!(stats.p50 <= stats.p95 && stats.p95 <= stats.p99);
                    prop_assert!(stats.p50 >= 0.0 && stats.p99 <= 5.0);
                    prop_assert!((0.0..=1.0).contains(&stats.share_over_100ms));
                    let over: u32 = added[5..].iter().sum();
                    let all: u32 = added.iter().sum();
                    prop_assert!((stats.share_over_100ms - f64::from(over) / f64::from(all)).abs() < 1e-9);
                    // The 95th percentile lies in the bucket that holds the 95th percentile.
                    let over_p95: f64 = added.iter().zip(BOUNDS).filter(|(_, bound)| *bound > stats.p95 + 1e-12)
                        .map(|(step, _)| f64::from(*step)).skip(1).sum();
                    prop_assert!(over_p95 <= 0.05 * f64::from(all) + 1e-6);
                }
            }
        }

        #[test]
        fn anything_at_all_is_survived(
            a in prop::collection::vec((any::<f64>(), any::<f64>()), 0..6),
            b in prop::collection::vec((any::<f64>(), any::<f64>()), 0..6),
            count in any::<f64>(), sum in any::<f64>(),
        ) {
            let previous = Histogram { buckets: a, sum: 0.0, count: 0.0 };
            let _ = acquire_between(&previous, &Histogram { buckets: b, sum, count });
        }
    }
}

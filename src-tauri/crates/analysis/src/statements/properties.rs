//! Deltas of any run of readings: never negative, and their sum is what lies between the first and the last.

use std::collections::HashMap;

use domain::{StatementCounts, StatementIdentity, StatementTotal, StatementTotals, Timestamp};
use proptest::prelude::*;

use super::between;

const INTERVAL: i64 = 10_000;

fn reading(number: usize, calls: &[u32], reset_at: usize) -> StatementTotals {
    let entries =
        calls.iter().enumerate().filter(|(_, calls)| **calls > 0).map(|(query, calls)| StatementTotal {
            identity: StatementIdentity { queryid: query as i64, user: 1, database: 1, top_level: true },
            counts: StatementCounts {
                calls: f64::from(*calls),
                exec_ms: f64::from(*calls) * 0.37,
                ..StatementCounts::default()
            },
            since: None,
        });
    let at = Timestamp(number as i64 * INTERVAL);
    StatementTotals {
        at,
        taken_at: at,
        started_at: Timestamp(-1),
        counted_since: Some(Timestamp(reset_at as i64 * INTERVAL)),
        evicted: Some(0),
        entries: entries.collect(),
        cut: false,
        hidden: 0,
    }
}

/// Calls of six statements in each of some intervals.
fn runs() -> impl Strategy<Value = Vec<[u32; 6]>> {
    proptest::collection::vec(proptest::array::uniform6(0..1_000_u32), 1..30)
}

fn sums(readings: &[StatementTotals]) -> HashMap<i64, (f64, f64)> {
    let mut sums = HashMap::new();
    for pair in readings.windows(2) {
        let interval = between(&pair[0], &pair[1], INTERVAL);
        for (identity, counts) in interval.counts {
            assert!(counts.to_array().iter().all(|count| *count >= 0.0));
            let sum: &mut (f64, f64) = sums.entry(identity.queryid).or_default();
            *sum = (sum.0 + counts.calls, sum.1 + counts.exec_ms);
        }
    }
    sums
}

proptest! {
    #[test]
    fn deltas_sum_up_to_the_difference(runs in runs()) {
        let mut totals = [0_u32; 6];
        let mut readings = vec![reading(0, &totals, 0)];
        for (number, run) in runs.iter().enumerate() {
            totals.iter_mut().zip(run).for_each(|(total, ran)| *total += ran);
            readings.push(reading(number + 1, &totals, 0));
        }
        let sums = sums(&readings);
        for (query, total) in totals.iter().enumerate().filter(|(_, total)| **total > 0) {
            let (calls, ms) = sums[&(query as i64)];
            prop_assert_eq!(calls, f64::from(*total));
            prop_assert!((ms - f64::from(*total) * 0.37).abs() < 1e-6);
        }
    }

    /// Resets and evictions take away, they never add.
    #[test]
    fn what_began_anew_never_counts_more_than_ran(
        runs in runs(),
        resets in proptest::collection::vec(0..30_usize, 0..4),
        evictions in proptest::collection::vec((0..30_usize, 0..6_usize), 0..10),
    ) {
        let (mut totals, mut ran, mut reset_at) = ([0_u32; 6], [0_u32; 6], 0);
        let mut readings = vec![reading(0, &totals, 0)];
        for (number, run) in runs.iter().enumerate() {
            if resets.contains(&number) {
                totals = [0; 6];
                reset_at = number + 1;
            }
            for (at, query) in &evictions {
                if *at == number {
                    totals[*query] = 0;
                }
            }
            totals.iter_mut().zip(run).for_each(|(total, ran)| *total += ran);
            ran.iter_mut().zip(run).for_each(|(all, ran)| *all += ran);
            readings.push(reading(number + 1, &totals, reset_at));
        }
        for (query, (calls, _)) in sums(&readings) {
            prop_assert!(calls <= f64::from(ran[query as usize]));
        }
    }
}

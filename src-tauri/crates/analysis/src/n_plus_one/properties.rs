//! What must hold for any stream: nothing is lost or counted twice, and units do not influence each other.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{Detector, Findings, Observation, Options, UnitKey, UnitKind};
use crate::sql::{Fingerprint, Values};

#[derive(Clone, Copy, Debug)]
struct Execution {
    unit: u64,
    statement: u64,
    params: u64,
    start_us: i64,
    duration_us: Option<u64>,
    rows: Option<u64>,
}

fn executions() -> impl Strategy<Value = Vec<Execution>> {
    let one = (0..6_u64, 0..5_u64, 0..8_u64, 0..400_000_i64, any::<Option<u16>>(), any::<Option<u8>>());
    prop::collection::vec(one, 0..200).prop_map(|all| {
        all.into_iter()
            .map(|(unit, statement, params, start_us, duration, rows)| Execution {
                unit,
                statement,
                params,
                start_us,
                duration_us: duration.map(u64::from),
                rows: rows.map(u64::from),
            })
            .collect()
    })
}

fn detect(executions: &[Execution]) -> Findings {
    detector(executions).finish(|_| None)
}

fn detector(executions: &[Execution]) -> Detector {
    let mut detector = Detector::new(Options::default());
    for one in executions {
        detector.observe(&Observation {
            unit: UnitKey { kind: UnitKind::ALL[one.unit as usize % 4], hash: one.unit, id: None },
            fingerprint: Fingerprint(one.statement),
            values: Values { hash: one.params, digests: one.params & 0xFF, count: 1 },
            given: 0,
            start_us: one.start_us,
            duration_us: one.duration_us,
            rows: one.rows,
            route: ["/a", "/b"].get(one.unit as usize % 3).copied(),
            application: None,
        });
    }
    detector
}

proptest! {
    #[test]
    fn counts_and_times_are_conserved(executions in executions()) {
        let findings = detect(&executions);
        let mut groups: BTreeMap<(u64, u64), Vec<Execution>> = BTreeMap::new();
        for one in &executions {
            groups.entry((one.unit, one.statement)).or_default().push(*one);
        }
        let repeated: Vec<_> = groups.values().filter(|group| group.len() >= 3).collect();
        let units: BTreeSet<u64> = executions.iter().map(|one| one.unit).collect();
        prop_assert_eq!(findings.executions, executions.len() as u64);
        prop_assert_eq!(findings.units, units.len() as u64);
        prop_assert!(!findings.bounds.reached());
        let sum = |count: fn(&super::Pattern) -> u64| findings.patterns.iter().map(count).sum::<u64>();
        prop_assert_eq!(sum(|pattern| pattern.units), repeated.len() as u64);
        let expected = repeated.iter().map(|group| group.len() as u64).sum::<u64>();
        prop_assert_eq!(sum(|pattern| pattern.executions), expected);
        let time = repeated.iter().flat_map(|group| group.iter()).filter_map(|one| one.duration_us).sum::<u64>();
        prop_assert_eq!(sum(|pattern| pattern.total_us().unwrap_or(0)), time);
    }

    #[test]
    fn figures_fit_together(executions in executions()) {
        for pattern in detect(&executions).patterns {
            prop_assert!(pattern.queries_saved < pattern.executions);
            prop_assert!(pattern.repeats.median <= pattern.repeats.p95);
            prop_assert!(pattern.repeats.p95 <= pattern.repeats.max);
            prop_assert!(pattern.repeats.max >= 3 && pattern.first_us <= pattern.last_us);
            prop_assert_eq!(pattern.examples.len() as u64, pattern.units.min(3));
            prop_assert_eq!(pattern.examples[0].repeats, pattern.repeats.max);
            prop_assert_eq!(pattern.units_by_kind.iter().map(|(_, units)| units).sum::<u64>(), pattern.units);
            if let Some(saving) = pattern.saving {
                prop_assert!(saving.given_back_us <= saving.measured_us);
            }
        }
    }

    #[test]
    fn the_order_of_units_is_irrelevant(executions in executions(), order in Just(()).prop_perturb(|(), mut rng| {
        let mut order: Vec<u64> = (0..6).collect();
        for at in (1..order.len()).rev() {
            order.swap(at, rng.random_range(0..=at));
        }
        order
    })) {
        let mut by_unit = executions.clone();
        by_unit.sort_by_key(|one| order[one.unit as usize]);
        prop_assert_eq!(detect(&by_unit), detect(&executions));
    }

    #[test]
    fn two_detectors_find_what_one_finds(executions in executions(), share in 0..64_u64) {
        let (here, there): (Vec<Execution>, Vec<Execution>) =
            executions.iter().copied().partition(|one| share >> one.unit & 1 == 0);
        let mut joined = detector(&here);
        joined.absorb(detector(&there));
        prop_assert_eq!(joined.finish(|_| None), detect(&executions));
    }
}

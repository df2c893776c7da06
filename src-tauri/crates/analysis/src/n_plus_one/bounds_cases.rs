//! Memory stays bounded, and what that costs is told.

use super::fixture::*;
use super::{Bounds, Detector, Kind, Observation, Options, Reason, UnitKey, UnitKind};
use crate::sql::{Fingerprint, Values};

#[test]
fn silent_units_close_by_themselves() {
    let mut statements = Statements::default();
    let mut detector = Detector::new(Options::default());
    for minute in 0..1_000 {
        feed(&mut detector, &mut statements, &repeated(&format!("r{minute}"), ORDERS, 3, 60_000 * minute));
        assert!(detector.open_units() <= 2);
    }
    assert!(detector.closed_units() >= 998);
    assert!(!detector.bounds().reached());
    let findings = detector.finish(|one| statements.facts(one));
    assert_eq!((findings.units, findings.patterns[0].units), (1_000, 1_000));
}

#[test]
fn too_many_open_units_are_told() {
    let options = Options { max_open_units: 16, ..Options::default() };
    let mut statements = Statements::default();
    let mut detector = Detector::new(options);
    for n in 0..100 {
        feed(&mut detector, &mut statements, &repeated(&format!("r{n}"), ORDERS, 3, n));
        assert!(detector.open_units() <= 16);
    }
    let closed_early = detector.bounds().units_closed_early;
    assert!((84..=100).contains(&closed_early), "{closed_early}");
    let findings = detector.finish(|one| statements.facts(one));
    assert!(findings.bounds.reached());
    let pattern = &findings.patterns[0];
    assert_eq!((pattern.units, pattern.executions), (100, 300));
    assert!(pattern.reasons.contains(&Reason::UnitsCut { units: closed_early }));
}

#[test]
fn too_many_statements_in_all_open_units_are_told() {
    let options = Options { max_open_statements: 40, ..Options::default() };
    let mut statements = Statements::default();
    let mut detector = Detector::new(options);
    for n in 0..100 {
        let mut executions = vec![execution(&format!("r{n}"), CUSTOMERS, "", n)];
        executions.extend(repeated(&format!("r{n}"), ORDERS, 3, n));
        feed(&mut detector, &mut statements, &executions);
        assert!(detector.open_units() <= 21);
    }
    assert!(detector.bounds().units_closed_early >= 79);
    let findings = detector.finish(|one| statements.facts(one));
    assert_eq!((findings.units, findings.patterns[0].executions), (100, 300));
}

#[test]
fn names_beyond_the_bound_are_told() {
    let mut detector = Detector::new(Options::default());
    for n in 0..5_000 {
        let route = format!("/orders/{n}");
        detector.observe(&Observation {
            unit: UnitKey { kind: UnitKind::Request, hash: n, id: None },
            fingerprint: Fingerprint(1),
            values: Values::default(),
            given: 0,
            start_us: 0,
            duration_us: None,
            rows: None,
            route: Some(&route),
            application: Some("api"),
        });
    }
    assert!(detector.bounds().names_dropped >= 5_000 - 4_096);
}

#[test]
fn too_many_statements_in_a_unit_are_told() {
    let options = Options { max_fingerprints_per_unit: 4, ..Options::default() };
    let mut executions = repeated("r", ORDERS, 5, 0);
    executions.extend((0..50).map(|n| execution("r", &format!("SELECT a FROM t{n}"), "", 100 + n)));
    executions.extend(repeated("r", ORDERS, 5, 300));
    let findings = detect_with(options, &executions);
    assert_eq!(findings.bounds, Bounds { statements_forgotten: 47, ..Bounds::default() });
    assert_eq!((findings.patterns.len(), findings.patterns[0].executions), (1, 10));
    assert_eq!(findings.executions, 60);
}

#[test]
fn too_many_patterns_leave_the_heaviest() {
    let options = Options { max_patterns: 8, ..Options::default() };
    let executions: Vec<Execution> = (0..100)
        .flat_map(|n| {
            let mut loop_ =
                repeated(&format!("r{n}"), &format!("SELECT a FROM t{n} WHERE id = $1"), 3, 10 * n);
            loop_.iter_mut().for_each(|one| one.duration_us = Some(if n % 20 == 7 { 9_000 } else { 100 }));
            loop_
        })
        .collect();
    let findings = detect_with(options, &executions);
    let heavy = findings.patterns.iter().filter(|pattern| pattern.total_us() == Some(27_000)).count();
    assert_eq!((findings.patterns.len(), heavy), (8, 5));
    assert_eq!((findings.bounds.patterns_dropped, findings.bounds.executions_dropped), (92, 276));
}

#[test]
fn bounds_of_nothing_are_bounds_of_one() {
    let options = Options {
        threshold: 3,
        session_idle_gap_us: 0,
        unit_idle_gap_us: 0,
        max_open_units: 0,
        max_open_statements: 0,
        max_patterns: 0,
        max_fingerprints_per_unit: 0,
        max_worst_units: 0,
    };
    let at_once: Vec<Execution> = (0..3).map(|n| execution("r", ORDERS, n, 0)).collect();
    let findings = detect_with(options, &at_once);
    assert_eq!((findings.patterns.len(), findings.patterns[0].kind), (1, Kind::NPlusOne));
}

#[test]
fn times_at_the_ends_of_the_calendar_are_harmless() {
    let mut executions = repeated("r", ORDERS, 4, 0);
    for (one, start_us) in executions.iter_mut().zip([i64::MIN, i64::MAX, 0, i64::MAX]) {
        one.start_us = start_us;
        one.duration_us = Some(u64::MAX);
        one.kind = UnitKind::Trace;
    }
    let findings = detect(&executions);
    assert_eq!(findings.executions, 4);
}

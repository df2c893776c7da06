//! What is a pattern, of which kind, with which figures.

use super::fixture::*;
use super::{Confidence, Detector, Kind, Options, Reason, Repeats, Run, Share, UnitKind, document};
use crate::sql::fingerprint;

fn found(executions: &[Execution]) -> Vec<(Kind, u64, u64)> {
    let findings = detect(executions);
    findings.patterns.iter().map(|pattern| (pattern.kind, pattern.units, pattern.executions)).collect()
}

fn with_params(sql: &str, params: &[&str]) -> Vec<Execution> {
    params.iter().zip(0..).map(|(param, at)| execution("r", sql, param, at)).collect()
}

#[test]
fn kinds_follow_the_statement_and_its_parameters() {
    let cases: [(&str, &[&str], Option<Kind>); 22] = [
        (ORDERS, &["1", "2", "3"], Some(Kind::NPlusOne)),
        (ORDERS, &["1", "2"], None),
        (ORDERS, &["7", "7", "7"], Some(Kind::Redundant)),
        (ORDERS, &["1", "2", "1", "2", "1", "2"], Some(Kind::Redundant)),
        (ORDERS, &["1", "2", "3", "1", "2", "3"], Some(Kind::NPlusOne)),
        (ORDERS, &["", "", ""], Some(Kind::NPlusOne)),
        ("SELECT * FROM settings", &["", "", ""], Some(Kind::Redundant)),
        ("SELECT * FROM settings WHERE name = 'theme'", &["", "", ""], Some(Kind::Redundant)),
        ("INSERT INTO orders (customer_id) VALUES ($1)", &["1", "2", "3"], Some(Kind::BulkWrite)),
        ("INSERT INTO orders (customer_id) VALUES ($1)", &["", "", ""], Some(Kind::BulkWrite)),
        ("UPDATE orders SET paid = true WHERE id = $1", &["1", "2", "3"], Some(Kind::BulkWrite)),
        ("DELETE FROM orders WHERE id = $1", &["1", "2", "3"], Some(Kind::BulkWrite)),
        ("BEGIN", &["", "", ""], None),
        ("COMMIT", &["", "", ""], None),
        ("SET search_path = $1", &["1", "2", "3"], None),
        ("SELECT 1", &["", "", ""], None),
        ("SELECT version()", &["", "", ""], None),
        ("SELECT * FROM pg_catalog.pg_class WHERE oid = $1", &["1", "2", "3"], None),
        ("VACUUM orders", &["", "", ""], None),
        ("SAVEPOINT s", &["", "", ""], None),
        ("SELECT * FROM orders WHERE customer_id = $1 AND (a...", &["1", "2", "3"], Some(Kind::NPlusOne)),
        ("SELECT * FROM orders WHERE customer_id = ANY($1)", &["1", "2", "3"], Some(Kind::NPlusOne)),
    ];
    for (sql, params, expected) in cases {
        let kinds: Vec<Kind> = found(&with_params(sql, params)).into_iter().map(|(kind, ..)| kind).collect();
        assert_eq!(kinds, Vec::from_iter(expected), "{sql} {params:?}");
    }
}

#[test]
fn constants_in_the_text_are_parameters() {
    let executions: Vec<Execution> = (0..5)
        .map(|n| execution("r", &format!("SELECT * FROM orders WHERE customer_id = {n}"), "", n))
        .collect();
    assert_eq!(found(&executions), [(Kind::NPlusOne, 1, 5)]);
}

#[test]
fn executions_need_not_stand_side_by_side() {
    let mut executions = Vec::new();
    for n in 0..4 {
        executions.push(execution("r", ORDERS, n, 10 * n));
        executions.push(execution("r", ITEMS, n, 10 * n + 3));
        executions.push(execution("r", &format!("SELECT {} FROM t{n}", "a"), "", 10 * n + 6));
    }
    assert_eq!(found(&executions), [(Kind::NPlusOne, 1, 4), (Kind::NPlusOne, 1, 4)]);
}

#[test]
fn parallel_executions_count() {
    let at_once: Vec<Execution> = (0..6).map(|n| execution("r", ORDERS, n, 100)).collect();
    assert_eq!(found(&at_once), [(Kind::NPlusOne, 1, 6)]);
}

#[test]
fn units_are_not_mixed() {
    let (one, other) = (repeated("one", ORDERS, 2, 0), repeated("other", ORDERS, 2, 1));
    let interleaved: Vec<Execution> = one.into_iter().zip(other).flat_map(|(a, b)| [a, b]).collect();
    assert_eq!(found(&interleaved), []);

    let mut same_hash = repeated("r", ORDERS, 2, 0);
    same_hash.extend(repeated("r", ORDERS, 2, 10).into_iter().map(|mut one| {
        one.kind = UnitKind::Trace;
        one
    }));
    assert_eq!(found(&same_hash), []);
}

#[test]
fn the_threshold_is_adjustable() {
    for (threshold, count, patterns) in [(2, 2, 1), (3, 2, 0), (3, 3, 1), (5, 4, 0), (5, 5, 1), (0, 1, 0)] {
        let options = Options { threshold, ..Options::default() };
        let findings = detect_with(options, &repeated("r", ORDERS, count, 0));
        assert_eq!(findings.patterns.len(), patterns, "{count} at {threshold}");
        assert_eq!(findings.executions, count as u64);
    }
}

#[test]
fn sessions_are_cut_where_they_pause() {
    let session = |pause_ms: i64| {
        let mut executions = repeated("pid 7", ORDERS, 2, 0);
        executions.extend(repeated("pid 7", ORDERS, 2, 3 + pause_ms));
        executions.iter_mut().for_each(|one| one.kind = UnitKind::Session);
        executions
    };
    assert_eq!(found(&session(500)), [(Kind::Redundant, 1, 4)]);
    assert_eq!(found(&session(501)), []);
    let mut request = session(501);
    request.iter_mut().for_each(|one| one.kind = UnitKind::Request);
    assert_eq!(found(&request), [(Kind::Redundant, 1, 4)]);
}

#[test]
fn figures_are_aggregated_over_units() {
    let mut executions = Vec::new();
    for (unit, count) in [("a", 3), ("b", 10), ("c", 4), ("d", 2), ("e", 20)] {
        executions.extend(repeated(unit, ORDERS, count, 100 * count));
    }
    let findings = detect(&executions);
    let [pattern] = findings.patterns.as_slice() else { panic!("{findings:?}") };
    assert_eq!((findings.units, findings.executions), (5, 39));
    assert_eq!((pattern.units, pattern.executions, pattern.queries_saved), (4, 37, 33));
    assert_eq!(pattern.units_by_kind, [(UnitKind::Request, 4)]);
    assert_eq!(pattern.repeats, Repeats { median: 4, p95: 20, max: 20 });
    assert_eq!((pattern.first_us, pattern.last_us), (300_000, 2_038_000));
    assert_eq!(pattern.total_us(), Some(37_000));
    let examples: Vec<_> = pattern.examples.iter().map(|one| (one.unit.as_deref(), one.repeats)).collect();
    assert_eq!(examples, [(Some("e"), 20), (Some("b"), 10), (Some("c"), 4)]);
    assert_eq!(pattern.routes, [Share { name: "/api/customers".to_owned(), units: 4 }]);
    assert_eq!(pattern.queries_saved_percent(), 33.0 * 100.0 / 37.0);
}

#[test]
fn an_example_shows_when_each_execution_ran() {
    let mut executions = vec![execution("r", CUSTOMERS, "", 5)];
    executions.extend(repeated("r", ORDERS, 3, 10));
    let findings = detect(&executions);
    let example = &findings.patterns[0].examples[0];
    let run = |offset_us| Run { offset_us, duration_us: Some(1_000) };
    assert_eq!(example.runs, [run(5_000), run(7_000), run(9_000)]);
    assert_eq!((example.unit_queries, example.repeats, example.start_us), (4, 3, 5_000));
}

#[test]
fn the_saving_shows_its_arithmetic() {
    let write = "INSERT INTO orders (customer_id) VALUES ($1)";
    let cases = [
        (
            ORDERS,
            ["1", "2", "3", "4"],
            "40 ms measured in 4 executions − 10 ms for 1 execution − 3 ms for 3 further keys at a tenth of \
             the fastest execution = 27 ms",
            27_000,
        ),
        (
            write,
            ["1", "2", "3", "4"],
            "40 ms measured in 4 executions − 10 ms for 1 execution − 7.5 ms for 3 further rows at a quarter \
             of the fastest execution = 23 ms",
            22_500,
        ),
        (
            ORDERS,
            ["1", "1", "1", "1"],
            "40 ms measured in 4 executions − 10 ms for 1 execution = 30 ms",
            30_000,
        ),
    ];
    for (sql, params, text, given_back_us) in cases {
        let mut executions = with_params(sql, &params);
        executions.iter_mut().for_each(|one| one.duration_us = Some(10_000));
        let saving = detect(&executions).patterns[0].saving.unwrap();
        assert_eq!((saving.to_string().as_str(), saving.given_back_us), (text, given_back_us));
    }
}

#[test]
fn nothing_measured_gives_no_time() {
    let mut executions = repeated("r", ORDERS, 4, 0);
    executions.iter_mut().for_each(|one| one.duration_us = None);
    let findings = detect(&executions);
    assert_eq!((findings.patterns[0].saving, findings.patterns[0].queries_saved), (None, 3));
}

#[test]
fn ranked_by_time_given_back() {
    let mut executions = repeated("r", ORDERS, 30, 0);
    let slow = repeated("r", ITEMS, 5, 100).into_iter().map(|mut one| {
        one.duration_us = Some(50_000);
        one
    });
    executions.extend(slow);
    let order: Vec<_> = detect(&executions).patterns.iter().map(|pattern| pattern.fingerprint).collect();
    assert_eq!(order, [ITEMS, ORDERS].map(|sql| fingerprint(sql.as_bytes())));
}

#[test]
fn the_parent_is_the_read_before_whose_rows_match() {
    let parent = |before: &[(&str, Option<u64>)]| {
        let mut executions: Vec<Execution> = before
            .iter()
            .zip(0..)
            .map(|(&(sql, rows), at)| Execution { rows, ..execution("r", sql, "", 10 * at) })
            .collect();
        executions.extend(repeated("r", ORDERS, 4, 100));
        detect(&executions).patterns[0].parent.map(|parent| (parent.fingerprint, parent.rows_match))
    };
    let of = |sql: &str, rows_match| Some((fingerprint(sql.as_bytes()), rows_match));
    assert_eq!(parent(&[]), None);
    assert_eq!(parent(&[(CUSTOMERS, Some(4))]), of(CUSTOMERS, 1));
    assert_eq!(parent(&[(CUSTOMERS, None)]), of(CUSTOMERS, 0));
    assert_eq!(parent(&[(CUSTOMERS, Some(4)), (ITEMS, Some(1))]), of(CUSTOMERS, 1));
    assert_eq!(parent(&[(CUSTOMERS, None), (ITEMS, None)]), of(ITEMS, 0));
    assert_eq!(parent(&[(CUSTOMERS, Some(9)), ("BEGIN", None)]), of(CUSTOMERS, 0));
    assert_eq!(parent(&[("UPDATE t SET a = 1", Some(4))]), None);
}

#[test]
fn clocks_of_whole_milliseconds_do_not_hide_the_parent() {
    let first_of_loop_at = |start_us: i64| {
        let mut executions = vec![Execution { rows: Some(4), ..execution("r", CUSTOMERS, "", 10) }];
        executions.extend(repeated("r", ORDERS, 4, 20));
        executions[1].start_us = start_us;
        detect(&executions).patterns[0].parent.is_some()
    };
    // The parent ends at 11 ms by the log, at some time in that millisecond in truth.
    for (start_us, found) in [(11_000, true), (10_100, true), (10_000, true), (9_999, false)] {
        assert_eq!(first_of_loop_at(start_us), found, "{start_us}");
    }
}

#[test]
fn nested_loops_share_their_parent() {
    let mut executions = vec![Execution { rows: Some(4), ..execution("r", CUSTOMERS, "", 0) }];
    for n in 0..4 {
        executions.push(execution("r", ORDERS, n, 10 + 10 * n));
        executions.push(execution("r", ITEMS, n, 15 + 10 * n));
    }
    for pattern in detect(&executions).patterns {
        assert_eq!(pattern.parent.unwrap().fingerprint, fingerprint(CUSTOMERS.as_bytes()));
    }
}

#[test]
fn confidence_gives_its_reasons() {
    let judged = |executions: &[Execution]| {
        let pattern = detect(executions).patterns.remove(0);
        (pattern.confidence, pattern.reasons)
    };
    let request = repeated("r", ORDERS, 4, 0);
    let grouped = Reason::Units { kind: UnitKind::Request, units: 1 };
    assert_eq!(judged(&request), (Confidence::High, vec![Reason::DifferentParameters, grouped.clone()]));

    let mut session = request.clone();
    session.iter_mut().for_each(|one| one.kind = UnitKind::Session);
    let guessed = Reason::OnlySession { units: 1 };
    assert_eq!(judged(&session), (Confidence::Medium, vec![Reason::DifferentParameters, guessed.clone()]));

    let mut with_parent = session.clone();
    let parent = Execution { rows: Some(4), ..execution("r", CUSTOMERS, "", -10) };
    with_parent.insert(0, Execution { kind: UnitKind::Session, ..parent });
    let (confidence, reasons) = judged(&with_parent);
    assert_eq!((confidence, &reasons[0]), (Confidence::High, &Reason::RowsMatch { units: 1 }));

    session.iter_mut().for_each(|one| one.param.clear());
    let unrecorded = Reason::ParametersNotRecorded { units: 1 };
    assert_eq!(judged(&session), (Confidence::Low, vec![unrecorded, guessed]));

    let list = repeated("r", "SELECT * FROM orders WHERE id = ANY($1)", 3, 0);
    assert_eq!(
        judged(&list),
        (Confidence::Medium, vec![Reason::DifferentParameters, grouped, Reason::AlreadyTakesList])
    );
}

#[test]
fn the_documents_example_word_for_word() {
    let mut statements = Statements::default();
    let mut detector = Detector::new(Options::default());
    let mut executions = vec![execution("abc123", CUSTOMERS, "", 0)];
    executions.extend(repeated("abc123", ORDERS, 10, 60));
    executions[1..].iter_mut().for_each(|one| one.duration_us = Some(52_300));
    feed(&mut detector, &mut statements, &executions);
    let summary = detector.close(UnitKind::Request, hash("abc123")).unwrap();
    let report = document::report(
        &summary,
        |fingerprint| statements.masked(fingerprint),
        |fingerprint| statements.facts(fingerprint),
    )
    .unwrap();
    let expected = r#"{
  "message": "⚠️  N+1 Query Pattern Detected",
  "requestId": "abc123",
  "totalQueries": 11,
  "patterns": [{
    "query": "SELECT * FROM ORDERS WHERE CUSTOMER_ID = $?",
    "repetitions": 10,
    "totalTime": "523ms",
    "averageTime": "52.30ms",
    "recommendation": {
      "type": "batch_query",
      "message": "Batch load orders records using WHERE IN instead of individual queries",
      "solution": "Use DataLoader or batch the IDs: SELECT * FROM orders WHERE customer_id = ANY($1)",
      "estimatedImprovement": "Reduce 10 queries to 1 query"
    }
  }],
  "potentialSavings": {
    "currentQueries": 10,
    "optimizedQueries": 1,
    "queriesReduced": 9,
    "percentageReduction": "90.0%"
  }
}"#;
    let expected: serde_json::Value = serde_json::from_str(expected).unwrap();
    assert_eq!(serde_json::to_value(&report).unwrap(), expected);
    let headers = [("X-N-Plus-One-Detected", "true".to_owned()), ("X-N-Plus-One-Patterns", "1".to_owned())];
    assert_eq!(report.headers(), headers);
}

#[test]
fn the_report_keeps_what_it_does_not_understand() {
    let cases = [
        ("SELECT * FROM orders WHERE customer_id = $1 AND paid", "WHERE customer_id = ANY($1)"),
        ("SELECT a FROM orders WHERE customer_id = $1 ORDER BY a LIMIT 1", "WHERE customer_id = ANY($1)"),
        (
            "SELECT * FROM orders WHERE a = $1 AND b = $2",
            "WHERE key = ANY($1), with the other conditions as they are",
        ),
        ("SELECT * FROM orders WHERE lower(a) = $1", "WHERE key = ANY($1)"),
    ];
    for (sql, solution) in cases {
        let mut statements = Statements::default();
        let mut detector = Detector::new(Options::default());
        feed(&mut detector, &mut statements, &repeated("r", sql, 3, 0));
        let summary = detector.summary(UnitKind::Request, hash("r")).unwrap();
        let report =
            document::report(&summary, |one| statements.masked(one), |one| statements.facts(one)).unwrap();
        let expected = format!("Use DataLoader or batch the IDs: {solution}");
        assert_eq!(report.patterns[0].recommendation.solution, expected, "{sql}");
    }
}

#[test]
fn a_unit_without_repeats_has_no_report() {
    let mut statements = Statements::default();
    let mut detector = Detector::new(Options::default());
    let mut executions = repeated("r", ORDERS, 2, 0);
    executions.extend(with_params("BEGIN", &["", "", ""]));
    feed(&mut detector, &mut statements, &executions);
    let summary = detector.close(UnitKind::Request, hash("r")).unwrap();
    assert_eq!(summary.total_queries, 5);
    assert_eq!(document::report(&summary, |_| None, |one| statements.facts(one)), None);
    assert_eq!(detector.close(UnitKind::Request, hash("r")), None);
}

#[test]
fn an_example_shows_the_parents_run_and_the_routes_named_beside() {
    let mut statements = Statements::default();
    let mut detector = Detector::new(Options { max_worst_units: 2, ..Options::default() });
    let mut parent = execution("r", CUSTOMERS, "", 10);
    (parent.rows, parent.duration_us) = (Some(4), Some(5_000));
    let executions = [vec![parent], repeated("r", ORDERS, 4, 20), repeated("s", ORDERS, 3, 40)].concat();
    feed(&mut detector, &mut statements, &executions);
    for (unit, executed) in [("t", 9), ("u", 2)] {
        feed(&mut detector, &mut statements, &repeated(unit, ITEMS, executed, 60));
    }
    let findings = detector.finish(|fingerprint| statements.facts(fingerprint));
    let orders = findings.patterns.iter().find(|one| one.examples[0].unit.as_deref() == Some("r")).unwrap();
    let example = &orders.examples[0];
    assert_eq!(example.parent_run, Some(Run { offset_us: 0, duration_us: Some(5_000) }));
    assert_eq!(example.runs[0].offset_us, 10_000);
    assert_eq!(example.span_us, 17_000);
    assert_eq!(orders.examples[1].parent_run, None);
    assert_eq!(orders.varying.numbers(ORDERS), [1]);
    let worst: Vec<_> = findings.worst_units.iter().map(|unit| unit.unit.as_deref().unwrap()).collect();
    assert_eq!(worst, ["t", "r"]);
}

#[test]
fn a_route_may_be_named_while_the_unit_is_open() {
    let mut statements = Statements::default();
    let mut detector = Detector::new(Options::default());
    let mut executions = repeated("r", ORDERS, 3, 0);
    executions.iter_mut().for_each(|one| one.kind = UnitKind::Trace);
    feed_without_route(&mut detector, &mut statements, &executions);
    detector.name_route(UnitKind::Trace, hash("r"), "GET /api/orders");
    detector.name_route(UnitKind::Trace, hash("r"), "too late");
    detector.name_route(UnitKind::Trace, hash("absent"), "nobody");
    let findings = detector.finish(|fingerprint| statements.facts(fingerprint));
    assert_eq!(findings.patterns[0].routes, [Share { name: "GET /api/orders".to_owned(), units: 1 }]);
}

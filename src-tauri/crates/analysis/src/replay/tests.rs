//! Streams of statements and what is found in them.

use domain::{CacheForecast, RepetitionKind, WorkUnit, WorkUnitCount};
use proptest::prelude::*;

use super::*;

const MS: i64 = 1_000;
const ORDERS: &str = "SELECT * FROM orders WHERE customer_id = $1";
const CUSTOMERS: &str = "SELECT * FROM customers LIMIT 3";

/// A statement of session 1 that takes a millisecond.
fn seen(sql: &str, start_ms: i64) -> Seen<'_> {
    Seen {
        sql: sql.as_bytes(),
        given: Given::Nothing,
        start_us: start_ms * MS,
        duration_us: Some(1_000),
        rows: None,
        session: 1,
        transaction: None,
        request_id: None,
        trace_id: None,
        application: b"panel",
        error: None,
        truncated: false,
    }
}

fn replay(batches: &[Prepared]) -> Outcome {
    let mut replay = Replay::new(Options::default());
    batches.iter().for_each(|batch| replay.take(batch));
    let so_far = replay.outcome();
    let whole = replay.into_outcome();
    assert_eq!(so_far, whole, "what is told of a stream that goes on is what would be told at its end");
    whole
}

fn one_batch(statements: &[Seen<'_>]) -> Outcome {
    let mut batch = Prepared::default();
    statements.iter().for_each(|one| batch.statement(one, &mut Shapes::default()));
    replay(&[batch])
}

fn grouped(outcome: &Outcome) -> Vec<(WorkUnit, u64)> {
    outcome.grouped_by.iter().map(|WorkUnitCount { unit, count }| (*unit, *count)).collect()
}

/// Units of the only pattern.
fn units(outcome: &Outcome) -> Vec<(WorkUnit, u64)> {
    let [finding] = outcome.findings.as_slice() else { panic!("{:?}", outcome.findings) };
    finding.units_by_kind.iter().map(|WorkUnitCount { unit, count }| (*unit, *count)).collect()
}

#[test]
fn interleaved_requests_are_told_apart() {
    let values = ["$1 = '1'", "$1 = '2'", "$1 = '3'", "$1 = '4'"];
    let mut statements = Vec::new();
    for (at, value) in values.iter().enumerate() {
        for request in ["a", "b"] {
            let one = seen(ORDERS, at as i64 * 10);
            let given = Given::Detail(value.as_bytes());
            statements.push(Seen { given, request_id: Some(request.as_bytes()), ..one });
        }
        // Twice only.
        statements.push(Seen {
            request_id: Some(b"c"),
            ..seen(if at < 2 { ORDERS } else { CUSTOMERS }, at as i64 * 10)
        });
    }
    let outcome = one_batch(&statements);
    assert_eq!(units(&outcome), [(WorkUnit::Request, 2)]);
    let finding = &outcome.findings[0];
    assert_eq!((finding.kind, finding.executions), (RepetitionKind::NPlusOne, 8));
    let mut ids: Vec<_> = finding.examples.iter().filter_map(|example| example.id.as_deref()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["a", "b"]);
    assert_eq!(finding.id, format!("{}-n_plus_one", finding.fingerprint));
    assert_eq!(finding.applications[0].name, "panel");
    assert_eq!(grouped(&outcome), [(WorkUnit::Request, 12)]);
    assert_eq!(outcome.documents.len(), 2);
    assert_eq!(outcome.documents[0].potential_savings.percentage_reduction, "75.0%");
}

#[test]
fn comments_name_the_trace_and_the_route() {
    let sql = |n: i64| {
        format!(
            "SELECT * FROM orders WHERE customer_id = {n} /*route='GET%20%2Fapi',traceparent='00-abc-{n}-01'*/"
        )
    };
    let texts: Vec<String> = (0..3).map(sql).collect();
    let statements: Vec<Seen<'_>> = texts.iter().map(|text| seen(text, 0)).collect();
    let outcome = one_batch(&statements);
    assert_eq!(units(&outcome), [(WorkUnit::Trace, 1)]);
    let finding = &outcome.findings[0];
    assert_eq!(finding.routes[0].name, "GET /api");
    assert_eq!(finding.statement, "SELECT * FROM orders WHERE customer_id = $1");
    assert_eq!(finding.examples[0].id.as_deref(), Some("abc"));
    assert_eq!(outcome.queries[0].routes, ["GET /api"]);
}

#[test]
fn transactions_hold_together_what_is_in_them() {
    let orders: Vec<String> =
        (0..9).map(|n| format!("SELECT * FROM orders WHERE customer_id = {n}")).collect();
    let at = |index: usize, start_ms: i64| seen(&orders[index], start_ms);
    // What the log tells, and the units that come of it.
    let explicit = [seen("BEGIN", 0), at(0, 2), at(1, 4), at(2, 6), seen("COMMIT", 8), at(3, 10)];
    let numbered: Vec<Seen<'_>> =
        (0..3).map(|n| Seen { transaction: Some(7), ..at(n, n as i64 * 2) }).collect();
    let autocommit: Vec<Seen<'_>> =
        (0..4).map(|n| Seen { transaction: Some(7 + n as u64), ..at(n, n as i64 * 2) }).collect();
    let small: Vec<Seen<'_>> = (0..4)
        .flat_map(|n| {
            let start = n as i64 * 10;
            [seen("BEGIN", start), at(n, start + 2), seen("COMMIT", start + 4)]
        })
        .collect();
    let paused: Vec<Seen<'_>> = (0..3).map(|n| at(n, n as i64 * 600)).collect();
    type Case<'a> = (&'static str, &'a [Seen<'a>], &'static [(WorkUnit, u64)]);
    let cases: [Case<'_>; 5] = [
        ("BEGIN to COMMIT", &explicit, &[(WorkUnit::Transaction, 1)]),
        ("one virtual transaction id", &numbered, &[(WorkUnit::Transaction, 1)]),
        ("one id a statement", &autocommit, &[(WorkUnit::Session, 1)]),
        ("a loop that commits after each", &small, &[(WorkUnit::Session, 1)]),
        ("pauses", &paused, &[]),
    ];
    for (name, statements, expected) in cases {
        let outcome = one_batch(statements);
        let found: Vec<_> = if expected.is_empty() {
            assert!(outcome.findings.is_empty(), "{name}");
            vec![]
        } else {
            units(&outcome)
        };
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn a_request_line_names_the_route_before_or_after() {
    let request = |finished| SeenRequest {
        request_id: Some(b"r1"),
        trace_id: None,
        method: Some(b"get"),
        route: Some(b"/api/customers/7?x=1"),
        finished,
    };
    for finished in [false, true] {
        let mut batch = Prepared::default();
        if !finished {
            batch.request(&request(false));
        }
        for n in 0..3 {
            batch.statement(&Seen { request_id: Some(b"r1"), ..seen(ORDERS, n) }, &mut Shapes::default());
        }
        if finished {
            batch.request(&request(true));
        }
        let outcome = replay(&[batch]);
        assert_eq!(outcome.findings[0].routes[0].name, "GET /api/customers/:id");
    }
}

#[test]
fn statements_are_counted_with_their_times_rows_errors_and_plans() {
    let mut batch = Prepared::default();
    let plan = SeenPlan {
        session: 1,
        plan: b"Seq Scan on orders  (cost=0.00..1.00 rows=1 width=4)\n  Filter: (id = 4711)",
        json: false,
    };
    for (start_ms, duration_us, rows) in
        [(0, 1_000, Some(4)), (60_000, 9_000, None), (60_001, 2_000, Some(2))]
    {
        if duration_us == 9_000 {
            batch.plan(&plan);
        }
        batch.statement(
            &Seen { duration_us: Some(duration_us), rows, ..seen(ORDERS, start_ms) },
            &mut Shapes::default(),
        );
    }
    batch.statement(
        &Seen { duration_us: None, error: Some(b"57014"), ..seen(ORDERS, 60_002) },
        &mut Shapes::default(),
    );
    batch.error(&SeenError {
        at_us: 60_010 * MS,
        sql: b"SELECT * FROM nowhere WHERE a = 4711",
        error: b"relation \"nowhere\" does not exist",
    });
    let outcome = replay(&[batch]);
    let [orders, nowhere] = outcome.queries.as_slice() else { panic!("{:?}", outcome.queries) };
    assert_eq!((orders.calls, orders.timed, orders.total_ms, orders.mean_ms), (4, 3, 12.0, Some(4.0)));
    assert_eq!((orders.max_ms, orders.p50_ms), (Some(9.0), Some(1.984)));
    assert_eq!(
        (orders.rows_mean, orders.errors, orders.last_error.as_deref()),
        (Some(3.0), 1, Some("57014"))
    );
    assert_eq!((orders.trend.calls.as_slice(), orders.trend.step_ms), ([1, 3].as_slice(), 60_000));
    assert_eq!(
        (orders.verb.as_str(), orders.tables.as_slice()),
        ("SELECT", ["orders".to_owned()].as_slice())
    );
    let plan = orders.plan.as_ref().expect("a plan");
    assert!(plan.text.contains("Filter: (id = $1)") && plan.duration_ms == Some(9.0), "{}", plan.text);
    assert_eq!((nowhere.calls, nowhere.errors), (0, 1));
    assert_eq!(nowhere.statement, "SELECT * FROM nowhere WHERE a = $1");
    assert_eq!((outcome.totals.statements, outcome.totals.errors, outcome.totals.fingerprints), (4, 2, 2));
    assert_eq!(outcome.totals.database_ms, Some(12.0));
    assert!(outcome.limits.is_empty());
}

#[test]
fn a_text_without_a_statement_is_named() {
    let outcome = one_batch(&[seen("", 0), seen("-- ping", 1_000)]);
    let [empty] = outcome.queries.as_slice() else { panic!("{:?}", outcome.queries) };
    assert_eq!((empty.verb.as_str(), empty.calls), ("EMPTY", 2));
    assert_eq!(empty.statement, "/* empty statement */");
}

#[test]
fn caching_is_foretold_with_writes_in_between() {
    let product = "SELECT * FROM products WHERE id = 7";
    let statements = [
        seen(product, 0),
        seen(product, 1_000),
        seen("UPDATE products SET price = 1 WHERE id = 7", 2_000),
        seen(product, 3_000),
        seen(product, 4_000),
        seen("SELECT * FROM products WHERE id = 7 AND due < now()", 5_000),
        seen("SELECT * FROM products WHERE id = $1", 6_000),
    ];
    let outcome = one_batch(&statements);
    let forecast =
        |calls: u64| &outcome.queries.iter().find(|query| query.calls == calls).expect("a query").cache;
    let CacheForecast::Simulated { by_ttl } = forecast(5) else { panic!("{:?}", forecast(5)) };
    // The one without its parameter is the same statement and is left out of the simulation.
    let minute = by_ttl.iter().find(|at| at.ttl_seconds == 60).expect("a minute");
    assert_eq!((minute.hits, minute.hit_ratio), (2, 0.5));
    assert_eq!(outcome.without_parameters, 1);
    let refused = |start: &str| {
        let query = outcome.queries.iter().find(|query| query.statement.contains(start)).expect("a query");
        let CacheForecast::NotCacheable { reason } = &query.cache else { panic!("{:?}", query.cache) };
        reason.clone()
    };
    assert!(refused("now()").contains("clock"));
    assert_eq!(refused("UPDATE"), "It writes.");
}

#[test]
fn connections_in_use_are_counted_over_statements_and_transactions() {
    let mut statements = Vec::new();
    for session in 1..=4 {
        let of = |sql, start_ms| Seen { session, ..seen(sql, start_ms) };
        statements.push(Seen { duration_us: Some(0), ..of("SELECT 1 FROM t", 0) });
        statements.push(of("BEGIN", 100));
        statements.push(of("UPDATE t SET a = 1", 150));
    }
    for session in 1..=4 {
        statements.push(Seen { session, ..seen("COMMIT", 1_099) });
    }
    let outcome = one_batch(&statements);
    let pool = outcome.pool.expect("a forecast");
    assert_eq!((pool.most, pool.sessions), (4, 4));
    assert!((pool.mean - 4.0 * 1_000.0 / 1_100.0).abs() < 0.02, "{}", pool.mean);
    assert!(pool.recommended >= 4, "{}", pool.summary);
    assert_eq!(pool.arithmetic.iter().filter(|line| line.result).count(), 1);
    assert_eq!(pool.in_use.times.len(), pool.in_use.series[0].values.len());
}

#[test]
fn nothing_is_nothing() {
    let outcome = replay(&[]);
    assert_eq!(outcome.totals, domain::ReplayTotals::default());
    assert!(outcome.findings.is_empty() && outcome.queries.is_empty() && outcome.pool.is_none());
}

#[test]
fn literals_are_kept_only_when_asked_for() {
    let sql = "SELECT * FROM users WHERE email = 'eve@example.com'";
    for keep_literals in [false, true] {
        let mut replay = Replay::new(Options { keep_literals, ..Options::default() });
        let mut batch = Prepared::default();
        (0..3).for_each(|n| batch.statement(&seen(sql, n), &mut Shapes::default()));
        replay.take(&batch);
        let outcome = replay.into_outcome();
        assert_eq!(outcome.queries[0].statement.contains("eve@"), keep_literals);
        assert_eq!(outcome.findings[0].statement.contains("eve@"), keep_literals);
        assert!(!format!("{:?}", outcome.findings[0].fixes).contains("eve@"));
    }
}

/// A statement out of a few, in one of a few sessions, perhaps in a request.
fn any_seen() -> impl Strategy<Value = (usize, u64, Option<u8>, u64, i64, Option<u64>)> {
    (0..7_usize, 0..4_u64, prop::option::of(0..3_u8), 0..5_u64, 0..40_i64, prop::option::of(0..50_000_u64))
}

proptest! {
    #[test]
    fn where_batches_end_does_not_matter(
        stream in prop::collection::vec(any_seen(), 1..120),
        cuts in prop::collection::vec(1..20_usize, 1..12),
    ) {
        const TEXTS: [&str; 7] =
            [ORDERS, CUSTOMERS, "BEGIN", "COMMIT", "INSERT INTO t (a) VALUES ($1)", "SELECT a FROM t WHERE b = 5", "not sql ("];
        let mut now = 0;
        let statements: Vec<_> = stream
            .iter()
            .map(|(text, session, request, transaction, step, duration)| {
                now += step;
                (TEXTS[*text], *session, request.map(|id| [id]), *transaction, now, *duration)
            })
            .collect();
        let values: Vec<String> = (0..statements.len()).map(|n| format!("$1 = '{}'", n % 5)).collect();
        let feed = |batch: &mut Prepared, index: usize| {
            let (sql, session, request, transaction, start_ms, duration_us) = &statements[index];
            batch.statement(&Seen {
                given: Given::Detail(values[index].as_bytes()),
                session: *session,
                request_id: request.as_ref().map(|id| id.as_slice()),
                transaction: (*transaction > 0).then_some(*transaction),
                duration_us: *duration_us,
                ..seen(sql, *start_ms)
            }, &mut Shapes::default());
        };
        let mut whole = Prepared::default();
        (0..statements.len()).for_each(|index| feed(&mut whole, index));
        let mut parts = vec![Prepared::default()];
        let mut sizes = cuts.iter().cycle();
        let mut left = *sizes.next().unwrap_or(&1);
        for index in 0..statements.len() {
            if left == 0 {
                parts.push(Prepared::default());
                left = *sizes.next().unwrap_or(&1);
            }
            left -= 1;
            feed(parts.last_mut().unwrap(), index);
        }
        let whole = replay(&[whole]);
        prop_assert_eq!(&whole, &replay(&parts));
        prop_assert_eq!(whole.totals.statements, statements.len() as u64);
        let listed: u64 = whole.queries.iter().map(|query| query.calls).sum();
        prop_assert_eq!(listed, statements.len() as u64);
    }
}

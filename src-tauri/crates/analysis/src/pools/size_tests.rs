//! Size advice: right for the load, silent without enough of it, never against the diagnosis.

use domain::{BackendState, Histogram};
use proptest::prelude::*;

use super::*;
use crate::pools::fixture::*;

/// A pool that takes `rate` connections a second, with these actives in turn.
fn loaded(until: i64, rate: f64, max: u32, actives: &[u32]) -> Vec<AppPoolPoint> {
    every_five(until, |second| {
        let mut point = app(second, actives[(second / 5) as usize % actives.len()], max);
        let count = 1_000.0 + rate * second as f64;
        point.pool.acquire = Some(Histogram {
            buckets: vec![(0.1, count), (f64::INFINITY, count)],
            sum: count * 0.001,
            count,
        });
        point
    })
}

fn advice(path: &Path, leak: bool) -> SizeAdvice {
    size_advice(&path.layers(), &PoolThresholds::default(), leak).unwrap()
}

fn verdict(path: &Path, leak: bool) -> (SizeVerdict, Option<u32>) {
    let advice = advice(path, leak);
    (advice.verdict, advice.recommended_max)
}

fn calm_backends(until: i64, max: f64) -> Vec<crate::pools::BackendsPoint> {
    every_five(until, |second| {
        let sessions = (0..10).map(|pid| session(pid, BackendState::Active, 0.1)).collect();
        let mut point = backends(second, sessions);
        point.backends.max_connections = max;
        point
    })
}

#[test]
fn verdicts() {
    let full: &[u32] = &[10, 10, 10, 9];
    let cases = [
        ("needs what it has", loaded(900, 84.0, 10, &[4, 5, 4, 4]), (SizeVerdict::Keep, Some(10))),
        ("too small", loaded(900, 84.0, 10, full), (SizeVerdict::Grow, Some(18))),
        ("far too large", loaded(900, 20.0, 50, &[1, 2]), (SizeVerdict::Shrink, Some(6))),
        (
            "too large, but seen for a short time",
            loaded(300, 20.0, 50, &[1, 2]),
            (SizeVerdict::Keep, Some(50)),
        ),
        ("seen for less than a minute", loaded(55, 84.0, 10, full), (SizeVerdict::Unknown, None)),
        ("hardly any requests", loaded(900, 0.03, 10, &[0]), (SizeVerdict::Unknown, None)),
        ("no requests", loaded(900, 0.0, 10, &[0]), (SizeVerdict::Unknown, None)),
    ];
    for (name, points, expected) in cases {
        assert_eq!(verdict(&Path::new().application(points), false), expected, "{name}");
    }
}

#[test]
fn without_a_maximum_it_says_what_the_load_needs() {
    let mut points = loaded(900, 84.0, 10, &[4, 5, 4, 4]);
    for point in &mut points {
        point.pool.max = None;
    }
    let advice = advice(&Path::new().application(points), false);
    assert_eq!((advice.verdict, advice.current_max), (SizeVerdict::Unknown, None));
    assert!(advice.summary.starts_with("The load needs "), "{}", advice.summary);
    assert_eq!(size_advice(&Path::new().layers(), &PoolThresholds::default(), false), None);
}

#[test]
fn the_arithmetic_is_shown() {
    let advice = advice(&Path::new().application(loaded(900, 84.0, 12, &[4, 5, 4, 4])), false);
    let lines: Vec<(&str, &str, bool)> = advice
        .arithmetic
        .iter()
        .map(|line| (line.label.as_str(), line.value.as_str(), line.result))
        .collect();
    assert_eq!(
        lines,
        [
            ("Requests that use the database", "84 /s", false),
            ("Time with a connection, mean", "51 ms", false),
            ("Busy on average, 84 × 0.051", "4.2", false),
            ("Most active at once", "5", false),
            ("At 70% utilisation, 4.2 / 0.7", "7", false),
            ("For 99% to wait under 5 ms", "10", true),
        ]
    );
    assert_eq!(advice.summary, "Keep 12. The load needs 10 connections; the other 2 are room for peaks.");
}

/// Ten minutes of load, then all ten taken and held.
fn leaking() -> Path {
    let mut points = loaded(900, 40.0, 10, &[2, 2, 1]);
    for point in points.iter_mut().filter(|point| point.at >= at(600)) {
        (point.pool.active, point.pool.idle, point.pool.waiting) = (10.0, 0.0, 7.0);
    }
    let sessions = || {
        let held = (0..6).map(|pid| session(pid, BackendState::Idle, 250.0));
        held.chain((6..10).map(|pid| session(pid, BackendState::Active, 0.1))).collect()
    };
    Path::new().application(points).postgres(every_five(900, |second| backends(second, sessions())))
}

#[test]
fn a_leak_is_never_a_reason_to_grow() {
    let advice = advice(&leaking(), false);
    assert_eq!((advice.verdict, advice.recommended_max), (SizeVerdict::Keep, Some(10)));
    assert_eq!(
        advice.summary,
        "Keep 10. The load needs 6 connections; the other 4 would only hide the leak."
    );
    assert_eq!(advice.arithmetic[1].label, "Time with a connection, mean before the leak");
    let told = Path::new().application(loaded(900, 84.0, 10, &[10]));
    assert_eq!(verdict(&told, true), (SizeVerdict::Keep, Some(10)), "known from an open finding");
    let unseen = Path::new().application(every_five(60, |second| app(second, 10, 10)));
    assert_eq!(verdict(&unseen, false), (SizeVerdict::Keep, Some(10)), "the load is not known at all");
}

/// The pool with this many free now and then, so that it is overload, and these layers behind.
fn overloaded() -> Path {
    Path::new().application(loaded(900, 84.0, 10, &[10, 10, 10, 9]))
}

#[test]
fn growth_ends_where_the_next_layer_does() {
    let bouncer_of = |size| every_five(900, |second| bouncer(second, vec![pool(0, 5, size, 0.0)]));
    let cases = [
        ("room for all", overloaded().postgres(calm_backends(900, 100.0)), SizeVerdict::Grow, Some(18)),
        ("room for some", overloaded().postgres(calm_backends(900, 17.0)), SizeVerdict::Grow, Some(14)),
        ("a large bouncer", overloaded().pgbouncer(bouncer_of(40)), SizeVerdict::Grow, Some(18)),
        ("a small bouncer", overloaded().pgbouncer(bouncer_of(12)), SizeVerdict::Grow, Some(12)),
        (
            "a bouncer as large as the pool",
            overloaded().pgbouncer(bouncer_of(10)),
            SizeVerdict::Keep,
            Some(10),
        ),
        ("no room at all", overloaded().postgres(calm_backends(900, 13.0)), SizeVerdict::Keep, Some(10)),
    ];
    for (name, path, expected, recommended) in cases {
        assert_eq!(verdict(&path, false), (expected, recommended), "{name}");
    }
}

#[test]
fn more_connections_do_not_help_against_locks_or_a_queue_behind() {
    let mut locked = overloaded().postgres(calm_backends(900, 100.0));
    for point in locked.postgres.iter_mut().flatten() {
        point.backends.waiting_for_lock = 5.0;
    }
    let behind =
        overloaded().pgbouncer(every_five(900, |second| bouncer(second, vec![pool(4, 40, 40, 0.5)])));
    let mut open = overloaded().postgres(calm_backends(900, 100.0));
    for point in open.postgres.iter_mut().flatten() {
        point.backends.longest_idle_in_transaction_seconds = Some(60.0);
        point.backends.sessions.push(session(99, BackendState::IdleInTransaction, 60.0));
    }
    for (path, word) in [(locked, "locks"), (behind, "PgBouncer"), (open, "transaction")] {
        let advice = advice(&path, false);
        assert_eq!(advice.verdict, SizeVerdict::Keep, "{word}");
        assert!(advice.summary.contains(word), "{}", advice.summary);
    }
}

proptest! {
    #[test]
    fn more_load_never_needs_fewer(
        rate in 0.1f64..2_000.0, hold in 0.0005f64..0.5, factor in 1.0f64..3.0, target in 0.3f64..1.0,
    ) {
        let load = |rate: f64| {
            let busy = rate * hold;
            Load { per_second: rate, busy, peak: busy.ceil(), requests: 1_000.0, seconds: 900.0 }
        };
        let (less, more) = (Needs::of(&load(rate), target), Needs::of(&load(rate * factor), target));
        prop_assert!(more.most() >= less.most());
        prop_assert!(rate * hold < f64::from(less.most()));
        prop_assert!(less.most() < erlang::LARGEST);
    }

    /// Grow means more, shrink fewer, keep the same; a leak never grows; the busy ones always fit.
    #[test]
    fn never_contradictory(
        actives in prop::collection::vec(0u32..=20, 1..12), rate in 0.0f64..500.0, max in 1u32..40,
        until in 10i64..1_000, leak: bool, pool_size in prop::option::of(1u32..60),
    ) {
        let actives: Vec<u32> = actives.into_iter().map(|active| active.min(max)).collect();
        let mut path = Path::new().application(loaded(until, rate, max, &actives));
        if let Some(size) = pool_size {
            path = path.pgbouncer(every_five(until, |second| bouncer(second, vec![pool(0, 0, size, 0.0)])));
        }
        let advice = advice(&path, leak);
        let (current, recommended) = (advice.current_max, advice.recommended_max);
        match advice.verdict {
            SizeVerdict::Keep => prop_assert_eq!(recommended, current),
            SizeVerdict::Grow => {
                prop_assert!(recommended > current && !leak);
                prop_assert!(pool_size.is_none_or(|size| recommended <= Some(size)));
            }
            SizeVerdict::Shrink => {
                prop_assert!(recommended < current && !leak);
                prop_assert!(recommended >= actives.iter().copied().max());
            }
            SizeVerdict::Unknown => prop_assert!(recommended.is_none()),
        }
        prop_assert!(advice.arithmetic.iter().filter(|line| line.result).count() <= 1);
    }
}

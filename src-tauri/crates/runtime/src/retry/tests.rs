//! Retrying as a caller sees it, on a clock that the tests move.

use std::cell::Cell;
use std::io;
use std::time::Duration;

use proptest::prelude::*;
use tokio::time::Instant;

use super::Strategy;
use super::*;
use crate::metrics::Registry;

const PLAN: Strategy = Strategy { service: "database", ..DATABASE };

fn class(transient: &bool) -> ErrorClass {
    if *transient { ErrorClass::Transient } else { ErrorClass::Permanent }
}

/// Fails with the given errors in turn (`true` is transient), then succeeds. Answers with the outcome, the
/// number of attempts and the exposition.
async fn play(strategy: Strategy, errors: &[bool]) -> (Result<u32, bool>, u32, String) {
    let registry = Registry::new();
    let metrics = RetryMetrics::new(&registry).unwrap();
    let calls = Cell::new(0);
    let outcome = retry(&strategy, &metrics, class, || {
        let call = calls.replace(calls.get() + 1);
        async move { errors.get(call as usize).map_or(Ok(call), |error| Err(*error)) }
    })
    .await;
    (outcome, calls.get(), registry.render())
}

fn value(text: &str, name: &str) -> u32 {
    let start = format!("{name}{{service=\"database\"}} ");
    text.lines().find_map(|line| line.strip_prefix(&start)).unwrap().parse().unwrap()
}

type Case = (&'static [bool], Result<u32, bool>, u32, [u32; 4]);

#[tokio::test(start_paused = true)]
async fn outcomes_attempts_and_counts() {
    const T: bool = true;
    const P: bool = false;
    // errors in turn, outcome, attempts, then retries / successes / failures / durations counted
    let cases: [Case; 6] = [
        (&[], Ok(0), 1, [0, 0, 0, 0]),
        (&[T], Ok(1), 2, [1, 1, 0, 1]),
        (&[T, T], Ok(2), 3, [2, 1, 0, 1]),
        (&[T, T, T], Err(T), 3, [2, 0, 1, 1]),
        (&[P], Err(P), 1, [0, 0, 0, 0]),
        (&[T, P], Err(P), 2, [1, 0, 1, 1]),
    ];
    for (errors, outcome, attempts, counts) in cases {
        let (got, calls, text) = play(PLAN, errors).await;
        assert_eq!((got, calls), (outcome, attempts), "{errors:?}");
        let names = [
            "retry_attempts_total",
            "retry_success_total",
            "retry_failure_total",
            "retry_duration_seconds_count",
        ];
        assert_eq!(names.map(|name| value(&text, name)), counts, "{errors:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn refused_credentials_and_rights_are_tried_once() {
    let metrics = RetryMetrics::new(&Registry::new()).unwrap();
    for sqlstate in ["28P01", "28000", "42501", "3D000"] {
        let calls = Cell::new(0);
        let outcome: Result<(), &str> = retry(
            &EMAIL,
            &metrics,
            |code: &&str| classify_sqlstate(code),
            || {
                calls.set(calls.get() + 1);
                async move { Err(sqlstate) }
            },
        )
        .await;
        assert_eq!((outcome, calls.get()), (Err(sqlstate), 1));
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_begins_after_the_deadline() {
    let strategy = Strategy { max_attempts: 100, deadline: Duration::from_secs(3), ..PLAN };
    let started = Instant::now();
    let (outcome, calls, text) = play(strategy, &[true; 100]).await;
    assert_eq!(outcome, Err(true));
    assert!(calls > 2 && calls < 100, "{calls}");
    assert!(started.elapsed() <= strategy.deadline, "{:?}", started.elapsed());
    assert_eq!(value(&text, "retry_failure_total"), 1);
}

#[tokio::test(start_paused = true)]
async fn no_time_for_a_retry_is_a_failure_without_attempts() {
    let (_, calls, text) = play(Strategy { deadline: Duration::ZERO, ..PLAN }, &[true]).await;
    assert_eq!(calls, 1);
    assert_eq!(value(&text, "retry_attempts_total"), 0);
    assert_eq!(value(&text, "retry_failure_total"), 1);
}

#[test]
fn the_documented_strategies() {
    let documented = [
        ("database", 3, 50),
        ("stripe", 3, 200),
        ("email", 5, 1000),
        ("external_api", 4, 500),
        ("s3", 3, 100),
    ];
    for (service, attempts, base_ms) in documented {
        let strategy = Strategy::by_service(service).unwrap();
        assert_eq!(strategy.max_attempts, attempts);
        assert_eq!(strategy.base_delay, Duration::from_millis(base_ms));
    }
    assert_eq!(Strategy::by_service("fax"), None);
}

#[test]
fn delays_double_up_to_the_cap() {
    let ms = |n| Duration::from_millis(n);
    let strategy = Strategy { base_delay: ms(50), max_delay: ms(300), ..PLAN };
    let delays: Vec<_> = (1..=5).map(|attempt| strategy.delay(attempt)).collect();
    assert_eq!(delays, [ms(50), ms(100), ms(200), ms(300), ms(300)]);
    assert_eq!(strategy.delay(u32::MAX), ms(300));
}

#[test]
fn classes_of_errors() {
    use ErrorClass::{Permanent, Transient};
    for status in [408, 429, 500, 502, 503, 504] {
        assert_eq!(classify_http_status(status), Transient, "{status}");
    }
    for status in [200, 301, 400, 401, 403, 404, 422, 501] {
        assert_eq!(classify_http_status(status), Permanent, "{status}");
    }
    for code in ["08000", "08006", "53300", "57P01", "57P02", "57P03", "40001", "40P01"] {
        assert_eq!(classify_sqlstate(code), Transient, "{code}");
    }
    for code in ["28P01", "28000", "42501", "3D000", "42P01", "23505", "57014", ""] {
        assert_eq!(classify_sqlstate(code), Permanent, "{code}");
    }
    use io::ErrorKind as Kind;
    for kind in [Kind::ConnectionReset, Kind::ConnectionRefused, Kind::TimedOut, Kind::UnexpectedEof] {
        assert_eq!(classify_io(&kind.into()), Transient, "{kind}");
    }
    for kind in [Kind::PermissionDenied, Kind::NotFound, Kind::InvalidInput] {
        assert_eq!(classify_io(&kind.into()), Permanent, "{kind}");
    }
    let unknown_host = io::Error::other("failed to lookup address information: Name or service not known");
    assert_eq!(classify_io(&unknown_host), Transient);
}

#[test]
fn a_login_refused_behind_pgbouncer_is_not_a_broken_line() {
    for message in
        ["server login failed: FATAL password authentication failed for user \"app\"", "no such user: app"]
    {
        assert!(classify::is_refused_login(message), "{message}");
    }
    assert!(!classify::is_refused_login("server conn crashed?"));
}

proptest! {
    #[test]
    fn a_wait_is_between_the_delay_and_twice_the_delay(
        base_ms in 1_u64..5_000,
        max_ms in 1_u64..60_000,
        attempt in 1_u32..80,
        random in 0.0_f64..1.0,
    ) {
        let strategy = Strategy {
            base_delay: Duration::from_millis(base_ms),
            max_delay: Duration::from_millis(max_ms),
            ..PLAN
        };
        let exact = (base_ms as f64 * 2_f64.powi(attempt as i32 - 1)).min(max_ms as f64);
        let delay = strategy.delay(attempt);
        prop_assert!((delay.as_secs_f64() * 1_000.0 - exact).abs() < 1e-6);
        let wait = backoff::jittered(delay, random);
        prop_assert!(wait >= delay && wait <= delay * 2);
    }

    #[test]
    fn there_are_never_more_waits_than_attempts_between(max_attempts in 0_u32..20) {
        let strategy = Strategy {
            max_attempts,
            base_delay: Duration::from_nanos(1),
            deadline: Duration::from_secs(3600),
            ..PLAN
        };
        let waits = Backoff::until(strategy, Instant::now()).count();
        prop_assert_eq!(waits, max_attempts.saturating_sub(1) as usize);
    }
}

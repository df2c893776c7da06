//! Sharing as callers see it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::sync::Semaphore;

use super::meters::Meters;
use super::*;

/// A call that is counted, waits to be let go, and panics on request.
#[derive(Clone)]
struct Upstream {
    calls: Arc<AtomicU32>,
    gate: Arc<Semaphore>,
    registry: Registry,
    coalescer: Coalescer<(u32, &'static str), u32>,
}

impl Upstream {
    fn new() -> Self {
        let registry = Registry::new();
        let coalescer = Coalescer::new(&registry, "scrape").unwrap();
        Self { calls: Arc::default(), gate: Arc::new(Semaphore::new(0)), registry, coalescer }
    }

    fn open(&self) {
        self.gate.add_permits(1_000);
    }

    async fn call(&self, source: u32, panics: bool) -> Result<u32, CoalesceError> {
        let (calls, gate) = (self.calls.clone(), self.gate.clone());
        self.coalescer
            .run((source, "metrics"), move || async move {
                let number = calls.fetch_add(1, Ordering::SeqCst) + 1;
                let _pass = gate.acquire().await.unwrap();
                assert!(!panics, "upstream broke");
                number
            })
            .await
    }

    fn calls(&self) -> u32 {
        self.calls.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn two_hundred_identical_calls_are_one() {
    let upstream = Upstream::new();
    let all = join_all((0..200).map(|_| upstream.call(1, false)));
    let (answers, ()) = tokio::join!(all, async { upstream.open() });
    assert!(answers.iter().all(|answer| *answer == Ok(1)));
    assert_eq!(upstream.calls(), 1);
    let text = upstream.registry.render();
    assert!(text.contains("coalesced_requests_total{what=\"scrape\"} 199\n"), "{text}");
    assert!(text.contains("request_deduplication_rate{what=\"scrape\"} 0.995\n"), "{text}");
}

#[tokio::test]
async fn other_keys_are_other_calls() {
    let upstream = Upstream::new();
    upstream.open();
    let answers = tokio::join!(upstream.call(1, false), upstream.call(2, false));
    assert!(answers.0.is_ok() && answers.1.is_ok());
    assert_eq!(upstream.calls(), 2);
}

#[tokio::test]
async fn nothing_is_kept_after_the_answer() {
    let upstream = Upstream::new();
    upstream.open();
    assert_eq!(upstream.call(1, false).await, Ok(1));
    assert_eq!(upstream.coalescer.in_flight(), 0);
    assert_eq!(upstream.call(1, false).await, Ok(2));
}

#[tokio::test]
async fn a_panic_is_an_error_to_all_and_the_next_call_works() {
    let upstream = Upstream::new();
    let all = join_all((0..200).map(|_| upstream.call(1, true)));
    let (answers, ()) = tokio::join!(all, async { upstream.open() });
    for answer in answers {
        assert!(
            matches!(&answer, Err(CoalesceError::Panicked { message, .. }) if message.contains("upstream broke")),
            "{answer:?}"
        );
    }
    assert_eq!(upstream.calls(), 1);
    assert_eq!(upstream.coalescer.in_flight(), 0);
    assert_eq!(upstream.call(1, false).await, Ok(2));
}

#[tokio::test]
async fn the_leader_may_leave() {
    let upstream = Upstream::new();
    let leader = tokio::spawn({
        let upstream = upstream.clone();
        async move { upstream.call(1, false).await }
    });
    while upstream.calls() == 0 {
        tokio::task::yield_now().await;
    }
    leader.abort();
    assert!(leader.await.unwrap_err().is_cancelled());
    let (answer, ()) = tokio::join!(upstream.call(1, false), async { upstream.open() });
    assert_eq!(answer, Ok(1));
    assert_eq!(upstream.calls(), 1);
}

#[test]
fn a_runtime_that_stops_leaves_an_error_and_no_trace() {
    let upstream = Upstream::new();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let mut flight = {
        let _inside = runtime.enter();
        let gate = upstream.gate.clone();
        upstream.coalescer.join_or_start((1, "metrics"), move || async move {
            let _pass = gate.acquire().await;
            1
        })
    };
    drop(runtime);
    assert_eq!(upstream.coalescer.in_flight(), 0);
    let after = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert!(after.block_on(flight.wait_for(Option::is_some)).is_err());
}

#[test]
fn the_rate_is_that_of_the_last_minute() {
    let meters = Meters::new(&Registry::new(), "scrape").unwrap();
    let start = Instant::now() + Duration::from_secs(1);
    let at = |s| start + Duration::from_secs(s);
    assert_eq!(meters.rate(at(0)), 0.0);
    meters.started(at(0));
    meters.joined(at(0));
    assert_eq!(meters.rate(at(1)), 0.5);
    meters.started(at(40));
    meters.started(at(40));
    assert_eq!(meters.rate(at(40)), 0.25);
    assert_eq!(meters.rate(at(70)), 0.0);
    assert_eq!(meters.rate(at(1_000)), 0.0);
}

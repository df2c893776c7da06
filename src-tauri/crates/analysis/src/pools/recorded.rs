//! The checks on values as real instances published them, copied by hand from their metrics pages.

use domain::{Check, Histogram, PoolThresholds, Severity};

use super::fixture::{Path, at, every_five};
use super::{AppPoolPoint, Layers, acquire_between, diagnose, judge, size_advice};
use crate::alerts::{AlertBook, Change, Timing};
use domain::AppPool;

const BOUNDS: [f64; 10] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 2.0, 5.0, f64::INFINITY];

fn recording(
    total: f64,
    idle: f64,
    active: f64,
    saturation: f64,
    started: f64,
    acquire: Histogram,
) -> AppPool {
    AppPool {
        total,
        idle,
        active,
        waiting: 0.0,
        max: Some(10.0),
        reported_saturation: Some(saturation),
        acquire: Some(acquire),
        process_started: Some(started),
    }
}

fn histogram(cumulative: [f64; 10], sum: f64) -> Histogram {
    Histogram { buckets: BOUNDS.into_iter().zip(cumulative).collect(), sum, count: cumulative[9] }
}

/// All ten connections idle, "saturation 1".
fn idle() -> AppPool {
    let acquire = histogram([61.0, 65.0, 88.0, 95.0, 95.0, 95.0, 95.0, 95.0, 95.0, 95.0], 0.28823509);
    recording(10.0, 10.0, 0.0, 1.0, 1_795_426_809.0, acquire)
}

/// The same instance after its connections leaked.
fn leaked() -> AppPool {
    let acquire =
        histogram([65.0, 70.0, 98.0, 108.0, 108.0, 108.0, 108.0, 108.0, 108.0, 108.0], 0.38065708700000006);
    recording(10.0, 0.0, 10.0, 1.0, 1_795_426_809.0, acquire)
}

/// Another process, two connections open.
fn small() -> AppPool {
    let acquire =
        histogram([69.0, 79.0, 79.0, 95.0, 95.0, 95.0, 95.0, 95.0, 95.0, 95.0], 0.25725854099999995);
    recording(2.0, 2.0, 0.0, 0.2, 1_795_426_962.0, acquire)
}

fn steady(pool: &AppPool) -> Path {
    Path::new().application(every_five(60, |second| AppPoolPoint { at: at(second), pool: pool.clone() }))
}

fn worst(layers: &Layers) -> Severity {
    let verdicts = judge(layers, &PoolThresholds::default());
    verdicts.iter().map(|verdict| verdict.severity).max().unwrap_or(Severity::Ok)
}

#[test]
fn an_idle_instance_that_reports_full_raises_no_alarm() {
    for pool in [idle(), small()] {
        let path = steady(&pool);
        assert_eq!(worst(&path.layers()), Severity::Ok);
        let diagnosis = diagnose(&path.layers(), &PoolThresholds::default()).unwrap();
        assert_eq!(diagnosis.headline, "Nobody queues");
        assert_eq!(
            diagnosis.sentence,
            "Nobody queues: 0 of 10 connections of **panel-eu-1** active at most in the last 60 s."
        );
    }
    let verdict = steady(&idle()).verdict(Check::PoolSaturation).unwrap();
    assert_eq!(
        verdict.detail,
        "0%, 0 of 10 connections active; the instance itself reports 100%, which is open connections / max"
    );
}

#[test]
fn the_leaked_instance_is_critical_though_it_reports_the_same() {
    let path = steady(&leaked());
    assert_eq!(path.severity(Check::PoolLeak), Some(Severity::Critical));
    assert_eq!(path.severity(Check::PoolSaturation), Some(Severity::Critical));
    assert_eq!(path.severity(Check::PoolClientsWaiting), Some(Severity::Ok));
    let advice = size_advice(&path.layers(), &PoolThresholds::default(), true).unwrap();
    assert_ne!(advice.verdict, domain::SizeVerdict::Grow);
}

#[test]
fn acquire_times_between_the_recordings() {
    let stats =
        acquire_between(idle().acquire.as_ref().unwrap(), leaked().acquire.as_ref().unwrap()).unwrap();
    assert_eq!(stats.count, 13.0);
    assert!((stats.mean_seconds - 0.092421997 / 13.0).abs() < 1e-9);
    // Of 13: 4 under 1 ms, 5 under 5 ms, 10 under 10 ms, all under 50 ms. Rank 12.35 lies in the last of these.
    assert!((stats.p95 - (0.01 + 0.04 * (12.35 - 10.0) / 3.0)).abs() < 1e-9);
    assert_eq!(stats.share_over_100ms, 0.0);
    let (restarted, before) = (small().acquire.unwrap(), leaked().acquire.unwrap());
    assert_eq!(acquire_between(&before, &restarted), None, "another process counts from nothing");
}

/// A pool that is idle, fills, and empties again, judged at every poll as an engine would.
#[test]
fn told_at_the_second_poll_and_cleared_after_the_cooldown() {
    let thresholds = PoolThresholds::default();
    let timing =
        Timing { hold_seconds: thresholds.hold_seconds, cooldown_seconds: thresholds.cooldown_seconds };
    let points = every_five(100, |second| {
        let pool = if (20..60).contains(&second) { leaked() } else { idle() };
        AppPoolPoint { at: at(second), pool }
    });
    let mut book = AlertBook::default();
    let mut told = Vec::new();
    for polled in 1..=points.len() {
        let path = Path::new().application(points[..polled].to_vec());
        let now = points[polled - 1].at;
        for change in book.apply(now, &judge(&path.layers(), &thresholds), &timing) {
            let second = now.seconds_since(at(0));
            match change {
                Change::Opened(finding) => told.push((second, "opened", finding.check)),
                Change::Cleared(finding) => told.push((second, "cleared", finding.check)),
                Change::Updated(_) | Change::Escalated(_) => {}
            }
        }
    }
    assert_eq!(
        told,
        [(25.0, "opened", Check::PoolSaturation), (70.0, "cleared", Check::PoolSaturation),],
        "35 s full is a suspected leak only from 55 s on, and over before it lasted"
    );
    assert!(book.open().is_empty());
}

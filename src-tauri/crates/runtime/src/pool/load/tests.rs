//! Occupancy over the last minute.

use super::*;

#[test]
fn short_bursts_raise_the_peak_and_not_the_mean() {
    let start = Instant::now();
    let at = |ms| start + Duration::from_millis(ms);
    let mut load = Load::new(start);
    for second in 0..20 {
        load.set(at(second * 1_000), 8);
        load.set(at(second * 1_000 + 100), 0);
    }
    assert_eq!(load.peak(at(20_000)), 8);
    assert!((load.p95(at(20_000)).unwrap() - 0.8).abs() < 1e-9);
}

#[test]
fn a_level_lasts_until_it_changes() {
    let start = Instant::now();
    let at = |s| start + Duration::from_secs(s);
    let mut load = Load::new(start);
    assert_eq!(load.p95(at(0)), None);
    load.set(at(0), 4);
    assert!((load.p95(at(30)).unwrap() - 4.0).abs() < 1e-9);
    assert!(!load.is_full(at(30)));
    assert!((load.p95(at(500)).unwrap() - 4.0).abs() < 1e-9);
    assert!(load.is_full(at(500)));
    load.set(at(500), 0);
    assert_eq!(load.peak(at(550)), 4);
    assert_eq!(load.peak(at(600)), 0);
}

#[test]
fn p95_leaves_out_the_busiest_twentieth() {
    let start = Instant::now();
    let at = |s| start + Duration::from_secs(s);
    let mut load = Load::new(start);
    load.set(at(0), 9);
    load.set(at(2), 1);
    assert!((load.p95(at(40)).unwrap() - 1.0).abs() < 1e-9);
    load.set(at(40), 9);
    assert!((load.p95(at(43)).unwrap() - 9.0).abs() < 1e-9);
}

//! Hold times and leaks, on a clock that is an argument.

use super::*;

const LEAK_AFTER: Duration = Duration::from_secs(30);
const HOLD_LIMIT: Duration = Duration::from_secs(60);

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

#[test]
fn a_full_pool_that_hands_connections_on_is_busy_and_not_leaking() {
    let start = Instant::now();
    let mut ledger = Ledger::new(start, 2);
    ledger.taken(start, "a".into());
    let mut last = ledger.taken(start, "b".into());
    for second in 1..=100 {
        let now = start + seconds(second);
        ledger.returned(now, last);
        last = ledger.taken(now, "b".into());
        assert_eq!(ledger.leaks(now, LEAK_AFTER, seconds(1_000)).all_active_for, None, "{second}");
    }
    let later = start + seconds(131);
    assert_eq!(ledger.leaks(later, LEAK_AFTER, seconds(1_000)).all_active_for, Some(seconds(31)));
}

#[test]
fn all_out_is_a_leak_only_after_the_time_and_only_while_it_lasts() {
    let start = Instant::now();
    let mut ledger = Ledger::new(start, 2);
    let first = ledger.taken(start, "orders".into());
    ledger.taken(start + seconds(5), "orders".into());
    let full_for =
        |ledger: &Ledger, s| ledger.leaks(start + seconds(s), LEAK_AFTER, HOLD_LIMIT).all_active_for;
    assert_eq!(full_for(&ledger, 35), None, "exactly 30 s is not longer than 30 s");
    assert_eq!(full_for(&ledger, 36), Some(seconds(31)));
    ledger.resized(start + seconds(37), 3);
    assert_eq!(full_for(&ledger, 38), None, "there is room again");
    ledger.resized(start + seconds(39), 2);
    assert_eq!(full_for(&ledger, 70), Some(seconds(31)));
    ledger.returned(start + seconds(71), first);
    assert_eq!(full_for(&ledger, 120), None);
}

#[test]
fn one_held_too_long_is_named_with_its_site_the_longest_first() {
    let start = Instant::now();
    let mut ledger = Ledger::new(start, 10);
    let report = ledger.taken(start, "report.rs".into());
    ledger.taken(start + seconds(10), "export.rs".into());
    ledger.taken(start + seconds(60), "quick.rs".into());
    let held = ledger.leaks(start + seconds(71), LEAK_AFTER, HOLD_LIMIT).held_too_long;
    let named: Vec<_> = held.iter().map(|h| (h.site.as_ref(), h.held_for, h.id)).collect();
    assert_eq!(named, [("report.rs", seconds(71), report), ("export.rs", seconds(61), report + 1)]);
}

#[test]
fn hold_times_and_peak() {
    let start = Instant::now();
    let mut ledger = Ledger::new(start, 10);
    assert_eq!(ledger.holds.average(), None);
    let (a, b) = (ledger.taken(start, "a".into()), ledger.taken(start, "b".into()));
    ledger.returned(start + seconds(1), a);
    ledger.returned(start + seconds(4), b);
    ledger.returned(start + seconds(9), b);
    assert_eq!(ledger.holds.average(), Some(Duration::from_millis(2_500)));
    assert_eq!((ledger.holds.longest, ledger.peak, ledger.active()), (seconds(4), 2, 0));
}

//! Differences of readings, with resets and evictions between them.

use super::*;

fn entry(queryid: i64, user: u32, calls: u64) -> StatementEntry {
    StatementEntry {
        key: StatementKey { queryid, user, top_level: true },
        calls,
        total_ms: calls as f64 * 2.0,
        rows: calls,
        text: format!("SELECT {queryid}"),
        since: None,
    }
}

fn reading(seconds: i64, entries: Vec<StatementEntry>) -> StatementsReading {
    StatementsReading {
        taken_at: Timestamp(seconds * 1000),
        counted_since: Some(Timestamp(0)),
        evicted: Some(0),
        entries,
        cut: false,
        hidden: 0,
        without_text: 0,
        unplanned: 0,
        track_planning: false,
        lacks: Vec::new(),
    }
}

fn shown(change: &StatementsChange) -> Vec<(i64, u64, f64)> {
    change.counts.iter().map(|count| (count.queryid, count.calls, count.total_ms)).collect()
}

#[test]
fn counts_are_differences_whoever_ran_the_statement() {
    let earlier = reading(10, vec![entry(1, 1, 5), entry(1, 2, 5), entry(2, 1, 7)]);
    let later = reading(40, vec![entry(1, 1, 6), entry(1, 2, 8), entry(2, 1, 7), entry(3, 1, 9)]);
    let change = since(&earlier, &later);
    assert_eq!(shown(&change), [(3, 9, 18.0), (1, 4, 8.0)]);
    assert_eq!((change.seconds, change.reset, change.restarted), (30.0, false, 0));
    assert_eq!(later.counts().iter().map(|count| count.calls).collect::<Vec<_>>(), [14, 9, 7]);
}

#[test]
fn what_began_anew_counts_from_there() {
    let earlier = reading(10, vec![entry(1, 1, 5), entry(2, 1, 7)]);
    let mut later = reading(40, vec![entry(1, 1, 3), entry(2, 1, 9)]);
    later.evicted = Some(4);
    let change = since(&earlier, &later);
    assert_eq!((shown(&change), change.restarted, change.evicted), (vec![(1, 3, 6.0), (2, 2, 4.0)], 1, 4));

    later.counted_since = Some(Timestamp(30_000));
    let change = since(&earlier, &later);
    assert_eq!((shown(&change), change.reset, change.seconds), (vec![(2, 9, 18.0), (1, 3, 6.0)], true, 10.0));
}

#[test]
fn an_entry_says_itself_that_it_is_new() {
    let mut before = reading(10, vec![StatementEntry { since: Some(Timestamp(1)), ..entry(1, 1, 5) }]);
    let again = StatementEntry { since: Some(Timestamp(20_000)), ..entry(1, 1, 50) };
    let later = reading(40, vec![again, entry(2, 1, 4)]);
    let change = since(&before, &later);
    assert_eq!((shown(&change), change.restarted), (vec![(1, 50, 100.0), (2, 4, 8.0)], 1));
    before.cut = true;
    let change = since(&before, &later);
    assert_eq!((shown(&change), change.left_out), (vec![(1, 50, 100.0)], 1), "it may have been there before");
}

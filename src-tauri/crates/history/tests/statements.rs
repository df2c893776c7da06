//! What statements counted, kept in tiers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may fail loudly"
)]

use std::collections::HashMap;
use std::path::Path;

use domain::{
    Retention, SourceId, StatementCounts, StatementGap, StatementGapKind, StatementIdentity,
    StatementInterval, StatementName, TimeRange, Timestamp,
};
use history::{StatementStore, StatementTier};

const INTERVAL: i64 = 10_000;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 3_600_000;
/// A whole hour.
const BASE: i64 = 1_789_999_200_000;

fn source() -> SourceId {
    SourceId::new("pg")
}

fn identity(queryid: i64) -> StatementIdentity {
    StatementIdentity { queryid, user: 10, database: 5, top_level: true }
}

fn counts(calls: f64) -> StatementCounts {
    StatementCounts { calls, exec_ms: calls * 0.25, rows: calls * 2.0, ..StatementCounts::default() }
}

/// The interval that ends `number` intervals after the base; statements 1 to `statements`, the first most busy.
fn interval(number: i64, statements: i64) -> StatementInterval {
    let to = BASE + number * INTERVAL;
    StatementInterval {
        range: TimeRange { from: Timestamp(to - INTERVAL), to: Timestamp(to) },
        counts: (1..=statements)
            .map(|id| (identity(id), counts((statements - id + 1) as f64 * 4.0)))
            .collect(),
        gaps: Vec::new(),
    }
}

fn open(directory: &Path) -> StatementStore {
    StatementStore::open(&directory.join("statements.db"), Timestamp(BASE)).unwrap()
}

fn range(from: i64, to: i64) -> TimeRange {
    TimeRange { from: Timestamp(from), to: Timestamp(to) }
}

/// Calls by statement, those of the rest, and how long was counted.
fn sums(store: &StatementStore, range: TimeRange) -> (HashMap<i64, f64>, f64, i64) {
    let (mut calls, mut rest, mut counted) = (HashMap::new(), 0.0, 0);
    store
        .sums(&source(), range, |bucket| {
            counted += bucket.counted_ms;
            rest += bucket.rest.calls;
            for (identity, counts) in bucket.counts {
                *calls.entry(identity.queryid).or_insert(0.0) += counts.calls;
            }
        })
        .unwrap();
    (calls, rest, counted)
}

#[test]
fn sums_are_exact_also_after_a_sudden_end() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let last = 6 * 95;
    (1..=last).for_each(|number| store.record(&source(), &interval(number, 3)).unwrap());
    let whole = range(BASE, BASE + 95 * MINUTE);
    let (calls, rest, counted) = sums(&store, whole);
    assert_eq!((calls[&1], calls[&2], calls[&3]), (570.0 * 12.0, 570.0 * 8.0, 570.0 * 4.0));
    assert_eq!((rest, counted), (0.0, 95 * MINUTE));
    let (calls, _, counted) = sums(&store, range(BASE + 7 * MINUTE, BASE + 33 * MINUTE));
    assert_eq!((calls[&1], counted), (26.0 * 6.0 * 12.0, 26 * MINUTE));

    // As if it had been killed: the last minute was not written yet.
    std::mem::forget(store);
    let store = open(directory.path());
    let (calls, _, counted) = sums(&store, whole);
    assert!(counted >= 94 * MINUTE, "{counted}");
    assert_eq!(calls[&1], counted as f64 / INTERVAL as f64 * 12.0);
    // It goes on where it was.
    (last + 1..=last + 60).for_each(|number| store.record(&source(), &interval(number, 3)).unwrap());
    let (calls, _, again) = sums(&store, range(BASE, BASE + 105 * MINUTE));
    assert_eq!(again, counted + 10 * MINUTE);
    assert_eq!(calls[&1], again as f64 / INTERVAL as f64 * 12.0);
    // And a proper end loses nothing.
    store.flush(Timestamp(BASE)).unwrap();
    drop(store);
    assert_eq!(sums(&open(directory.path()), range(BASE, BASE + 105 * MINUTE)).2, again);
}

#[test]
fn the_hour_tells_all_apart_and_the_minute_those_that_took_most_time() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    (1..=6 * 60).for_each(|number| store.record(&source(), &interval(number, 300)).unwrap());
    store.flush(Timestamp(BASE)).unwrap();
    let store = open(directory.path());
    let (calls, rest, _) = sums(&store, range(BASE, BASE + HOUR));
    assert_eq!((calls.len(), rest), (300, 0.0));
    let (calls, rest, _) = sums(&store, range(BASE + MINUTE, BASE + 2 * MINUTE));
    assert_eq!(calls.len(), 200);
    assert_eq!(rest + calls.values().sum::<f64>(), 6.0 * 4.0 * (300.0 * 301.0 / 2.0));
    let mut starts = Vec::new();
    store
        .buckets(&source(), range(BASE, BASE + HOUR), StatementTier::TenMinutes, |bucket| {
            starts.push(bucket.start.0)
        })
        .unwrap();
    assert_eq!(starts, (0..6).map(|number| BASE + number * 10 * MINUTE).collect::<Vec<_>>());
}

#[test]
fn gaps_and_names_are_kept_and_a_removed_source_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let mut gapped = interval(1, 2);
    let gap =
        StatementGap { at: gapped.range.from, kind: StatementGapKind::Reset, sentence: "A reset.".into() };
    gapped.gaps.push(gap.clone());
    store.record(&source(), &gapped).unwrap();
    let name = |queryid| StatementName {
        identity: identity(queryid),
        statement: Some(format!("SELECT * FROM t WHERE id = $1 /* {} */", "x".repeat(60_000))),
        fingerprint: Some("00000000000000aa".into()),
        database: "shop".into(),
        user: "panel".into(),
        own: queryid == 2,
    };
    store.keep_names(&source(), &[name(1), name(2)], Timestamp(BASE)).unwrap();
    store.flush(Timestamp(BASE)).unwrap();
    drop(store);
    let store = open(directory.path());
    assert_eq!(store.gaps(&source(), range(BASE - HOUR, BASE + HOUR)).unwrap(), [gap]);
    assert_eq!(store.gaps(&source(), range(BASE + HOUR, BASE + 2 * HOUR)).unwrap(), []);
    assert_eq!(store.names(&source()).unwrap(), [name(1), name(2)]);
    assert_eq!(store.names(&SourceId::new("other")).unwrap(), []);
    store.forget_source(&source()).unwrap();
    assert_eq!(store.names(&source()).unwrap(), []);
    assert_eq!(sums(&store, range(BASE - HOUR, BASE + HOUR)).2, 0);
}

#[test]
fn a_damaged_bucket_is_left_out_and_told() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    (1..=6 * 180).for_each(|number| store.record(&source(), &interval(number, 3)).unwrap());
    store.flush(Timestamp(BASE)).unwrap();
    drop(store);
    let file = rusqlite::Connection::open(directory.path().join("statements.db")).unwrap();
    let damage = "UPDATE buckets SET body = zeroblob(20) WHERE length = 3600000 AND start = ?";
    assert_eq!(file.execute(damage, [BASE + HOUR]).unwrap(), 1);
    let store = open(directory.path());
    assert_eq!(sums(&store, range(BASE, BASE + 3 * HOUR)).2, 2 * HOUR);
    assert!(store.notices()[0].contains("is damaged"), "{:?}", store.notices());
}

#[test]
fn what_is_old_or_too_much_goes_finest_first() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let day = 24 * HOUR;
    // An interval an hour is enough to make every bucket.
    (1..=24 * 40).for_each(|hour| store.record(&source(), &interval(hour * 360, 3)).unwrap());
    store.flush(Timestamp(BASE)).unwrap();
    let now = Timestamp(BASE + 40 * day);
    store.maintain(now, &Retention { days: 30, ..Retention::default() }).unwrap();
    let count = |tier, from, to| {
        let mut buckets = 0;
        store.buckets(&source(), range(from, to), tier, |_| buckets += 1).unwrap();
        buckets
    };
    assert_eq!(count(StatementTier::Hour, BASE, BASE + 9 * day), 0);
    assert!(count(StatementTier::Hour, BASE, now.0) >= 30 * 24);
    assert_eq!(count(StatementTier::TenMinutes, BASE, BASE + 25 * day), 0);
    assert_eq!(count(StatementTier::Minute, BASE, BASE + 36 * day), 0);
    assert!(count(StatementTier::Minute, BASE, now.0) >= 3 * 24);
    let finest = |days_ago: i64| store.finest(&source(), Timestamp(now.0 - days_ago * day)).unwrap();
    assert_eq!(
        [finest(1), finest(10), finest(20)],
        [StatementTier::Minute, StatementTier::TenMinutes, StatementTier::Hour]
    );
    // A window without minutes is widened, and still counts everything once.
    assert_eq!(sums(&store, range(now.0 - 20 * day + MINUTE, now.0)).2, 20 * 24 * INTERVAL);
    store.maintain(now, &Retention { days: 30, bytes: 1 }).unwrap();
    assert!(count(StatementTier::Minute, BASE, now.0) <= 1);
    assert!(count(StatementTier::Hour, BASE, now.0) >= 30 * 24);
    assert_eq!(store.names(&source()).unwrap().len(), 0);
}

//! Replays come back whole; a damaged one is told and leaves the others alone.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail loudly")]

use domain::{
    LogCoverage, ReplayId, ReplayReport, ReplayRequest, ReplayState, ReplayStatus, ReplayTotals, Timestamp,
};
use history::ReplayStore;

fn report(id: &str, started_at: i64) -> ReplayReport {
    ReplayReport {
        replay: ReplayStatus {
            id: ReplayId(id.to_owned()),
            name: "app.log".to_owned(),
            request: ReplayRequest::of(vec!["/var/log/app.log".to_owned()]),
            started_at: Timestamp(started_at),
            took_ms: Some(12.5),
            state: ReplayState::Done,
            totals: Some(ReplayTotals { statements: 7, ..ReplayTotals::default() }),
        },
        coverage: LogCoverage { lines: 9, ..LogCoverage::default() },
        findings: Vec::new(),
        queries: Vec::new(),
        queries_left_out: 0,
        calls_left_out: 0,
        pool: None,
        documents: Vec::new(),
        reports: Vec::new(),
        limits: vec!["a bound was reached".to_owned()],
    }
}

#[test]
fn replays_come_back_and_go() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("replays.db");
    let store = ReplayStore::open(&path, Timestamp(0)).unwrap();
    for (id, at) in [("2", 20), ("10", 30), ("1", 10)] {
        store.save(&report(id, at)).unwrap();
    }
    drop(store);
    let store = ReplayStore::open(&path, Timestamp(0)).unwrap();
    let ids: Vec<String> = store.statuses().unwrap().into_iter().map(|status| status.id.0).collect();
    assert_eq!(ids, ["1", "2", "10"]);
    assert_eq!(store.report(&ReplayId("2".to_owned())).unwrap(), Some(report("2", 20)));
    assert_eq!(store.report(&ReplayId("3".to_owned())).unwrap(), None);
    assert!(store.remove(&ReplayId("2".to_owned())).unwrap());
    assert!(!store.remove(&ReplayId("2".to_owned())).unwrap());
    assert_eq!(store.statuses().unwrap().len(), 2);
    assert_eq!(store.save(&report("x", 0)).unwrap_err().code(), "invalid");
    let renamed = ReplayStatus { name: "other.log".to_owned(), ..report("1", 10).replay };
    store.save_status(&renamed).unwrap();
    assert_eq!(store.statuses().unwrap()[0].name, "other.log");
}

#[test]
fn damage_is_told_and_stays_where_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("replays.db");
    let store = ReplayStore::open(&path, Timestamp(0)).unwrap();
    for id in ["1", "2", "3"] {
        store.save(&report(id, 0)).unwrap();
    }
    let other = rusqlite::Connection::open(&path).unwrap();
    other
        .execute_batch(
            "UPDATE replays SET crc = crc + 1 WHERE id = 1; UPDATE replays SET status = '{' WHERE id = 2;",
        )
        .unwrap();
    assert_eq!(store.report(&ReplayId("1".to_owned())).unwrap_err().code(), "damaged");
    assert_eq!(store.statuses().unwrap().len(), 2);
    assert_eq!(store.notices().len(), 1);
    assert!(store.report(&ReplayId("3".to_owned())).unwrap().is_some());
}

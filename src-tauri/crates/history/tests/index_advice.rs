//! Advice comes back whole; a damaged one is told and leaves the others alone.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail loudly")]

use domain::{
    AdviceEvidence, AdviceId, AdviceLimits, AdviceState, AdviceStatus, AdviceTotals, AdvisedWorkload,
    IndexAdvice, IndexAdviceRequest, SourceId, Timestamp, WorkloadChoice,
};
use history::{AdviceStore, ReplayStore};

fn status(id: &str, started_at: i64) -> AdviceStatus {
    AdviceStatus {
        id: AdviceId(id.to_owned()),
        name: "billing-db, from statements".to_owned(),
        request: IndexAdviceRequest {
            source: Some(SourceId::new("billing-db")),
            workload: WorkloadChoice::Statements { seconds: Some(60) },
            limits: AdviceLimits::default(),
        },
        started_at: Timestamp(started_at),
        took_ms: Some(12.5),
        state: AdviceState::Done,
        totals: Some(AdviceTotals { create: 2, ..AdviceTotals::default() }),
    }
}

fn advice(id: &str) -> IndexAdvice {
    let status = status(id, 0);
    IndexAdvice {
        id: status.id,
        made_at: Timestamp(5),
        took_ms: 12.5,
        database: None,
        workload: AdvisedWorkload {
            choice: status.request.workload.clone(),
            origin: "60 s of statements".to_owned(),
            statements_seen: 3,
            statements_used: 3,
            calls: 9,
            total_ms: Some(0.1 + 0.2),
            left_out: Vec::new(),
        },
        request: status.request,
        evidence: AdviceEvidence::Verified,
        what_if_calls: 7,
        statements: Vec::new(),
        create: Vec::new(),
        drop: Vec::new(),
        considered: Vec::new(),
        cost_before: 10.0,
        cost_after: 1.0 / 3.0,
        lacks: Vec::new(),
        partial: false,
    }
}

#[test]
fn advice_comes_back_and_goes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("index_advice.db");
    let store = AdviceStore::open(&path, Timestamp(0)).unwrap();
    for (id, at) in [("2", 20), ("10", 30), ("1", 10)] {
        store.save(&status(id, at), &advice(id)).unwrap();
    }
    drop(store);
    let store = AdviceStore::open(&path, Timestamp(0)).unwrap();
    assert_eq!(store.statuses().unwrap(), [status("1", 10), status("2", 20), status("10", 30)]);
    assert_eq!(store.advice(&AdviceId("2".to_owned())).unwrap(), Some(advice("2")));
    let limited = AdviceStatus { totals: None, ..status("2", 20) };
    store.save(&limited, &IndexAdvice { cost_after: 5.0, ..advice("2") }).unwrap();
    assert_eq!(store.statuses().unwrap()[1], limited);
    assert_eq!(store.advice(&AdviceId("2".to_owned())).unwrap().unwrap().cost_after, 5.0);
    assert_eq!(store.advice(&AdviceId("3".to_owned())).unwrap(), None);
    assert!(store.remove(&AdviceId("2".to_owned())).unwrap());
    assert!(!store.remove(&AdviceId("2".to_owned())).unwrap());
    assert_eq!(store.save(&status("0", 0), &advice("0")).unwrap_err().code(), "invalid");
}

#[test]
fn damage_is_told_and_stays_where_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("index_advice.db");
    let store = AdviceStore::open(&path, Timestamp(0)).unwrap();
    for id in ["1", "2", "3"] {
        store.save(&status(id, 0), &advice(id)).unwrap();
    }
    let other = rusqlite::Connection::open(&path).unwrap();
    other
        .execute_batch(
            "UPDATE index_advice SET crc = crc + 1 WHERE id = 1; UPDATE index_advice SET status = '{' WHERE id = 2;",
        )
        .unwrap();
    let damaged = store.advice(&AdviceId("1".to_owned())).unwrap_err();
    assert_eq!(damaged.code(), "damaged");
    assert!(damaged.to_string().contains("index advice 1 does not fit its checksum"), "{damaged}");
    assert_eq!(store.statuses().unwrap().len(), 2);
    assert_eq!(store.notices(), ["Index advice 2 could not be read and is left out."]);
    assert!(store.advice(&AdviceId("3".to_owned())).unwrap().is_some());
}

#[test]
fn files_of_another_kind_are_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("replays.db");
    drop(ReplayStore::open(&path, Timestamp(0)).unwrap());
    assert_eq!(AdviceStore::open(&path, Timestamp(0)).err().unwrap().code(), "foreign");
}

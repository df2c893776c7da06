//! Standbys and slots.

use domain::{HealthCode, HealthFacts, RecoveryFacts, Severity, SlotFacts, StandbyFacts};

use super::fixture::{GB, HOUR, MB, ago};
use super::{is, is_hidden, seen, seen_after, sql, unseen};

fn standby(name: &str, state: &str, bytes: f64, seconds: f64) -> StandbyFacts {
    StandbyFacts {
        name: name.to_owned(),
        client: Some("10.0.0.7".to_owned()),
        state: state.to_owned(),
        sync_state: "async".to_owned(),
        behind_bytes: Some(bytes),
        behind_seconds: Some(seconds),
    }
}

#[test]
fn standbys_are_judged_by_bytes_and_by_time() {
    let cases = [
        (vec![], Severity::Ok, "No standby follows this server."),
        (vec![standby("eu", "streaming", MB, 0.2)], Severity::Ok, "1 standby, 1 MB behind at most."),
        (
            vec![standby("eu", "streaming", MB, 0.2), standby("us", "streaming", 200.0 * MB, 2.0)],
            Severity::Warning,
            "1 of 2 standbys are behind, 200 MB at most.",
        ),
        (
            vec![standby("us", "streaming", MB, 400.0)],
            Severity::Critical,
            "1 of 1 standby is behind, 1 MB at most.",
        ),
        (
            vec![standby("us", "catchup", MB, 0.0)],
            Severity::Warning,
            "1 of 1 standby is behind, 1 MB at most.",
        ),
    ];
    for (standbys, severity, sentence) in cases {
        let check = seen(HealthCode::ReplicationLag, |facts| facts.quick.standbys = Ok(standbys.clone()));
        is(&check, severity, sentence);
    }
    is_hidden(&seen(HealthCode::ReplicationLag, |facts| facts.quick.standbys = Err(unseen())));
}

fn recovering(facts: &mut HealthFacts, unapplied: f64, age: f64, paused: bool, receiving: bool) {
    facts.quick.recovery = Ok(RecoveryFacts {
        in_recovery: true,
        unapplied_bytes: Some(unapplied),
        applied_age_seconds: Some(age),
        paused: Some(paused),
        receiving: Some(receiving),
    });
}

#[test]
fn a_standby_tells_its_own_lag() {
    // A quiet primary sends nothing: an old last transaction is then no lag.
    let quiet = seen(HealthCode::ReplicationLag, |facts| recovering(facts, 0.0, 9_000.0, false, true));
    is(&quiet, Severity::Ok, "This standby has 0 bytes of received log to apply.");
    let late = seen(HealthCode::ReplicationLag, |facts| recovering(facts, 5.0 * MB, 90.0, false, true));
    is(&late, Severity::Warning, "This standby has 5 MB of received log to apply, and is 90 s behind.");
    let paused = seen(HealthCode::ReplicationLag, |facts| recovering(facts, 0.0, 0.0, true, true));
    is(&paused, Severity::Warning, "This standby has 0 bytes of received log to apply; replay is paused.");
    assert_eq!(sql(&paused), "SELECT pg_wal_replay_resume();");
    let alone = seen(HealthCode::ReplicationLag, |facts| recovering(facts, 0.0, 0.0, false, false));
    assert_eq!(alone.severity, Some(Severity::Warning));
}

fn slot(retained: f64) -> SlotFacts {
    SlotFacts {
        name: "debezium_old".to_owned(),
        kind: "logical".to_owned(),
        database: "panel".to_owned(),
        active: false,
        retained_bytes: Some(retained),
        wal_status: Some("extended".to_owned()),
        safe_bytes: None,
        xmin_age: None,
        catalog_xmin_age: Some(1_000.0),
        inactive_since: None,
        invalidation_reason: None,
    }
}

#[test]
fn a_slot_that_nobody_reads_keeps_log() {
    let check = seen(HealthCode::ReplicationSlots, |facts| {
        facts.quick.slots = Ok(vec![SlotFacts { inactive_since: ago(216 * HOUR), ..slot(214.0 * GB) }]);
    });
    is(&check, Severity::Critical, "Slot debezium_old: inactive for 9 days, keeps 214 GB of log.");
    assert!(sql(&check).starts_with("SELECT pg_drop_replication_slot('debezium_old');"));
    let growing = seen_after(
        HealthCode::ReplicationSlots,
        |facts| facts.quick.slots = Ok(vec![slot(2.0 * GB)]),
        |facts| facts.quick.slots = Ok(vec![slot(5.0 * GB)]),
    );
    is(&growing, Severity::Warning, "Slot debezium_old: inactive, keeps 5 GB of log, 3 GB more each hour.");
    let idle = seen(HealthCode::ReplicationSlots, |facts| facts.quick.slots = Ok(vec![slot(MB)]));
    is(&idle, Severity::Info, "1 slot, 1 of them inactive; 1 MB of log kept at most.");
    let active = seen(HealthCode::ReplicationSlots, |facts| {
        facts.quick.slots = Ok(vec![SlotFacts { active: true, ..slot(MB) }]);
    });
    is(&active, Severity::Ok, "1 slot, 0 of them inactive; 1 MB of log kept at most.");
}

#[test]
fn a_slot_that_is_lost_or_holds_vacuum_is_told() {
    let lost = seen(HealthCode::ReplicationSlots, |facts| {
        facts.quick.slots = Ok(vec![SlotFacts {
            wal_status: Some("lost".to_owned()),
            retained_bytes: None,
            invalidation_reason: Some("wal_removed".to_owned()),
            ..slot(0.0)
        }]);
    });
    is(
        &lost,
        Severity::Critical,
        "Slot debezium_old: inactive, lost: what it needs has been removed (wal_removed).",
    );
    let holds = seen(HealthCode::ReplicationSlots, |facts| {
        facts.quick.slots = Ok(vec![SlotFacts { active: true, catalog_xmin_age: Some(2.0e7), ..slot(MB) }]);
    });
    is(
        &holds,
        Severity::Warning,
        "Slot debezium_old: active, keeps 1 MB of log, holds vacuum back by 20,000,000 transactions.",
    );
    // Dropping a slot that is read would break its consumer.
    assert!(holds.sql.is_none());
}

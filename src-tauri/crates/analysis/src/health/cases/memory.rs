//! Connections, the cache, temporary files.

use domain::{HealthCode, HealthFacts, Severity, Timestamp};

use super::fixture::{GB, NOW, database};
use super::{is, seen, seen_after, seen_first, sql};

fn connections(facts: &mut HealthFacts, used: f64, idle: Option<f64>) {
    let Ok(found) = &mut facts.quick.connections else { return };
    (found.used, found.max, found.reserved, found.idle) = (used, 503.0, 3.0, idle);
}

#[test]
fn connections_are_judged_against_those_that_users_may_open() {
    let cases = [
        (374.0, Some(300.0), Severity::Ok, "374 of 500 connections are in use (74%), 300 of them idle."),
        (412.0, Some(41.0), Severity::Warning, "412 of 500 connections are in use (82%), 41 of them idle."),
        (450.0, None, Severity::Critical, "450 of 500 connections are in use (90%)."),
    ];
    for (used, idle, severity, sentence) in cases {
        let check = seen(HealthCode::Connections, |facts| connections(facts, used, idle));
        is(&check, severity, sentence);
        assert_eq!(check.sql.is_some(), severity > Severity::Ok);
    }
}

fn blocks(facts: &mut HealthFacts, hit: f64, read: f64) {
    let mut one = database("panel");
    (one.blocks_hit, one.blocks_read) = (hit, read);
    facts.quick.databases = Ok(vec![one]);
}

#[test]
fn the_cache_is_judged_by_the_last_hour_where_that_is_known() {
    let before = |facts: &mut HealthFacts| blocks(facts, 1e9, 1e7);
    let cases = [
        (
            1e9 + 1e6,
            1e7 + 100.0,
            Severity::Ok,
            "99% of blocks were found in shared_buffers in the last 60 min.",
        ),
        (
            1e9 + 4e7,
            1e7 + 1e7,
            Severity::Warning,
            "80% of blocks were found in shared_buffers in the last 60 min.",
        ),
        // As bad, but nobody reads much.
        (
            1e9 + 4e5,
            1e7 + 1e5,
            Severity::Info,
            "80% of blocks were found in shared_buffers in the last 60 min.",
        ),
        (
            1e9 + 500.0,
            1e7,
            Severity::Ok,
            "Only 500 blocks were asked for in the last 60 min: too few to judge.",
        ),
    ];
    for (hit, read, severity, sentence) in cases {
        is(
            &seen_after(HealthCode::CacheHitRatio, before, |facts| blocks(facts, hit, read)),
            severity,
            sentence,
        );
    }
    let first = seen_first(HealthCode::CacheHitRatio, |facts| blocks(facts, 8e9, 2e9));
    is(
        &first,
        Severity::Warning,
        "80% of blocks were found in shared_buffers since statistics were reset 10 days ago.",
    );
}

#[test]
fn a_reset_or_a_restart_is_no_window() {
    let before = |facts: &mut HealthFacts| blocks(facts, 9e9, 1e9);
    let reset = seen_after(HealthCode::CacheHitRatio, before, |facts| blocks(facts, 1e6, 1e3));
    assert!(reset.seen.ends_with("since statistics were reset 10 days ago."), "{}", reset.seen);
    let restarted = seen(HealthCode::CacheHitRatio, |facts| {
        facts.quick.server.started_at = Timestamp(NOW.0 - 60_000);
    });
    assert!(restarted.seen.ends_with("since statistics were reset 10 days ago."), "{}", restarted.seen);
    let never = seen_first(HealthCode::CacheHitRatio, |facts| {
        let mut one = database("panel");
        one.stats_reset = None;
        facts.quick.databases = Ok(vec![one]);
    });
    assert!(never.seen.ends_with("since the server began to count."), "{}", never.seen);
}

fn temp(facts: &mut HealthFacts, files: f64, bytes: f64) {
    let mut one = database("panel");
    (one.temp_files, one.temp_bytes) = (files, bytes);
    facts.quick.databases = Ok(vec![one]);
}

#[test]
fn temporary_files_are_told_by_the_hour() {
    let cases = [
        (0.0, 0.0, Severity::Ok, "No temporary file in the last 60 min."),
        (3.0, 6.0e6, Severity::Info, "3 temporary files of 5.7 MB in the last 60 min."),
        (12.0, 3.0 * GB, Severity::Warning, "12 temporary files of 3 GB in the last 60 min."),
        (900.0, 200.0 * GB, Severity::Critical, "900 temporary files of 200 GB in the last 60 min."),
    ];
    for (files, bytes, severity, sentence) in cases {
        let check = seen(HealthCode::TempFiles, |facts| temp(facts, files, bytes));
        is(&check, severity, sentence);
        if severity > Severity::Ok {
            assert!(sql(&check).contains("SET work_mem = '64MB';"));
            assert_eq!(check.items[0].name, "panel");
        }
    }
}

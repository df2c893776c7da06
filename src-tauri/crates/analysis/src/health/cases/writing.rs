//! Checkpoints, the write-ahead log, its archive.

use domain::{HealthCode, HealthFacts, Severity};

use super::fixture::{GB, HOUR, MB, ago, setting};
use super::{is, seen, seen_after, seen_first, sql};

fn checkpoints(facts: &mut HealthFacts, timed: f64, requested: f64) {
    let Ok(found) = &mut facts.quick.checkpoints else { return };
    (found.timed, found.requested) = (timed, requested);
}

#[test]
fn checkpoints_that_the_log_asks_for_are_too_many() {
    let before = |facts: &mut HealthFacts| checkpoints(facts, 100.0, 10.0);
    let cases = [
        (
            112.0,
            11.0,
            Severity::Ok,
            "1 of 13 checkpoints were asked for by the size of the log in the last 60 min.",
        ),
        (
            108.0,
            13.0,
            Severity::Info,
            "3 of 11 checkpoints were asked for by the size of the log in the last 60 min.",
        ),
        (
            102.0,
            18.0,
            Severity::Warning,
            "8 of 10 checkpoints were asked for by the size of the log in the last 60 min.",
        ),
    ];
    for (timed, requested, severity, sentence) in cases {
        let check = seen_after(HealthCode::Checkpoints, before, |facts| checkpoints(facts, timed, requested));
        is(&check, severity, sentence);
        if severity > Severity::Ok {
            let wanted =
                "-- It is 4 GB now.\nALTER SYSTEM SET max_wal_size = '8192MB';\nSELECT pg_reload_conf();";
            assert_eq!(sql(&check), wanted);
        }
    }
    let few = seen_first(HealthCode::Checkpoints, |facts| checkpoints(facts, 0.0, 3.0));
    is(
        &few,
        Severity::Ok,
        "3 of 3 checkpoints were asked for by the size of the log since statistics were reset 10 days ago.",
    );
}

fn written(facts: &mut HealthFacts, position: f64) {
    let Ok(found) = &mut facts.quick.wal else { return };
    found.position = position;
}

#[test]
fn log_that_fills_max_wal_size_before_the_checkpoint_is_too_much() {
    let before = |facts: &mut HealthFacts| written(facts, 10.0 * GB);
    let slow = seen_after(HealthCode::WalRate, before, |facts| written(facts, 10.0 * GB + 3_600.0 * MB));
    is(&slow, Severity::Ok, "1 MB of log each second in the last 60 min.");
    let fast = seen_after(HealthCode::WalRate, before, |facts| written(facts, 10.0 * GB + 72_000.0 * MB));
    is(
        &fast,
        Severity::Warning,
        "20 MB of log each second in the last 60 min: max_wal_size (4 GB) is full after 3 min, before a checkpoint is due (5 min).",
    );
    assert_eq!(sql(&fast), "ALTER SYSTEM SET max_wal_size = '9000MB';\nSELECT pg_reload_conf();");
    let first = seen_first(HealthCode::WalRate, |_| {});
    is(&first, Severity::Ok, "49 kB of log each second since statistics were reset 10 days ago.");
    let old = seen_first(HealthCode::WalRate, |facts| {
        let Ok(found) = &mut facts.quick.wal else { return };
        found.written = None;
    });
    is(&old, Severity::Ok, "How fast the log grows is known after the next reading.");
}

#[test]
fn archiving_fails_where_the_last_try_did() {
    type Change = fn(&mut domain::ArchiverFacts);
    let cases: [(Change, Severity, &str); 4] = [
        (|_| {}, Severity::Ok, "1,204 files archived, the last 2 min ago."),
        (
            |facts| {
                facts.failed = 31.0;
                facts.last_failed_at = ago(60_000);
                facts.last_failed_file = Some("0000000100000000000000A1".to_owned());
            },
            Severity::Critical,
            "Archiving has failed 31 times, last 60 s ago with 0000000100000000000000A1.",
        ),
        (
            |facts| {
                facts.last_archived_at = ago(3 * HOUR);
                facts.behind_bytes = Some(2.0 * GB);
            },
            Severity::Warning,
            "1,204 files archived, the last 3 h ago; 2 GB of log wait.",
        ),
        (
            |facts| facts.on = false,
            Severity::Info,
            "archive_mode is off: a restore can only go back to the last full backup, unless a tool streams the log.",
        ),
    ];
    for (change, severity, sentence) in cases {
        let check = seen(HealthCode::Archiving, |facts| {
            if let Ok(archiver) = &mut facts.quick.archiver {
                change(archiver);
            }
        });
        is(&check, severity, sentence);
    }
}

#[test]
fn without_settings_rates_are_still_told() {
    let check = seen_after(
        HealthCode::WalRate,
        |facts| written(facts, 10.0 * GB),
        |facts| {
            written(facts, 10.0 * GB + 360_000.0 * MB);
            facts.quick.settings = Ok(vec![setting("fsync", "on", None)]);
        },
    );
    is(&check, Severity::Ok, "100 MB of log each second in the last 60 min.");
}

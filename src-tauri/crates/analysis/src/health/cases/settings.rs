//! Settings that stand out.

use domain::{HealthCheck, HealthCode, HealthFacts, Severity};

use super::fixture::{GB, setting};
use super::{is, seen, sql};

fn set(facts: &mut HealthFacts, name: &str, value: &str, unit: Option<&str>) {
    let Ok(settings) = &mut facts.quick.settings else { return };
    settings.retain(|setting| setting.name != name);
    settings.push(setting(name, value, unit));
}

fn with(name: &str, value: &str, unit: Option<&str>) -> HealthCheck {
    seen(HealthCode::Settings, |facts| set(facts, name, value, unit))
}

#[test]
fn each_setting_is_judged_by_what_the_server_tells() {
    let cases = [
        (
            "fsync",
            "off",
            None,
            Severity::Critical,
            "fsync: off: after a crash of the machine all data may be lost.",
        ),
        (
            "autovacuum",
            "off",
            None,
            Severity::Critical,
            "autovacuum: off: dead rows stay, statistics grow old, and transaction ids run out unless somebody vacuums.",
        ),
        (
            "track_counts",
            "off",
            None,
            Severity::Critical,
            "track_counts: off: without counts autovacuum does not know where to go.",
        ),
        (
            "full_page_writes",
            "off",
            None,
            Severity::Critical,
            "full_page_writes: off: after a crash of the machine half-written pages cannot be mended.",
        ),
        (
            "idle_in_transaction_session_timeout",
            "0",
            Some("ms"),
            Severity::Info,
            "idle_in_transaction_session_timeout: 0: a forgotten transaction stays open for ever, with its locks, and holds vacuum back.",
        ),
        (
            "statement_timeout",
            "0",
            Some("ms"),
            Severity::Info,
            "statement_timeout: 0: a statement may run for ever; better set for the application's role than for all.",
        ),
        (
            "random_page_cost",
            "4",
            None,
            Severity::Info,
            "random_page_cost: 4, made for spinning disks: on an SSD 1.1 lets the planner use indexes where it should.",
        ),
        (
            "max_connections",
            "2000",
            None,
            Severity::Info,
            "max_connections: 2,000: many at work at once are slower than few that take turns; a pooler such as PgBouncer lets them.",
        ),
        (
            "checkpoint_timeout",
            "30",
            Some("s"),
            Severity::Info,
            "checkpoint_timeout: 30 s: shorter than the default of 5 min, so that more whole pages go into the log.",
        ),
        (
            "log_lock_waits",
            "off",
            None,
            Severity::Info,
            "log_lock_waits: off: who waited for whom is not in the log afterwards.",
        ),
        (
            "wal_level",
            "minimal",
            None,
            Severity::Warning,
            "wal_level: minimal: neither standbys nor an archive nor an online backup are possible.",
        ),
        (
            "work_mem",
            "1048576",
            Some("kB"),
            Severity::Info,
            "work_mem: 1 GB for 100 connections are 100 GB: more than the machine may have, if all sort at once.",
        ),
    ];
    for (name, value, unit, severity, sentence) in cases {
        is(&with(name, value, unit), severity, sentence);
    }
    assert_eq!(sql(&with("fsync", "off", None)), "ALTER SYSTEM SET fsync = on;\nSELECT pg_reload_conf();");
    is(&with("fsync", "on", None), Severity::Ok, "Nothing stands out among the settings that are looked at.");
}

#[test]
fn little_memory_stands_out_only_beside_a_large_database() {
    let small = with("shared_buffers", "16384", Some("8kB"));
    assert_eq!(small.severity, Some(Severity::Ok));
    let large = seen(HealthCode::Settings, |facts| {
        set(facts, "shared_buffers", "16384", Some("8kB"));
        if let Some(slow) = &mut facts.slow {
            slow.database_bytes = Ok(40.0 * GB);
        }
    });
    is(
        &large,
        Severity::Warning,
        "shared_buffers: 128 MB, for a database of 40 GB: a quarter of the machine's memory is usual.",
    );
}

#[test]
fn encryption_is_asked_for_where_others_come_from_afar() {
    let remote = |ssl: &str, remote: f64, encrypted: f64| {
        let ssl = ssl.to_owned();
        seen(HealthCode::Settings, move |facts| {
            set(facts, "ssl", &ssl, None);
            if let Ok(connections) = &mut facts.quick.connections {
                (connections.remote, connections.remote_encrypted) = (Some(remote), Some(encrypted));
            }
        })
    };
    is(&remote("off", 0.0, 0.0), Severity::Ok, "Nothing stands out among the settings that are looked at.");
    is(
        &remote("off", 7.0, 0.0),
        Severity::Warning,
        "ssl: off: 7 sessions come from other machines without encryption.",
    );
    assert_eq!(remote("on", 7.0, 6.0).severity, Some(Severity::Info));
    assert_eq!(remote("on", 7.0, 7.0).severity, Some(Severity::Ok));
}

#[test]
fn what_waits_for_a_restart_is_told() {
    let check = seen(HealthCode::Settings, |facts| {
        let Ok(settings) = &mut facts.quick.settings else { return };
        settings.iter_mut().filter(|one| one.name == "wal_level").for_each(|one| one.pending_restart = true);
    });
    is(
        &check,
        Severity::Info,
        "wal_level: was changed in the configuration, and waits for a restart of the server.",
    );
}

//! A server on which nothing is wrong.

use domain::{
    AgeFacts, ArchiverFacts, BloatFacts, CheckpointFacts, ConnectionFacts, DatabaseAge, DatabaseFacts,
    ExtensionFacts, HealthFacts, QuickHealth, RecoveryFacts, SequencesFacts, ServerFacts, SettingFacts,
    SlowHealth, TablesFacts, Timestamp, VacuumsFacts, WalFacts,
};

pub(super) const NOW: Timestamp = Timestamp(1_800_000_000_000);
pub(super) const HOUR: i64 = 3_600_000;
pub(super) const MB: f64 = 1_048_576.0;
pub(super) const GB: f64 = 1_024.0 * MB;

pub(super) fn ago(millis: i64) -> Option<Timestamp> {
    Some(Timestamp(NOW.0 - millis))
}

pub(super) fn facts() -> HealthFacts {
    HealthFacts { quick: quick(), slow: Some(slow()) }
}

pub(super) fn database(name: &str) -> DatabaseFacts {
    DatabaseFacts {
        name: name.to_owned(),
        commits: 1_000_000.0,
        rollbacks: 100.0,
        blocks_hit: 99_500_000.0,
        blocks_read: 100_000.0,
        checksum_failures: Some(0.0),
        stats_reset: ago(240 * HOUR),
        ..DatabaseFacts::default()
    }
}

fn quick() -> QuickHealth {
    QuickHealth {
        at: NOW,
        server: ServerFacts {
            version_number: 150_018,
            version: "15.18".to_owned(),
            role: "ada".to_owned(),
            database: "panel".to_owned(),
            started_at: Timestamp(NOW.0 - 240 * HOUR),
            in_recovery: false,
            sees_all: true,
        },
        connections: Ok(ConnectionFacts {
            used: 12.0,
            max: 100.0,
            reserved: 3.0,
            idle: Some(8.0),
            idle_in_transaction: Some(0.0),
            remote: Some(0.0),
            remote_encrypted: Some(0.0),
        }),
        databases: Ok(vec![database("panel")]),
        checkpoints: Ok(CheckpointFacts {
            timed: 2_000.0,
            requested: 4.0,
            stats_reset: ago(240 * HOUR),
            ..CheckpointFacts::default()
        }),
        wal: Ok(WalFacts {
            position: 50.0 * GB,
            written: Some(40.0 * GB),
            buffers_full: Some(0.0),
            stats_reset: ago(240 * HOUR),
        }),
        archiver: Ok(ArchiverFacts {
            on: true,
            archived: 1_204.0,
            failed: 0.0,
            last_archived_at: ago(120_000),
            last_failed_at: None,
            last_failed_file: None,
            behind_bytes: Some(3.0 * MB),
            stats_reset: ago(240 * HOUR),
        }),
        standbys: Ok(Vec::new()),
        recovery: Ok(RecoveryFacts {
            in_recovery: false,
            unapplied_bytes: None,
            applied_age_seconds: None,
            paused: None,
            receiving: None,
        }),
        slots: Ok(Vec::new()),
        vacuums: Ok(VacuumsFacts { workers_max: 3.0, running: Vec::new() }),
        ages: Ok(AgeFacts {
            databases: vec![DatabaseAge {
                name: "panel".to_owned(),
                xid_age: 60_000_000.0,
                mxid_age: 1_000.0,
            }],
            next_xid: 5_000_000_000.0,
            freeze_max_age: 200_000_000.0,
            multixact_freeze_max_age: 400_000_000.0,
        }),
        transactions: Ok(Vec::new()),
        prepared: Ok(Vec::new()),
        settings: Ok(settings()),
    }
}

fn slow() -> SlowHealth {
    let bloat = || BloatFacts { found: Vec::new(), judged: 12.0, without_statistics: 0.0 };
    let extension = |name: &str, loaded| ExtensionFacts {
        name: name.to_owned(),
        installed: Some("1.10".to_owned()),
        available: Some("1.10".to_owned()),
        loaded,
    };
    SlowHealth {
        at: NOW,
        database_bytes: Ok(500.0 * MB),
        tables: Ok(TablesFacts { tables: Vec::new(), total: 40.0, due: 0.0 }),
        oldest_tables: Ok(Vec::new()),
        table_bloat: Ok(bloat()),
        index_bloat: Ok(bloat()),
        invalid_indexes: Ok(Vec::new()),
        sequences: Ok(SequencesFacts { found: Vec::new(), total: 9.0, hidden: 0.0, hidden_schema: None }),
        extensions: Ok(vec![extension("pg_stat_statements", Some(true)), extension("hypopg", None)]),
    }
}

pub(super) fn setting(name: &str, value: &str, unit: Option<&str>) -> SettingFacts {
    SettingFacts {
        name: name.to_owned(),
        value: value.to_owned(),
        unit: unit.map(str::to_owned),
        pending_restart: false,
    }
}

fn settings() -> Vec<SettingFacts> {
    [
        ("autovacuum", "on", None),
        ("checkpoint_completion_target", "0.9", None),
        ("checkpoint_timeout", "300", Some("s")),
        ("data_checksums", "on", None),
        ("fsync", "on", None),
        ("full_page_writes", "on", None),
        ("idle_in_transaction_session_timeout", "60000", Some("ms")),
        ("log_lock_waits", "on", None),
        ("log_temp_files", "0", Some("kB")),
        ("max_connections", "100", None),
        ("max_wal_size", "4096", Some("MB")),
        ("random_page_cost", "1.1", None),
        ("seq_page_cost", "1", None),
        ("shared_buffers", "131072", Some("8kB")),
        ("ssl", "on", None),
        ("statement_timeout", "30000", Some("ms")),
        ("track_counts", "on", None),
        ("track_io_timing", "on", None),
        ("wal_level", "replica", None),
        ("work_mem", "4096", Some("kB")),
    ]
    .map(|(name, value, unit)| setting(name, value, unit))
    .into()
}

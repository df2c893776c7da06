//! The settings that are judged.

use domain::{Part, SettingFacts};
use tokio_postgres::types::Type;
use tokio_postgres::{Error, Row};

use super::ask::Looker;
use super::versions;
use crate::postgres::own_queries::OwnQueryName;

const SETTINGS: OwnQueryName =
    OwnQueryName { name: "health.settings", purpose: "Settings that are worth a look" };

/// Those that the rules of health look at.
const NAMES: [&str; 26] = [
    "autovacuum",
    "checkpoint_completion_target",
    "checkpoint_timeout",
    "data_checksums",
    "fsync",
    "full_page_writes",
    "idle_in_transaction_session_timeout",
    "ignore_checksum_failure",
    "log_lock_waits",
    "log_temp_files",
    "maintenance_work_mem",
    "max_connections",
    "max_slot_wal_keep_size",
    "max_wal_size",
    "password_encryption",
    "random_page_cost",
    "seq_page_cost",
    "shared_buffers",
    "ssl",
    "statement_timeout",
    "track_activities",
    "track_counts",
    "track_io_timing",
    "wal_level",
    "work_mem",
    "zero_damaged_pages",
];

pub(super) async fn settings(looker: &Looker<'_>) -> Result<Part<Vec<SettingFacts>>, Error> {
    let read = |row: &Row| {
        Ok(SettingFacts {
            name: row.try_get("name")?,
            value: row.try_get::<_, Option<String>>("value")?.unwrap_or_default(),
            unit: row.try_get("unit")?,
            pending_restart: row.try_get("pending_restart")?,
        })
    };
    let names: Vec<&str> = NAMES.to_vec();
    looker.rows(SETTINGS, &versions::settings(looker.columns), &[(&names, Type::TEXT_ARRAY)], read).await
}

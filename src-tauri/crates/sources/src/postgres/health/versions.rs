//! Queries whose columns moved between versions, put together from what this server has.

use crate::postgres::columns::Columns;

const DATABASES: &str = include_str!("../sql/health/databases.sql");
const CHECKPOINTS: &str = include_str!("../sql/health/checkpoints.sql");
const WAL: &str = include_str!("../sql/health/wal.sql");
const SLOTS: &str = include_str!("../sql/health/slots.sql");
const SETTINGS: &str = include_str!("../sql/health/settings.sql");

pub(super) fn databases(columns: &Columns) -> String {
    let failures = columns.or("pg_stat_database", "d", "checksum_failures", "NULL");
    DATABASES.replace("{checksum_failures}", &failures)
}

/// Version 17 moved checkpoints out of `pg_stat_bgwriter`.
pub(super) fn checkpoints(columns: &Columns) -> String {
    let names = if columns.has_view("pg_stat_checkpointer") {
        [
            "c.num_timed",
            "c.num_requested",
            "c.write_time",
            "c.sync_time",
            "c.buffers_written",
            "pg_stat_checkpointer",
        ]
    } else {
        [
            "c.checkpoints_timed",
            "c.checkpoints_req",
            "c.checkpoint_write_time",
            "c.checkpoint_sync_time",
            "c.buffers_checkpoint",
            "pg_stat_bgwriter",
        ]
    };
    let places = ["{timed}", "{requested}", "{write_ms}", "{sync_ms}", "{buffers}", "{view}"];
    places.into_iter().zip(names).fold(CHECKPOINTS.to_owned(), |sql, (place, name)| sql.replace(place, name))
}

pub(super) fn wal(columns: &Columns) -> String {
    const VIEW: &str = "pg_stat_wal";
    let view = if columns.has_view(VIEW) { VIEW } else { "(SELECT)" };
    WAL.replace("{written}", &columns.or(VIEW, "w", "wal_bytes", "NULL"))
        .replace("{buffers_full}", &columns.or(VIEW, "w", "wal_buffers_full", "NULL"))
        .replace("{stats_reset}", &columns.or(VIEW, "w", "stats_reset", "NULL::timestamptz"))
        .replace("{view}", view)
}

pub(super) fn slots(columns: &Columns) -> String {
    let or = |column: &str, otherwise: &str| columns.or("pg_replication_slots", "s", column, otherwise);
    SLOTS
        .replace("{wal_status}", &or("wal_status", "NULL"))
        .replace("{safe_wal_size}", &or("safe_wal_size", "NULL"))
        .replace("{inactive_since}", &or("inactive_since", "NULL::timestamptz"))
        .replace("{invalidation_reason}", &or("invalidation_reason", "NULL"))
}

pub(super) fn settings(columns: &Columns) -> String {
    SETTINGS.replace("{pending_restart}", &columns.or("pg_settings", "s", "pending_restart", "false"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERSIONS: [u32; 7] = [13, 14, 15, 16, 17, 18, 19];

    /// Columns of `view` that `sql` names by `alias`.
    fn named<'a>(sql: &'a str, alias: &str) -> Vec<&'a str> {
        let start = format!("{alias}.");
        let is_part =
            |character: char| character.is_ascii_alphanumeric() || character == '_' || character == '.';
        sql.split(|character| !is_part(character))
            .filter_map(|word| word.strip_prefix(start.as_str()))
            .collect()
    }

    #[test]
    fn every_version_is_asked_only_for_columns_that_it_has() {
        for version in VERSIONS {
            let columns = Columns::recorded_version(version);
            let checkpoints_view = if version >= 17 { "pg_stat_checkpointer" } else { "pg_stat_bgwriter" };
            let cases = [
                (databases(&columns), "d", "pg_stat_database"),
                (checkpoints(&columns), "c", checkpoints_view),
                (wal(&columns), "w", "pg_stat_wal"),
                (slots(&columns), "s", "pg_replication_slots"),
                (settings(&columns), "s", "pg_settings"),
            ];
            for (sql, alias, view) in cases {
                assert!(!sql.contains('{'), "{version}: {sql}");
                for column in named(&sql, alias) {
                    assert!(columns.has(view, column), "version {version} has no {view}.{column}");
                }
            }
        }
    }

    #[test]
    fn what_moved_is_found_where_it_is() {
        let sql = |version, make: fn(&Columns) -> String| make(&Columns::recorded_version(version));
        let has = |sql: String, text: &str| assert!(sql.contains(text), "{text:?} is not in {sql}");
        has(sql(16, checkpoints), "(c.checkpoints_req)::float8 AS requested");
        has(sql(17, checkpoints), "(c.num_requested)::float8 AS requested");
        has(sql(13, wal), "(NULL)::float8 AS written");
        has(sql(13, wal), "FROM (SELECT) AS w");
        has(sql(18, wal), "(w.wal_bytes)::float8 AS written");
        has(sql(16, slots), "(NULL)::text AS invalidation_reason");
        has(sql(17, slots), "epoch FROM s.inactive_since");
    }

    #[test]
    fn queries_without_versions_name_only_columns_that_all_versions_have() {
        let cases = [
            (include_str!("../sql/health/connections.sql"), "a", "pg_stat_activity"),
            (include_str!("../sql/health/transactions.sql"), "a", "pg_stat_activity"),
            (include_str!("../sql/health/vacuums.sql"), "p", "pg_stat_progress_vacuum"),
            (include_str!("../sql/health/vacuums.sql"), "a", "pg_stat_activity"),
            (include_str!("../sql/health/archiver.sql"), "a", "pg_stat_archiver"),
            (include_str!("../sql/health/standbys.sql"), "r", "pg_stat_replication"),
            (include_str!("../sql/health/prepared.sql"), "p", "pg_prepared_xacts"),
        ];
        for version in VERSIONS {
            let columns = Columns::recorded_version(version);
            for (sql, alias, view) in cases {
                let named = named(sql, alias);
                assert!(!named.is_empty(), "{view}");
                for column in named {
                    assert!(columns.has(view, column), "version {version} has no {view}.{column}");
                }
            }
        }
    }
}

//! The table `ignored_patterns`: repeated statements that a person decided not to be told of, with the reason.

use domain::{IgnoredPattern, Timestamp};
use rusqlite::params;

use super::SettingsStore;
use crate::HistoryError;

impl SettingsStore {
    /// All of them, those that were decided first first.
    pub fn ignored_patterns(&self) -> Result<Vec<IgnoredPattern>, HistoryError> {
        self.with(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT id, reason, at FROM ignored_patterns ORDER BY at, id")?;
            let rows = statement.query_map([], |row| {
                Ok(IgnoredPattern { id: row.get(0)?, reason: row.get(1)?, at: Timestamp(row.get(2)?) })
            })?;
            rows.collect()
        })
    }

    /// Adds one, or replaces the reason of the one with its id.
    pub fn ignore_pattern(&self, pattern: &IgnoredPattern) -> Result<(), HistoryError> {
        self.configure(|connection| {
            connection.execute(
                "INSERT INTO ignored_patterns (id, reason, at) VALUES (?, ?, ?)
                 ON CONFLICT (id) DO UPDATE SET reason = excluded.reason, at = excluded.at",
                params![pattern.id, pattern.reason, pattern.at.0],
            )
        })
        .map(drop)
    }

    /// Tells it again; nothing happens when it was not ignored.
    pub fn heed_pattern(&self, id: &str) -> Result<(), HistoryError> {
        self.configure(|connection| connection.execute("DELETE FROM ignored_patterns WHERE id = ?", [id]))
            .map(drop)
    }
}

//! The table `sources`: how each is reached, without its password.

use domain::{SourceConfig, SourceId};
use rusqlite::params;

use super::{SettingsStore, from_json, to_json};
use crate::HistoryError;

impl SettingsStore {
    /// All sources, by id. One whose row no longer reads is left out and told in the notices.
    pub fn sources(&self) -> Result<Vec<SourceConfig>, HistoryError> {
        let rows = self.with(|connection| {
            let mut statement = connection.prepare_cached("SELECT id, config FROM sources ORDER BY id")?;
            let rows =
                statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        })?;
        let read = |(id, config): (String, String)| {
            let parsed = from_json(&config).ok();
            if parsed.is_none() {
                self.0
                    .notices
                    .add(format!("The source {id} could not be read from the settings and is left out."));
            }
            parsed
        };
        Ok(rows.into_iter().filter_map(read).collect())
    }

    /// Adds a source, or replaces the one with its id.
    pub fn save_source(&self, config: &SourceConfig) -> Result<(), HistoryError> {
        self.configure(|connection| {
            connection.execute(
                "INSERT INTO sources (id, config) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET config = excluded.config",
                params![config.id.0, to_json(config)?],
            )
        })
        .map(drop)
    }

    /// True when there was one.
    pub fn remove_source(&self, id: &SourceId) -> Result<bool, HistoryError> {
        self.configure(|connection| connection.execute("DELETE FROM sources WHERE id = ?", [&id.0]))
            .map(|removed| removed > 0)
    }
}

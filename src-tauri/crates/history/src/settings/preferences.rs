//! The table `settings`: one row with what the person adjusted.

use domain::Settings;
use rusqlite::OptionalExtension;

use super::{SettingsStore, from_json, to_json};
use crate::HistoryError;

impl SettingsStore {
    /// What was saved last; the defaults before, and for fields that a file of an older version lacks.
    pub fn settings(&self) -> Result<Settings, HistoryError> {
        let body: Option<String> = self.with(|connection| {
            connection.query_row("SELECT body FROM settings WHERE one = 1", [], |row| row.get(0)).optional()
        })?;
        let Some(body) = body else { return Ok(Settings::default()) };
        Ok(from_json(&body).unwrap_or_else(|_| {
            self.0.notices.add("The settings could not be read; the defaults are in use.".to_owned());
            Settings::default()
        }))
    }

    pub fn save_settings(&self, settings: &Settings) -> Result<(), HistoryError> {
        self.configure(|connection| {
            connection.execute(
                "INSERT INTO settings (one, body) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET body = excluded.body",
                [to_json(settings)?],
            )
        })
        .map(drop)
    }
}

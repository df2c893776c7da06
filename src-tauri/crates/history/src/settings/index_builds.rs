//! The table `index_builds`: what was done to databases, with what takes it back.

use domain::IndexBuildId;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{SettingsStore, from_json, to_json};
use crate::HistoryError;

impl SettingsStore {
    /// Adds a build, or replaces the one with its id.
    ///
    /// # Errors
    /// `invalid` when the id is no positive decimal number.
    pub fn save_index_build(&self, id: &IndexBuildId, build: &impl Serialize) -> Result<(), HistoryError> {
        let id = number(id)?;
        self.with(|connection| {
            connection
                .prepare_cached(
                    "INSERT INTO index_builds (id, body) VALUES (?, ?)
                     ON CONFLICT (id) DO UPDATE SET body = excluded.body",
                )?
                .execute((id, to_json(build)?))
        })
        .map(drop)
    }

    /// All builds, the oldest first. One that no longer reads is left out and told in the notices.
    pub fn index_builds<T: DeserializeOwned>(&self) -> Result<Vec<T>, HistoryError> {
        let bodies = self.with(|connection| {
            let mut statement = connection.prepare_cached("SELECT body FROM index_builds ORDER BY id")?;
            let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        })?;
        let read = |body: String| {
            let parsed = from_json(&body).ok();
            if parsed.is_none() {
                let notice = "A stored build of indexes could not be read and is left out.";
                self.0.notices.add(notice.to_owned());
            }
            parsed
        };
        Ok(bodies.into_iter().filter_map(read).collect())
    }

    /// True when there was one.
    pub fn remove_index_build(&self, id: &IndexBuildId) -> Result<bool, HistoryError> {
        let id = number(id)?;
        self.with(|connection| connection.execute("DELETE FROM index_builds WHERE id = ?", [id]))
            .map(|removed| removed > 0)
    }
}

fn number(id: &IndexBuildId) -> Result<i64, HistoryError> {
    let number: Option<i64> = id.0.parse().ok().filter(|id| *id > 0);
    number.ok_or_else(|| HistoryError::Invalid {
        what: "the id of a build",
        reason: format!("{:?} is no number", id.0),
    })
}

//! The table `findings`: conditions from their beginning to their end.

use domain::{Finding, TimeRange, Timestamp};
use rusqlite::{OptionalExtension, Params, params};

use super::{SettingsStore, from_json, to_json};
use crate::HistoryError;

impl SettingsStore {
    /// Adds a finding, or replaces the one with its id.
    ///
    /// # Errors
    /// `invalid` when the id is not a positive decimal number.
    pub fn save_finding(&self, finding: &Finding) -> Result<(), HistoryError> {
        let id = finding_id(&finding.id)?;
        self.with(|connection| {
            connection
                .prepare_cached(
                    "INSERT INTO findings (id, source, check_code, since, last_seen, cleared_at, body)
                     VALUES (?, ?, ?, ?, ?, ?, ?)
                     ON CONFLICT (id) DO UPDATE SET source = excluded.source, check_code = excluded.check_code,
                         since = excluded.since, last_seen = excluded.last_seen,
                         cleared_at = excluded.cleared_at, body = excluded.body",
                )?
                .execute(params![
                    id,
                    finding.source.0,
                    finding.check.code(),
                    finding.since.0,
                    finding.last_seen.0,
                    finding.cleared_at.map(|at| at.0),
                    to_json(finding)?
                ])
        })
        .map(drop)
    }

    /// Findings that are not cleared, oldest first.
    pub fn open_findings(&self) -> Result<Vec<Finding>, HistoryError> {
        self.findings("SELECT body FROM findings WHERE cleared_at IS NULL ORDER BY since, id", [])
    }

    /// Findings whose condition held at some time of `[from, to)`, newest first.
    pub fn findings_between(&self, range: TimeRange) -> Result<Vec<Finding>, HistoryError> {
        self.findings(
            "SELECT body FROM findings WHERE since < ? AND (cleared_at IS NULL OR cleared_at >= ?) ORDER BY since DESC, id DESC",
            [range.to.0, range.from.0],
        )
    }

    /// Keeps a finding quiet until a moment; `None` lets it speak again. False when there is no such finding.
    pub fn mute_finding(&self, id: &str, until: Option<Timestamp>) -> Result<bool, HistoryError> {
        let number = finding_id(id)?;
        let body: Option<String> = self.with(|connection| {
            connection
                .query_row("SELECT body FROM findings WHERE id = ?", [number], |row| row.get(0))
                .optional()
        })?;
        let Some(body) = body else { return Ok(false) };
        let mut finding: Finding = self.with(|_| from_json(&body))?;
        finding.muted_until = until;
        self.save_finding(&finding).map(|()| true)
    }

    /// An id that no finding has had: one more than the highest.
    pub fn next_finding_id(&self) -> Result<u64, HistoryError> {
        self.with(|connection| {
            connection.query_row("SELECT coalesce(max(id), 0) + 1 FROM findings", [], |row| row.get(0))
        })
        .map(i64::unsigned_abs)
    }

    fn findings(&self, sql: &str, values: impl Params) -> Result<Vec<Finding>, HistoryError> {
        let bodies = self.with(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map(values, |row| row.get::<_, String>(0))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        })?;
        let read = |body: String| {
            let parsed = from_json(&body).ok();
            if parsed.is_none() {
                self.0.notices.add("A stored finding could not be read and is left out.".to_owned());
            }
            parsed
        };
        Ok(bodies.into_iter().filter_map(read).collect())
    }
}

fn finding_id(text: &str) -> Result<i64, HistoryError> {
    let number: Option<i64> = text.parse().ok().filter(|id| *id > 0);
    number.ok_or_else(|| HistoryError::Invalid {
        what: "the id of a finding",
        reason: format!("{text:?} is no number"),
    })
}

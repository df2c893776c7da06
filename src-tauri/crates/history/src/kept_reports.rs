//! A file of compressed reports, each with a checksum and with how it is listed.

use std::io::Read;
use std::path::{Path, PathBuf};

use domain::Timestamp;
use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::HistoryError;
use crate::database::{Format, open};
use crate::notices::Notices;

/// zstd's default: a report of megabytes in some milliseconds, to about a tenth.
const LEVEL: i32 = 3;
/// A report that claims to be larger than this is damaged.
const LARGEST: u64 = 512 << 20;

/// What the reports of a file are.
pub(crate) struct Kind {
    pub format: Format,
    /// Its columns: id, started_at, status, crc, report.
    pub table: &'static str,
    /// "replay"
    pub name: &'static str,
    /// "Replay", to begin a sentence.
    pub title: &'static str,
    /// "the id of a replay"
    pub id: &'static str,
}

pub(crate) struct KeptReports {
    kind: &'static Kind,
    path: PathBuf,
    connection: Mutex<Connection>,
    notices: Notices,
}

impl KeptReports {
    /// Opens or creates the file. A damaged one is set aside and told in the notices.
    pub(crate) fn open(
        path: &Path,
        kind: &'static Kind,
        now: Timestamp,
    ) -> Result<KeptReports, HistoryError> {
        let notices = Notices::default();
        let connection = Mutex::new(open(path, &kind.format, now, &notices)?);
        Ok(KeptReports { kind, path: path.to_owned(), connection, notices })
    }

    pub(crate) fn notices(&self) -> Vec<String> {
        self.notices.all()
    }

    /// How they are listed, the oldest first. One whose row no longer reads is left out and told in the notices.
    pub(crate) fn statuses<S: DeserializeOwned>(&self) -> Result<Vec<S>, HistoryError> {
        let sql = format!("SELECT id, status FROM {} ORDER BY id", self.kind.table);
        let rows = self.with(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let rows =
                statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        })?;
        let read = |(id, status): (i64, String)| {
            let read = serde_json::from_str(&status).ok();
            if read.is_none() {
                self.notices.add(format!("{} {id} could not be read and is left out.", self.kind.title));
            }
            read
        };
        Ok(rows.into_iter().filter_map(read).collect())
    }

    /// Adds a report, or replaces the one with its id.
    pub(crate) fn save(
        &self,
        id: &str,
        started_at: Timestamp,
        status: &impl Serialize,
        report: &impl Serialize,
    ) -> Result<(), HistoryError> {
        let id = self.number(id)?;
        let status = serde_json::to_string(status).map_err(|error| self.unwritable(error))?;
        let body = serde_json::to_vec(report).map_err(|error| self.unwritable(error))?;
        let body = zstd::encode_all(body.as_slice(), LEVEL).map_err(|error| self.unwritable(error))?;
        let crc = crc32fast::hash(&body);
        let sql = format!(
            "INSERT INTO {} (id, started_at, status, crc, report) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET started_at = excluded.started_at, status = excluded.status,
                 crc = excluded.crc, report = excluded.report",
            self.kind.table
        );
        self.with(|connection| connection.execute(&sql, params![id, started_at.0, status, crc, body]))
            .map(drop)
    }

    /// Replaces how a report is listed; the report stays as it is.
    pub(crate) fn save_status(&self, id: &str, status: &impl Serialize) -> Result<(), HistoryError> {
        let id = self.number(id)?;
        let status = serde_json::to_string(status).map_err(|error| self.unwritable(error))?;
        let sql = format!("UPDATE {} SET status = ? WHERE id = ?", self.kind.table);
        self.with(|connection| connection.execute(&sql, params![status, id])).map(drop)
    }

    /// None when there is no such report.
    ///
    /// # Errors
    /// `damaged` when its checksum does not fit or it no longer reads: the others are not affected.
    pub(crate) fn report<R: DeserializeOwned>(&self, id: &str) -> Result<Option<R>, HistoryError> {
        let id = self.number(id)?;
        let sql = format!("SELECT crc, report FROM {} WHERE id = ?", self.kind.table);
        let row: Option<(u32, Vec<u8>)> = self.with(|connection| {
            connection.query_row(&sql, [id], |row| Ok((row.get(0)?, row.get(1)?))).optional()
        })?;
        let Some((crc, body)) = row else { return Ok(None) };
        let damaged = |reason: &str| HistoryError::Damaged {
            path: self.path.clone(),
            reason: format!("{} {id} {reason}", self.kind.name),
        };
        if crc32fast::hash(&body) != crc {
            return Err(damaged("does not fit its checksum"));
        }
        let text = decompressed(&body).map_err(|_| damaged("cannot be decompressed"))?;
        serde_json::from_slice(&text).map(Some).map_err(|_| damaged("is of a form that is not known"))
    }

    /// True when there was one.
    pub(crate) fn remove(&self, id: &str) -> Result<bool, HistoryError> {
        let id = self.number(id)?;
        let sql = format!("DELETE FROM {} WHERE id = ?", self.kind.table);
        let removed = self.with(|connection| {
            let removed = connection.execute(&sql, [id])?;
            connection.execute_batch("PRAGMA incremental_vacuum(256)")?;
            Ok(removed)
        })?;
        Ok(removed > 0)
    }

    fn with<T>(&self, work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> Result<T, HistoryError> {
        work(&mut self.connection.lock()).map_err(|error| HistoryError::sql(&self.path, &error))
    }

    fn number(&self, id: &str) -> Result<i64, HistoryError> {
        let number: Option<i64> = id.parse().ok().filter(|id| *id > 0);
        number.ok_or_else(|| HistoryError::Invalid {
            what: self.kind.id,
            reason: format!("{id:?} is no number"),
        })
    }

    fn unwritable(&self, error: impl std::fmt::Display) -> HistoryError {
        HistoryError::Invalid { what: self.kind.name, reason: error.to_string() }
    }
}

fn decompressed(body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    zstd::Decoder::new(body)?.take(LARGEST).read_to_end(&mut text)?;
    Ok(text)
}

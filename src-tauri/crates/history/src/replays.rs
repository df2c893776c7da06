//! `replays.db`: what replays of query logs found, compressed, each with a checksum.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::{ReplayId, ReplayReport, ReplayStatus, Timestamp};
use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension, params};

use crate::HistoryError;
use crate::database::{Format, open};
use crate::notices::Notices;

const FORMAT: Format = Format {
    // "mPre"
    application_id: 0x6d50_7265,
    migrations: &["CREATE TABLE replays (
        id INTEGER PRIMARY KEY,
        started_at INTEGER NOT NULL,
        status TEXT NOT NULL,
        crc INTEGER NOT NULL,
        report BLOB NOT NULL
    ) STRICT;"],
    synchronous: "FULL",
    check_whole: false,
};

/// zstd's default: a report of megabytes in some milliseconds, to about a tenth.
const LEVEL: i32 = 3;
/// A report that claims to be larger than this is damaged.
const LARGEST: u64 = 512 << 20;

/// A handle; clones share the same file. Every call blocks on the disk and is durable when it returns.
#[derive(Clone)]
pub struct ReplayStore(Arc<Shared>);

struct Shared {
    path: PathBuf,
    connection: Mutex<Connection>,
    notices: Notices,
}

impl ReplayStore {
    /// Opens or creates the file. A damaged one is set aside: see [`ReplayStore::notices`].
    ///
    /// # Errors
    /// `too_new` and `foreign` leave the file as it is; `disk_full`, `locked`, `read_only`, `io` tell what is in the way.
    pub fn open(path: &Path, now: Timestamp) -> Result<ReplayStore, HistoryError> {
        let notices = Notices::default();
        let connection = Mutex::new(open(path, &FORMAT, now, &notices)?);
        Ok(ReplayStore(Arc::new(Shared { path: path.to_owned(), connection, notices })))
    }

    /// What the person is told about damage that was survived.
    pub fn notices(&self) -> Vec<String> {
        self.0.notices.all()
    }

    /// All replays, the oldest first. One whose row no longer reads is left out and told in the notices.
    pub fn statuses(&self) -> Result<Vec<ReplayStatus>, HistoryError> {
        let rows = self.with(|connection| {
            let mut statement = connection.prepare_cached("SELECT id, status FROM replays ORDER BY id")?;
            let rows =
                statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        })?;
        let read = |(id, status): (i64, String)| {
            let read = serde_json::from_str(&status).ok();
            if read.is_none() {
                self.0.notices.add(format!("Replay {id} could not be read and is left out."));
            }
            read
        };
        Ok(rows.into_iter().filter_map(read).collect())
    }

    /// Adds a replay, or replaces the one with its id.
    ///
    /// # Errors
    /// `invalid` when the id is no positive decimal number.
    pub fn save(&self, report: &ReplayReport) -> Result<(), HistoryError> {
        let id = number(&report.replay.id)?;
        let status = serde_json::to_string(&report.replay).map_err(unwritable)?;
        let body = serde_json::to_vec(report).map_err(unwritable)?;
        let body = zstd::encode_all(body.as_slice(), LEVEL).map_err(unwritable)?;
        let crc = crc32fast::hash(&body);
        self.with(|connection| {
            connection.execute(
                "INSERT INTO replays (id, started_at, status, crc, report) VALUES (?, ?, ?, ?, ?)
                 ON CONFLICT (id) DO UPDATE SET started_at = excluded.started_at, status = excluded.status,
                     crc = excluded.crc, report = excluded.report",
                params![id, report.replay.started_at.0, status, crc, body],
            )
        })
        .map(drop)
    }

    /// Replaces how a replay is listed; its report stays as it is.
    pub fn save_status(&self, status: &ReplayStatus) -> Result<(), HistoryError> {
        let id = number(&status.id)?;
        let status = serde_json::to_string(status).map_err(unwritable)?;
        self.with(|connection| {
            connection.execute("UPDATE replays SET status = ? WHERE id = ?", params![status, id])
        })
        .map(drop)
    }

    /// None when there is no such replay.
    ///
    /// # Errors
    /// `damaged` when its checksum does not fit or it no longer reads: the others are not affected.
    pub fn report(&self, id: &ReplayId) -> Result<Option<ReplayReport>, HistoryError> {
        let id = number(id)?;
        let row: Option<(u32, Vec<u8>)> = self.with(|connection| {
            connection
                .query_row("SELECT crc, report FROM replays WHERE id = ?", [id], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()
        })?;
        let Some((crc, body)) = row else { return Ok(None) };
        let damaged = |reason: &str| HistoryError::Damaged {
            path: self.0.path.clone(),
            reason: format!("replay {id} {reason}"),
        };
        if crc32fast::hash(&body) != crc {
            return Err(damaged("does not fit its checksum"));
        }
        let text = decompressed(&body).map_err(|_| damaged("cannot be decompressed"))?;
        serde_json::from_slice(&text).map(Some).map_err(|_| damaged("is of a form that is not known"))
    }

    /// True when there was one.
    pub fn remove(&self, id: &ReplayId) -> Result<bool, HistoryError> {
        let id = number(id)?;
        let removed = self.with(|connection| {
            let removed = connection.execute("DELETE FROM replays WHERE id = ?", [id])?;
            connection.execute_batch("PRAGMA incremental_vacuum(256)")?;
            Ok(removed)
        })?;
        Ok(removed > 0)
    }

    fn with<T>(&self, work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> Result<T, HistoryError> {
        work(&mut self.0.connection.lock()).map_err(|error| HistoryError::sql(&self.0.path, &error))
    }
}

fn decompressed(body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    zstd::Decoder::new(body)?.take(LARGEST).read_to_end(&mut text)?;
    Ok(text)
}

fn number(id: &ReplayId) -> Result<i64, HistoryError> {
    let number: Option<i64> = id.0.parse().ok().filter(|id| *id > 0);
    number.ok_or_else(|| HistoryError::Invalid {
        what: "the id of a replay",
        reason: format!("{:?} is no number", id.0),
    })
}

fn unwritable(error: impl std::fmt::Display) -> HistoryError {
    HistoryError::Invalid { what: "a replay", reason: error.to_string() }
}

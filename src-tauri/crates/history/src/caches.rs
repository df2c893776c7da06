//! `caches.db`: the slow commands of every Redis, before its own log forgets them, and the last walk over its keys.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::{Keyspace, SlowCommand, SourceId, Timestamp};
use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension, params};

use crate::HistoryError;
use crate::database::{Format, open};
use crate::notices::Notices;
use crate::settings::to_json;

static FORMAT: Format = Format {
    // "mPca"
    application_id: 0x6d50_6361,
    migrations: &["CREATE TABLE slow_commands (
            source TEXT NOT NULL,
            node TEXT NOT NULL,
            run_id TEXT NOT NULL,
            id TEXT NOT NULL,
            at INTEGER NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (source, node, run_id, id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX slow_commands_by_time ON slow_commands (source, at);
        CREATE TABLE keyspaces (
            source TEXT PRIMARY KEY,
            body TEXT NOT NULL
        ) STRICT;"],
    synchronous: "NORMAL",
    check_whole: true,
};

/// A handle; clones share the same file. Every call blocks on the disk.
#[derive(Clone)]
pub struct CacheStore(Arc<Shared>);

struct Shared {
    path: PathBuf,
    connection: Mutex<Connection>,
    notices: Notices,
}

impl CacheStore {
    /// Slow commands kept of one source; older ones go.
    pub const MOST_SLOW: u32 = 2_000;

    /// Opens or creates the file. A damaged one is set aside: see [`CacheStore::notices`].
    ///
    /// # Errors
    /// `too_new` and `foreign` leave the file as it is; `disk_full`, `locked`, `read_only`, `io` tell what is in the way.
    pub fn open(path: &Path, now: Timestamp) -> Result<CacheStore, HistoryError> {
        let notices = Notices::default();
        let connection = Mutex::new(open(path, &FORMAT, now, &notices)?);
        Ok(CacheStore(Arc::new(Shared { path: path.to_owned(), connection, notices })))
    }

    /// What the person is told about damage that was survived.
    pub fn notices(&self) -> Vec<String> {
        self.0.notices.all()
    }

    /// Adds what is not there yet: the same node, run and id is the same entry.
    pub fn keep_slow(&self, source: &SourceId, commands: &[SlowCommand]) -> Result<(), HistoryError> {
        self.with(|connection| {
            let transaction = connection.transaction()?;
            {
                let mut insert = transaction.prepare_cached(
                    "INSERT INTO slow_commands (source, node, run_id, id, at, body) VALUES (?, ?, ?, ?, ?, ?)
                     ON CONFLICT DO NOTHING",
                )?;
                for command in commands {
                    let SlowCommand { node, run_id, id, at, .. } = command;
                    insert.execute(params![source.0, node, run_id, id, at.0, to_json(command)?])?;
                }
                transaction
                    .prepare_cached(
                        "DELETE FROM slow_commands WHERE source = ?1 AND at < (
                             SELECT at FROM slow_commands WHERE source = ?1 ORDER BY at DESC LIMIT 1 OFFSET ?2)",
                    )?
                    .execute(params![source.0, Self::MOST_SLOW - 1])?;
            }
            transaction.commit()
        })
    }

    /// The newest first.
    pub fn slow(&self, source: &SourceId, most: u32) -> Result<Vec<SlowCommand>, HistoryError> {
        let bodies = self.with(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT body FROM slow_commands WHERE source = ? ORDER BY at DESC, id DESC LIMIT ?",
            )?;
            let rows = statement.query_map(params![source.0, most], |row| row.get::<_, String>(0))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        })?;
        Ok(bodies.iter().filter_map(|body| self.read(body, "slow command")).collect())
    }

    /// Replaces the walk before.
    pub fn keep_keyspace(&self, keyspace: &Keyspace) -> Result<(), HistoryError> {
        self.with(|connection| {
            connection
                .prepare_cached(
                    "INSERT INTO keyspaces (source, body) VALUES (?, ?)
                     ON CONFLICT (source) DO UPDATE SET body = excluded.body",
                )?
                .execute(params![keyspace.source.0, to_json(keyspace)?])
        })
        .map(drop)
    }

    /// The last walk; none where there was none, or where it no longer reads.
    pub fn keyspace(&self, source: &SourceId) -> Result<Option<Keyspace>, HistoryError> {
        let body: Option<String> = self.with(|connection| {
            connection
                .prepare_cached("SELECT body FROM keyspaces WHERE source = ?")?
                .query_row([&source.0], |row| row.get(0))
                .optional()
        })?;
        Ok(body.and_then(|body| self.read(&body, "walk over keys")))
    }

    pub fn forget(&self, source: &SourceId) -> Result<(), HistoryError> {
        self.with(|connection| {
            connection.execute("DELETE FROM slow_commands WHERE source = ?", [&source.0])?;
            connection.execute("DELETE FROM keyspaces WHERE source = ?", [&source.0])
        })
        .map(drop)
    }

    fn read<T: serde::de::DeserializeOwned>(&self, body: &str, what: &str) -> Option<T> {
        let read = serde_json::from_str(body).ok();
        if read.is_none() {
            self.0.notices.add(format!("A stored {what} could not be read and is left out."));
        }
        read
    }

    fn with<T>(&self, work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> Result<T, HistoryError> {
        work(&mut self.0.connection.lock()).map_err(|error| HistoryError::sql(&self.0.path, &error))
    }
}

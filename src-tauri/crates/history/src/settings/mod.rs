//! `settings.db`: sources, settings, findings and decisions about them, safe against power loss, with a spare copy beside it.

mod findings;
mod ignored;
mod index_builds;
mod preferences;
mod sources;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::Timestamp;
use parking_lot::Mutex;
use rusqlite::Connection;

use crate::HistoryError;
use crate::database::{Format, appended, back_up, open, with_suffix};
use crate::notices::Notices;

const FORMAT: Format = Format {
    // "mPse"
    application_id: 0x6d50_7365,
    migrations: &[
        concat!(
            "CREATE TABLE sources (id TEXT PRIMARY KEY, config TEXT NOT NULL) STRICT;",
            "CREATE TABLE settings (one INTEGER PRIMARY KEY CHECK (one = 1), body TEXT NOT NULL) STRICT;",
            "CREATE TABLE findings (
            id INTEGER PRIMARY KEY,
            source TEXT NOT NULL,
            check_code TEXT NOT NULL,
            since INTEGER NOT NULL,
            last_seen INTEGER NOT NULL,
            cleared_at INTEGER,
            body TEXT NOT NULL
        ) STRICT;
        CREATE INDEX findings_open ON findings (since) WHERE cleared_at IS NULL;
        CREATE INDEX findings_cleared ON findings (cleared_at, since);",
        ),
        "CREATE TABLE ignored_patterns (id TEXT PRIMARY KEY, reason TEXT NOT NULL, at INTEGER NOT NULL) STRICT;",
        "CREATE TABLE index_builds (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;",
    ],
    synchronous: "FULL",
    check_whole: true,
};

/// A handle; clones share the same file. Every call blocks on the disk and is durable when it returns.
#[derive(Clone)]
pub struct SettingsStore(Arc<Shared>);

struct Shared {
    path: PathBuf,
    connection: Mutex<Connection>,
    notices: Notices,
}

impl SettingsStore {
    /// Opens or creates the file. A damaged one is set aside and the spare copy takes its place, or a fresh one where
    /// there is no sound copy: see [`SettingsStore::notices`].
    ///
    /// # Errors
    /// `too_new` and `foreign` leave the file as it is; `disk_full`, `locked`, `read_only`, `io` tell what is in the way.
    pub fn open(path: &Path, now: Timestamp) -> Result<SettingsStore, HistoryError> {
        let notices = Notices::default();
        let (connection, fresh) = open_or_restore(path, now, &notices)?;
        let store = SettingsStore(Arc::new(Shared {
            path: path.to_owned(),
            connection: Mutex::new(connection),
            notices,
        }));
        if !fresh {
            store.spare(&store.0.connection.lock());
        }
        Ok(store)
    }

    /// What the person is told about damage that was survived.
    pub fn notices(&self) -> Vec<String> {
        self.0.notices.all()
    }

    fn with<T>(&self, work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> Result<T, HistoryError> {
        work(&mut self.0.connection.lock()).map_err(|error| HistoryError::sql(&self.0.path, &error))
    }

    /// Like [`SettingsStore::with`], for what the person entered by hand: the spare copy follows.
    fn configure<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, HistoryError> {
        let mut connection = self.0.connection.lock();
        let outcome = work(&mut connection).map_err(|error| HistoryError::sql(&self.0.path, &error))?;
        self.spare(&connection);
        Ok(outcome)
    }

    /// The original is what counts; a spare copy that cannot be written stops nothing.
    fn spare(&self, connection: &Connection) {
        if let Err(error) = back_up(&self.0.path, connection, &spare_path(&self.0.path)) {
            tracing::warn!(%error, "the spare copy of the settings could not be written");
        }
    }
}

/// The connection, and whether it is to a file that never held anything.
fn open_or_restore(
    path: &Path,
    now: Timestamp,
    notices: &Notices,
) -> Result<(Connection, bool), HistoryError> {
    let existed = path.exists();
    let spare = spare_path(path);
    let lost = match open(path, &FORMAT, now, notices) {
        // Set aside already: the connection is to a fresh file.
        Ok(connection) if notices.all().is_empty() => {
            if existed || !spare.exists() {
                return Ok((connection, !existed));
            }
            connection
        }
        Ok(connection) => connection,
        Err(error) => return Err(error),
    };
    drop(lost);
    restore(path, &spare, now, notices)
}

fn restore(
    path: &Path,
    spare: &Path,
    now: Timestamp,
    notices: &Notices,
) -> Result<(Connection, bool), HistoryError> {
    let sound =
        spare.exists() && open(spare, &FORMAT, now, &Notices::default()).is_ok_and(|copy| holds_data(&copy));
    if sound {
        remove_fresh(path)?;
        std::fs::copy(spare, path).map_err(|error| HistoryError::io(path, &error))?;
        notices.add(
            "Sources, settings and findings were restored from the spare copy beside the file.".to_owned(),
        );
    }
    Ok((open(path, &FORMAT, now, notices)?, !sound))
}

/// The empty file that was just begun makes room for the copy.
fn remove_fresh(path: &Path) -> Result<(), HistoryError> {
    for file in [path.to_owned(), appended(path, "-wal"), appended(path, "-shm")] {
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(HistoryError::io(&file, &error));
            }
            _ => {}
        }
    }
    Ok(())
}

fn holds_data(connection: &Connection) -> bool {
    let rows = "SELECT (SELECT count(*) FROM sources) + (SELECT count(*) FROM settings)";
    connection.query_row(rows, [], |row| row.get::<_, i64>(0)).is_ok_and(|rows| rows > 0)
}

fn spare_path(path: &Path) -> PathBuf {
    with_suffix(path, "spare")
}

/// A stored document that no longer reads is an error of its row, never a panic.
fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
    })
}

pub(crate) fn to_json<T: serde::Serialize + ?Sized>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

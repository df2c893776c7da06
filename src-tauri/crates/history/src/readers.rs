//! A few connections that only read, beside the one that writes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags, Transaction};

use crate::HistoryError;

const MOST_IDLE: usize = 4;

pub(crate) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(crate) fn new(path: &Path) -> Readers {
        Readers { path: path.to_owned(), idle: Mutex::new(Vec::new()) }
    }

    /// Runs `work` on one unchanging view of the file.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, HistoryError> {
        let sql = |error| HistoryError::sql(&self.path, &error);
        let idle = self.idle.lock().pop();
        let mut connection = idle.map_or_else(|| self.open(), Ok).map_err(sql)?;
        let outcome = connection.transaction().and_then(|view| work(&view)).map_err(sql)?;
        let mut idle = self.idle.lock();
        if idle.len() < MOST_IDLE {
            idle.push(connection);
        }
        Ok(outcome)
    }

    /// Connections to a file that was set aside must not be used again.
    pub(crate) fn close(&self) {
        self.idle.lock().clear();
    }

    fn open(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.pragma_update(None, "cache_size", -4096)?;
        connection.set_prepared_statement_cache_capacity(16);
        Ok(connection)
    }
}

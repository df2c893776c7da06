//! The one writer: a sample becomes a row of `seconds`.

use std::collections::HashMap;

use domain::{ActivitySample, SourceId};
use rusqlite::{Connection, TransactionBehavior, params};

use super::bytes::{QUICK, to_bytes};
use super::pack::pack;
use super::read::origin;
use crate::maintain::vacuum;
use crate::schema::crc;

pub(super) struct Writer {
    pub connection: Connection,
    origins: HashMap<SourceId, i64>,
}

impl Writer {
    pub(super) fn new(connection: Connection) -> Writer {
        Writer { connection, origins: HashMap::new() }
    }

    pub(super) fn record(&mut self, source: &SourceId, sample: &ActivitySample) -> rusqlite::Result<()> {
        let origin = self.origin(source)?;
        let body = to_bytes(&pack([sample]), QUICK);
        let at = sample.at.0;
        self.connection
            .prepare_cached("INSERT INTO seconds (origin, at, crc, body) VALUES (?, ?, ?, ?)")?
            .execute(params![origin, at, crc(origin, at, at, &body), body])?;
        Ok(())
    }

    fn origin(&mut self, source: &SourceId) -> rusqlite::Result<i64> {
        if let Some(origin) = self.origins.get(source) {
            return Ok(*origin);
        }
        self.connection.execute("INSERT OR IGNORE INTO origins (source) VALUES (?)", [&source.0])?;
        let origin =
            self.connection
                .query_row("SELECT id FROM origins WHERE source = ?", [&source.0], |row| row.get(0))?;
        self.origins.insert(source.clone(), origin);
        Ok(origin)
    }

    pub(super) fn forget(&mut self, source: &SourceId) -> rusqlite::Result<()> {
        self.origins.remove(source);
        let Some(origin) = origin(&self.connection, &source.0)? else { return Ok(()) };
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for table in ["seconds", "minutes"] {
            transaction.execute(&format!("DELETE FROM {table} WHERE origin = ?"), [origin])?;
        }
        transaction.execute("DELETE FROM origins WHERE id = ?", [origin])?;
        transaction.commit()?;
        vacuum(&self.connection)
    }
}

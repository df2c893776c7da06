//! Statements by the keys that buckets use, and their texts, kept once.

use std::collections::HashMap;

use domain::{StatementIdentity, StatementName};
use rusqlite::{Connection, params};

/// Texts are short, and there are many.
const LEVEL: i32 = 3;
/// A text that claims to be larger than this is damaged.
const LARGEST: usize = 1 << 20;

/// Of one source.
#[derive(Default)]
pub(super) struct Names {
    keys: HashMap<StatementIdentity, u32>,
    identities: HashMap<u32, StatementIdentity>,
}

impl Names {
    pub(super) fn load(connection: &Connection, origin: i64) -> rusqlite::Result<Names> {
        let mut names = Names::default();
        let mut statement = connection.prepare_cached(
            "SELECT id, queryid, user_oid, database_oid, top_level FROM names WHERE origin = ?",
        )?;
        let mut rows = statement.query([origin])?;
        while let Some(row) = rows.next()? {
            let identity = StatementIdentity {
                queryid: row.get(1)?,
                user: row.get(2)?,
                database: row.get(3)?,
                top_level: row.get(4)?,
            };
            names.put(row.get(0)?, identity);
        }
        Ok(names)
    }

    fn put(&mut self, key: u32, identity: StatementIdentity) {
        self.keys.insert(identity, key);
        self.identities.insert(key, identity);
    }

    pub(super) fn identity(&self, key: u32) -> Option<StatementIdentity> {
        self.identities.get(&key).copied()
    }

    /// The key of a statement; a new one is written.
    pub(super) fn key(
        &mut self,
        connection: &Connection,
        origin: i64,
        identity: StatementIdentity,
        now: i64,
    ) -> rusqlite::Result<u32> {
        if let Some(key) = self.keys.get(&identity) {
            return Ok(*key);
        }
        let key: u32 = connection
            .prepare_cached(
                "INSERT INTO names (origin, queryid, user_oid, database_oid, top_level, last_seen)
                 VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
            )?
            .query_row(
                params![origin, identity.queryid, identity.user, identity.database, identity.top_level, now],
                |row| row.get(0),
            )?;
        self.put(key, identity);
        Ok(key)
    }
}

/// Keeps texts; those of statements that were never recorded wait for the next time.
pub(super) fn write(
    connection: &Connection,
    names: &mut Names,
    origin: i64,
    found: &[StatementName],
    now: i64,
) -> rusqlite::Result<()> {
    for name in found {
        let key = names.key(connection, origin, name.identity, now)?;
        let statement = name.statement.as_deref().map(packed).transpose()?;
        connection
            .prepare_cached(
                "UPDATE names SET fingerprint = ?, statement = ?, database = ?, user = ?, own = ? WHERE id = ?",
            )?
            .execute(params![name.fingerprint, statement, name.database, name.user, name.own, key])?;
    }
    Ok(())
}

/// Everything that has a name.
pub(super) fn read(connection: &Connection, origin: i64) -> rusqlite::Result<Vec<StatementName>> {
    let mut statement = connection.prepare_cached(
        "SELECT queryid, user_oid, database_oid, top_level, fingerprint, statement, database, user, own
           FROM names WHERE origin = ? AND database IS NOT NULL",
    )?;
    let rows = statement.query_map([origin], |row| {
        let identity = StatementIdentity {
            queryid: row.get(0)?,
            user: row.get(1)?,
            database: row.get(2)?,
            top_level: row.get(3)?,
        };
        let packed: Option<Vec<u8>> = row.get(5)?;
        Ok(StatementName {
            identity,
            fingerprint: row.get(4)?,
            // A text that no longer reads is asked for again: its name is then missing.
            statement: packed.and_then(|packed| unpacked(&packed)),
            database: row.get(6)?,
            user: row.get(7)?,
            own: row.get(8)?,
        })
    })?;
    rows.collect()
}

fn packed(text: &str) -> rusqlite::Result<Vec<u8>> {
    zstd::bulk::compress(text.as_bytes(), LEVEL)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

fn unpacked(packed: &[u8]) -> Option<String> {
    String::from_utf8(zstd::bulk::decompress(packed, LARGEST).ok()?).ok()
}

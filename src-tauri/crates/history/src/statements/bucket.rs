//! Counts that are still being gathered, and how they are written.

use std::collections::HashMap;

use domain::{StatementCounts, TimeRange, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::schema::StatementTier;
use crate::codec::{DecodeError, decode_statements, encode_statements};
use crate::schema::crc;

/// Small buckets pack hardly better at higher levels.
const LEVEL: i32 = 3;
/// A bucket that claims to be larger than this is damaged.
const LARGEST: usize = 16 << 20;
/// The key of all statements that a bucket does not tell apart.
pub(super) const REST: u32 = 0;

/// What one bucket holds, by the keys of statements.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bucket {
    pub tier: StatementTier,
    pub start: i64,
    /// From the first moment that was counted to the last.
    pub counted: TimeRange,
    /// Less than that where there were gaps.
    pub counted_ms: i64,
    pub counts: HashMap<u32, StatementCounts>,
}

impl Bucket {
    pub(super) fn new(tier: StatementTier, start: i64, counted: TimeRange) -> Bucket {
        Bucket { tier, start, counted, counted_ms: 0, counts: HashMap::new() }
    }

    pub(super) fn add(&mut self, range: TimeRange, counts: &[(u32, StatementCounts)]) {
        self.counted.from = self.counted.from.min(range.from);
        self.counted.to = self.counted.to.max(range.to);
        self.counted_ms += range.millis();
        for (key, counts) in counts {
            let sum = self.counts.entry(*key).or_default();
            *sum = sum.plus(*counts);
        }
    }

    /// Those that took most time, ascending by key, and the rest as one.
    fn kept(&self) -> Vec<(u32, StatementCounts)> {
        let mut rows: Vec<_> = self.counts.iter().map(|(key, counts)| (*key, *counts)).collect();
        // What is the rest already stays it.
        rows.sort_by(|(one, a), (other, b)| {
            (*one == REST).cmp(&(*other == REST)).then(b.exec_ms.total_cmp(&a.exec_ms)).then(one.cmp(other))
        });
        if rows.len() > self.tier.most() {
            let beyond = rows.split_off(self.tier.most());
            let rest = beyond.iter().fold(StatementCounts::default(), |sum, (_, counts)| sum.plus(*counts));
            rows.push((REST, rest));
        }
        rows.sort_by_key(|(key, _)| *key);
        rows
    }

    pub(super) fn write(&self, connection: &Connection, origin: i64) -> rusqlite::Result<()> {
        let body = zstd::bulk::compress(&encode_statements(&self.kept()), LEVEL).map_err(unwritable)?;
        connection
            .prepare_cached(
                "INSERT INTO buckets (origin, length, start, from_ms, to_ms, counted_ms, crc, body)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                 ON CONFLICT (origin, length, start) DO UPDATE SET from_ms = excluded.from_ms,
                     to_ms = excluded.to_ms, counted_ms = excluded.counted_ms, crc = excluded.crc,
                     body = excluded.body",
            )?
            .execute(params![
                origin,
                self.tier.millis(),
                self.start,
                self.counted.from.0,
                self.counted.to.0,
                self.counted_ms,
                crc(origin, self.start, self.tier.millis(), &body),
                body
            ])?;
        Ok(())
    }
}

pub(super) const COLUMNS: &str = "start, from_ms, to_ms, counted_ms, crc, body";

/// A row of [`COLUMNS`]; the inner error tells of damage.
pub(super) fn read(row: &Row<'_>, origin: i64, tier: StatementTier) -> rusqlite::Result<Result<Bucket, i64>> {
    let start: i64 = row.get(0)?;
    let counted = TimeRange { from: Timestamp(row.get(1)?), to: Timestamp(row.get(2)?) };
    let (counted_ms, wanted): (i64, u32) = (row.get(3)?, row.get(4)?);
    let body = row.get_ref(5)?.as_blob().unwrap_or_default();
    if crc(origin, start, tier.millis(), body) != wanted {
        return Ok(Err(start));
    }
    let counts = zstd::bulk::decompress(body, LARGEST).map_err(|_| DecodeError::CutShort);
    let counts = counts.and_then(|bytes| decode_statements(&bytes));
    Ok(counts.map_err(|_| start).map(|counts| Bucket {
        tier,
        start,
        counted,
        counted_ms,
        counts: counts.into_iter().collect(),
    }))
}

/// What was written of a bucket before; none where it is damaged, for its rest is still worth counting.
pub(super) fn find(
    connection: &Connection,
    origin: i64,
    tier: StatementTier,
    start: i64,
) -> rusqlite::Result<Option<Bucket>> {
    let sql = format!("SELECT {COLUMNS} FROM buckets WHERE origin = ? AND length = ? AND start = ?");
    let found = connection
        .prepare_cached(&sql)?
        .query_row(params![origin, tier.millis(), start], |row| read(row, origin, tier))
        .optional()?;
    Ok(found.and_then(Result::ok))
}

fn unwritable(error: std::io::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}

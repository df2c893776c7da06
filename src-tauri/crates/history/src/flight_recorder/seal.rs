//! The seconds of a minute that is over become one block with its tally.

use std::collections::BTreeMap;

use domain::{ActivitySample, ActivityTally};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::bytes::{SMALL, to_bytes};
use super::pack::pack;
use super::rows::{MINUTE, SECOND, minute, second};
use super::schema::{HOUR_MS, MINUTE_MS, start_of};
use super::tally;
use super::unpack::sample;
use crate::notices::Notices;
use crate::schema::crc;

/// Keys of each dimension that a minute tells apart.
const MINUTE_KEYS: usize = 200;
/// A sample that arrives a little late still finds its minute open.
const GRACE_MS: i64 = 3_000;

/// Seals one minute, the oldest first; false when none is to be sealed. Minutes in the future are: the clock went back.
pub(super) fn seal_next(connection: &mut Connection, now: i64, notices: &Notices) -> rusqlite::Result<bool> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let Some((origin, start)) = next(&transaction, now)? else { return Ok(false) };
    let samples = samples(&transaction, origin, start, notices)?;
    if let (Some(first), Some(last)) = (samples.keys().next(), samples.keys().next_back()) {
        write(&transaction, origin, start, (*first, *last), &samples)?;
    }
    transaction
        .prepare_cached("DELETE FROM seconds WHERE origin = ? AND at >= ? AND at < ?")?
        .execute(params![origin, start, start.saturating_add(MINUTE_MS)])?;
    transaction.commit()?;
    Ok(true)
}

fn next(transaction: &Transaction<'_>, now: i64) -> rusqlite::Result<Option<(i64, i64)>> {
    let over = start_of(MINUTE_MS, now.saturating_sub(GRACE_MS));
    let mut statement = transaction
        .prepare_cached("SELECT origin, at FROM seconds WHERE at < ?1 OR at >= ?2 ORDER BY at LIMIT 1")?;
    let found = statement
        .query_row(params![over, over.saturating_add(2 * MINUTE_MS)], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found.map(|(origin, at)| (origin, start_of(MINUTE_MS, at))))
}

/// What the minute has: in its block already, if it has one, and in the rows that wait. Of two at one millisecond the
/// one recorded last stays.
fn samples(
    transaction: &Transaction<'_>,
    origin: i64,
    start: i64,
    notices: &Notices,
) -> rusqlite::Result<BTreeMap<i64, ActivitySample>> {
    let mut found = BTreeMap::new();
    let sealed = transaction
        .prepare_cached(&format!("SELECT {MINUTE} FROM minutes WHERE origin = ? AND start = ?"))?
        .query_row(params![origin, start], |row| minute(row, notices))
        .optional()?;
    if let Some(block) = sealed.flatten() {
        let samples = block.frames.iter().filter_map(|frame| sample(&block, frame));
        found.extend(samples.map(|sample| (sample.at.0, sample)));
    }
    let sql = format!("SELECT {SECOND} FROM seconds WHERE origin = ? AND at >= ? AND at < ? ORDER BY seq");
    let mut statement = transaction.prepare_cached(&sql)?;
    let mut rows = statement.query(params![origin, start, start.saturating_add(MINUTE_MS)])?;
    while let Some(row) = rows.next()? {
        if let Some(sample) = second(row, notices)? {
            found.insert(sample.at.0, sample);
        }
    }
    Ok(found)
}

fn write(
    transaction: &Transaction<'_>,
    origin: i64,
    start: i64,
    (from, to): (i64, i64),
    samples: &BTreeMap<i64, ActivitySample>,
) -> rusqlite::Result<()> {
    let mut tally = ActivityTally::default();
    samples.values().for_each(|sample| tally.count(sample));
    let tally = to_bytes(&tally::pack(tally, MINUTE_KEYS), SMALL);
    let body = to_bytes(&pack(samples.values()), SMALL);
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO minutes (origin, start, hour, from_ms, to_ms, tally_crc, tally, crc, body)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            origin,
            start,
            start_of(HOUR_MS, start),
            from,
            to,
            crc(origin, start, start, &tally),
            tally,
            crc(origin, from, to, &body),
            body
        ])?;
    Ok(())
}

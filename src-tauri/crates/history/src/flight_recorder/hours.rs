//! The tallies of an hour added up, so that the top of a day reads two dozen of them.

use domain::ActivityTally;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::bytes::{SMALL, to_bytes};
use super::schema::HOUR_MS;
use super::tally::{pack, stored};
use crate::schema::crc;

/// Keys of each dimension that an hour tells apart.
const HOUR_KEYS: usize = 500;

/// Adds up one hour that is over; false when none is left. The oldest hour of a source is not worth it: its minutes
/// are about to go, one by one.
pub(super) fn add_up_next(connection: &mut Connection, now: i64) -> rusqlite::Result<bool> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let next: Option<(i64, i64)> = transaction
        .prepare_cached(
            "SELECT origin, hour FROM minutes m
             WHERE hour <= ?1 AND hour > (SELECT min(start) FROM minutes o WHERE o.origin = m.origin)
             AND NOT EXISTS (SELECT 1 FROM hours h WHERE h.origin = m.origin AND h.start = m.hour)
             AND NOT EXISTS (SELECT 1 FROM seconds s WHERE s.origin = m.origin AND s.at >= m.hour AND s.at < m.hour + ?2)
             LIMIT 1",
        )?
        .query_row(params![now.saturating_sub(HOUR_MS), HOUR_MS], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((origin, hour)) = next else { return Ok(false) };
    let tally = to_bytes(&pack(of_minutes(&transaction, origin, hour)?, HOUR_KEYS), SMALL);
    transaction
        .prepare_cached("INSERT INTO hours (origin, start, crc, tally) VALUES (?, ?, ?, ?)")?
        .execute(params![origin, hour, crc(origin, hour, hour, &tally), tally])?;
    transaction.commit()?;
    Ok(true)
}

/// A minute whose tally is damaged is left out.
fn of_minutes(connection: &Connection, origin: i64, hour: i64) -> rusqlite::Result<ActivityTally> {
    let mut statement = connection.prepare_cached(
        "SELECT start, tally_crc, tally FROM minutes WHERE origin = ? AND start >= ? AND start < ?",
    )?;
    let mut rows = statement.query(params![origin, hour, hour.saturating_add(HOUR_MS)])?;
    let mut tally = ActivityTally::default();
    while let Some(row) = rows.next()? {
        let minute = stored(origin, row.get(0)?, row.get(1)?, row.get_ref(2)?.as_blob()?);
        tally.add(minute.unwrap_or_default());
    }
    Ok(tally)
}

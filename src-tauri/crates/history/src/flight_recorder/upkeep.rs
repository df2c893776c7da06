//! Keeping the recording within its hours and its bytes; a bounded amount of work a call.

use domain::{FlightRecorderSettings, Timestamp};
use rusqlite::{Connection, params};

use super::hours::add_up_next;
use super::schema::{HOUR_MS, MINUTE_MS};
use super::seal::seal_next;
use crate::database::pragma_u64;
use crate::maintain::{used_bytes, vacuum};
use crate::notices::Notices;

const MOST_SEALED: u32 = 120;
const MOST_ADDED_UP: u32 = 20;
/// Minutes that are dropped at once, and how often in a call.
const DROPPED_AT_ONCE: u32 = 20;
const MOST_DROPS: u32 = 50;
/// Minutes that must have been recorded at the present time before it is believed that later ones never were.
const CONFIRMING_MINUTES: i64 = 5;
/// Room for the log beside the file and for what is recorded until the next call; at most a quarter of the bound.
const ROOM: u64 = 6 << 20;

/// What one call did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RecorderUpkeep {
    pub sealed_minutes: u32,
    pub dropped_minutes: u64,
    /// True when work was left for the next call.
    pub more: bool,
}

pub(super) fn maintain(
    connection: &mut Connection,
    now: Timestamp,
    settings: &FlightRecorderSettings,
    notices: &Notices,
) -> rusqlite::Result<RecorderUpkeep> {
    let mut report = RecorderUpkeep::default();
    while report.sealed_minutes < MOST_SEALED && seal_next(connection, now.0, notices)? {
        report.sealed_minutes += 1;
    }
    report.more |= report.sealed_minutes >= MOST_SEALED;
    let mut hours = 0;
    while hours < MOST_ADDED_UP && add_up_next(connection, now.0)? {
        hours += 1;
    }
    report.more |= hours >= MOST_ADDED_UP;
    report.dropped_minutes += drop_old(connection, now.0, settings.hours)?;
    drop_excess(connection, now.0, settings.bytes, &mut report)?;
    vacuum(connection)?;
    report.more |= pragma_u64(connection, "freelist_count")? > 0;
    // Only a checkpoint gives freed pages back to the file system. A reader may hold it up until the next call.
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(report)
}

fn drop_old(connection: &Connection, now: i64, hours: u32) -> rusqlite::Result<u64> {
    let kept = i64::from(hours).saturating_mul(HOUR_MS);
    let oldest = now.saturating_sub(kept);
    let mut dropped = connection.execute("DELETE FROM minutes WHERE to_ms < ?", [oldest])?;
    if time_is_confirmed(connection, now)? {
        let newest = now.saturating_add(kept);
        dropped += connection.execute("DELETE FROM minutes WHERE from_ms > ?", [newest])?;
    }
    Ok(dropped as u64)
}

/// A clock that goes back for a moment must not cost the recording.
fn time_is_confirmed(connection: &Connection, now: i64) -> rusqlite::Result<bool> {
    let minutes: i64 = connection.query_row(
        "SELECT count(DISTINCT start) FROM minutes WHERE start > ? AND start <= ?",
        params![now.saturating_sub(HOUR_MS), now],
        |row| row.get(0),
    )?;
    Ok(minutes >= CONFIRMING_MINUTES)
}

/// The oldest go first; before them what lies in the future, which only a wrong clock can have recorded.
fn drop_excess(
    connection: &Connection,
    now: i64,
    bytes: u64,
    report: &mut RecorderUpkeep,
) -> rusqlite::Result<()> {
    let most = bytes.saturating_sub(ROOM.min(bytes / 4));
    let mut statement = connection.prepare_cached(
        "DELETE FROM minutes WHERE id IN (SELECT id FROM minutes ORDER BY start <= ?, start LIMIT ?)",
    )?;
    for _ in 0..MOST_DROPS {
        if used_bytes(connection)? <= most {
            return Ok(());
        }
        match statement.execute(params![now.saturating_add(MINUTE_MS), DROPPED_AT_ONCE])? {
            0 => return Ok(()),
            dropped => report.dropped_minutes += dropped as u64,
        }
    }
    report.more = true;
    Ok(())
}

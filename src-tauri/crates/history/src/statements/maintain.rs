//! Dropping what is too old or too much: minutes first, then tens of minutes, then hours.

use domain::{Retention, Timestamp};
use rusqlite::{Connection, params};

use super::schema::StatementTier;
use crate::maintain::used_bytes;
use crate::retention::{CONFIRMING_WINDOWS, cutoffs};

/// Of the bytes that history may take; the rest is for samples.
const SHARE: u64 = 4;
/// Buckets dropped at a time when there are too many bytes: a day of minutes.
const MOST_DROPPED: i64 = 1_440;

/// True where names went too.
pub(super) fn drop_old(
    connection: &Connection,
    now: Timestamp,
    retention: &Retention,
) -> rusqlite::Result<bool> {
    let mut names = 0;
    if let Some(cutoffs) = cutoffs(now, &newest_hours(connection)?, retention) {
        let befores = [cutoffs.raw, cutoffs.minute, cutoffs.everything];
        for (tier, before) in StatementTier::ALL.into_iter().zip(befores) {
            connection.execute(
                "DELETE FROM buckets WHERE length = ? AND start < ?",
                params![tier.millis(), before.saturating_sub(tier.millis())],
            )?;
        }
        connection.execute("DELETE FROM gaps WHERE at < ?", [cutoffs.everything])?;
        names = connection.execute(
            "DELETE FROM names WHERE last_seen < ?",
            [cutoffs.everything.saturating_sub(StatementTier::Hour.millis())],
        )?;
    }
    drop_excess(connection, retention)?;
    Ok(names > 0)
}

fn drop_excess(connection: &Connection, retention: &Retention) -> rusqlite::Result<()> {
    for tier in StatementTier::ALL {
        if used_bytes(connection)? <= retention.bytes / SHARE {
            break;
        }
        let dropped = connection.execute(
            "DELETE FROM buckets WHERE id IN (
                 SELECT id FROM buckets b WHERE length = ?1
                    AND start < (SELECT max(start) FROM buckets n WHERE n.origin = b.origin AND n.length = ?1)
                  ORDER BY start LIMIT ?2)",
            params![tier.millis(), MOST_DROPPED],
        )?;
        if dropped > 0 {
            break;
        }
    }
    Ok(())
}

/// A leap of the clock is believed once there is data after it.
fn newest_hours(connection: &Connection) -> rusqlite::Result<Vec<i64>> {
    let mut statement = connection
        .prepare_cached("SELECT DISTINCT start FROM buckets WHERE length = ? ORDER BY start DESC LIMIT ?")?;
    let hours = statement
        .query_map(params![StatementTier::Hour.millis(), CONFIRMING_WINDOWS as i64], |row| row.get(0))?;
    hours.collect()
}

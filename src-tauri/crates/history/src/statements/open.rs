//! The buckets of a source that are still open, and when they are written.

use domain::{StatementCounts, StatementIdentity, StatementInterval};
use rusqlite::{Connection, OptionalExtension, params};

use super::bucket::{Bucket, find};
use super::names::Names;
use super::schema::StatementTier;

/// One source while it is recorded.
pub(super) struct Open {
    pub origin: i64,
    pub names: Names,
    /// By tier; none before the first interval.
    pub buckets: [Option<Bucket>; 3],
}

impl Open {
    pub(super) fn of(connection: &Connection, source: &str) -> rusqlite::Result<Open> {
        let known: Option<i64> = connection
            .prepare_cached("SELECT id FROM origins WHERE source = ?")?
            .query_row([source], |row| row.get(0))
            .optional()?;
        let origin = match known {
            Some(origin) => origin,
            None => connection
                .prepare_cached("INSERT INTO origins (source) VALUES (?) RETURNING id")?
                .query_row([source], |row| row.get(0))?,
        };
        Ok(Open { origin, names: Names::load(connection, origin)?, buckets: [None, None, None] })
    }

    /// Adds an interval. A bucket that ends is written, and the next larger one as it is by then: a sudden end of the
    /// console loses what the last minute counted.
    pub(super) fn add(
        &mut self,
        connection: &Connection,
        interval: &StatementInterval,
    ) -> rusqlite::Result<()> {
        self.add_gaps(connection, interval)?;
        if interval.range.millis() == 0 {
            return Ok(());
        }
        let counts = self.keyed(connection, &interval.counts, interval.range.to.0)?;
        // An interval counts where it ends: it is far shorter than a bucket.
        let at = interval.range.to.0.saturating_sub(1);
        let mut ended = false;
        for (slot, tier) in self.buckets.iter_mut().zip(StatementTier::ALL) {
            let start = tier.start(at);
            let ends = slot.as_ref().is_some_and(|bucket| bucket.start != start);
            if let Some(bucket) = slot.as_ref().filter(|_| ends || ended) {
                bucket.write(connection, self.origin)?;
                if ends && tier == StatementTier::Hour {
                    saw(connection, bucket)?;
                }
            }
            ended = ends;
            if ends || slot.is_none() {
                let kept = find(connection, self.origin, tier, start)?;
                *slot = Some(kept.unwrap_or_else(|| Bucket::new(tier, start, interval.range)));
            }
            if let Some(bucket) = slot {
                bucket.add(interval.range, &counts);
            }
        }
        Ok(())
    }

    pub(super) fn flush(&self, connection: &Connection) -> rusqlite::Result<()> {
        self.buckets.iter().flatten().try_for_each(|bucket| bucket.write(connection, self.origin))
    }

    fn keyed(
        &mut self,
        connection: &Connection,
        counts: &[(StatementIdentity, StatementCounts)],
        now: i64,
    ) -> rusqlite::Result<Vec<(u32, StatementCounts)>> {
        let (names, origin) = (&mut self.names, self.origin);
        counts
            .iter()
            .map(|(identity, counts)| Ok((names.key(connection, origin, *identity, now)?, *counts)))
            .collect()
    }

    fn add_gaps(&self, connection: &Connection, interval: &StatementInterval) -> rusqlite::Result<()> {
        let mut insert =
            connection.prepare_cached("INSERT INTO gaps (origin, at, kind, sentence) VALUES (?, ?, ?, ?)")?;
        for gap in &interval.gaps {
            let kind = serde_json::to_string(&gap.kind)
                .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
            insert.execute(params![self.origin, gap.at.0, kind, gap.sentence])?;
        }
        Ok(())
    }
}

/// Names are kept as long as their statements run.
fn saw(connection: &Connection, bucket: &Bucket) -> rusqlite::Result<()> {
    let mut update = connection.prepare_cached("UPDATE names SET last_seen = ? WHERE id = ?")?;
    for key in bucket.counts.keys() {
        update.execute(params![bucket.counted.to.0, key])?;
    }
    Ok(())
}

//! The tally of a range: whole minutes from their stored tallies, the ends of the range from its samples.

use domain::{ActivityTally, TimeRange};
use rusqlite::{Row, params};

use super::bytes::from_bytes;
use super::read::Recording;
use super::rows::{MINUTE, SECOND, minute, second};
use super::schema::MINUTE_MS;
use super::tally::unpack;
use super::unpack::sample;
use crate::schema::crc;

impl Recording<'_> {
    pub(super) fn tally(&self, range: TimeRange) -> rusqlite::Result<ActivityTally> {
        let mut tally = ActivityTally::default();
        let mut by_sample = self.add_whole_minutes(range, &mut tally)?;
        by_sample.sort_unstable();
        by_sample.into_iter().try_for_each(|id| self.add_minute(id, range, &mut tally))?;
        self.add_seconds(range, &mut tally)?;
        Ok(tally)
    }

    /// The ids of those that reach beyond the range, or whose tally is damaged.
    fn add_whole_minutes(&self, range: TimeRange, tally: &mut ActivityTally) -> rusqlite::Result<Vec<i64>> {
        let mut statement = self.view.prepare_cached(
            "SELECT id, origin, start, from_ms, to_ms, tally_crc, tally FROM minutes
             WHERE origin = ? AND start > ? AND start < ? AND to_ms >= ? AND from_ms < ? ORDER BY start",
        )?;
        let (from, to) = (range.from.0, range.to.0);
        let mut rows = statement.query(params![self.origin, from.saturating_sub(MINUTE_MS), to, from, to])?;
        let mut partly = Vec::new();
        while let Some(row) = rows.next()? {
            let whole = row.get::<_, i64>(3)? >= from && row.get::<_, i64>(4)? < to;
            match stored(row)?.filter(|_| whole) {
                Some(minute) => tally.add(minute),
                None => partly.push(row.get(0)?),
            }
        }
        Ok(partly)
    }

    fn add_minute(&self, id: i64, range: TimeRange, tally: &mut ActivityTally) -> rusqlite::Result<()> {
        let sql = format!("SELECT {MINUTE} FROM minutes WHERE id = ?");
        let mut statement = self.view.prepare_cached(&sql)?;
        let block = statement.query_row([id], |row| minute(row, self.notices))?;
        let Some(block) = block else { return Ok(()) };
        let samples = block.frames.iter().filter_map(|frame| sample(&block, frame));
        samples.filter(|sample| range.contains(sample.at)).for_each(|sample| tally.count(&sample));
        Ok(())
    }

    fn add_seconds(&self, range: TimeRange, tally: &mut ActivityTally) -> rusqlite::Result<()> {
        let sql = format!("SELECT {SECOND} FROM seconds WHERE origin = ? AND at >= ? AND at < ?");
        let mut statement = self.view.prepare_cached(&sql)?;
        let mut rows = statement.query(params![self.origin, range.from.0, range.to.0])?;
        while let Some(row) = rows.next()? {
            if let Some(sample) = second(row, self.notices)? {
                tally.count(&sample);
            }
        }
        Ok(())
    }
}

/// None where its checksum does not fit: the samples of the minute may still be sound.
fn stored(row: &Row<'_>) -> rusqlite::Result<Option<ActivityTally>> {
    let (origin, start): (i64, i64) = (row.get(1)?, row.get(2)?);
    let body = row.get_ref(6)?.as_blob()?;
    let sound = crc(origin, start, start, body) == row.get::<_, u32>(5)?;
    Ok(sound.then(|| from_bytes(body)).flatten().and_then(unpack))
}

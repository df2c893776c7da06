//! The tally of a range: whole hours and minutes from their stored tallies, the ends of the range from its samples.

use std::collections::HashSet;

use domain::{ActivityTally, TimeRange};
use rusqlite::params;

use super::read::Recording;
use super::rows::{MINUTE, SECOND, minute, second};
use super::schema::{HOUR_MS, MINUTE_MS};
use super::tally::stored;
use super::unpack::sample;

impl Recording<'_> {
    pub(super) fn tally(&self, range: TimeRange) -> rusqlite::Result<ActivityTally> {
        let mut tally = ActivityTally::default();
        let counted = self.add_hours(range, &mut tally)?;
        let by_sample = self.add_minutes(range, &counted, &mut tally)?;
        by_sample.into_iter().try_for_each(|id| self.add_samples(id, range, &mut tally))?;
        self.add_seconds(range, &mut tally)?;
        Ok(tally)
    }

    /// The hours that lie in the range as a whole.
    fn add_hours(&self, range: TimeRange, tally: &mut ActivityTally) -> rusqlite::Result<HashSet<i64>> {
        let mut statement = self.view.prepare_cached(
            "SELECT start, crc, tally FROM hours WHERE origin = ? AND start >= ? AND start <= ?",
        )?;
        let last = range.to.0.saturating_sub(HOUR_MS);
        let mut rows = statement.query(params![self.origin, range.from.0, last])?;
        let mut counted = HashSet::new();
        while let Some(row) = rows.next()? {
            let start: i64 = row.get(0)?;
            if let Some(hour) = stored(self.origin, start, row.get(1)?, row.get_ref(2)?.as_blob()?) {
                tally.add(hour);
                counted.insert(start);
            }
        }
        Ok(counted)
    }

    /// The minutes of other hours. The ids of those that reach beyond the range, or whose tally is damaged.
    fn add_minutes(
        &self,
        range: TimeRange,
        counted: &HashSet<i64>,
        tally: &mut ActivityTally,
    ) -> rusqlite::Result<Vec<i64>> {
        let mut statement = self.view.prepare_cached(
            "SELECT hour, id, start, from_ms, to_ms, tally_crc, tally FROM minutes
             WHERE origin = ? AND start > ? AND start < ? ORDER BY start",
        )?;
        let (from, to) = (range.from.0, range.to.0);
        let mut rows = statement.query(params![self.origin, from.saturating_sub(MINUTE_MS), to])?;
        let mut partly = Vec::new();
        while let Some(row) = rows.next()? {
            if counted.contains(&row.get(0)?) {
                continue;
            }
            let whole = row.get::<_, i64>(3)? >= from && row.get::<_, i64>(4)? < to;
            let found = if whole {
                stored(self.origin, row.get(2)?, row.get(5)?, row.get_ref(6)?.as_blob()?)
            } else {
                None
            };
            match found {
                Some(minute) => tally.add(minute),
                None => partly.push(row.get(1)?),
            }
        }
        Ok(partly)
    }

    fn add_samples(&self, id: i64, range: TimeRange, tally: &mut ActivityTally) -> rusqlite::Result<()> {
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

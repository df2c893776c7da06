//! Finding a moment of the recording: in the rows of single seconds and in the blocks of minutes.

use domain::ActivitySample;
use rusqlite::{Connection, OptionalExtension, params};

use super::packed::Block;
use super::rows::{MINUTE, SECOND, minute, second};
use super::schema::MINUTE_MS;
use super::unpack::sample;
use crate::notices::Notices;

/// The recording of one source, at one moment of the file.
pub(super) struct Recording<'a> {
    pub view: &'a Connection,
    pub origin: i64,
    pub notices: &'a Notices,
}

pub(super) fn origin(view: &Connection, source: &str) -> rusqlite::Result<Option<i64>> {
    let mut statement = view.prepare_cached("SELECT id FROM origins WHERE source = ?")?;
    statement.query_row([source], |row| row.get(0)).optional()
}

impl Recording<'_> {
    /// The newest sample in `[from, to]`.
    pub(super) fn newest(&self, from: i64, to: i64) -> rusqlite::Result<Option<ActivitySample>> {
        let waiting = self.newest_second(from, to)?;
        // What waits to be sealed came later than the block of the same minute.
        let from = waiting.as_ref().map_or(from, |sample| sample.at.0.saturating_add(1));
        if from > to {
            return Ok(waiting);
        }
        Ok(self.newest_of_minutes(from, to)?.or(waiting))
    }

    fn newest_second(&self, from: i64, to: i64) -> rusqlite::Result<Option<ActivitySample>> {
        let sql = format!(
            "SELECT {SECOND} FROM seconds WHERE origin = ? AND at >= ? AND at <= ? ORDER BY at DESC, seq DESC"
        );
        let mut statement = self.view.prepare_cached(&sql)?;
        let mut rows = statement.query(params![self.origin, from, to])?;
        while let Some(row) = rows.next()? {
            if let Some(sample) = second(row, self.notices)? {
                return Ok(Some(sample));
            }
        }
        Ok(None)
    }

    fn newest_of_minutes(&self, from: i64, to: i64) -> rusqlite::Result<Option<ActivitySample>> {
        let sql = format!(
            "SELECT {MINUTE} FROM minutes WHERE origin = ? AND start > ? AND start <= ? AND to_ms >= ? AND from_ms <= ?
             ORDER BY start DESC"
        );
        let mut statement = self.view.prepare_cached(&sql)?;
        let mut rows = statement.query(params![self.origin, from.saturating_sub(MINUTE_MS), to, from, to])?;
        while let Some(row) = rows.next()? {
            let Some(block) = minute(row, self.notices)? else { continue };
            if let Some(found) = newest_frame(&block, from, to) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// From the oldest to the newest sample; damaged ones count.
    pub(super) fn span(&self) -> rusqlite::Result<Option<(i64, i64)>> {
        let mut statement = self.view.prepare_cached(
            "SELECT min(low), max(high) FROM (
                 SELECT min(at) AS low, max(at) AS high FROM seconds WHERE origin = ?1
                 UNION ALL SELECT min(from_ms), max(to_ms) FROM minutes WHERE origin = ?1)",
        )?;
        let span: (Option<i64>, Option<i64>) =
            statement.query_row([self.origin], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(span.0.zip(span.1))
    }
}

fn newest_frame(block: &Block, from: i64, to: i64) -> Option<ActivitySample> {
    let at = |at: i64| block.base.saturating_add(at);
    let mut frames = block.frames.iter().rev();
    let frame = frames.find(|frame| (from..=to).contains(&at(frame.at)))?;
    sample(block, frame)
}

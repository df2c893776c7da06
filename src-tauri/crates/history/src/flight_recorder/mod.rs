//! `flight_recorder.db`: the sessions of every PostgreSQL, second by second, for a bounded while.
//!
//! | table | one row | kept for |
//! |---|---|---|
//! | `origins` | a source | ever, or until it is forgotten |
//! | `seconds` | one sample, as it arrived | until its minute is over |
//! | `minutes` | the samples of a minute, packed, and their tally, each with CRC | hours and bytes of the settings |
//! | `hours` | the tally of an hour, with CRC | until one of its minutes changes or goes |

mod bytes;
mod clock;
mod dictionary;
mod hours;
mod pack;
mod packed;
mod read;
mod rows;
mod schema;
mod seal;
mod tally;
mod tops;
mod unpack;
mod upkeep;
mod writer;

#[cfg(test)]
mod properties;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::{ActivitySample, ActivityTally, FlightRecorderSettings, SourceId, TimeRange, Timestamp};
use parking_lot::Mutex;
use rusqlite::Connection;

use crate::HistoryError;
use crate::database::{appended, begin_anew, open};
use crate::notices::Notices;
use crate::readers::Readers;
use read::Recording;
use schema::FORMAT;
pub use upkeep::RecorderUpkeep;
use writer::Writer;

/// A handle; clones share the same file. Every call blocks on the disk.
#[derive(Clone)]
pub struct FlightRecorder(Arc<Shared>);

struct Shared {
    path: PathBuf,
    writer: Mutex<Writer>,
    readers: Readers,
    notices: Notices,
}

impl FlightRecorder {
    /// A sample stands for the time after it for this long; then there is a gap.
    pub const REACH_MS: i64 = 5_000;

    /// Opens or creates the file. A damaged one is set aside: see [`FlightRecorder::notices`].
    ///
    /// # Errors
    /// `too_new` and `foreign` leave the file as it is; `disk_full`, `locked`, `read_only`, `io` tell what is in the way.
    pub fn open(path: &Path, now: Timestamp) -> Result<FlightRecorder, HistoryError> {
        let notices = Notices::default();
        let writer = Writer::new(open(path, &FORMAT, now, &notices)?);
        Ok(FlightRecorder(Arc::new(Shared {
            path: path.to_owned(),
            writer: Mutex::new(writer),
            readers: Readers::new(path),
            notices,
        })))
    }

    /// What the person is told about damage that was survived.
    pub fn notices(&self) -> Vec<String> {
        self.0.notices.all()
    }

    /// Stores a sample; it is committed when this returns. Idle sessions that hold nothing are counted, not stored, and
    /// durations are kept to a hundredth of a second.
    pub fn record(&self, source: &SourceId, sample: &ActivitySample) -> Result<(), HistoryError> {
        self.write(sample.at, |writer| writer.record(source, sample))
    }

    /// What was recorded last at or before a moment, within [`FlightRecorder::REACH_MS`]; none in a gap.
    pub fn at(&self, source: &SourceId, at: Timestamp) -> Result<Option<ActivitySample>, HistoryError> {
        let from = at.0.saturating_sub(FlightRecorder::REACH_MS);
        self.read(source, |recording| recording.newest(from, at.0))
    }

    /// From the oldest to the newest sample of a source; there may be gaps within.
    pub fn recorded(&self, source: &SourceId) -> Result<Option<TimeRange>, HistoryError> {
        let span = self.read(source, |recording| recording.span())?;
        Ok(span.map(|(from, to)| TimeRange { from: Timestamp(from), to: Timestamp(to.saturating_add(1)) }))
    }

    /// Who was active in a range, to be ranked.
    pub fn tally(&self, source: &SourceId, range: TimeRange) -> Result<ActivityTally, HistoryError> {
        self.read(source, |recording| recording.tally(range))
    }

    /// A bounded piece of upkeep, meant to be called about once a minute; see [`RecorderUpkeep::more`].
    pub fn maintain(
        &self,
        now: Timestamp,
        settings: &FlightRecorderSettings,
    ) -> Result<RecorderUpkeep, HistoryError> {
        self.write(now, |writer| upkeep::maintain(&mut writer.connection, now, settings, &self.0.notices))
    }

    /// Removes every trace of a source.
    pub fn forget(&self, source: &SourceId) -> Result<(), HistoryError> {
        let mut writer = self.0.writer.lock();
        writer.forget(source).map_err(|error| HistoryError::sql(&self.0.path, &error))
    }

    /// On the disk, its log included.
    pub fn bytes(&self) -> u64 {
        let size = |path: &Path| std::fs::metadata(path).map_or(0, |found| found.len());
        size(&self.0.path) + size(&appended(&self.0.path, "-wal"))
    }

    fn read<T: Default>(
        &self,
        source: &SourceId,
        work: impl FnOnce(&Recording<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, HistoryError> {
        self.0.readers.read(|view| match read::origin(view, &source.0)? {
            Some(origin) => work(&Recording { view, origin, notices: &self.0.notices }),
            None => Ok(T::default()),
        })
    }

    /// Recording goes on in a fresh file when the present one turns out to be damaged.
    fn write<T>(
        &self,
        now: Timestamp,
        work: impl Fn(&mut Writer) -> rusqlite::Result<T>,
    ) -> Result<T, HistoryError> {
        let sql = |error| HistoryError::sql(&self.0.path, &error);
        let mut writer = self.0.writer.lock();
        match work(&mut writer).map_err(sql) {
            Err(error) if error.is_damage() => {
                self.0.readers.close();
                *writer = Writer::new(Connection::open_in_memory().map_err(sql)?);
                begin_anew(&self.0.path, now, &self.0.notices, &error)?;
                *writer = Writer::new(open(&self.0.path, &FORMAT, now, &self.0.notices)?);
                work(&mut writer).map_err(sql)
            }
            outcome => outcome,
        }
    }
}

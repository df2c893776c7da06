//! The samples of all sources: one writer, a few readers, one file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::{
    HistoryStatus, MetricKind, Problem, ProblemCode, Retention, Rollup, SeriesKey, SourceId, Tick, TimeRange,
    Timestamp,
};
use parking_lot::{Mutex, RwLock};
use rusqlite::Connection;

use crate::catalogue::Catalogue;
use crate::database::{appended, begin_anew, open};
use crate::maintain::maintain;
use crate::notices::Notices;
use crate::readers::Readers;
use crate::record::Writer;
use crate::schema::FORMAT;
use crate::{HistoryError, MaintenanceReport, query};

/// A handle; clones share the same file. Every call blocks on the disk.
#[derive(Clone)]
pub struct History(Arc<Shared>);

struct Shared {
    path: PathBuf,
    writer: Mutex<Writer>,
    readers: Readers,
    catalogue: RwLock<Catalogue>,
    notices: Notices,
}

impl History {
    /// Opens or creates the file. A damaged file is set aside with the date of `now` and a fresh one begun: see
    /// [`History::status`] for the notice.
    ///
    /// # Errors
    /// `too_new` and `foreign` leave the file as it is; `disk_full`, `locked`, `read_only`, `io` tell what is in the way.
    pub fn open(path: &Path, now: Timestamp) -> Result<History, HistoryError> {
        let notices = Notices::default();
        let (connection, catalogue) = match open_loaded(path, now, &notices) {
            Err(error) if error.is_damage() => {
                begin_anew(path, now, &notices, &error)?;
                open_loaded(path, now, &notices)?
            }
            outcome => outcome?,
        };
        Ok(History(Arc::new(Shared {
            path: path.to_owned(),
            writer: Mutex::new(Writer::new(connection)),
            readers: Readers::new(path),
            catalogue: RwLock::new(catalogue),
            notices,
        })))
    }

    /// Stores one tick; it is committed when this returns.
    pub fn record(&self, tick: &Tick) -> Result<(), HistoryError> {
        self.record_all(std::slice::from_ref(tick))
    }

    /// Stores ticks in one transaction, all or none. Order and age do not matter; of two samples of one series at one
    /// millisecond the one recorded last stays.
    pub fn record_all(&self, ticks: &[Tick]) -> Result<(), HistoryError> {
        let mut writer = self.0.writer.lock();
        let outcome = self.write(&mut writer, ticks);
        match outcome {
            Err(error) if error.is_damage() => {
                let at = ticks.iter().map(|tick| tick.at).max().unwrap_or_default();
                self.replace(&mut writer, at, &error)?;
                self.write(&mut writer, ticks)
            }
            outcome => outcome,
        }
    }

    fn write(&self, writer: &mut Writer, ticks: &[Tick]) -> Result<(), HistoryError> {
        writer.record(ticks, &self.0.catalogue).map_err(|error| HistoryError::sql(&self.0.path, &error))
    }

    /// Recording goes on in a fresh file when the present one turns out to be damaged.
    fn replace(&self, writer: &mut Writer, now: Timestamp, error: &HistoryError) -> Result<(), HistoryError> {
        let sql = |error| HistoryError::sql(&self.0.path, &error);
        self.0.readers.close();
        *writer = Writer::new(Connection::open_in_memory().map_err(sql)?);
        begin_anew(&self.0.path, now, &self.0.notices, error)?;
        let (connection, catalogue) = open_loaded(&self.0.path, now, &self.0.notices)?;
        *writer = Writer::new(connection);
        *self.0.catalogue.write() = catalogue;
        Ok(())
    }

    /// The steps of each series, in the order of `keys`. The range is widened to whole steps, which are aligned to
    /// multiples of `step_ms`; a step without samples is absent, so gaps stay gaps. An unknown series has none.
    ///
    /// Where a step is no multiple of the stored 1 or 15 minutes, or those are all that is left, a stored bucket counts
    /// to the step in which it starts.
    pub fn query(
        &self,
        keys: &[SeriesKey],
        range: TimeRange,
        step_ms: i64,
    ) -> Result<Vec<Vec<Rollup>>, HistoryError> {
        if step_ms <= 0 {
            let reason = format!("{step_ms} ms; it must be positive");
            return Err(HistoryError::Invalid { what: "the step of a query", reason });
        }
        let entries: Vec<_> = {
            let catalogue = self.0.catalogue.read();
            keys.iter().map(|key| catalogue.get(key)).collect()
        };
        self.0.readers.read(|view| query::steps(view, &entries, range, step_ms, &self.0.notices))
    }

    /// Samples as they were recorded, ascending, in `[from, to)`; kept for [`crate::retention::RAW_DAYS`].
    pub fn raw(&self, key: &SeriesKey, range: TimeRange) -> Result<Vec<(Timestamp, f64)>, HistoryError> {
        let Some(entry) = self.0.catalogue.read().get(key) else { return Ok(Vec::new()) };
        self.0.readers.read(|view| query::raw(view, entry, range.from.0, range.to.0, &self.0.notices))
    }

    /// The newest sample that is kept as it was recorded.
    pub fn latest(&self, key: &SeriesKey) -> Result<Option<(Timestamp, f64)>, HistoryError> {
        let Some(entry) = self.0.catalogue.read().get(key) else { return Ok(None) };
        self.0.readers.read(|view| query::latest(view, entry, &self.0.notices))
    }

    /// The series of one metric, of one source or of all, in order.
    pub fn find_series(&self, source: Option<&SourceId>, metric: &str) -> Vec<SeriesKey> {
        self.0.catalogue.read().find(source, metric)
    }

    /// Whether a series is a gauge or a counter; `None` when it is not known.
    pub fn kind(&self, key: &SeriesKey) -> Option<MetricKind> {
        self.0.catalogue.read().get(key).map(|entry| entry.kind)
    }

    /// A bounded piece of upkeep, meant to be called about once a minute; see [`MaintenanceReport::more`].
    pub fn maintain(&self, now: Timestamp, retention: &Retention) -> Result<MaintenanceReport, HistoryError> {
        let mut writer = self.0.writer.lock();
        let report = maintain(&mut writer, &self.0.path, now, retention, &self.0.notices)?;
        if !report.gone_series.is_empty() {
            self.0.catalogue.write().remove(&report.gone_series);
        }
        Ok(report)
    }

    /// Removes every trace of a source.
    pub fn forget_source(&self, source: &SourceId) -> Result<(), HistoryError> {
        let mut writer = self.0.writer.lock();
        let Some(origin) = self.0.catalogue.read().origin(source) else { return Ok(()) };
        forget(&mut writer.connection, origin).map_err(|error| HistoryError::sql(&self.0.path, &error))?;
        writer.forget();
        self.0.catalogue.write().remove_origin(source);
        Ok(())
    }

    /// How the store fares. `waiting` and `dropped` belong to the caller and are 0 here; `newest` never lies in the
    /// future of `now`, even when a clock did.
    pub fn status(&self, now: Timestamp) -> HistoryStatus {
        let size = |path: &Path| std::fs::metadata(path).map_or(0, |found| found.len());
        let span = self.0.readers.read(|view| span(view));
        let problem = span.as_ref().err().map(|error| Problem {
            code: ProblemCode::Internal,
            message: format!("History cannot be read: {error}."),
            remedy: None,
        });
        let (oldest, newest) = span.unwrap_or((None, None));
        HistoryStatus {
            bytes: size(&self.0.path) + size(&appended(&self.0.path, "-wal")),
            series: self.0.catalogue.read().len() as u64,
            oldest: oldest.map(Timestamp),
            newest: newest.map(|at| Timestamp(at).min(now)),
            problem,
            waiting: 0,
            dropped: 0,
            notices: self.0.notices.all(),
        }
    }
}

fn open_loaded(
    path: &Path,
    now: Timestamp,
    notices: &Notices,
) -> Result<(Connection, Catalogue), HistoryError> {
    let connection = open(path, &FORMAT, now, notices)?;
    let sql = |error| HistoryError::sql(path, &error);
    let catalogue = Catalogue::load(&connection).map_err(sql)?;
    connection.query_row("SELECT count(*) FROM windows", [], |_| Ok(())).map_err(sql)?;
    Ok((connection, catalogue))
}

fn span(view: &Connection) -> rusqlite::Result<(Option<i64>, Option<i64>)> {
    view.query_row(
        "SELECT max((SELECT min(start) FROM windows), (SELECT min(first_seen) FROM series)),
                max(coalesce((SELECT max(at) FROM head), (SELECT max(last_seen) FROM series)),
                    (SELECT max(last_seen) FROM series))",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

fn forget(connection: &mut Connection, origin: i64) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for table in ["chunks", "rollups"] {
        let sql = format!("DELETE FROM {table} WHERE series IN (SELECT id FROM series WHERE origin = ?)");
        transaction.execute(&sql, [origin])?;
    }
    for table in ["series", "head", "windows"] {
        transaction.execute(&format!("DELETE FROM {table} WHERE origin = ?"), [origin])?;
    }
    transaction.execute("DELETE FROM origins WHERE id = ?", [origin])?;
    transaction.commit()
}

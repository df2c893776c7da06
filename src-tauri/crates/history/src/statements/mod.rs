//! `statements.db`: what statements counted, by the minute for those that took most time, by the hour for all.
//!
//! | table | one row | kept for |
//! |---|---|---|
//! | `names` | a statement of a source: its key in the buckets, its masked text | as long as it runs, and `Retention::days` |
//! | `buckets` | a minute (the 200 that took most time), ten minutes (2,000) or an hour (all), the rest as one; with CRC | 3 days; 14 days; `Retention::days` |
//! | `gaps` | a moment from which not all was counted, and why | `Retention::days` |
//!
//! Open buckets are in memory, and written as far as they are whenever a shorter one ends.

mod bucket;
mod cover;
mod maintain;
mod names;
mod open;
mod schema;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::{
    Retention, SourceId, StatementCounts, StatementGap, StatementGapKind, StatementIdentity,
    StatementInterval, StatementName, TimeRange, Timestamp,
};
use parking_lot::Mutex;
use rusqlite::{Connection, TransactionBehavior, params};

use crate::HistoryError;
use crate::civil::minute;
use crate::database::{begin_anew, open as open_file};
use crate::maintain::vacuum;
use crate::notices::Notices;
use bucket::{Bucket, COLUMNS, REST, read};
use cover::{Span, cover};
use open::Open;

pub use schema::StatementTier;

/// A window tells of so many gaps at most.
const MOST_GAPS: i64 = 200;

/// A handle; clones share the same file. Every call blocks on the disk.
#[derive(Clone)]
pub struct StatementStore(Arc<Shared>);

struct Shared {
    path: PathBuf,
    writer: Mutex<Writer>,
    notices: Notices,
}

struct Writer {
    connection: Connection,
    sources: HashMap<SourceId, Open>,
}

/// What one bucket tells.
#[derive(Debug, Clone, PartialEq)]
pub struct StatementBucket {
    pub start: Timestamp,
    /// From the first moment that was counted to the last, and how much of that was.
    pub counted: TimeRange,
    pub counted_ms: i64,
    /// Statements that are not told apart, together.
    pub rest: StatementCounts,
    pub counts: Vec<(StatementIdentity, StatementCounts)>,
}

impl StatementStore {
    /// Opens or creates the file. A damaged one is set aside: see [`StatementStore::notices`].
    ///
    /// # Errors
    /// `too_new` and `foreign` leave the file as it is; `disk_full`, `locked`, `read_only`, `io` tell what is in the way.
    pub fn open(path: &Path, now: Timestamp) -> Result<StatementStore, HistoryError> {
        let notices = Notices::default();
        let connection = open_file(path, &schema::FORMAT, now, &notices)?;
        let writer = Mutex::new(Writer { connection, sources: HashMap::new() });
        Ok(StatementStore(Arc::new(Shared { path: path.to_owned(), writer, notices })))
    }

    /// What the person is told about damage that was survived.
    pub fn notices(&self) -> Vec<String> {
        self.0.notices.all()
    }

    /// Adds what was counted between two readings.
    pub fn record(&self, source: &SourceId, interval: &StatementInterval) -> Result<(), HistoryError> {
        self.write(interval.range.to, |connection, sources| {
            of(connection, sources, source)?.add(connection, interval)
        })
    }

    /// Keeps texts and whose they are.
    pub fn keep_names(
        &self,
        source: &SourceId,
        names: &[StatementName],
        now: Timestamp,
    ) -> Result<(), HistoryError> {
        self.write(now, |connection, sources| {
            let open = of(connection, sources, source)?;
            names::write(connection, &mut open.names, open.origin, names, now.0)
        })
    }

    /// Every statement whose name is known.
    pub fn names(&self, source: &SourceId) -> Result<Vec<StatementName>, HistoryError> {
        self.read(|writer| {
            let origin = of(&writer.connection, &mut writer.sources, source)?.origin;
            names::read(&writer.connection, origin)
        })
    }

    /// The buckets that together count a window once, each statement told apart as far as can be. The window is
    /// widened to whole minutes, or longer where those are no longer kept.
    pub fn sums(
        &self,
        source: &SourceId,
        range: TimeRange,
        each: impl FnMut(StatementBucket),
    ) -> Result<(), HistoryError> {
        let oldest = self.oldest(source)?;
        self.visit(source, &cover(within(range, oldest), oldest), each)
    }

    /// The buckets of one tier that touch a window, ascending.
    pub fn buckets(
        &self,
        source: &SourceId,
        range: TimeRange,
        tier: StatementTier,
        each: impl FnMut(StatementBucket),
    ) -> Result<(), HistoryError> {
        let span = Span {
            tier,
            from: tier.start(range.from.0),
            to: tier.start(range.to.0.saturating_sub(1)).saturating_add(tier.millis()),
        };
        self.visit(source, &[span], each)
    }

    /// The finest tier that reaches back to this moment, or that reaches back furthest.
    pub fn finest(&self, source: &SourceId, at: Timestamp) -> Result<StatementTier, HistoryError> {
        let oldest = self.oldest(source)?;
        let everything = oldest.into_iter().min().unwrap_or(i64::MAX);
        let reaches = |(tier, oldest): &(StatementTier, i64)| tier.start(at.0.max(everything)) >= *oldest;
        let found = StatementTier::ALL.into_iter().zip(oldest).find(reaches);
        Ok(found.map_or(StatementTier::Hour, |(tier, _)| tier))
    }

    /// The last moment that was counted.
    pub fn newest(&self, source: &SourceId) -> Result<Option<Timestamp>, HistoryError> {
        self.read(|writer| {
            let open = of(&writer.connection, &mut writer.sources, source)?;
            let fresh = open.buckets.iter().flatten().map(|bucket| bucket.counted.to.0).max();
            let sql = "SELECT max(to_ms) FROM buckets WHERE origin = ? AND length = ?";
            let hour = StatementTier::Hour.millis();
            let kept: Option<i64> = writer
                .connection
                .prepare_cached(sql)?
                .query_row(params![open.origin, hour], |row| row.get(0))?;
            Ok(kept.max(fresh).map(Timestamp))
        })
    }

    /// Why a window is not complete, ascending in time.
    pub fn gaps(&self, source: &SourceId, range: TimeRange) -> Result<Vec<StatementGap>, HistoryError> {
        self.read(|writer| {
            let origin = of(&writer.connection, &mut writer.sources, source)?.origin;
            let mut statement = writer.connection.prepare_cached(
                "SELECT at, kind, sentence FROM gaps WHERE origin = ? AND at >= ? AND at < ?
                 ORDER BY at DESC, id DESC LIMIT ?",
            )?;
            let rows = statement.query_map(params![origin, range.from.0, range.to.0, MOST_GAPS], |row| {
                let kind = serde_json::from_str(&row.get::<_, String>(1)?);
                Ok(StatementGap {
                    at: Timestamp(row.get(0)?),
                    kind: kind.unwrap_or(StatementGapKind::NotRead),
                    sentence: row.get(2)?,
                })
            })?;
            let mut gaps: Vec<StatementGap> = rows.collect::<rusqlite::Result<_>>()?;
            gaps.reverse();
            Ok(gaps)
        })
    }

    /// Writes open buckets as far as they are.
    pub fn flush(&self, now: Timestamp) -> Result<(), HistoryError> {
        self.write(now, |connection, sources| sources.values().try_for_each(|open| open.flush(connection)))
    }

    /// Drops what is too old or too much; a bounded piece of upkeep, meant to be called every few minutes.
    pub fn maintain(&self, now: Timestamp, retention: &Retention) -> Result<(), HistoryError> {
        self.write(now, |connection, sources| {
            let names_went = maintain::drop_old(connection, now, retention)?;
            if names_went {
                // Their keys must not be used again; open buckets hold only keys that were seen lately.
                for open in sources.values_mut() {
                    open.names = names::Names::load(connection, open.origin)?;
                }
            }
            Ok(())
        })?;
        self.read(|writer| vacuum(&writer.connection))
    }

    /// Removes every trace of a source.
    pub fn forget_source(&self, source: &SourceId) -> Result<(), HistoryError> {
        self.write(Timestamp(0), |connection, sources| {
            sources.remove(source);
            for table in ["names", "buckets", "gaps"] {
                let sql =
                    format!("DELETE FROM {table} WHERE origin = (SELECT id FROM origins WHERE source = ?)");
                connection.execute(&sql, [&source.0])?;
            }
            connection.execute("DELETE FROM origins WHERE source = ?", [&source.0]).map(drop)
        })
    }

    /// Where each tier begins; beyond all time where it has nothing.
    fn oldest(&self, source: &SourceId) -> Result<[i64; 3], HistoryError> {
        self.read(|writer| {
            let open = of(&writer.connection, &mut writer.sources, source)?;
            let mut oldest = [i64::MAX; 3];
            let mut statement = writer
                .connection
                .prepare_cached("SELECT min(start) FROM buckets WHERE origin = ? AND length = ?")?;
            for ((oldest, tier), bucket) in oldest.iter_mut().zip(StatementTier::ALL).zip(&open.buckets) {
                let kept: Option<i64> =
                    statement.query_row(params![open.origin, tier.millis()], |row| row.get(0))?;
                *oldest = kept
                    .into_iter()
                    .chain(bucket.as_ref().map(|bucket| bucket.start))
                    .min()
                    .unwrap_or(i64::MAX);
            }
            Ok(oldest)
        })
    }

    fn visit(
        &self,
        source: &SourceId,
        spans: &[Span],
        mut each: impl FnMut(StatementBucket),
    ) -> Result<(), HistoryError> {
        for span in spans {
            let damaged = self.read(|writer| {
                let open = of(&writer.connection, &mut writer.sources, source)?;
                visit_span(&writer.connection, open, *span, &mut each)
            })?;
            for start in damaged {
                self.0.notices.add(format!(
                    "What statements counted from {} on is damaged and is left out.",
                    minute(Timestamp(start))
                ));
            }
        }
        Ok(())
    }

    fn read<T>(&self, work: impl FnOnce(&mut Writer) -> rusqlite::Result<T>) -> Result<T, HistoryError> {
        work(&mut self.0.writer.lock()).map_err(|error| HistoryError::sql(&self.0.path, &error))
    }

    /// All of it or nothing. Recording goes on in a fresh file when the present one turns out to be damaged.
    fn write(
        &self,
        now: Timestamp,
        work: impl Fn(&Connection, &mut HashMap<SourceId, Open>) -> rusqlite::Result<()>,
    ) -> Result<(), HistoryError> {
        let mut writer = self.0.writer.lock();
        match writer.transact(&self.0.path, &work) {
            Err(error) if error.is_damage() => {
                self.replace(&mut writer, now, &error)?;
                writer.transact(&self.0.path, &work)
            }
            outcome => outcome,
        }
    }

    fn replace(&self, writer: &mut Writer, now: Timestamp, error: &HistoryError) -> Result<(), HistoryError> {
        let path = &self.0.path;
        writer.connection = Connection::open_in_memory().map_err(|error| HistoryError::sql(path, &error))?;
        writer.sources.clear();
        begin_anew(path, now, &self.0.notices, error)?;
        writer.connection = open_file(path, &schema::FORMAT, now, &self.0.notices)?;
        Ok(())
    }
}

impl Writer {
    fn transact(
        &mut self,
        path: &Path,
        work: impl Fn(&Connection, &mut HashMap<SourceId, Open>) -> rusqlite::Result<()>,
    ) -> Result<(), HistoryError> {
        let outcome = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).and_then(
            |transaction| {
                work(&transaction, &mut self.sources)?;
                transaction.commit()
            },
        );
        if outcome.is_err() {
            // Keys that were given out are gone with the transaction.
            self.sources.clear();
        }
        outcome.map_err(|error| HistoryError::sql(path, &error))
    }
}

fn of<'a>(
    connection: &Connection,
    sources: &'a mut HashMap<SourceId, Open>,
    source: &SourceId,
) -> rusqlite::Result<&'a mut Open> {
    use std::collections::hash_map::Entry;
    Ok(match sources.entry(source.clone()) {
        Entry::Occupied(entry) => entry.into_mut(),
        Entry::Vacant(entry) => entry.insert(Open::of(connection, &source.0)?),
    })
}

/// A window that begins before anything was counted need not be looked through.
fn within(range: TimeRange, oldest: [i64; 3]) -> TimeRange {
    let everything = oldest.into_iter().min().unwrap_or(i64::MAX);
    TimeRange { from: Timestamp(range.from.0.max(everything)), to: range.to }
}

/// The starts of damaged buckets.
fn visit_span(
    connection: &Connection,
    open: &Open,
    span: Span,
    each: &mut impl FnMut(StatementBucket),
) -> rusqlite::Result<Vec<i64>> {
    let fresh = open.buckets.iter().flatten().find(|bucket| bucket.tier == span.tier);
    let fresh = fresh.filter(|bucket| (span.from..span.to).contains(&bucket.start));
    let mut damaged = Vec::new();
    let sql = format!(
        "SELECT {COLUMNS} FROM buckets WHERE origin = ? AND length = ? AND start >= ? AND start < ? ORDER BY start"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![open.origin, span.tier.millis(), span.from, span.to])?;
    while let Some(row) = rows.next()? {
        match read(row, open.origin, span.tier)? {
            Ok(bucket) if fresh.is_some_and(|fresh| fresh.start == bucket.start) => {}
            Ok(bucket) => each(told(open, &bucket)),
            Err(start) => damaged.push(start),
        }
    }
    if let Some(fresh) = fresh {
        each(told(open, fresh));
    }
    Ok(damaged)
}

fn told(open: &Open, bucket: &Bucket) -> StatementBucket {
    let mut rest = bucket.counts.get(&REST).copied().unwrap_or_default();
    let mut counts = Vec::with_capacity(bucket.counts.len());
    for (key, found) in bucket.counts.iter().filter(|(key, _)| **key != REST) {
        match open.names.identity(*key) {
            Some(identity) => counts.push((identity, *found)),
            None => rest = rest.plus(*found),
        }
    }
    StatementBucket {
        start: Timestamp(bucket.start),
        counted: bucket.counted,
        counted_ms: bucket.counted_ms,
        rest,
        counts,
    }
}

//! The one writer: ticks become rows of `head` in one transaction.

use std::collections::{HashMap, HashSet};

use domain::{MetricKind, Sample, SeriesKey, SourceId, Tick};
use parking_lot::RwLock;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use crate::catalogue::{Catalogue, Entry};
use crate::codec;
use crate::schema::{crc, window_start};

pub(crate) struct Writer {
    pub connection: Connection,
    /// Windows known to be marked as pending.
    pub pending: HashSet<(i64, i64)>,
    /// The series of each source in the order of its last tick: the next one mostly has the same.
    layouts: HashMap<SourceId, Vec<(SeriesKey, i64)>>,
}

/// What a transaction added; it counts only once committed.
#[derive(Default)]
struct Added {
    origins: HashMap<SourceId, i64>,
    series: HashMap<SeriesKey, Entry>,
    windows: HashSet<(i64, i64)>,
}

impl Writer {
    pub(crate) fn new(connection: Connection) -> Writer {
        Writer { connection, pending: HashSet::new(), layouts: HashMap::new() }
    }

    /// Forgets what is remembered about rows, after some were removed or a write failed.
    pub(crate) fn forget(&mut self) {
        self.pending.clear();
        self.layouts.clear();
    }

    /// Returns after the commit.
    pub(crate) fn record(&mut self, ticks: &[Tick], catalogue: &RwLock<Catalogue>) -> rusqlite::Result<()> {
        let outcome = self.write(ticks, catalogue);
        match outcome {
            Ok(added) => {
                self.pending.extend(added.windows);
                let mut catalogue = catalogue.write();
                added.origins.into_iter().for_each(|(source, id)| catalogue.insert_origin(source, id));
                added.series.into_iter().for_each(|(key, entry)| catalogue.insert(key, entry));
                Ok(())
            }
            Err(error) => {
                self.forget();
                Err(error)
            }
        }
    }

    fn write(&mut self, ticks: &[Tick], catalogue: &RwLock<Catalogue>) -> rusqlite::Result<Added> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut batch = Batch {
            transaction: &transaction,
            catalogue,
            added: Added::default(),
            pending: &self.pending,
            layouts: &mut self.layouts,
            body: Vec::new(),
        };
        for tick in ticks {
            batch.tick(tick)?;
        }
        let added = batch.added;
        transaction.commit()?;
        Ok(added)
    }
}

struct Batch<'a> {
    transaction: &'a Transaction<'a>,
    catalogue: &'a RwLock<Catalogue>,
    added: Added,
    pending: &'a HashSet<(i64, i64)>,
    layouts: &'a mut HashMap<SourceId, Vec<(SeriesKey, i64)>>,
    body: Vec<u8>,
}

impl Batch<'_> {
    fn tick(&mut self, tick: &Tick) -> rusqlite::Result<()> {
        let Some(first) = tick.samples.first() else { return Ok(()) };
        let source = &first.key.source;
        if tick.samples.iter().all(|sample| sample.key.source == *source) {
            return self.of_source(tick.at.0, source, tick.samples.iter());
        }
        let sources: HashSet<&SourceId> = tick.samples.iter().map(|sample| &sample.key.source).collect();
        for source in sources {
            let samples = tick.samples.iter().filter(|sample| sample.key.source == *source);
            self.of_source(tick.at.0, source, samples)?;
        }
        Ok(())
    }

    fn of_source<'s>(
        &mut self,
        at: i64,
        source: &SourceId,
        samples: impl Iterator<Item = &'s Sample>,
    ) -> rusqlite::Result<()> {
        let origin = self.origin(source)?;
        let mut layout = self.layouts.remove(source).unwrap_or_default();
        let mut values = Vec::with_capacity(layout.len());
        for (position, sample) in samples.enumerate() {
            let id = match layout.get(position) {
                Some((key, id)) if *key == sample.key => *id,
                _ => {
                    let id = self.series(origin, at, sample)?;
                    layout.truncate(position);
                    layout.push((sample.key.clone(), id));
                    id
                }
            };
            values.push((id, sample.value));
        }
        layout.truncate(values.len());
        self.layouts.insert(source.clone(), layout);
        crate::steps::in_order(&mut values);
        self.row(origin, at, &values)
    }

    fn row(&mut self, origin: i64, at: i64, values: &[(i64, f64)]) -> rusqlite::Result<()> {
        codec::encode_tick(values, &mut self.body);
        let crc = crc(origin, at, at, &self.body);
        self.transaction
            .prepare_cached("INSERT INTO head (origin, at, crc, body) VALUES (?, ?, ?, ?)")?
            .execute(params![origin, at, crc, self.body])?;
        let window = (origin, window_start(at));
        if !self.pending.contains(&window) && self.added.windows.insert(window) {
            self.transaction
                .prepare_cached(
                    "INSERT INTO windows (origin, start, pending, raw, minute) VALUES (?, ?, 1, 1, 1)
                     ON CONFLICT DO UPDATE SET pending = 1",
                )?
                .execute(params![window.0, window.1])?;
        }
        Ok(())
    }

    fn origin(&mut self, source: &SourceId) -> rusqlite::Result<i64> {
        let known = self.catalogue.read().origin(source).or_else(|| self.added.origins.get(source).copied());
        if let Some(id) = known {
            return Ok(id);
        }
        self.transaction.execute("INSERT INTO origins (source) VALUES (?)", [&source.0])?;
        let id = self.transaction.last_insert_rowid();
        self.added.origins.insert(source.clone(), id);
        Ok(id)
    }

    fn series(&mut self, origin: i64, at: i64, sample: &Sample) -> rusqlite::Result<i64> {
        let known =
            self.catalogue.read().get(&sample.key).or_else(|| self.added.series.get(&sample.key).copied());
        if let Some(entry) = known {
            return Ok(entry.id);
        }
        let labels = serde_json::to_string(&sample.key.labels)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        self.transaction
            .prepare_cached(
                "INSERT INTO series (origin, metric, labels, kind, first_seen, last_seen) VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
            )?
            .execute(params![origin, sample.key.metric, labels, sample.kind == MetricKind::Counter, at])?;
        let id = self.transaction.last_insert_rowid();
        self.added.series.insert(sample.key.clone(), Entry { id, origin, kind: sample.kind });
        Ok(id)
    }
}

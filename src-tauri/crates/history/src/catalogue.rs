//! The known series, in memory: names to ids and back.

use std::collections::{BTreeSet, HashMap};

use domain::{MetricKind, SeriesKey, SourceId};
use rusqlite::Connection;

#[derive(Default)]
pub(crate) struct Catalogue {
    origins: HashMap<SourceId, i64>,
    series: HashMap<SeriesKey, Entry>,
    by_metric: HashMap<String, BTreeSet<SeriesKey>>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Entry {
    pub id: i64,
    pub origin: i64,
    pub kind: MetricKind,
}

impl Catalogue {
    pub(crate) fn load(connection: &Connection) -> rusqlite::Result<Catalogue> {
        let mut catalogue = Catalogue::default();
        let mut origins = connection.prepare("SELECT source, id FROM origins")?;
        let mut rows = origins.query([])?;
        while let Some(row) = rows.next()? {
            catalogue.origins.insert(SourceId(row.get(0)?), row.get(1)?);
        }
        let mut series = connection.prepare(
            "SELECT s.id, s.origin, o.source, s.metric, s.labels, s.kind FROM series s JOIN origins o ON o.id = s.origin",
        )?;
        let mut rows = series.query([])?;
        while let Some(row) = rows.next()? {
            let labels: String = row.get(4)?;
            let key = SeriesKey {
                source: SourceId(row.get(2)?),
                metric: row.get(3)?,
                labels: serde_json::from_str(&labels).unwrap_or_default(),
            };
            let kind = if row.get::<_, i64>(5)? == 1 { MetricKind::Counter } else { MetricKind::Gauge };
            catalogue.insert(key, Entry { id: row.get(0)?, origin: row.get(1)?, kind });
        }
        Ok(catalogue)
    }

    pub(crate) fn origin(&self, source: &SourceId) -> Option<i64> {
        self.origins.get(source).copied()
    }

    pub(crate) fn insert_origin(&mut self, source: SourceId, id: i64) {
        self.origins.insert(source, id);
    }

    pub(crate) fn get(&self, key: &SeriesKey) -> Option<Entry> {
        self.series.get(key).copied()
    }

    pub(crate) fn insert(&mut self, key: SeriesKey, entry: Entry) {
        self.by_metric.entry(key.metric.clone()).or_default().insert(key.clone());
        self.series.insert(key, entry);
    }

    pub(crate) fn remove(&mut self, gone: &[i64]) {
        let keys: Vec<SeriesKey> = self
            .series
            .iter()
            .filter(|(_, entry)| gone.contains(&entry.id))
            .map(|(key, _)| key.clone())
            .collect();
        for key in keys {
            self.series.remove(&key);
            if let Some(of_metric) = self.by_metric.get_mut(&key.metric) {
                of_metric.remove(&key);
            }
        }
    }

    pub(crate) fn remove_origin(&mut self, source: &SourceId) {
        self.origins.remove(source);
        self.series.retain(|key, _| key.source != *source);
        for of_metric in self.by_metric.values_mut() {
            of_metric.retain(|key| key.source != *source);
        }
    }

    pub(crate) fn find(&self, source: Option<&SourceId>, metric: &str) -> Vec<SeriesKey> {
        let all = self.by_metric.get(metric).into_iter().flatten();
        all.filter(|key| source.is_none_or(|wanted| key.source == *wanted)).cloned().collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.series.len()
    }
}

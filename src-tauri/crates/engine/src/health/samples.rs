//! From a reading to samples for the history: counters of all databases together, ages, lags and sizes.

use domain::{DatabaseFacts, MetricKind, QuickHealth, Sample, SeriesKey, SlowHealth, SourceId, metric};

/// Standbys that get a series of their own.
const STANDBYS: usize = 20;

/// What could not be looked at is left out: absent is not zero.
pub(super) fn samples(source: &SourceId, quick: &QuickHealth, slow: Option<&SlowHealth>) -> Vec<Sample> {
    let mut samples = Vec::new();
    if let Ok(databases) = &quick.databases {
        samples.extend(counters(source, databases));
    }
    if let Ok(wal) = &quick.wal {
        samples.push(sample(SeriesKey::new(source, metric::PG_WAL_BYTES), MetricKind::Counter, wal.position));
    }
    if let Ok(ages) = &quick.ages {
        let oldest =
            |age: fn(&domain::DatabaseAge) -> f64| ages.databases.iter().map(age).fold(0.0, f64::max);
        samples.push(gauge(SeriesKey::new(source, metric::PG_XID_AGE), oldest(|age| age.xid_age)));
        samples.push(gauge(SeriesKey::new(source, metric::PG_MXID_AGE), oldest(|age| age.mxid_age)));
    }
    for standby in quick.standbys.iter().flatten().take(STANDBYS) {
        let key = SeriesKey::new(source, metric::PG_REPLICATION_LAG_BYTES).with("standby", &standby.name);
        samples.extend(standby.behind_bytes.map(|bytes| gauge(key, bytes)));
    }
    if let Some(Ok(bytes)) = slow.map(|slow| &slow.database_bytes) {
        let key = SeriesKey::new(source, metric::PG_DATABASE_BYTES).with("database", &quick.server.database);
        samples.push(gauge(key, *bytes));
    }
    samples
}

fn counters(source: &SourceId, databases: &[DatabaseFacts]) -> Vec<Sample> {
    type Figure = fn(&DatabaseFacts) -> f64;
    let figures: [(&str, Figure); 6] = [
        (metric::PG_COMMITS, |one| one.commits),
        (metric::PG_ROLLBACKS, |one| one.rollbacks),
        (metric::PG_BLOCKS_HIT, |one| one.blocks_hit),
        (metric::PG_BLOCKS_READ, |one| one.blocks_read),
        (metric::PG_TEMP_BYTES, |one| one.temp_bytes),
        (metric::PG_DEADLOCKS, |one| one.deadlocks),
    ];
    let all = |figure: Figure| databases.iter().map(figure).fold(0.0, |sum, one| sum + one);
    figures
        .into_iter()
        .map(|(name, figure)| sample(SeriesKey::new(source, name), MetricKind::Counter, all(figure)))
        .collect()
}

fn gauge(key: SeriesKey, value: f64) -> Sample {
    sample(key, MetricKind::Gauge, value)
}

fn sample(key: SeriesKey, kind: MetricKind, value: f64) -> Sample {
    Sample { key, kind, value }
}

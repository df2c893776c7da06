//! From pools and totals to samples for the history.

use domain::{MetricKind, Pgbouncer, PgbouncerPool, Sample, SeriesKey, SourceId, metric};

use crate::postgres::gauge;

/// Pools that get series of their own, the busiest first; more would flood the history.
const POOLS: usize = 200;

pub(super) fn samples(source: &SourceId, facts: &Pgbouncer, poll_ms: f64) -> Vec<Sample> {
    let mut samples = vec![gauge(SeriesKey::new(source, metric::POLL_MS), poll_ms)];
    let mut pools: Vec<&PgbouncerPool> = facts.pools.iter().collect();
    pools.sort_by(|a, b| {
        busy(b).total_cmp(&busy(a)).then_with(|| (&a.database, &a.user).cmp(&(&b.database, &b.user)))
    });
    samples.extend(pools.into_iter().take(POOLS).flat_map(|pool| of_pool(source, pool)));
    for stats in facts.databases.iter().take(POOLS) {
        let totals = [
            (metric::PGBOUNCER_QUERIES, stats.queries),
            (metric::PGBOUNCER_TRANSACTIONS, stats.transactions),
            (metric::PGBOUNCER_QUERY_TIME, stats.query_seconds),
            (metric::PGBOUNCER_WAIT_TIME, stats.wait_seconds),
        ];
        samples.extend(totals.map(|(name, value)| Sample {
            key: SeriesKey::new(source, name).with("database", &stats.database),
            kind: MetricKind::Counter,
            value,
        }));
    }
    samples
}

fn busy(pool: &PgbouncerPool) -> f64 {
    pool.cl_active + pool.cl_waiting + pool.sv_active
}

fn of_pool<'a>(source: &'a SourceId, pool: &'a PgbouncerPool) -> impl Iterator<Item = Sample> + 'a {
    let values = [
        (metric::PGBOUNCER_CL_ACTIVE, Some(pool.cl_active)),
        (metric::PGBOUNCER_CL_WAITING, Some(pool.cl_waiting)),
        (metric::PGBOUNCER_SV_ACTIVE, Some(pool.sv_active)),
        (metric::PGBOUNCER_SV_IDLE, Some(pool.sv_idle)),
        (metric::PGBOUNCER_SV_USED, Some(pool.sv_used)),
        (metric::PGBOUNCER_MAXWAIT, Some(pool.maxwait_seconds)),
        (metric::PGBOUNCER_POOL_SIZE, pool.pool_size),
    ];
    values.into_iter().filter_map(move |(name, value)| {
        let key = SeriesKey::new(source, name).with("database", &pool.database).with("user", &pool.user);
        Some(gauge(key, value?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::PgbouncerStats;

    #[test]
    fn pools_are_gauges_totals_are_counters_and_the_unknown_is_absent() {
        let facts = Pgbouncer {
            pools: vec![PgbouncerPool {
                database: "shop".into(),
                user: "panel".into(),
                cl_waiting: 3.0,
                ..PgbouncerPool::default()
            }],
            databases: vec![PgbouncerStats {
                database: "shop".into(),
                queries: 9.0,
                ..PgbouncerStats::default()
            }],
            ..Pgbouncer::default()
        };
        let found: Vec<_> = samples(&SourceId::new("b"), &facts, 1.0)
            .into_iter()
            .map(|s| (s.key.to_string(), s.kind, s.value))
            .collect();
        let waiting = "pgbouncer_cl_waiting{database=\"shop\",user=\"panel\"}".to_owned();
        assert!(found.contains(&(waiting, MetricKind::Gauge, 3.0)), "{found:?}");
        let queries = "pgbouncer_queries_total{database=\"shop\"}".to_owned();
        assert!(found.contains(&(queries, MetricKind::Counter, 9.0)), "{found:?}");
        assert!(!found.iter().any(|(key, ..)| key.starts_with("pgbouncer_pool_size")));
    }

    #[test]
    fn only_the_busiest_pools_are_kept() {
        let pool = |number: u32| PgbouncerPool {
            database: format!("d{number}"),
            user: "u".into(),
            cl_active: f64::from(number),
            ..PgbouncerPool::default()
        };
        let facts = Pgbouncer { pools: (0..500).map(pool).collect(), ..Pgbouncer::default() };
        let found = samples(&SourceId::new("b"), &facts, 1.0);
        let has = |database: &str| {
            found.iter().any(|s| s.key.labels.get("database").is_some_and(|d| d == database))
        };
        assert!(has("d499") && has("d300") && !has("d299"));
    }
}

//! An application's pool, from the documented families `db_pool_*`, one pool or several.

use std::collections::BTreeMap;

use domain::{AppPool, Histogram, MetricKind, Sample, SeriesKey, SourceId, Timestamp, metric};

use super::exposition::Label;

/// The pool is measured every 5 s; before that its gauges are 0 because nobody looked.
const FIRST_MEASURED_AFTER_SECONDS: f64 = 5.0;

/// What was seen of pools in one scrape. Labels tell pools apart; the sum is what counts.
#[derive(Debug, Default)]
pub(crate) struct PoolFamilies {
    pools: BTreeMap<String, Pool>,
    acquire: Acquire,
    process_started: Option<f64>,
}

#[derive(Debug, Default)]
struct Pool {
    total: Option<f64>,
    idle: Option<f64>,
    active: Option<f64>,
    waiting: Option<f64>,
    saturation: Option<f64>,
    max: Option<f64>,
}

#[derive(Debug, Default)]
struct Acquire {
    /// By the bits of `le`, which ascend with it from zero up.
    buckets: BTreeMap<u64, f64>,
    sum: Option<f64>,
    count: Option<f64>,
}

impl PoolFamilies {
    pub(crate) fn observe(&mut self, name: &str, labels: &[Label<'_>], value: f64) {
        if name.ends_with("process_start_time_seconds") {
            self.process_started = Some(value);
            return;
        }
        if !name.starts_with("db_pool_") {
            return;
        }
        if let Some(part) = name.strip_prefix(metric::POOL_ACQUIRE) {
            self.acquire.observe(part, labels, value);
            return;
        }
        let slot = |pool: &mut Pool| match name {
            metric::POOL_TOTAL => pool.total = Some(value),
            metric::POOL_IDLE => pool.idle = Some(value),
            metric::POOL_ACTIVE => pool.active = Some(value),
            metric::POOL_WAITING => pool.waiting = Some(value),
            metric::POOL_REPORTED_SATURATION => pool.saturation = Some(value),
            metric::POOL_MAX => pool.max = Some(value),
            _ => {}
        };
        slot(self.pools.entry(identity(labels)).or_default());
    }

    /// None unless total and active are exposed, and while they have not been measured yet. `configured` is what the
    /// person says of the maximum; `highest` remembers, from poll to poll, the greatest that was worked out.
    pub(crate) fn app_pool(
        &self,
        configured: Option<u32>,
        highest: &mut Option<f64>,
        now: Timestamp,
    ) -> Option<AppPool> {
        let pools: Vec<&Pool> =
            self.pools.values().filter(|pool| pool.total.is_some() && pool.active.is_some()).collect();
        let sum = |part: fn(&Pool) -> Option<f64>| {
            pools.iter().filter_map(|pool| part(pool)).fold(0.0, |sum, part| sum + part)
        };
        let total = sum(|pool| pool.total);
        if pools.is_empty() || (total == 0.0 && self.just_started(now)) {
            return None;
        }
        let active = sum(|pool| pool.active);
        let worked_out = all(&pools, Pool::worked_out_max);
        let exposed = all(&pools, |pool| pool.max.filter(|max| *max > 0.0));
        // An instance that exposes its maximum may mean active / max by its saturation.
        if let Some(max) = worked_out.filter(|_| exposed.is_none()) {
            *highest = Some(highest.map_or(max, |before| before.max(max)));
        }
        let max = configured.map(f64::from).or(exposed).or(*highest);
        Some(AppPool {
            total,
            idle: sum(|pool| pool.idle),
            active,
            waiting: sum(|pool| pool.waiting),
            max,
            reported_saturation: self.saturation(&pools, total, max),
            acquire: self.acquire.histogram(),
            process_started: self.process_started,
        })
    }

    /// One pool says it itself; of several, the open share of what all may open.
    fn saturation(&self, pools: &[&Pool], total: f64, max: Option<f64>) -> Option<f64> {
        match pools {
            [pool] => pool.saturation,
            _ => all(pools, |pool| pool.saturation).and(max).map(|max| total / max),
        }
    }

    fn just_started(&self, now: Timestamp) -> bool {
        let uptime = self.process_started.map(|started| now.0 as f64 / 1000.0 - started);
        uptime.is_some_and(|seconds| seconds < FIRST_MEASURED_AFTER_SECONDS)
    }
}

/// True for a series that the console records itself, worked out from what it scraped.
pub(crate) fn is_derived(name: &str, labels: &[Label<'_>]) -> bool {
    labels.is_empty()
        && matches!(
            name,
            metric::POOL_MAX
                | metric::POOL_ACTIVE_RATIO
                | metric::POOL_ACQUIRE_P95
                | metric::POOL_ACQUIRE_SLOW_SHARE
                | metric::POLL_MS
        )
}

/// The sums of several pools, under the names without labels where the body has none.
pub(crate) fn summed(pool: &AppPool, source: &SourceId, scraped: &[Sample]) -> Vec<Sample> {
    let sums = [
        (metric::POOL_TOTAL, pool.total),
        (metric::POOL_IDLE, pool.idle),
        (metric::POOL_ACTIVE, pool.active),
        (metric::POOL_WAITING, pool.waiting),
    ];
    let there =
        |name: &str| scraped.iter().any(|sample| sample.key.metric == name && sample.key.labels.is_empty());
    let missing = sums.into_iter().filter(|(name, _)| !there(name));
    missing
        .map(|(name, value)| Sample { key: SeriesKey::new(source, name), kind: MetricKind::Gauge, value })
        .collect()
}

impl Pool {
    /// The reported saturation is total / max.
    fn worked_out_max(&self) -> Option<f64> {
        let saturation = self.saturation.filter(|saturation| *saturation > 0.0)?;
        self.total.map(|total| (total / saturation).round()).filter(|max| *max >= 1.0)
    }
}

impl Acquire {
    fn observe(&mut self, part: &str, labels: &[Label<'_>], value: f64) {
        match part {
            "_sum" => self.sum = Some(self.sum.unwrap_or(0.0) + value),
            "_count" => self.count = Some(self.count.unwrap_or(0.0) + value),
            "_bucket" => {
                let le = labels.iter().find(|label| label.name == "le");
                if let Some(bound) =
                    le.and_then(|le| le.value.parse::<f64>().ok()).filter(|bound| *bound >= 0.0)
                {
                    *self.buckets.entry(bound.abs().to_bits()).or_default() += value;
                }
            }
            _ => {}
        }
    }

    /// A bucket for +Inf is added where the body left it out.
    fn histogram(&self) -> Option<Histogram> {
        let (sum, count) = (self.sum?, self.count?);
        let mut buckets: Vec<(f64, f64)> =
            self.buckets.iter().map(|(bits, count)| (f64::from_bits(*bits), *count)).collect();
        if buckets.last().is_none_or(|(bound, _)| bound.is_finite()) {
            buckets.push((f64::INFINITY, count));
        }
        Some(Histogram { buckets, sum, count })
    }
}

fn identity(labels: &[Label<'_>]) -> String {
    let mut parts: Vec<String> =
        labels.iter().map(|label| format!("{}={:?}", label.name, label.value)).collect();
    parts.sort_unstable();
    parts.join(",")
}

/// The sum, where every pool has the part.
fn all(pools: &[&Pool], part: impl Fn(&Pool) -> Option<f64>) -> Option<f64> {
    pools.iter().map(|pool| part(pool)).sum::<Option<f64>>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prometheus::exposition::{Entry, Format, parse};

    fn pool(body: &str, configured: Option<u32>, highest: &mut Option<f64>) -> Option<AppPool> {
        let mut families = PoolFamilies::default();
        parse(body.as_bytes(), Format::Text, |entry| {
            if let Entry::Sample(sample) = entry {
                families.observe(&sample.name, sample.labels, sample.value);
            }
        })
        .expect("valid text");
        families.app_pool(configured, highest, Timestamp(1_000_000))
    }

    #[test]
    fn the_maximum_is_given_or_exposed_or_the_highest_worked_out() {
        let opened =
            "db_pool_connections_total 3\ndb_pool_connections_active 1\ndb_pool_saturation_ratio 0.3\n";
        let exposed = format!("{opened}db_pool_connections_max 12\n");
        let unsaid = "db_pool_connections_total 2\ndb_pool_connections_active 1\n";
        let mut highest = None;
        let mut max = |body: &str, configured| pool(body, configured, &mut highest).and_then(|pool| pool.max);
        assert_eq!(max(unsaid, None), None);
        assert_eq!(max(opened, Some(20)), Some(20.0));
        assert_eq!(max(&exposed, None), Some(12.0));
        assert_eq!(max(opened, None), Some(10.0));
        // A ratio that was rounded would give 9 here; what was known before stays.
        let rounded = opened.replace("0.3", "0.33");
        assert_eq!(max(&rounded, None), Some(10.0));
        assert_eq!(max(&opened.replace("ratio 0.3", "ratio 0"), None), Some(10.0));
    }

    #[test]
    fn several_pools_are_summed() {
        let body = "db_pool_connections_total{pool=\"a\"} 4\ndb_pool_connections_total{pool=\"b\"} 6\n\
                    db_pool_connections_active{pool=\"a\"} 3\ndb_pool_connections_active{pool=\"b\"} 5\n\
                    db_pool_connections_idle{pool=\"a\"} 1\ndb_pool_connections_idle{pool=\"b\"} 1\n\
                    db_pool_connections_waiting{pool=\"b\"} 2\n\
                    db_pool_saturation_ratio{pool=\"a\"} 0.5\ndb_pool_saturation_ratio{pool=\"b\"} 0.5\n\
                    db_pool_connection_acquire_duration_seconds_bucket{pool=\"a\",le=\"0.1\"} 3\n\
                    db_pool_connection_acquire_duration_seconds_bucket{pool=\"b\",le=\"0.1\"} 4\n\
                    db_pool_connection_acquire_duration_seconds_sum{pool=\"a\"} 1\n\
                    db_pool_connection_acquire_duration_seconds_sum{pool=\"b\"} 2\n\
                    db_pool_connection_acquire_duration_seconds_count{pool=\"a\"} 4\n\
                    db_pool_connection_acquire_duration_seconds_count{pool=\"b\"} 4\n";
        let pool = pool(body, None, &mut None).expect("two pools");
        assert_eq!((pool.total, pool.active, pool.idle, pool.waiting), (10.0, 8.0, 2.0, 2.0));
        assert_eq!((pool.max, pool.reported_saturation), (Some(20.0), Some(0.5)));
        let acquire = pool.acquire.expect("a histogram");
        assert_eq!(acquire.buckets, [(0.1, 7.0), (f64::INFINITY, 8.0)]);
        assert_eq!((acquire.sum, acquire.count), (3.0, 8.0));
    }

    #[test]
    fn zeros_of_the_first_seconds_are_not_believed() {
        let body = |started: u32| {
            format!(
                "db_pool_connections_total 0\ndb_pool_connections_active 0\nprocess_start_time_seconds {started}\n"
            )
        };
        assert_eq!(pool(&body(997), None, &mut None), None);
        assert!(pool(&body(995), None, &mut None).is_some());
        assert_eq!(pool("db_pool_connections_waiting 3\n", None, &mut None), None);
    }
}

//! From what an instance exposes to the documented names, without the series that would only multiply.

use std::collections::{HashMap, HashSet};

use domain::{MetricKind, Sample, SourceId, Timestamp, metric};

use crate::prometheus::exposition::Label;
use crate::prometheus::{ScrapedSample, SeriesLimit, is_derived, key};

/// Families that serve for a documented one while that is absent or still 0.
pub(super) const RENAMED: [(&str, &str); 21] = [
    ("mpanel_nodejs_heap_size_used_bytes", "nodejs_heap_used_bytes"),
    ("mpanel_nodejs_heap_size_total_bytes", "nodejs_heap_total_bytes"),
    ("mpanel_nodejs_external_memory_bytes", "nodejs_external_memory_bytes"),
    ("mpanel_process_resident_memory_bytes", "nodejs_rss_bytes"),
    ("mpanel_http_requests_total", "http_requests_total"),
    ("mpanel_http_request_duration_seconds", "http_request_duration_seconds"),
    ("mpanel_active_connections", "active_connections"),
    ("mpanel_process_cpu_seconds_total", "process_cpu_seconds_total"),
    ("mpanel_process_cpu_user_seconds_total", "process_cpu_user_seconds_total"),
    ("mpanel_process_cpu_system_seconds_total", "process_cpu_system_seconds_total"),
    ("mpanel_process_start_time_seconds", "process_start_time_seconds"),
    ("mpanel_process_open_fds", "process_open_fds"),
    ("mpanel_process_max_fds", "process_max_fds"),
    ("mpanel_nodejs_eventloop_lag_seconds", "nodejs_eventloop_lag_seconds"),
    ("mpanel_nodejs_eventloop_lag_mean_seconds", "nodejs_eventloop_lag_mean_seconds"),
    ("mpanel_nodejs_eventloop_lag_max_seconds", "nodejs_eventloop_lag_max_seconds"),
    ("mpanel_nodejs_eventloop_lag_p50_seconds", "nodejs_eventloop_lag_p50_seconds"),
    ("mpanel_nodejs_eventloop_lag_p99_seconds", "nodejs_eventloop_lag_p99_seconds"),
    ("mpanel_nodejs_active_handles_total", "nodejs_active_handles_total"),
    ("mpanel_nodejs_active_requests_total", "nodejs_active_requests_total"),
    ("mpanel_nodejs_gc_duration_seconds", "nodejs_gc_duration_seconds"),
];

/// Not recorded: wrong on every instance, or many series that answer no question.
const DROPPED: [&str; 10] = [
    // Always 0, from a key that the instance mistypes.
    "mpanel_db_pool_size",
    "mpanel_nodejs_version_info",
    "mpanel_nodejs_heap_space_size_total_bytes",
    "mpanel_nodejs_heap_space_size_used_bytes",
    "mpanel_nodejs_heap_space_size_available_bytes",
    "mpanel_nodejs_active_resources",
    "mpanel_nodejs_active_handles",
    "mpanel_nodejs_active_requests",
    "mpanel_process_virtual_memory_bytes",
    "mpanel_process_heap_bytes",
];

/// Labels whose values are keys, not names; their series are summed.
const KEY_LABELS: [&str; 6] = ["cache_key", "key", "hash", "query_hash", "request_id", "fingerprint"];

/// The one quantile of a summary that is recorded.
const KEPT_QUANTILE: &str = "0.95";

/// Collects one scrape under the documented names.
pub(super) struct Mapping<'l> {
    limit: &'l mut SeriesLimit,
    now: Timestamp,
    source: SourceId,
    documented: Collected,
    /// Under a documented name, but from a family that only serves for it.
    serving: Collected,
    dropped: usize,
}

#[derive(Default)]
struct Collected {
    places: HashMap<u64, usize>,
    samples: Vec<Sample>,
}

impl<'l> Mapping<'l> {
    pub(super) fn new(limit: &'l mut SeriesLimit, source: &SourceId, now: Timestamp) -> Mapping<'l> {
        limit.begin(now);
        let (documented, serving) = (Collected::default(), Collected::default());
        Mapping { limit, now, source: source.clone(), documented, serving, dropped: 0 }
    }

    pub(super) fn add(&mut self, sample: &ScrapedSample<'_, '_>) {
        if !is_recorded(sample) {
            return;
        }
        let labels: Vec<Label<'_>> = sample.labels.iter().filter(|label| !is_key(label)).cloned().collect();
        let renamed = documented_name(sample.name);
        let name = renamed.as_deref().unwrap_or(sample.name);
        let identity = self.limit.identity(name, &labels);
        let collected = if renamed.is_some() { &mut self.serving } else { &mut self.documented };
        if let Some(known) =
            collected.places.get(&identity).and_then(|place| collected.samples.get_mut(*place))
        {
            // A series that the body repeats as it is counts once; one that lost its key counts with the others.
            if labels.len() < sample.labels.len() {
                known.value += sample.value;
            }
        } else if self.limit.admit(identity, self.now) {
            collected.places.insert(identity, collected.samples.len());
            let key = key(&self.source, name, &labels);
            collected.samples.push(Sample { key, kind: sample.kind, value: sample.value });
        } else {
            self.dropped += 1;
        }
    }

    /// The samples, and how many series were dropped.
    pub(super) fn finish(self) -> (Vec<Sample>, usize) {
        let measured: HashSet<String> =
            names(self.documented.samples.iter().filter(|sample| sample.value != 0.0));
        let mut samples: Vec<Sample> = self
            .serving
            .samples
            .into_iter()
            .filter(|sample| !measured.contains(&sample.key.metric))
            .collect();
        let served = names(samples.iter());
        samples.extend(
            self.documented.samples.into_iter().filter(|sample| !served.contains(&sample.key.metric)),
        );
        (samples, self.dropped)
    }
}

fn names<'s>(samples: impl Iterator<Item = &'s Sample>) -> HashSet<String> {
    samples.map(|sample| sample.key.metric.clone()).collect()
}

fn is_recorded(sample: &ScrapedSample<'_, '_>) -> bool {
    if DROPPED.contains(&sample.name) || is_derived(sample.name, sample.labels) {
        return false;
    }
    if let Some(histogram) = sample.name.strip_suffix("_bucket") {
        return histogram == metric::POOL_ACQUIRE;
    }
    let quantile = sample.labels.iter().find(|label| label.name == "quantile");
    quantile.is_none_or(|quantile| sample.kind != MetricKind::Gauge || quantile.value == KEPT_QUANTILE)
}

fn documented_name(name: &str) -> Option<String> {
    let rest = name.strip_prefix("mpanel_")?;
    let base = ["_sum", "_count"].into_iter().find_map(|suffix| Some((name.strip_suffix(suffix)?, suffix)));
    RENAMED.into_iter().find_map(|(observed, documented)| {
        if observed.strip_prefix("mpanel_") == Some(rest) {
            return Some(documented.to_owned());
        }
        base.filter(|(base, _)| *base == observed).map(|(_, suffix)| format!("{documented}{suffix}"))
    })
}

/// By its name, or because its value is sixteen or more hexadecimal digits, perhaps after a prefix.
fn is_key(label: &Label<'_>) -> bool {
    let digits = label.value.rsplit(':').next().unwrap_or("").as_bytes();
    let hash = digits.len() >= 16
        && digits.iter().all(u8::is_ascii_hexdigit)
        && digits.iter().any(u8::is_ascii_digit);
    hash || KEY_LABELS.contains(&label.name.as_ref())
}

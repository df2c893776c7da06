//! The keyspace as it is known at a moment, extrapolated from the keys measured.

use domain::{KeyPrefix, KeyTypeShare, Keyspace, KeyspaceCost, KeyspaceState, SourceId, Timestamp};

use super::ages::Ages;
use super::group::{Group, Measures};
use super::tally::Tally;

const PREFIXES_SHOWN: usize = 100;

/// What the walk knows of itself.
#[derive(Debug, Clone)]
pub struct WalkFacts {
    pub source: SourceId,
    pub started_at: Timestamp,
    pub took_ms: f64,
    pub state: KeyspaceState,
    pub database: u32,
    pub cost: KeyspaceCost,
    pub lacks: Vec<String>,
}

/// Sums over the prefixes that have measures, each scaled to all its keys.
#[derive(Default)]
struct Totals {
    keys: f64,
    sized_keys: f64,
    name_bytes: f64,
    bytes: f64,
    kinds: Vec<KeyTypeShare>,
    ttl: Ages,
    idle: Ages,
}

impl Tally {
    /// What is known now. Takes about a millisecond.
    pub fn snapshot(&self, walk: WalkFacts) -> Keyspace {
        let totals = self.totals();
        let bytes = self.bytes(&totals);
        let (prefixes, keys_left_out) = self.shown_prefixes();
        let (tags, tags_left_out) = self.tags.list(self.layout.tags());
        let scale = |part: f64| if part > 0.0 { self.keys as f64 / part } else { 0.0 };
        let bytes_scale = if totals.bytes > 0.0 { bytes / totals.bytes } else { 0.0 };
        Keyspace {
            source: walk.source,
            started_at: walk.started_at,
            took_ms: walk.took_ms,
            state: walk.state,
            database: walk.database,
            keys: self.keys,
            keys_expected: self.sampling.expected(),
            measured: self.measured,
            bytes,
            without_ttl: totals.ttl.none() * scale(totals.ttl.keys()),
            types: totals.types(scale(totals.keys), bytes_scale),
            prefixes,
            keys_left_out,
            ttl: totals.ttl.shares(true, scale(totals.ttl.keys()), bytes_scale),
            idle: totals.idle.shares(false, scale(totals.idle.keys()), bytes_scale),
            biggest: self.biggest.list(),
            tags,
            tags_left_out,
            long_names: self.long_names,
            long_name_bytes: self.long_name_bytes,
            layout: self.layout.layout(),
            cost: walk.cost,
            lacks: walk.lacks,
        }
    }

    fn totals(&self) -> Totals {
        let kinds = self.kinds.iter().map(|name| KeyTypeShare { name: name.clone(), keys: 0.0, bytes: 0.0 });
        let mut totals = Totals { kinds: kinds.collect(), ..Totals::default() };
        let held = self.prefixes.held().map(|(_, group)| group);
        held.chain([self.prefixes.rest()]).for_each(|group| totals.add(group));
        totals
    }

    /// Prefixes without a size are taken to have, besides their names, what the others have on average.
    fn bytes(&self, totals: &Totals) -> f64 {
        if totals.sized_keys == 0.0 {
            return 0.0;
        }
        let beside = (totals.bytes - totals.name_bytes) / totals.sized_keys;
        let groups = self.prefixes.held().map(|(_, group)| group).chain([self.prefixes.rest()]);
        let unsized_groups = groups.filter(|group| group.bytes().is_none());
        let more = unsized_groups.map(|group| group.name_bytes as f64 + beside * group.keys as f64);
        totals.bytes + more.sum::<f64>()
    }

    fn shown_prefixes(&self) -> (Vec<KeyPrefix>, u64) {
        let mut ranked: Vec<(&[u8], &Group, f64)> = self
            .prefixes
            .held()
            .map(|(prefix, group)| (prefix, group, group.bytes().unwrap_or(group.name_bytes as f64)))
            .collect();
        ranked.sort_unstable_by(|(a, _, fewer), (b, _, more)| more.total_cmp(fewer).then_with(|| a.cmp(b)));
        let shown: Vec<KeyPrefix> = ranked
            .into_iter()
            .take(PREFIXES_SHOWN)
            .map(|(prefix, group, bytes)| self.key_prefix(prefix, group, bytes))
            .collect();
        let told: u64 = shown.iter().map(|prefix| prefix.keys).sum();
        (shown, self.keys - told)
    }

    fn key_prefix(&self, prefix: &[u8], group: &Group, bytes: f64) -> KeyPrefix {
        let measures = group.measures.as_deref();
        let ttl = measures.and_then(|measures| measures.ttl_seconds.as_ref());
        let idle = measures.and_then(|measures| measures.idle_seconds.as_ref());
        KeyPrefix {
            prefix: String::from_utf8_lossy(prefix).into_owned(),
            keys: group.keys,
            measured: measures.map_or(0, |measures| measures.keys),
            bytes,
            without_ttl_ratio: measures.map_or(0.0, without_ttl_ratio),
            ttl_median: ttl.and_then(super::median::Median::median),
            ttl_longest: ttl.and_then(super::median::Median::longest),
            idle_median: idle.and_then(super::median::Median::median),
            types: measures.map_or_else(String::new, |measures| self.types_of(measures)),
        }
    }

    /// Most keys first.
    fn types_of(&self, measures: &Measures) -> String {
        let mut kinds = measures.kinds.clone();
        kinds.sort_by(|a, b| b.keys.total_cmp(&a.keys));
        let names = kinds.iter().filter_map(|kind| self.kinds.get(kind.kind));
        names.map(String::as_str).collect::<Vec<_>>().join(", ")
    }
}

impl Totals {
    fn add(&mut self, group: &Group) {
        let Some(measures) = group.measures.as_deref() else { return };
        let keys = group.keys as f64;
        let per_measured = keys / measures.keys as f64;
        let bytes_scale = match (group.bytes(), measures.measured_bytes()) {
            (Some(bytes), measured) if measured > 0.0 => bytes / measured,
            _ => 0.0,
        };
        self.keys += keys;
        if let Some(bytes) = group.bytes() {
            self.sized_keys += keys;
            self.name_bytes += group.name_bytes as f64;
            self.bytes += bytes;
        }
        for kind in &measures.kinds {
            if let Some(share) = self.kinds.get_mut(kind.kind) {
                share.keys += kind.keys * per_measured;
                share.bytes += kind.bytes * bytes_scale;
            }
        }
        add_ages(&mut self.ttl, &measures.ttl, keys, bytes_scale);
        add_ages(&mut self.idle, &measures.idle, keys, bytes_scale);
    }

    fn types(&self, keys: f64, bytes: f64) -> Vec<KeyTypeShare> {
        let scaled = self.kinds.iter().map(|share| KeyTypeShare {
            name: share.name.clone(),
            keys: share.keys * keys,
            bytes: share.bytes * bytes,
        });
        let mut types: Vec<KeyTypeShare> = scaled.collect();
        types.sort_by(|a, b| b.bytes.total_cmp(&a.bytes).then_with(|| b.keys.total_cmp(&a.keys)));
        types
    }
}

/// Of a prefix, those whose age is known stand for all its keys.
fn add_ages(sum: &mut Ages, ages: &Ages, keys: f64, bytes_scale: f64) {
    if ages.keys() > 0.0 {
        sum.merge(ages, keys / ages.keys(), bytes_scale);
    }
}

fn without_ttl_ratio(measures: &Measures) -> f64 {
    let known = measures.ttl.keys();
    if known > 0.0 { measures.ttl.none() / known } else { 0.0 }
}

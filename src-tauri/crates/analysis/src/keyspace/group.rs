//! What is known of the keys of one prefix, and what follows for those that were not measured.

use domain::{KeyMeasure, KeyTtl};

use super::ages::Ages;
use super::median::Median;

/// Keys that were counted by name, and the measures of some.
#[derive(Debug, Clone, Default)]
pub(super) struct Group {
    pub keys: u64,
    pub name_bytes: u64,
    pub measures: Option<Box<Measures>>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Measures {
    pub keys: u64,
    sized: u64,
    /// Of those that have a size.
    bytes: f64,
    name_bytes: f64,
    /// By the number of the kind, in the order in which kinds were first met.
    pub kinds: Vec<KindCount>,
    pub ttl: Ages,
    pub ttl_seconds: Option<Median>,
    pub idle: Ages,
    pub idle_seconds: Option<Median>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct KindCount {
    pub kind: usize,
    pub keys: f64,
    pub bytes: f64,
}

impl Group {
    pub(super) fn measure(&mut self, name: &[u8], kind: usize, measure: &KeyMeasure<'_>) {
        self.measures.get_or_insert_default().add(name, kind, measure);
    }

    pub(super) fn merge(&mut self, other: &Group) {
        self.keys += other.keys;
        self.name_bytes += other.name_bytes;
        if let Some(more) = &other.measures {
            self.measures.get_or_insert_default().merge(more);
        }
    }

    /// Names are known for every key; what stands beside them is extrapolated. None where no key has a size.
    pub(super) fn bytes(&self) -> Option<f64> {
        let beside = self.measures.as_ref()?.beside_name()?;
        Some(self.name_bytes as f64 + beside * self.keys as f64)
    }
}

impl Measures {
    fn add(&mut self, name: &[u8], kind: usize, measure: &KeyMeasure<'_>) {
        let bytes = measure.bytes.map_or(0.0, |bytes| bytes as f64);
        self.keys += 1;
        if measure.bytes.is_some() {
            self.sized += 1;
            self.bytes += bytes;
            self.name_bytes += name.len() as f64;
        }
        self.add_kind(KindCount { kind, keys: 1.0, bytes });
        match measure.ttl {
            KeyTtl::Unknown => {}
            KeyTtl::Forever => self.ttl.add_none(bytes),
            KeyTtl::Milliseconds(left) => {
                let seconds = left as f64 / 1_000.0;
                self.ttl.add(seconds, bytes);
                self.ttl_seconds.get_or_insert_default().add(seconds);
            }
        }
        if let Some(idle) = measure.idle_seconds {
            self.idle.add(idle as f64, bytes);
            self.idle_seconds.get_or_insert_default().add(idle as f64);
        }
    }

    fn add_kind(&mut self, more: KindCount) {
        match self.kinds.iter_mut().find(|known| known.kind == more.kind) {
            Some(known) => {
                known.keys += more.keys;
                known.bytes += more.bytes;
            }
            None => self.kinds.push(more),
        }
    }

    fn merge(&mut self, other: &Measures) {
        self.keys += other.keys;
        self.sized += other.sized;
        self.bytes += other.bytes;
        self.name_bytes += other.name_bytes;
        other.kinds.iter().for_each(|kind| self.add_kind(*kind));
        self.ttl.merge(&other.ttl, 1.0, 1.0);
        self.idle.merge(&other.idle, 1.0, 1.0);
        merge_median(&mut self.ttl_seconds, other.ttl_seconds.as_ref());
        merge_median(&mut self.idle_seconds, other.idle_seconds.as_ref());
    }

    /// Bytes that a key takes besides its name; MEMORY USAGE may count a shared value as nothing.
    fn beside_name(&self) -> Option<f64> {
        (self.sized > 0).then(|| ((self.bytes - self.name_bytes) / self.sized as f64).max(0.0))
    }

    pub(super) fn measured_bytes(&self) -> f64 {
        self.bytes
    }
}

fn merge_median(median: &mut Option<Median>, more: Option<&Median>) {
    if let Some(more) = more {
        median.get_or_insert_default().merge(more);
    }
}

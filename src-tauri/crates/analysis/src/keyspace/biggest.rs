//! The largest keys of those that were measured.

use std::hash::{BuildHasher, RandomState};

use domain::{BigKey, KeyMeasure, KeyTtl};

use super::shown::shown_name;

const KEPT: usize = 50;

#[derive(Debug, Default)]
pub(super) struct Biggest {
    // Largest first; as few as these are found by a look at each.
    keys: Vec<(u64, BigKey)>,
    hashes: RandomState,
}

impl Biggest {
    pub(super) fn offer(&mut self, name: &[u8], measure: &KeyMeasure<'_>) {
        let Some(bytes) = measure.bytes else { return };
        let full = self.keys.len() >= KEPT;
        if full && self.keys.last().is_some_and(|(_, least)| bytes <= least.bytes) {
            return;
        }
        // SCAN may show a key twice.
        let hash = self.hashes.hash_one(name);
        self.keys.retain(|(known, _)| *known != hash);
        let at = self.keys.partition_point(|(_, key)| key.bytes >= bytes);
        self.keys.insert(at, (hash, big_key(name, bytes, measure)));
        self.keys.truncate(KEPT);
    }

    pub(super) fn list(&self) -> Vec<BigKey> {
        self.keys.iter().map(|(_, key)| key.clone()).collect()
    }
}

fn big_key(name: &[u8], bytes: u64, measure: &KeyMeasure<'_>) -> BigKey {
    let ttl_seconds = match measure.ttl {
        KeyTtl::Milliseconds(left) => Some(left as f64 / 1_000.0),
        KeyTtl::Forever | KeyTtl::Unknown => None,
    };
    BigKey {
        name: shown_name(name),
        name_bytes: name.len() as u64,
        kind: measure.kind.to_owned(),
        bytes,
        ttl_seconds,
    }
}

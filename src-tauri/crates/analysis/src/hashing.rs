//! A quick hasher for maps whose keys are hashes already, or a hash with a small tag.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

use crate::sql::mix;

/// A map by fingerprint, session or unit.
pub(crate) type HashedMap<K, V> = HashMap<K, V, BuildHasherDefault<Mixing>>;
pub(crate) type HashedSet<K> = HashSet<K, BuildHasherDefault<Mixing>>;

/// Mixes whole numbers; one multiplication for a key of 64 bits.
#[derive(Default)]
pub(crate) struct Mixing(u64);

impl Hasher for Mixing {
    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }

    #[inline]
    fn write_u64(&mut self, value: u64) {
        self.0 = mix(self.0, value);
    }

    #[inline]
    fn write_u32(&mut self, value: u32) {
        self.write_u64(u64::from(value));
    }

    #[inline]
    fn write_u8(&mut self, value: u8) {
        self.write_u64(u64::from(value));
    }

    #[inline]
    fn write_isize(&mut self, value: isize) {
        self.write_u64(value as u64);
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u8(*byte);
        }
    }
}

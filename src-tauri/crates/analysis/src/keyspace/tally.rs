//! Counts a stream of key names and of measures; what it knows can be told at any moment.

use domain::{KeyMeasure, KeyspaceOptions, TagMeasure};

use super::biggest::Biggest;
use super::layout::LayoutTally;
use super::prefix::write_prefix;
use super::prefixes::Prefixes;
use super::sampling::Sampling;
use super::tags::Tags;

/// A name is told as long beyond this.
const LONG_NAME: usize = 1_024;
/// Types of modules have names of their own; more than these are one.
const KINDS: usize = 32;
const OTHER_KIND: &str = "other";

/// What a walk has shown so far. Holds at most 4,096 prefixes, 1,000 tags and 50 keys.
#[derive(Debug)]
pub struct Tally {
    pub(super) keys: u64,
    pub(super) measured: u64,
    pub(super) long_names: u64,
    pub(super) long_name_bytes: u64,
    pub(super) kinds: Vec<String>,
    pub(super) prefixes: Prefixes,
    pub(super) biggest: Biggest,
    pub(super) layout: LayoutTally,
    pub(super) tags: Tags,
    pub(super) sampling: Sampling,
    prefix: Vec<u8>,
}

impl Tally {
    pub fn new(options: KeyspaceOptions) -> Tally {
        Tally {
            keys: 0,
            measured: 0,
            long_names: 0,
            long_name_bytes: 0,
            kinds: Vec::new(),
            prefixes: Prefixes::default(),
            biggest: Biggest::default(),
            layout: LayoutTally::default(),
            tags: Tags::default(),
            sampling: Sampling::new(options),
            prefix: Vec::new(),
        }
    }

    /// How many keys there are to come, 0 where that is not known. The share to be measured follows from it.
    pub fn expect(&mut self, keys: u64) {
        self.sampling.expect(keys);
    }

    /// Counts a name; true where this key should be measured.
    pub fn seen(&mut self, name: &[u8]) -> bool {
        write_prefix(name, &mut self.prefix);
        let before = self.prefixes.see(&self.prefix, name.len() as u64);
        self.layout.see(name);
        if name.len() > LONG_NAME {
            self.long_names += 1;
            self.long_name_bytes += name.len() as u64;
        }
        let chosen = self.sampling.choose(name, self.keys, before);
        self.keys += 1;
        chosen
    }

    /// What a key that `seen` asked for was found to be. One that is gone by then is not told.
    pub fn measured(&mut self, name: &[u8], measure: &KeyMeasure<'_>) {
        let kind = self.kind(measure.kind);
        write_prefix(name, &mut self.prefix);
        self.prefixes.group(&self.prefix).measure(name, kind, measure);
        self.biggest.offer(name, measure);
        self.measured += 1;
    }

    /// What a set `cache:tag:<tag>` was found to be.
    pub fn tagged(&mut self, measure: &TagMeasure<'_>) {
        self.tags.add(measure);
    }

    fn kind(&mut self, name: &str) -> usize {
        if let Some(at) = self.kinds.iter().position(|known| known == name) {
            return at;
        }
        if self.kinds.len() < KINDS {
            let name = if self.kinds.len() + 1 == KINDS { OTHER_KIND } else { name };
            self.kinds.push(name.to_owned());
        }
        self.kinds.len() - 1
    }
}

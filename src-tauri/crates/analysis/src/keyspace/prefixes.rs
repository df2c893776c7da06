//! Keys by prefix in bounded memory, however many prefixes there are.
//!
//! Frequent prefixes stay (Misra and Gries, in batches): whenever 4,096 are held, the 2,049th largest count is taken off
//! every count, and those that have none left go. Each time that takes its amount from at least 2,049 prefixes, so in all
//! at most one part in 2,049 of all keys is taken from a prefix: a listed prefix counts too few keys by at most that, never
//! too many, and a prefix with a larger share of all keys is always listed. What goes is summed, so that no key is lost.

use std::collections::HashMap;

use super::group::Group;

const HELD: usize = 4_096;
const KEPT: usize = HELD / 2;

#[derive(Debug, Default)]
pub(super) struct Prefixes {
    held: HashMap<Box<[u8]>, Entry>,
    /// All prefixes that were let go.
    rest: Group,
}

#[derive(Debug)]
struct Entry {
    group: Group,
    /// Keys, less what was taken off.
    credit: u64,
}

impl Prefixes {
    /// Counts a key and tells how many its prefix had before.
    #[inline]
    pub(super) fn see(&mut self, prefix: &[u8], name_bytes: u64) -> u64 {
        if let Some(entry) = self.held.get_mut(prefix) {
            entry.credit += 1;
            entry.group.name_bytes += name_bytes;
            let before = entry.group.keys;
            entry.group.keys += 1;
            return before;
        }
        if self.held.len() >= HELD {
            self.let_go();
        }
        let group = Group { keys: 1, name_bytes, measures: None };
        self.held.insert(prefix.into(), Entry { group, credit: 1 });
        0
    }

    /// The keys of a prefix, or of those let go where it is not held any more.
    pub(super) fn group(&mut self, prefix: &[u8]) -> &mut Group {
        match self.held.get_mut(prefix) {
            Some(entry) => &mut entry.group,
            None => &mut self.rest,
        }
    }

    pub(super) fn held(&self) -> impl Iterator<Item = (&[u8], &Group)> {
        self.held.iter().map(|(prefix, entry)| (prefix.as_ref(), &entry.group))
    }

    pub(super) fn rest(&self) -> &Group {
        &self.rest
    }

    fn let_go(&mut self) {
        let mut credits: Vec<u64> = self.held.values().map(|entry| entry.credit).collect();
        let at = credits.len() - 1 - KEPT.min(credits.len() - 1);
        let (_, taken, _) = credits.select_nth_unstable(at);
        let taken = *taken;
        let rest = &mut self.rest;
        self.held.retain(|_, entry| {
            entry.credit = entry.credit.saturating_sub(taken);
            if entry.credit == 0 {
                rest.merge(&entry.group);
            }
            entry.credit > 0
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequent_prefixes_survive_a_million_others() {
        let mut prefixes = Prefixes::default();
        let often: [&[u8]; 3] = [b"query:*", b"session:*", b"cart:*"];
        let mut all = 0;
        for number in 0..300_000_u32 {
            prefixes.see(&number.to_be_bytes(), 4);
            all += 1;
            for (at, prefix) in often.iter().enumerate() {
                if number % (100 << at) == 0 {
                    prefixes.see(prefix, 8);
                    all += 1;
                }
            }
        }
        assert!(prefixes.held.len() <= HELD);
        let error = all / (KEPT as u64 + 1);
        for (at, prefix) in often.into_iter().enumerate() {
            let truth = 300_000_u64.div_ceil(100 << at);
            let found = prefixes.group(prefix).keys;
            assert!(found <= truth && found + error >= truth, "{found} of {truth}, error {error}");
        }
        let kept: u64 = prefixes.held().map(|(_, group)| group.keys).sum();
        assert_eq!(kept + prefixes.rest().keys, all);
    }
}

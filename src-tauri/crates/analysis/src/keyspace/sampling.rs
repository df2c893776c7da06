//! Which keys are measured: every key of a small prefix, and an even share of the rest.

use domain::KeyspaceOptions;

/// First keys of a prefix that are measured while there are not many prefixes, and the least once there are.
const FIRST: u64 = 1_000;
const FIRST_AT_LEAST: u64 = 10;
/// Names that are sent back to be measured are counted beyond this; each crosses the network several times.
const LONG_NAME: usize = 64 * 1024;
const LONG_NAMES: u64 = 100;

#[derive(Debug)]
pub(super) struct Sampling {
    wanted: u64,
    expected: u64,
    asked: u64,
    asked_first: u64,
    long: u64,
    state: u64,
}

impl Sampling {
    pub(super) fn new(options: KeyspaceOptions) -> Sampling {
        Sampling {
            wanted: options.measured_keys,
            expected: 0,
            asked: 0,
            asked_first: 0,
            long: 0,
            state: 0x9E37_79B9_7F4A_7C15,
        }
    }

    pub(super) fn expect(&mut self, keys: u64) {
        self.expected = keys;
    }

    pub(super) fn expected(&self) -> u64 {
        self.expected
    }

    /// True at most `measured_keys` times. `of_all` and `of_prefix` count the keys before this one.
    pub(super) fn choose(&mut self, name: &[u8], of_all: u64, of_prefix: u64) -> bool {
        if self.asked >= self.wanted || name.len() > LONG_NAME && self.long >= LONG_NAMES {
            return false;
        }
        let first = self.is_first(of_prefix);
        if !first && !self.chance(of_all) {
            return false;
        }
        self.asked += 1;
        self.asked_first += u64::from(first);
        self.long += u64::from(name.len() > LONG_NAME);
        true
    }

    /// Half of what is wanted goes to the first keys of prefixes and a quarter to the very first; the last quarter is
    /// left for an even share, so that a million prefixes do not take all before the walk has gone far.
    fn is_first(&self, of_prefix: u64) -> bool {
        let half = self.wanted / 2;
        let most = FIRST.min(self.wanted / 100).max(FIRST_AT_LEAST);
        of_prefix < most && self.asked_first < half
            || of_prefix < FIRST_AT_LEAST && self.asked_first < half + half / 2
    }

    /// An even chance over the keys to come. SCAN's order is that of a hash, so any part of it is a fair sample.
    fn chance(&mut self, of_all: u64) -> bool {
        let left = self.wanted - self.asked;
        let to_come = if self.expected == 0 {
            // Not known: taken to be as many again as were seen, so that a small keyspace is measured whole.
            of_all.max(left).max(1)
        } else {
            self.expected.saturating_sub(of_all).max(self.expected / 100).max(1)
        };
        left >= to_come || self.next() % to_come < left
    }

    /// xorshift: fair enough to choose by, and the same on every run.
    fn next(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(expected: u64, keys: u64, wanted: u64, prefix_of: impl Fn(u64) -> u64) -> u64 {
        let mut sampling = Sampling::new(KeyspaceOptions { measured_keys: wanted, ..Default::default() });
        sampling.expect(expected);
        (0..keys).filter(|key| sampling.choose(b"name", *key, prefix_of(*key))).count() as u64
    }

    #[test]
    fn about_as_many_as_wanted() {
        let cases = [
            ("all of a small keyspace", 5_000, 5_000, 10_000, 5_000, 5_000),
            ("one prefix", 1_000_000, 1_000_000, 20_000, 19_000, 20_000),
            ("twice as many as expected", 100_000, 200_000, 10_000, 9_900, 10_000),
            ("not known how many", 0, 1_000_000, 10_000, 9_000, 10_000),
            ("none wanted", 1_000, 1_000, 0, 0, 0),
        ];
        for (what, expected, keys, wanted, least, most) in cases {
            let found = asked(expected, keys, wanted, |key| key);
            assert!((least..=most).contains(&found), "{what}: {found}");
        }
    }

    #[test]
    fn many_prefixes_leave_a_share_for_the_end() {
        let mut sampling = Sampling::new(KeyspaceOptions { measured_keys: 10_000, ..Default::default() });
        sampling.expect(1_000_000);
        let chosen: Vec<u64> = (0..1_000_000).filter(|key| sampling.choose(b"n", *key, 0)).collect();
        let late = chosen.iter().filter(|key| **key > 500_000).count();
        assert!((1_000..1_600).contains(&late), "{late} of {}", chosen.len());
    }

    #[test]
    fn names_of_megabytes_are_sent_back_a_hundred_times_at_most() {
        let mut sampling = Sampling::new(KeyspaceOptions::default());
        sampling.expect(1_000);
        let name = vec![b'x'; 1_000_000];
        assert_eq!((0..1_000).filter(|key| sampling.choose(&name, *key, *key)).count(), 100);
    }
}

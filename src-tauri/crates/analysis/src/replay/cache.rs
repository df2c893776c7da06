//! What a cache of results and the sharing of executions would do, simulated over the stream in its order.
//!
//! The cache: an answer is kept from the start of the execution that fetched it, for a time to live, and dropped when
//! a write to one of the statement's tables ends. The sharing: an execution that begins while the same one runs
//! takes that one's answer. Same means the same fingerprint with the same values.

use crate::hashing::HashedMap;
use crate::sql::{Fingerprint, Values, mix};

/// Times to live that are simulated at once, so that a page can move between them without reading the log again.
pub(super) const TTL_SECONDS: [u32; TTLS] = [10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400];
const TTLS: usize = 11;
/// Answers remembered at once: about 70 MB.
const ROOM: usize = 500_000;

/// What a simulation gave for one statement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Gain {
    pub(super) hits: [u64; TTLS],
    pub(super) saved_us: [u64; TTLS],
    pub(super) shared: u64,
    pub(super) shared_us: u64,
    /// Executions whose values are not in the log, which no simulation can place.
    pub(super) unrecorded: u64,
    pub(super) simulated: u64,
}

#[derive(Clone, Copy, Debug)]
struct Answer {
    /// When the answer kept for each time to live was fetched.
    fetched_us: [i64; TTLS],
    /// The execution that others could share.
    leader_us: (i64, i64),
}

#[derive(Clone, Debug)]
pub(super) struct Cache {
    answers: HashedMap<u64, Answer>,
    /// When the last write to each table ended.
    written_us: Vec<i64>,
    room: usize,
    /// Answers that were forgotten for the bound: hits may be too few.
    forgotten: u64,
}

/// An execution that reads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Read<'a> {
    pub(super) fingerprint: Fingerprint,
    pub(super) values: Values,
    pub(super) tables: &'a [u32],
    pub(super) start_us: i64,
    pub(super) duration_us: u64,
}

impl Cache {
    pub(super) fn new() -> Cache {
        Cache::with_room(ROOM)
    }

    fn with_room(room: usize) -> Cache {
        Cache { answers: HashedMap::default(), written_us: Vec::new(), room, forgotten: 0 }
    }

    pub(super) fn forgotten(&self) -> u64 {
        self.forgotten
    }

    pub(super) fn write(&mut self, tables: &[u32], end_us: i64) {
        for table in tables {
            let index = *table as usize;
            if self.written_us.len() <= index {
                self.written_us.resize(index + 1, i64::MIN);
            }
            if let Some(written) = self.written_us.get_mut(index) {
                *written = (*written).max(end_us);
            }
        }
    }

    pub(super) fn read(&mut self, read: &Read<'_>, gain: &mut Gain) {
        gain.simulated += 1;
        let key = mix(read.fingerprint.0, read.values.hash);
        let end_us = read.start_us.saturating_add_unsigned(read.duration_us);
        let leader_us = (read.start_us, end_us);
        let written_us = read
            .tables
            .iter()
            .filter_map(|table| self.written_us.get(*table as usize))
            .fold(i64::MIN, |latest, written| latest.max(*written));
        let Some(answer) = self.answers.get_mut(&key) else {
            self.make_room(read.start_us);
            self.answers.insert(key, Answer { fetched_us: [read.start_us; TTLS], leader_us });
            return;
        };
        // Executions come in the order of their ends, so that one may have begun before its leader did.
        let (began_us, ended_us) = answer.leader_us;
        if read.start_us < ended_us && end_us > began_us {
            gain.shared += 1;
            gain.shared_us = gain.shared_us.saturating_add(read.duration_us);
        } else {
            answer.leader_us = leader_us;
        }
        let counts = gain.hits.iter_mut().zip(&mut gain.saved_us);
        for ((fetched_us, ttl), (hits, saved_us)) in answer.fetched_us.iter_mut().zip(TTL_SECONDS).zip(counts)
        {
            let age_us = read.start_us.saturating_sub(*fetched_us);
            let there = age_us >= 0 && read.start_us >= ended_us;
            if there && age_us < i64::from(ttl) * 1_000_000 && *fetched_us > written_us {
                *hits += 1;
                *saved_us = saved_us.saturating_add(read.duration_us);
            } else {
                *fetched_us = (*fetched_us).max(read.start_us);
            }
        }
    }

    /// Drops what no time to live would keep; where that is not enough, the older half of the rest.
    fn make_room(&mut self, now_us: i64) {
        if self.answers.len() < self.room {
            return;
        }
        let longest_us = TTL_SECONDS.last().map_or(0, |ttl| i64::from(*ttl) * 1_000_000);
        let newest = |answer: &Answer| answer.leader_us.1;
        self.answers.retain(|_, answer| newest(answer) > now_us.saturating_sub(longest_us));
        if self.answers.len() >= self.room {
            let mut ages: Vec<i64> = self.answers.values().map(newest).collect();
            let middle = ages.len() / 2;
            let cut = *ages.select_nth_unstable(middle).1;
            let before = self.answers.len();
            self.answers.retain(|_, answer| newest(answer) > cut);
            self.forgotten += (before - self.answers.len()) as u64;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;
    const ORDERS: u32 = 0;
    const USERS: u32 = 1;

    fn read(cache: &mut Cache, gain: &mut Gain, param: u64, start_us: i64, duration_us: u64) {
        let values = Values { hash: param, ..Values::default() };
        let tables = [ORDERS];
        let read = Read { fingerprint: Fingerprint(7), values, tables: &tables, start_us, duration_us };
        cache.read(&read, gain);
    }

    #[test]
    fn answers_live_as_long_as_they_may() {
        let (mut cache, mut gain) = (Cache::new(), Gain::default());
        for second in [0, 30, 59, 60, 700, 4_000] {
            read(&mut cache, &mut gain, 1, second * SECOND, 1_000);
        }
        // At 10 s: 60, a second after 59. At 30 s: 59 only, for 30 and 60 come a moment too late. At 60 s: 30 and 59. Up to 10 min: all but 700 and 4,000.
        // From 30 min to 1 h: all but 4,000. Longer: all but the first.
        let expected = [1, 1, 2, 3, 3, 3, 4, 4, 5, 5, 5];
        assert_eq!(gain.hits, expected);
        assert_eq!(gain.saved_us, expected.map(|hits| hits * 1_000));
        assert_eq!((gain.simulated, gain.shared), (6, 0));
    }

    #[test]
    fn other_values_and_writes_to_its_tables_are_misses() {
        let (mut cache, mut gain) = (Cache::new(), Gain::default());
        read(&mut cache, &mut gain, 1, 0, 1_000);
        read(&mut cache, &mut gain, 2, SECOND, 1_000);
        assert_eq!(gain.hits, [0; TTLS]);
        cache.write(&[USERS], 2 * SECOND);
        read(&mut cache, &mut gain, 1, 3 * SECOND, 1_000);
        assert_eq!(gain.hits, [1; TTLS]);
        cache.write(&[ORDERS], 4 * SECOND);
        read(&mut cache, &mut gain, 1, 5 * SECOND, 1_000);
        assert_eq!(gain.hits, [1; TTLS]);
        read(&mut cache, &mut gain, 1, 6 * SECOND, 1_000);
        assert_eq!(gain.hits, [2; TTLS]);
    }

    #[test]
    fn executions_at_once_share_one() {
        let (mut cache, mut gain) = (Cache::new(), Gain::default());
        // In the order of their ends: 0–100, 50–120, 10–130 overlap; 130–140 begins when the first has long ended.
        for (start_us, duration_us) in [(0, 100), (50, 70), (10, 120), (130, 10)] {
            read(&mut cache, &mut gain, 1, start_us, duration_us);
        }
        assert_eq!((gain.shared, gain.shared_us), (2, 190));
        assert_eq!(gain.hits, [1; TTLS], "one that begins while the answer is fetched is no hit");
    }

    #[test]
    fn a_full_memory_forgets_the_oldest_and_says_so() {
        let (mut cache, mut gain) = (Cache::with_room(10), Gain::default());
        for param in 0..30 {
            read(&mut cache, &mut gain, param, param as i64 * SECOND, 1_000);
        }
        assert!(cache.answers.len() <= 10 && cache.forgotten() > 0);
        read(&mut cache, &mut gain, 29, 31 * SECOND, 1_000);
        assert_eq!(gain.hits, [1; TTLS]);
        let (mut cache, mut gain) = (Cache::with_room(10), Gain::default());
        for param in 0..30 {
            read(&mut cache, &mut gain, param, param as i64 * 50_000 * SECOND, 1_000);
        }
        assert_eq!(cache.forgotten(), 0, "what no time to live would keep is no loss");
    }
}

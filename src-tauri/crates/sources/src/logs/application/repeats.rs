//! One query that an application tells of on several lines: as executed, as slow, and as very slow.

/// Which of the lines it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Telling {
    Executed = 0,
    Slow = 1,
    VerySlow = 2,
}

/// How many queries are remembered, and for how long.
const REMEMBERED: usize = 256;
const WINDOW_US: i64 = 10_000_000;

#[derive(Debug, Clone, Copy, Default)]
struct Query {
    key: u64,
    at_us: i64,
    tellings: [u32; 3],
}

/// The last queries. Of each there were as many as its most frequent kind of line says.
#[derive(Debug)]
pub(in super::super) struct Repeats {
    queries: [Query; REMEMBERED],
    next: usize,
}

impl Default for Repeats {
    fn default() -> Repeats {
        Repeats { queries: [Query::default(); REMEMBERED], next: 0 }
    }
}

impl Repeats {
    /// Whether this line tells of a query for the first time. `key` is the same for all lines of one query.
    pub(in super::super) fn is_new(&mut self, key: u64, at_us: i64, telling: Telling) -> bool {
        let known = self
            .queries
            .iter_mut()
            .find(|query| query.key == key && at_us.saturating_sub(query.at_us) <= WINDOW_US);
        let query = match known {
            Some(query) => query,
            None => {
                self.next = (self.next + 1) % REMEMBERED;
                let Some(place) = self.queries.get_mut(self.next) else { return true };
                *place = Query { key, at_us, tellings: [0; 3] };
                place
            }
        };
        query.at_us = at_us;
        let most = query.tellings.iter().copied().max().unwrap_or(0);
        let Some(count) = query.tellings.get_mut(telling as usize) else { return true };
        *count += 1;
        *count > most
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Telling::{Executed, Slow, VerySlow};

    #[test]
    fn a_query_told_thrice_is_one_and_two_alike_are_two() {
        let cases: &[(&[Telling], usize)] = &[
            (&[Slow, VerySlow, Executed], 1),
            (&[Slow, Slow, Executed, Executed], 2),
            (&[Executed, Executed, Executed], 3),
            (&[Slow, VerySlow, Slow, VerySlow], 2),
        ];
        for (lines, expected) in cases {
            let mut repeats = Repeats::default();
            let new = lines.iter().filter(|telling| repeats.is_new(7, 0, **telling)).count();
            assert_eq!(new, *expected, "{lines:?}");
        }
        let mut repeats = Repeats::default();
        assert!(repeats.is_new(7, 0, Slow) && repeats.is_new(8, 0, VerySlow));
        assert!(repeats.is_new(7, WINDOW_US + 1, VerySlow), "too long ago to be the same");
    }
}

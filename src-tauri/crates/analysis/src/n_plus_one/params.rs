//! How many different parameters a repeated statement was given, and which of them change.

use super::Observation;
use crate::sql::Values;

/// Different values are told apart exactly up to here; beyond, there are "many".
const EXACT: usize = 64;

/// Executions of one statement in one unit, by whether their parameters differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Sameness {
    Different,
    Same,
    /// No execution had a parameter or constant that was recorded.
    Unrecorded,
}

/// Sets of parameters seen, exact while they are few.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DistinctParams {
    pub count: u64,
    /// There were more than `count`.
    pub more: bool,
}

/// Which values of a statement change from execution to execution of one unit, as far as is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Varying {
    /// A bit for each of the first eight values.
    positions: u8,
    /// Values given beside the text, and constants in it.
    given: u32,
    constants: u32,
}

impl Varying {
    fn new(seen: &Observation<'_>) -> Self {
        let constants = seen.values.count.saturating_sub(seen.given);
        Self { positions: 0, given: seen.given, constants }
    }

    fn note(&mut self, one: u64, other: u64) {
        for (bit, differs) in (one ^ other).to_le_bytes().into_iter().enumerate() {
            self.positions |= u8::from(differs != 0) << bit;
        }
    }

    pub(super) fn merge(&mut self, other: Varying) {
        self.positions |= other.positions;
        self.given = self.given.max(other.given);
        self.constants = self.constants.max(other.constants);
    }

    /// The numbers that the changing values have in the masked statement, `$n`; empty where that cannot be told.
    pub fn numbers(&self, masked: &str) -> Vec<u32> {
        // Of a list that is not written out it is not known which value is which.
        let collapsed = masked.contains("/*, ... */");
        let highest = highest_number(masked);
        let bits = (0..8).filter(|bit| self.positions & (1 << bit) != 0);
        let number = |bit: u32| match () {
            () if bit < self.given => Some(bit + 1),
            () if collapsed => None,
            // Placeholders whose values were not recorded are numbered first.
            () => Some(highest.checked_sub(self.constants)? + 1 + (bit - self.given)),
        };
        bits.filter_map(number).filter(|number| (1..=highest).contains(number)).collect()
    }
}

fn highest_number(masked: &str) -> u32 {
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let numbers = masked.split('$').skip(1).filter_map(|text| text.get(..digits(text))?.parse().ok());
    numbers.max().unwrap_or(0)
}

#[derive(Clone, Debug)]
pub(super) struct ParamsSeen {
    first: u64,
    first_digests: u64,
    varying: Varying,
    // Most statements run once: no allocation for them.
    others: Vec<u64>,
    more: bool,
}

impl ParamsSeen {
    pub(super) fn new(seen: &Observation<'_>) -> Self {
        Self {
            first: seen.values.hash,
            first_digests: seen.values.digests,
            varying: Varying::new(seen),
            others: Vec::new(),
            more: false,
        }
    }

    pub(super) fn varying(&self) -> Varying {
        self.varying
    }

    pub(super) fn add(&mut self, values: Values) {
        if values.digests != self.first_digests {
            self.varying.note(self.first_digests, values.digests);
        }
        let params = values.hash;
        if params == self.first || self.more || self.others.contains(&params) {
            return;
        }
        if self.others.len() + 1 < EXACT {
            self.others.push(params);
        } else {
            self.more = true;
        }
    }

    pub(super) fn distinct(&self) -> DistinctParams {
        DistinctParams { count: self.others.len() as u64 + 1, more: self.more }
    }

    /// Different when most executions have parameters of their own, or when the statement would still be a pattern
    /// after every set of parameters is asked for only once, unless each was asked for more than ten times.
    pub(super) fn sameness(&self, executions: u64, threshold: u64) -> Sameness {
        let distinct = self.distinct();
        let most = distinct.count.saturating_mul(2) > executions;
        let remains = distinct.count >= threshold && distinct.count.saturating_mul(10) >= executions;
        if distinct.more || (distinct.count > 1 && (most || remains)) {
            Sameness::Different
        } else if distinct.count == 1 && self.first == 0 {
            Sameness::Unrecorded
        } else {
            Sameness::Same
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::n_plus_one::{UnitKey, UnitKind};
    use crate::sql::{Fingerprint, shape};

    fn seen(params: impl IntoIterator<Item = u64>) -> (ParamsSeen, u64) {
        let mut params = params.into_iter();
        let values = |hash| Values { hash, ..Values::default() };
        let mut seen = ParamsSeen::new(&observation(values(params.next().unwrap()), 0));
        let executions = 1 + params.map(|value| seen.add(values(value))).count() as u64;
        (seen, executions)
    }

    fn observation(values: Values, given: u32) -> Observation<'static> {
        Observation {
            unit: UnitKey { kind: UnitKind::Request, hash: 1, id: None },
            fingerprint: Fingerprint(1),
            values,
            given,
            start_us: 0,
            duration_us: None,
            rows: None,
            route: None,
            application: None,
        }
    }

    #[test]
    fn changing_values_are_known_by_their_numbers() {
        // Masked text, values given beside it, and the two executions' texts.
        type Case = (&'static str, &'static [[&'static str; 2]], [&'static str; 2], &'static [u32]);
        let cases: [Case; 5] = [
            ("SELECT a WHERE t = $1 AND c = $2", &[["1", "1"], ["7", "8"]], ["", ""], &[2]),
            (
                "SELECT a WHERE t = $1 AND c = $2",
                &[],
                ["SELECT a WHERE t = 1 AND c = 7", "SELECT a WHERE t = 1 AND c = 8"],
                &[2],
            ),
            ("SELECT a WHERE t = $1 LIMIT $2", &[["1", "2"]], ["SELECT 5", "SELECT 5"], &[1]),
            (
                "SELECT a WHERE t = $1 AND c = $2",
                &[],
                ["SELECT a WHERE t = $1 AND c = 7", "SELECT a WHERE t = $1 AND c = 8"],
                &[2],
            ),
            (
                "SELECT a WHERE t IN ($1 /*, ... */) AND c = $2",
                &[],
                ["SELECT a WHERE t IN (1, 2) AND c = 7", "SELECT a WHERE t IN (1, 2) AND c = 8"],
                &[],
            ),
        ];
        for (masked, given, [one, two], expected) in cases {
            let values = |index: usize, sql: &str| {
                let beside = Values::of(given.iter().map(|pair| Some(pair[index].as_bytes())));
                (beside.and_constants(shape(sql.as_bytes()).constants), beside.count)
            };
            let (first, count) = values(0, one);
            let mut seen = ParamsSeen::new(&observation(first, count));
            seen.add(values(1, two).0);
            assert_eq!(seen.varying().numbers(masked), expected, "{masked}");
        }
    }

    #[test]
    fn sameness_follows_the_share_of_different_parameters() {
        let cases = [
            (vec![1, 2, 3], Sameness::Different),
            (vec![1, 1, 1], Sameness::Same),
            (vec![0, 0, 0], Sameness::Unrecorded),
            (vec![1, 2, 1], Sameness::Different),
            (vec![1, 2, 1, 2], Sameness::Same),
            (vec![1, 2, 3, 1, 2, 3, 1, 2, 3], Sameness::Different),
            ((0..31).map(|n| 1 + n % 3).collect(), Sameness::Same),
            ((0..1_000).map(|n| 1 + n % 40).collect(), Sameness::Same),
            ((0..1_000).map(|n| 1 + n % 80).collect(), Sameness::Different),
        ];
        for (params, expected) in cases {
            let (seen, executions) = seen(params.clone());
            assert_eq!(seen.sameness(executions, 3), expected, "{params:?}");
        }
    }

    #[test]
    fn counts_are_exact_until_there_are_many() {
        for (different, expected) in [(1, 1), (63, 63), (64, 64), (65, 64), (5_000, 64)] {
            let (seen, _) = seen((0..different).chain(0..different));
            let expected = DistinctParams { count: expected, more: different > 64 };
            assert_eq!(seen.distinct(), expected, "{different}");
        }
    }
}

//! How many different parameters a repeated statement was given.

/// Different values are told apart exactly up to here; beyond, there are "many".
const EXACT: usize = 32;

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

#[derive(Clone, Debug)]
pub(super) struct ParamsSeen {
    first: u64,
    // Most statements run once: no allocation for them.
    others: Vec<u64>,
    more: bool,
}

impl ParamsSeen {
    pub(super) fn new(first: u64) -> Self {
        Self { first, others: Vec::new(), more: false }
    }

    pub(super) fn add(&mut self, params: u64) {
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

    fn seen(params: impl IntoIterator<Item = u64>) -> (ParamsSeen, u64) {
        let mut params = params.into_iter();
        let mut seen = ParamsSeen::new(params.next().unwrap());
        let executions = 1 + params.map(|value| seen.add(value)).count() as u64;
        (seen, executions)
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
            ((0..1_000).map(|n| 1 + n % 40).collect(), Sameness::Different),
        ];
        for (params, expected) in cases {
            let (seen, executions) = seen(params.clone());
            assert_eq!(seen.sameness(executions, 3), expected, "{params:?}");
        }
    }

    #[test]
    fn counts_are_exact_until_there_are_many() {
        for (different, expected) in [(1, 1), (31, 31), (32, 32), (33, 32), (5_000, 32)] {
            let (seen, _) = seen((0..different).chain(0..different));
            let expected = DistinctParams { count: expected, more: different > 32 };
            assert_eq!(seen.distinct(), expected, "{different}");
        }
    }
}

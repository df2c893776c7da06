//! Keys by steps of an age: the time that is left to them, or since they were used.

use domain::KeyAgeShare;

const MINUTE: f64 = 60.0;
const HOUR: f64 = 3_600.0;
const DAY: f64 = 86_400.0;
/// Upper ends in seconds; the last step has none.
const ENDS: [f64; 5] = [MINUTE, 10.0 * MINUTE, HOUR, DAY, 7.0 * DAY];
const LABELS: [&str; 6] =
    ["under 1 min", "1 to 10 min", "10 to 60 min", "1 to 24 h", "1 to 7 days", "over 7 days"];

/// Counts by step, then those without an age.
#[derive(Debug, Clone, Default)]
pub(super) struct Ages {
    steps: [Step; 6],
    none: Step,
}

#[derive(Debug, Clone, Copy, Default)]
struct Step {
    keys: f64,
    bytes: f64,
}

impl Ages {
    pub(super) fn add(&mut self, seconds: f64, bytes: f64) {
        let at = ENDS.iter().filter(|end| seconds >= **end).count();
        if let Some(step) = self.steps.get_mut(at) {
            step.add(1.0, bytes);
        }
    }

    pub(super) fn add_none(&mut self, bytes: f64) {
        self.none.add(1.0, bytes);
    }

    pub(super) fn merge(&mut self, other: &Ages, keys: f64, bytes: f64) {
        for (step, more) in self.steps.iter_mut().zip(&other.steps) {
            step.add(more.keys * keys, more.bytes * bytes);
        }
        self.none.add(other.none.keys * keys, other.none.bytes * bytes);
    }

    pub(super) fn keys(&self) -> f64 {
        self.none.keys + self.steps.iter().map(|step| step.keys).sum::<f64>()
    }

    pub(super) fn none(&self) -> f64 {
        self.none.keys
    }

    /// Every step in order, scaled; `none` leads where keys without an age are told. Empty without any key.
    pub(super) fn shares(&self, with_none: bool, keys: f64, bytes: f64) -> Vec<KeyAgeShare> {
        if self.keys() == 0.0 {
            return Vec::new();
        }
        let none = with_none.then_some(("none", &self.none));
        let steps = LABELS.into_iter().zip(&self.steps);
        none.into_iter()
            .chain(steps)
            .map(|(label, step)| KeyAgeShare {
                label: label.to_owned(),
                keys: step.keys * keys,
                bytes: step.bytes * bytes,
            })
            .collect()
    }
}

impl Step {
    fn add(&mut self, keys: f64, bytes: f64) {
        self.keys += keys;
        self.bytes += bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_fall_into_their_step() {
        let cases = [
            (0.0, "under 1 min"),
            (59.9, "under 1 min"),
            (60.0, "1 to 10 min"),
            (3_599.0, "10 to 60 min"),
            (3_600.0, "1 to 24 h"),
            (86_400.0, "1 to 7 days"),
            (604_800.0, "over 7 days"),
            (f64::MAX, "over 7 days"),
        ];
        for (seconds, label) in cases {
            let mut ages = Ages::default();
            ages.add(seconds, 10.0);
            let shares = ages.shares(true, 2.0, 3.0);
            let filled: Vec<_> = shares.iter().filter(|share| share.keys > 0.0).collect();
            assert_eq!(filled.len(), 1, "{seconds}");
            assert_eq!((filled[0].label.as_str(), filled[0].keys, filled[0].bytes), (label, 2.0, 30.0));
        }
    }

    #[test]
    fn without_keys_there_are_no_steps() {
        assert_eq!(Ages::default().shares(true, 1.0, 1.0), []);
    }
}

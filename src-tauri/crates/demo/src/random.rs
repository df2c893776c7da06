//! Randomness that depends on nothing but a seed, a table and a row number.

/// A SplitMix64 stream. Its own few lines, so that the data stays the same whatever a library changes.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    /// The stream of one row: the same three numbers give the same throws on every machine.
    pub(crate) fn of(seed: u64, table: u64, row: u64) -> Dice {
        let mut dice = Dice(seed ^ table.rotate_left(48));
        let mixed = dice.next() ^ row.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Dice(mixed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform in `[0, 1)`.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform in `0..bound`; 0 for an empty range.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64 }
    }

    /// In `0..bound`, small numbers far more often: `unit^power × bound`.
    pub(crate) fn skewed(&mut self, bound: u64, power: f64) -> u64 {
        ((self.unit().powf(power) * bound as f64) as u64).min(bound.saturating_sub(1))
    }

    pub(crate) fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// One of `items`, each as likely as the other.
    pub(crate) fn pick<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> Option<&'a T> {
        items.get(self.below(items.len() as u64) as usize).copied()
    }

    /// One of `items` by weight.
    pub(crate) fn weighted<'a>(&mut self, items: &[(&'a str, u32)]) -> &'a str {
        let total: u64 = items.iter().map(|(_, weight)| u64::from(*weight)).sum();
        let mut left = self.below(total);
        for (item, weight) in items {
            let weight = u64::from(*weight);
            if left < weight {
                return item;
            }
            left -= weight;
        }
        items.last().map_or("", |(item, _)| item)
    }
}

#[cfg(test)]
mod tests {
    use super::Dice;

    #[test]
    fn rows_have_streams_of_their_own() {
        let throw = |seed, table, row| Dice::of(seed, table, row).next();
        assert_eq!(throw(1, 2, 3), throw(1, 2, 3));
        let others = [throw(2, 2, 3), throw(1, 3, 3), throw(1, 2, 4)];
        assert!(others.iter().all(|other| *other != throw(1, 2, 3)));
    }

    #[test]
    fn weights_and_skew_hold() {
        let mut dice = Dice::of(7, 1, 1);
        let paid = (0..10_000).filter(|_| dice.weighted(&[("paid", 9), ("open", 1)]) == "paid").count();
        assert!((8_800..9_200).contains(&paid), "{paid}");
        let low = (0..10_000).filter(|_| dice.skewed(100, 3.0) < 10).count();
        assert!((4_300..5_000).contains(&low), "0.1^(1/3) of throws fall in the first tenth: {low}");
    }
}

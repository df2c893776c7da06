//! What is known of each statement without asking again: sets of indexes that a plan used, and its cost with them.

use super::set::Set;

/// A plan needs these indexes and then costs this much.
#[derive(Clone, Debug)]
struct Configuration {
    used: Set,
    cost: f64,
}

/// Of one statement the plans that are worth having: none uses more indexes than another that costs less.
#[derive(Clone, Debug, Default)]
pub(in crate::index_advice) struct Configurations(Vec<Configuration>);

impl Configurations {
    /// Returns whether it says anything new.
    pub(super) fn learn(&mut self, used: &Set, cost: f64) -> bool {
        let dominated = |known: &Configuration| known.cost <= cost && known.used.is_subset(used);
        if self.0.iter().any(dominated) {
            return false;
        }
        self.0.retain(|known| !(cost <= known.cost && used.is_subset(&known.used)));
        let place = self.0.partition_point(|known| known.cost <= cost);
        self.0.insert(place, Configuration { used: used.clone(), cost });
        true
    }

    /// What the statement costs at most with these indexes.
    pub(super) fn cost(&self, present: &Set) -> f64 {
        // Cheapest first.
        self.0.iter().find(|known| known.used.is_subset(present)).map_or(f64::INFINITY, |known| known.cost)
    }

    /// What the cheapest plan with these indexes uses of them.
    pub(in crate::index_advice) fn used(&self, present: &Set) -> Option<&Set> {
        self.0.iter().find(|known| known.used.is_subset(present)).map(|known| &known.used)
    }

    pub(super) fn sets(&self) -> impl Iterator<Item = &Set> {
        self.0.iter().map(|known| &known.used)
    }

    pub(super) fn candidates(&self) -> Set {
        self.0.iter().fold(Set::default(), |all, known| all.or(&known.used))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_worth_having_is_kept() {
        let mut known = Configurations::default();
        assert!(known.learn(&Set::default(), 100.0));
        assert!(known.learn(&Set::of([1, 2]), 10.0));
        assert!(known.learn(&Set::of([1]), 40.0));
        assert!(!known.learn(&Set::of([1, 3]), 41.0), "1 alone costs less");
        assert_eq!(known.cost(&Set::of([1, 5])), 40.0);
        assert_eq!(known.cost(&Set::of([1, 2, 5])), 10.0);
        assert_eq!(known.cost(&Set::of([2])), 100.0);
        assert!(known.learn(&Set::of([1]), 5.0));
        assert_eq!(known.sets().count(), 2, "nobody needs 1 and 2 for 10");
    }
}

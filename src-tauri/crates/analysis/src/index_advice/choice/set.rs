//! Sets of candidates, small and quick to compare.

/// A set of indexes into the candidates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Set(Vec<u64>);

impl Set {
    pub(crate) fn of(items: impl IntoIterator<Item = usize>) -> Set {
        let mut set = Set::default();
        for item in items {
            set.insert(item);
        }
        set
    }

    pub(crate) fn insert(&mut self, item: usize) {
        let word = item / 64;
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        if let Some(word) = self.0.get_mut(word) {
            *word |= 1 << (item % 64);
        }
    }

    pub(crate) fn remove(&mut self, item: usize) {
        if let Some(word) = self.0.get_mut(item / 64) {
            *word &= !(1 << (item % 64));
        }
        self.trim();
    }

    pub(crate) fn contains(&self, item: usize) -> bool {
        self.0.get(item / 64).is_some_and(|word| word & (1 << (item % 64)) != 0)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether they have an item in common.
    pub(crate) fn meets(&self, other: &Set) -> bool {
        self.0.iter().zip(&other.0).any(|(one, other)| one & other != 0)
    }

    pub(crate) fn is_subset(&self, other: &Set) -> bool {
        self.0
            .iter()
            .enumerate()
            .all(|(index, word)| word & !other.0.get(index).copied().unwrap_or_default() == 0)
    }

    #[must_use]
    pub(crate) fn and(&self, other: &Set) -> Set {
        let mut set = Set(self.0.iter().zip(&other.0).map(|(one, other)| one & other).collect());
        set.trim();
        set
    }

    #[must_use]
    pub(crate) fn or(&self, other: &Set) -> Set {
        let (long, short) = if self.0.len() >= other.0.len() { (self, other) } else { (other, self) };
        let mut set = long.clone();
        for (word, more) in set.0.iter_mut().zip(&short.0) {
            *word |= more;
        }
        set
    }

    #[must_use]
    pub(crate) fn without(&self, other: &Set) -> Set {
        let mut set = self.clone();
        for (word, less) in set.0.iter_mut().zip(&other.0) {
            *word &= !less;
        }
        set.trim();
        set
    }

    #[must_use]
    pub(crate) fn with(&self, item: usize) -> Set {
        let mut set = self.clone();
        set.insert(item);
        set
    }

    #[must_use]
    pub(crate) fn less(&self, item: usize) -> Set {
        let mut set = self.clone();
        set.remove(item);
        set
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(index, word)| {
            (0..64).filter(move |bit| word & (1 << bit) != 0).map(move |bit| index * 64 + bit)
        })
    }

    /// Equal sets have equal words.
    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_behaves_as_a_set(
            one in prop::collection::btree_set(0_usize..200, 0..20),
            other in prop::collection::btree_set(0_usize..200, 0..20),
        ) {
            let (a, b) = (Set::of(one.iter().copied()), Set::of(other.iter().copied()));
            let told = |set: Set| set.iter().collect::<BTreeSet<_>>();
            prop_assert_eq!(told(a.and(&b)), &one & &other);
            prop_assert_eq!(told(a.or(&b)), &one | &other);
            prop_assert_eq!(told(a.without(&b)), &one - &other);
            prop_assert_eq!(a.is_subset(&b), one.is_subset(&other));
            prop_assert_eq!(a.meets(&b), !one.is_disjoint(&other));
            prop_assert_eq!(a.len(), one.len());
            prop_assert_eq!(a == b, one == other);
            prop_assert_eq!(a.with(7).less(7), a.less(7));
            prop_assert_eq!(a.is_empty(), one.is_empty());
            prop_assert_eq!(a.contains(3), one.contains(&3));
        }
    }
}

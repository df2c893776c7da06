//! The best set of indexes under the limits, on what is known of the statements; nobody is asked.

use super::configurations::Configurations;
use super::set::Set;
use super::{Limits, Workload};

/// Attempts to leave a local best by taking something away at random.
const SHAKES: usize = 60;
/// A difference below this share of the workload is no progress.
const LEAST: f64 = 1e-9;

pub(super) fn cost(workload: &Workload, known: &[Configurations], set: &Set) -> f64 {
    let statements: f64 = known
        .iter()
        .zip(&workload.weights)
        .map(|(known, weight)| (known.cost(set), weight))
        .filter(|(cost, _)| cost.is_finite())
        .map(|(cost, weight)| cost * weight)
        .sum();
    let upkeep: f64 = set.iter().filter_map(|index| workload.candidates.get(index)).map(|one| one.upkeep).sum();
    statements + upkeep
}

pub(super) fn bytes(workload: &Workload, set: &Set) -> u64 {
    set.iter().filter_map(|index| workload.candidates.get(index)).map(|one| one.bytes).sum()
}

pub(super) fn fits(workload: &Workload, limits: Limits, set: &Set) -> bool {
    if bytes(workload, set) > limits.bytes {
        return false;
    }
    let mut tables: Vec<(usize, f64)> = Vec::new();
    for one in set.iter().filter_map(|index| workload.candidates.get(index)) {
        match tables.iter_mut().find(|(table, _)| *table == one.table) {
            Some((_, ratio)) => *ratio += one.write_ratio,
            None => tables.push((one.table, one.write_ratio)),
        }
    }
    tables.iter().all(|(_, ratio)| *ratio <= limits.write_ratio)
}

/// One improvement of what there is.
pub(super) fn quick(workload: &Workload, limits: Limits, known: &[Configurations], from: &Set) -> Set {
    Search::new(workload, limits, known).climb(from.clone())
}

/// The best of several beginnings, shaken.
pub(super) fn best(workload: &Workload, limits: Limits, known: &[Configurations], from: &Set) -> Set {
    let search = Search::new(workload, limits, known);
    let mut best = search.climb(from.clone());
    for other in [search.climb(Set::default()), search.climb(search.relax())] {
        if search.cost(&other) < search.cost(&best) {
            best = other;
        }
    }
    search.shake(best)
}

struct Search<'s> {
    workload: &'s Workload,
    limits: Limits,
    known: &'s [Configurations],
    /// Sets that serve a statement together: the steps of the search.
    steps: Vec<Set>,
}

impl<'s> Search<'s> {
    fn new(workload: &'s Workload, limits: Limits, known: &'s [Configurations]) -> Search<'s> {
        let mut steps: Vec<Set> = known.iter().flat_map(Configurations::sets).cloned().collect();
        steps.sort();
        steps.dedup();
        steps.retain(|set| !set.is_empty() && fits(workload, limits, set));
        Search { workload, limits, known, steps }
    }

    fn cost(&self, set: &Set) -> f64 {
        cost(self.workload, self.known, set)
    }

    fn fits(&self, set: &Set) -> bool {
        fits(self.workload, self.limits, set)
    }

    /// Takes the step that gains most for its bytes while one fits; then exchanges until nothing gains.
    fn climb(&self, from: Set) -> Set {
        let mut set = self.grow(from);
        loop {
            match self.exchanged(&set) {
                Some(better) => set = self.grow(self.pruned(better)),
                None => return self.pruned(set),
            }
        }
    }

    fn grow(&self, mut set: Set) -> Set {
        loop {
            let now = self.cost(&set);
            let mut best: Option<(f64, Set)> = None;
            for step in &self.steps {
                if step.is_subset(&set) {
                    continue;
                }
                let grown = set.or(step);
                if !self.fits(&grown) {
                    continue;
                }
                let gain = now - self.cost(&grown);
                let size = bytes(self.workload, &step.without(&set)).max(8_192) as f64;
                if gain > LEAST * now && best.as_ref().is_none_or(|(rate, _)| gain / size > *rate) {
                    best = Some((gain / size, grown));
                }
            }
            match best {
                Some((_, grown)) => set = grown,
                None => return set,
            }
        }
    }

    /// A step that does not fit, after what is worth least for its bytes has gone.
    fn exchanged(&self, set: &Set) -> Option<Set> {
        let now = self.cost(set);
        let mut best: Option<(f64, Set)> = None;
        for step in &self.steps {
            if step.is_subset(set) {
                continue;
            }
            let Some(made) = self.make_room(set, step) else { continue };
            let cost = self.cost(&made);
            if cost < now * (1.0 - LEAST) && best.as_ref().is_none_or(|(known, _)| cost < *known) {
                best = Some((cost, made));
            }
        }
        best.map(|(_, set)| set)
    }

    fn make_room(&self, set: &Set, step: &Set) -> Option<Set> {
        let mut made = set.or(step);
        while !self.fits(&made) {
            let now = self.cost(&made);
            let loss = |index: usize| {
                let size = self.workload.candidates.get(index).map_or(1, |one| one.bytes.max(1)) as f64;
                (self.cost(&made.less(index)) - now).max(0.0) / size
            };
            let removable = made.without(step);
            let least = removable.iter().min_by(|one, other| loss(*one).total_cmp(&loss(*other)))?;
            made.remove(least);
        }
        Some(made)
    }

    /// Everything that would be best without limits, then what is worth least for its bytes goes, one after the other.
    fn relax(&self) -> Set {
        let all = self.steps.iter().fold(Set::default(), |all, step| all.or(step));
        let mut set = self.pruned(all);
        while !self.fits(&set) {
            let now = self.cost(&set);
            let loss = |index: usize| {
                let size = self.workload.candidates.get(index).map_or(1, |one| one.bytes.max(1)) as f64;
                (self.cost(&set.less(index)) - now).max(0.0) / size
            };
            let Some(least) = set.iter().min_by(|one, other| loss(*one).total_cmp(&loss(*other))) else {
                return set;
            };
            set.remove(least);
        }
        set
    }

    /// Without what changes nothing.
    fn pruned(&self, mut set: Set) -> Set {
        let mut largest: Vec<usize> = set.iter().collect();
        largest.sort_by_key(|index| {
            std::cmp::Reverse(self.workload.candidates.get(*index).map_or(0, |one| one.bytes))
        });
        let mut now = self.cost(&set);
        for index in largest {
            let less = set.less(index);
            let cost = self.cost(&less);
            if cost <= now * (1.0 + LEAST) {
                set = less;
                now = cost;
            }
        }
        set
    }

    /// Takes parts away at random and climbs again; the same beginning always leads to the same end.
    fn shake(&self, mut best: Set) -> Set {
        let mut chance = Chance(0x9E37_79B9_7F4A_7C15);
        for _ in 0..SHAKES {
            if best.is_empty() {
                return best;
            }
            let mut set = best.clone();
            let items: Vec<usize> = set.iter().collect();
            for _ in 0..1 + chance.below(3) {
                if let Some(index) = items.get(chance.below(items.len())) {
                    set.remove(*index);
                }
            }
            if let Some(step) = self.steps.get(chance.below(self.steps.len()))
                && let Some(made) = self.make_room(&set, step)
            {
                set = made;
            }
            let climbed = self.climb(set);
            if self.cost(&climbed) < self.cost(&best) {
                best = climbed;
            }
        }
        best
    }
}

/// xorshift64: the same sequence in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

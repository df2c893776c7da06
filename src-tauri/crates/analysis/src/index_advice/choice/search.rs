//! The best set of indexes under the limits, on what is known of the statements; nobody is asked.
//!
//! Sets grow by steps, each the indexes of one configuration, the step that gains most for its bytes first; then steps
//! that do not fit are taken in exchange for what is worth least for its bytes, until nothing gains. From there parts are
//! taken away at random and the same is tried again. Only statements that a change concerns are looked at again, and a
//! step only when it might be the next: what others gained before is mostly less than it was.

use super::configurations::Configurations;
use super::patience::{Chance, Patience};
use super::set::Set;
use super::{Limits, Workload};

/// A difference below this share of the workload is no progress.
const LEAST: f64 = 1e-7;
/// Bytes of the smallest index, so that nothing is worth endlessly much for its bytes.
const PAGE: u64 = 8_192;
/// Share of the budget that makes an index a large one.
const LARGE: f64 = 0.2;
/// Steps looked at when room is made for one that does not fit.
const EXCHANGES: usize = 40;

pub(super) fn cost(workload: &Workload, known: &[Configurations], set: &Set) -> f64 {
    let statements: f64 = known
        .iter()
        .zip(&workload.weights)
        .map(|(known, weight)| (known.cost(set), weight))
        .filter(|(cost, _)| cost.is_finite())
        .map(|(cost, weight)| cost * weight)
        .sum();
    statements + upkeep(workload, set)
}

fn upkeep(workload: &Workload, set: &Set) -> f64 {
    set.iter().filter_map(|index| workload.candidates.get(index)).map(|one| one.upkeep).sum()
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

/// How hard to look.
#[derive(Clone, Copy)]
pub(super) struct Effort {
    /// Beginnings with a large index.
    pub(super) starts: usize,
    /// Attempts to leave a local best by taking something away at random.
    pub(super) shakes: usize,
    pub(super) seed: u64,
    /// Costs of statements that are looked up at most; about so many take a second.
    pub(super) lookups: u64,
}

impl Effort {
    pub(super) const SECOND: u64 = 4_000_000;
}

/// The best from here and from other beginnings, shaken; what there is when `go_on` says no.
pub(super) fn best(
    workload: &Workload,
    limits: Limits,
    known: &[Configurations],
    from: &Set,
    effort: Effort,
    go_on: &mut dyn FnMut() -> bool,
) -> Set {
    let mut search = Search::new(workload, limits, known, Patience::new(effort.lookups, go_on));
    search.chance = Chance::new(effort.seed);
    let mut best = search.climb(search.state(from.clone()));
    for start in search.starts(effort.starts) {
        if search.patience.is_over() {
            return best.set;
        }
        let fresh = search.climb(search.state(start));
        if fresh.total < best.total {
            best = fresh;
        }
    }
    search.shake(best, effort.shakes).set
}

struct Search<'s> {
    workload: &'s Workload,
    limits: Limits,
    known: &'s [Configurations],
    /// Sets that serve a statement together: the steps of the search.
    steps: Vec<Set>,
    /// Statements that a candidate concerns.
    concerned: Vec<Vec<usize>>,
    /// Candidates that a statement's plans use.
    uses: Vec<Set>,
    patience: Patience<'s>,
    chance: Chance,
}

/// What a step gains for its bytes, as far as anybody has looked; `outdated` since something came that concerns it.
struct Rate {
    gain: Option<f64>,
    outdated: bool,
}

/// A set with what every statement costs with it.
#[derive(Clone)]
struct State {
    set: Set,
    costs: Vec<f64>,
    bytes: u64,
    total: f64,
}

impl<'s> Search<'s> {
    fn new(
        workload: &'s Workload,
        limits: Limits,
        known: &'s [Configurations],
        patience: Patience<'s>,
    ) -> Search<'s> {
        let mut steps: Vec<Set> = known.iter().flat_map(Configurations::sets).cloned().collect();
        steps.sort();
        steps.dedup();
        steps.retain(|set| !set.is_empty() && fits(workload, limits, set));
        let mut concerned = vec![Vec::new(); workload.candidates.len()];
        let uses: Vec<Set> = known.iter().map(Configurations::candidates).collect();
        for (statement, uses) in uses.iter().enumerate() {
            for candidate in uses.iter() {
                if let Some(list) = concerned.get_mut(candidate) {
                    list.push(statement);
                }
            }
        }
        Search { workload, limits, known, steps, concerned, uses, patience, chance: Chance::new(1) }
    }

    /// Nothing, and each of the large indexes alone: what is worth most for its bytes might leave no room for them.
    fn starts(&self, count: usize) -> Vec<Set> {
        let whole = self.limits.bytes as f64;
        let is_large = |set: &&Set| set.len() == 1 && bytes(self.workload, set) as f64 >= LARGE * whole;
        let mut large: Vec<&Set> = self.steps.iter().filter(is_large).collect();
        large.sort_by_key(|set| std::cmp::Reverse(bytes(self.workload, set)));
        let large = large.into_iter().take(count).cloned();
        std::iter::once(Set::default()).chain(large).collect()
    }

    fn state(&self, set: Set) -> State {
        let costs: Vec<f64> =
            (0..self.known.len()).map(|statement| self.statement_cost(statement, &set)).collect();
        let total = costs.iter().sum::<f64>() + upkeep(self.workload, &set);
        State { bytes: bytes(self.workload, &set), costs, total, set }
    }

    /// Weighed; nothing for a statement that cannot be planned.
    fn statement_cost(&self, statement: usize, set: &Set) -> f64 {
        let cost = self.known.get(statement).map_or(0.0, |known| known.cost(set));
        let weight = self.workload.weights.get(statement).copied().unwrap_or(0.0);
        if cost.is_finite() { cost * weight } else { 0.0 }
    }

    /// What the whole costs with another set that differs in these candidates.
    fn total_with(&self, state: &State, set: &Set, changed: &Set) -> f64 {
        let mut total = state.total;
        let mut seen = Set::default();
        for candidate in changed.iter() {
            for &statement in self.concerned.get(candidate).map(Vec::as_slice).unwrap_or_default() {
                if seen.contains(statement) {
                    continue;
                }
                seen.insert(statement);
                self.patience.spend();
                let before = state.costs.get(statement).copied().unwrap_or(0.0);
                total += self.statement_cost(statement, set) - before;
            }
            let upkeep = self.workload.candidates.get(candidate).map_or(0.0, |one| one.upkeep);
            total += if set.contains(candidate) { upkeep } else { -upkeep };
        }
        total
    }

    fn moved(&self, state: &State, set: Set) -> State {
        let changed = state.set.without(&set).or(&set.without(&state.set));
        let total = self.total_with(state, &set, &changed);
        let mut costs = state.costs.clone();
        for candidate in changed.iter() {
            for &statement in self.concerned.get(candidate).map(Vec::as_slice).unwrap_or_default() {
                if let Some(cost) = costs.get_mut(statement) {
                    *cost = self.statement_cost(statement, &set);
                }
            }
        }
        State { bytes: bytes(self.workload, &set), costs, total, set }
    }

    fn size(&self, candidate: usize) -> u64 {
        self.workload.candidates.get(candidate).map_or(PAGE, |one| one.bytes.max(PAGE))
    }

    fn climb(&self, from: State) -> State {
        let mut state = self.pruned(self.grow(from));
        while let Some(better) = self.exchanged(&state) {
            state = self.pruned(self.grow(better));
        }
        state
    }

    fn grow(&self, mut state: State) -> State {
        let mut rates: Vec<Rate> = self.steps.iter().map(|step| self.rate(&state, step)).collect();
        loop {
            while let Some(step) = self.next(&state, &mut rates) {
                let Some(new) = self.steps.get(step).map(|step| step.without(&state.set)) else { break };
                state = self.moved(&state, state.set.or(&new));
                self.outdate(&mut rates, &new);
            }
            // What gained little before may gain more beside what came since.
            let mut gains = false;
            for (rate, step) in rates.iter_mut().zip(&self.steps).filter(|(rate, _)| rate.outdated) {
                if self.patience.is_over() {
                    return state;
                }
                *rate = self.rate(&state, step);
                gains |= rate.gain.is_some();
            }
            if !gains || self.patience.is_over() {
                return state;
            }
        }
    }

    /// The step that gains most for its bytes and fits.
    fn next(&self, state: &State, rates: &mut [Rate]) -> Option<usize> {
        while !self.patience.is_over() {
            let gaining = rates.iter().enumerate().filter_map(|(step, rate)| Some((step, rate.gain?)));
            let (best, _) = gaining.max_by(|(_, one), (_, other)| one.total_cmp(other))?;
            let (rate, step) = (rates.get_mut(best)?, self.steps.get(best)?);
            if rate.outdated {
                *rate = self.rate(state, step);
            } else if fits(self.workload, self.limits, &state.set.or(step)) {
                return Some(best);
            } else {
                rate.gain = None;
            }
        }
        None
    }

    /// What a step gains for each of its bytes; nothing where it does not fit.
    fn rate(&self, state: &State, step: &Set) -> Rate {
        let new = step.without(&state.set);
        let size: u64 = new.iter().map(|candidate| self.size(candidate)).sum();
        if new.is_empty() || state.bytes.saturating_add(size) > self.limits.bytes {
            return Rate { gain: None, outdated: false };
        }
        let gain = state.total - self.total_with(state, &state.set.or(&new), &new);
        let gain = (gain > LEAST * state.total).then(|| gain / size.max(PAGE) as f64);
        Rate { gain, outdated: false }
    }

    /// Steps whose statements cost something else now that these are there.
    fn outdate(&self, rates: &mut [Rate], new: &Set) {
        let mut touched = new.clone();
        for candidate in new.iter() {
            for &statement in self.concerned.get(candidate).map(Vec::as_slice).unwrap_or_default() {
                if let Some(uses) = self.uses.get(statement) {
                    touched = touched.or(uses);
                }
            }
        }
        for (rate, step) in rates.iter_mut().zip(&self.steps) {
            rate.outdated |= step.meets(&touched);
        }
    }

    /// A step that does not fit, after what is worth least for its bytes has gone.
    fn exchanged(&self, state: &State) -> Option<State> {
        let mut promising: Vec<(f64, &Set)> = self
            .steps
            .iter()
            .take_while(|_| !self.patience.is_over())
            .filter_map(|step| {
                let new = step.without(&state.set);
                // Had it room, it would have been taken, were it worth it.
                let size: u64 = new.iter().map(|candidate| self.size(candidate)).sum();
                let roomy = state.bytes.saturating_add(size) <= self.limits.bytes;
                if new.is_empty() || (roomy && fits(self.workload, self.limits, &state.set.or(step))) {
                    return None;
                }
                let gain = state.total - self.total_with(state, &state.set.or(&new), &new);
                (!new.is_empty() && gain > LEAST * state.total).then_some((gain, step))
            })
            .collect();
        promising.sort_by(|one, other| other.0.total_cmp(&one.0));
        let mut best: Option<State> = None;
        for (_, step) in promising.into_iter().take(EXCHANGES) {
            if self.patience.is_over() {
                return None;
            }
            let Some(made) = self.make_room(state, step) else { continue };
            let least = best.as_ref().map_or(state.total * (1.0 - LEAST), |best| best.total);
            if made.total < least {
                best = Some(made);
            }
        }
        best
    }

    fn make_room(&self, state: &State, step: &Set) -> Option<State> {
        let mut made = self.moved(state, state.set.or(step));
        while !fits(self.workload, self.limits, &made.set) {
            if self.patience.is_over() {
                return None;
            }
            let least = self.least_worth(&made, step)?;
            made = self.moved(&made, made.set.less(least));
        }
        Some(made)
    }

    /// What is missed least for its bytes, apart from what shall stay.
    fn least_worth(&self, state: &State, stays: &Set) -> Option<usize> {
        let loss = |candidate: usize| {
            let less = state.set.less(candidate);
            let loss = self.total_with(state, &less, &Set::of([candidate])) - state.total;
            loss.max(0.0) / self.size(candidate) as f64
        };
        let losses = state.set.without(stays);
        let losses = losses.iter().map(|candidate| (loss(candidate), candidate));
        losses.min_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, candidate)| candidate)
    }

    /// Without what changes nothing, the largest first.
    fn pruned(&self, mut state: State) -> State {
        let mut largest: Vec<usize> = state.set.iter().collect();
        largest.sort_by_key(|candidate| std::cmp::Reverse(self.size(*candidate)));
        for candidate in largest {
            let less = state.set.less(candidate);
            if self.total_with(&state, &less, &Set::of([candidate])) <= state.total * (1.0 + LEAST * 0.01) {
                state = self.moved(&state, less);
            }
        }
        state
    }

    /// Takes parts away at random and climbs again; the same beginning always leads to the same end.
    fn shake(&mut self, mut best: State, shakes: usize) -> State {
        for _ in 0..shakes {
            if self.patience.is_over() {
                return best;
            }
            let mut set = best.set.clone();
            let items: Vec<usize> = set.iter().collect();
            for _ in 0..1 + self.chance.below(4) {
                if let Some(index) = items.get(self.chance.below(items.len())) {
                    set.remove(*index);
                }
            }
            let mut state = self.moved(&best, set);
            let step = self.chance.below(self.steps.len());
            if let Some(made) = self.steps.get(step).and_then(|step| self.make_room(&state, step)) {
                state = made;
            }
            let climbed = self.climb(state);
            if climbed.total < best.total * (1.0 - LEAST) {
                best = climbed;
            }
        }
        best
    }
}

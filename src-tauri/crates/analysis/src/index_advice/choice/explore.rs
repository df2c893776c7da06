//! What the planner is asked, in the order in which the answers are worth most.

use super::patience::Chance;
use super::search::{self, Effort};
use super::set::Set;
use super::{Choice, Chooser, Limits, NoPlan};

/// Rounds of taking away what the plan used, to learn what it would use next.
const ROUNDS: usize = 8;
/// The same around a set that is good already.
const ROUNDS_AROUND: usize = 4;
/// Candidates of a statement that are tried alone.
const ALONE: usize = 60;
/// Rounds of searching and asking about what was found.
const REFINEMENTS: usize = 60;
/// Rounds without anything better, after which there is hardly anything to be found.
const PATIENCE: usize = 6;
/// Random questions of one round, for each statement.
const RANDOM: usize = 8;
/// Attempts of the search to leave a local best, in the first rounds and at the end.
const SHAKES: usize = 12;
const LAST_SHAKES: usize = 120;
/// Beginnings with a large index, after the first questions and when nothing better is found.
const STARTS: usize = 16;
/// Shares of the workload's cost that one index less is worth, a smaller one, and one of half the size.
const MERGED: f64 = 0.005;
const SIMPLER: f64 = 0.0005;
const HALVED: f64 = 0.002;
/// What of an index's size a much smaller one takes at most.
const MUCH_SMALLER: f64 = 0.9;
/// Statements that are asked about before the best set is looked for anew.
const BATCH: usize = 200;
/// Costs that are looked up for what stands ready meanwhile, and at the end when time is up.
const MEANWHILE: u64 = Effort::SECOND / 20;
const AT_LAST: u64 = Effort::SECOND / 2;
/// Shares of the budget that sort candidates by size.
const CLASSES: [f64; 4] = [0.03, 0.1, 0.35, 1.0];

impl Chooser<'_, '_> {
    /// Breadth first: of many statements the heaviest are known when time is up, and something is chosen for them.
    pub(super) fn run(&mut self, limits: Limits, best: &mut Set) -> Result<(), NoPlan> {
        let explored = self.explore(limits, best);
        if explored.is_err() {
            // The control says no to everything by now.
            self.settle_at_last(limits, best);
        }
        explored
    }

    fn explore(&mut self, limits: Limits, best: &mut Set) -> Result<(), NoPlan> {
        let statements = self.by_weight();
        let meanwhile = Effort { starts: 0, shakes: 0, seed: 1, lookups: MEANWHILE };
        for batch in statements.chunks(BATCH) {
            for &statement in batch {
                self.ask(statement, &Set::default())?;
                self.weigh(statement);
            }
            self.progress.cost_before = Some(self.known_cost(&Set::default()));
            for &statement in batch {
                self.ask(statement, &self.up_to(statement, limits.bytes))?;
            }
            self.settle(limits, best, meanwhile);
        }
        for batch in statements.chunks(BATCH) {
            for &statement in batch {
                self.discover(statement, limits)?;
            }
            self.settle(limits, best, meanwhile);
        }
        self.settle(limits, best, Effort { starts: STARTS, shakes: SHAKES, seed: 1, lookups: u64::MAX });
        self.alone(&statements, limits)?;
        self.refine(&statements, limits, best)?;
        self.simplify(best)
    }

    /// The same with less: of two that are chosen and of which one serves the other's statements nearly as well, the
    /// wider stays alone; and what a much smaller index does nearly as well, that one does.
    fn simplify(&mut self, best: &mut Set) -> Result<(), NoPlan> {
        let before = self.known_cost(&Set::default());
        let mut largest: Vec<usize> = best.iter().collect();
        largest.sort_by_key(|index| std::cmp::Reverse(self.bytes(*index)));
        for &wide in &largest {
            let narrower = self.workload.candidates.get(wide).map(|one| one.narrower.clone());
            for narrow in narrower.unwrap_or_default() {
                if best.contains(narrow) && best.contains(wide) {
                    let less = best.less(narrow);
                    self.verify(&less)?;
                    self.prefer(less, best, before * MERGED);
                }
            }
        }
        for index in largest {
            if !best.contains(index) {
                continue;
            }
            self.prefer(best.less(index), best, before * SIMPLER);
            for other in self.smaller(index) {
                if best.contains(index) && !best.contains(other) {
                    let set = best.less(index).with(other);
                    let halved = self.bytes(other) * 2 <= self.bytes(index);
                    let allowed = before * if halved { HALVED } else { SIMPLER };
                    if self.known_cost(&set) <= self.known_cost(best) + allowed {
                        self.verify(&set)?;
                        self.prefer(set, best, allowed);
                    }
                }
            }
        }
        Ok(())
    }

    fn prefer(&self, set: Set, best: &mut Set, allowed: f64) {
        if self.known_cost(&set) <= self.known_cost(best) + allowed {
            *best = set;
        }
    }

    fn bytes(&self, index: usize) -> u64 {
        self.workload.candidates.get(index).map_or(0, |one| one.bytes)
    }

    /// Candidates of the same table that take much less, the smallest first.
    fn smaller(&self, index: usize) -> Vec<usize> {
        let Some(one) = self.workload.candidates.get(index) else { return Vec::new() };
        let limit = (one.bytes as f64 * MUCH_SMALLER) as u64;
        let all = self.workload.candidates.iter().enumerate();
        let mut smaller: Vec<usize> = all
            .filter(|(_, other)| other.table == one.table && other.bytes <= limit)
            .map(|(other, _)| other)
            .collect();
        smaller.sort_by_key(|other| self.bytes(*other));
        smaller
    }

    /// A statement that takes a tenth of the time counts a tenth, whatever the planner thinks that it costs.
    fn weigh(&mut self, statement: usize) {
        let cost = super::cost_of(&self.known, statement, &Set::default());
        if let (true, Some(weight)) = (self.workload.timed, self.workload.weights.get_mut(statement)) {
            *weight = cost.filter(|cost| *cost > 0.0).map_or(0.0, |cost| *weight / cost);
        }
    }

    /// Statements that might gain most come first: time may run out.
    fn by_weight(&self) -> Vec<usize> {
        let hopeful = |index: &usize| self.workload.relevant.get(*index).is_some_and(|set| !set.is_empty());
        let weight = |index: &usize| self.workload.weights.get(*index).copied().unwrap_or(0.0);
        let mut statements: Vec<usize> = (0..self.workload.weights.len()).collect();
        statements.sort_by(|one, other| {
            hopeful(other).cmp(&hopeful(one)).then(weight(other).total_cmp(&weight(one)))
        });
        statements
    }

    /// One question. The answer teaches what its plan used.
    fn ask(&mut self, statement: usize, present: &Set) -> Result<Option<(f64, Set)>, NoPlan> {
        self.progress.calls = self.oracle.calls;
        if (self.control)(self.progress).is_break() {
            return Err(NoPlan::Stop);
        }
        let answer = self.oracle.plan(statement, present)?;
        if let Some((_, used)) = &answer {
            used.iter().for_each(|candidate| self.measure(candidate));
        }
        if let Some((cost, used)) = &answer
            && let Some(known) = self.known.get_mut(statement)
        {
            known.learn(used, *cost);
        }
        Ok(answer)
    }

    /// Its own size in place of our estimate; only of candidates that some plan uses, because it takes a question.
    fn measure(&mut self, candidate: usize) {
        if let Some(sized) = self.sized.get_mut(candidate).filter(|sized| !**sized) {
            *sized = true;
            if let (Some(bytes), Some(one)) =
                (self.oracle.size(candidate), self.workload.candidates.get_mut(candidate))
            {
                one.bytes = bytes;
            }
        }
    }

    fn up_to(&self, statement: usize, bytes: u64) -> Set {
        let relevant = self.oracle.relevant(statement);
        let size = |index: &usize| self.workload.candidates.get(*index).map_or(0, |one| one.bytes);
        Set::of(relevant.iter().filter(|index| size(index) <= bytes))
    }

    /// What the statement's plan uses when it may use everything that fits, what then, and so on; the same with smaller
    /// candidates alone.
    fn discover(&mut self, statement: usize, limits: Limits) -> Result<(), NoPlan> {
        let mut seen: Vec<Set> = Vec::new();
        for bytes in self.classes(statement, limits) {
            let class = self.up_to(statement, bytes);
            if !seen.contains(&class) {
                self.peel(statement, &Set::default(), class.clone(), ROUNDS)?;
                seen.push(class);
            }
        }
        // What it would use if size did not matter: told as well, though not chosen.
        let all = self.oracle.relevant(statement);
        if !seen.contains(&all) {
            self.peel(statement, &Set::default(), all, 2)?;
        }
        Ok(())
    }

    /// What each candidate that some plan uses is worth without the others, to every statement.
    fn alone(&mut self, statements: &[usize], limits: Limits) -> Result<(), NoPlan> {
        let used = self.known.iter().fold(Set::default(), |all, known| all.or(&known.candidates()));
        for &statement in statements {
            let usable = self.up_to(statement, limits.bytes).and(&used);
            for candidate in usable.iter().take(ALONE) {
                self.ask(statement, &Set::of([candidate]))?;
            }
        }
        Ok(())
    }

    /// Sizes that part the candidates of a statement: of the budget where there is one, else of the largest of them.
    fn classes(&self, statement: usize, limits: Limits) -> impl Iterator<Item = u64> + use<> {
        let relevant = self.oracle.relevant(statement);
        let sizes =
            relevant.iter().filter_map(|index| self.workload.candidates.get(index)).map(|one| one.bytes);
        let whole = sizes.max().unwrap_or(0).min(limits.bytes) as f64;
        CLASSES.into_iter().rev().map(move |share| (whole * share) as u64)
    }

    /// Asks again and again without what was used beyond `base`.
    fn peel(&mut self, statement: usize, base: &Set, class: Set, rounds: usize) -> Result<(), NoPlan> {
        let bare = self.known.get(statement).map_or(0.0, |known| known.cost(base));
        let mut more = class.without(base);
        for _ in 0..rounds {
            if more.is_empty() {
                return Ok(());
            }
            let Some((cost, used)) = self.ask(statement, &base.or(&more))? else { return Ok(()) };
            let new = used.without(base);
            if new.is_empty() || cost >= bare {
                return Ok(());
            }
            more = more.without(&new);
        }
        Ok(())
    }

    /// Searches on what is known, asks about what was found and what lies around it, as long as that teaches something.
    fn refine(&mut self, statements: &[usize], limits: Limits, best: &mut Set) -> Result<(), NoPlan> {
        let mut idle = 0;
        for round in 0..REFINEMENTS {
            let before = self.known_cost(best);
            self.verify(best)?;
            self.look_around(statements, best, limits)?;
            self.look_anywhere(statements, best, limits, round as u64)?;
            let shakes = if idle + 1 >= PATIENCE { LAST_SHAKES } else { SHAKES };
            let starts = if idle == 2 { STARTS } else { 0 };
            self.settle(limits, best, Effort { starts, shakes, seed: round as u64 + 2, lookups: u64::MAX });
            self.verify(best)?;
            let better = self.known_cost(best) < before * 0.9995;
            idle = if better { 0 } else { idle + 1 };
            if idle >= PATIENCE {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The true cost of a set: what is known is only what it costs at most.
    fn verify(&mut self, set: &Set) -> Result<(), NoPlan> {
        for statement in 0..self.workload.weights.len() {
            let at_most = self.known.get(statement).map_or(0.0, |known| known.cost(set));
            // Even with every candidate around it costs no less.
            if self.oracle.at_least(statement, set) < at_most * 0.999 {
                self.ask(statement, set)?;
            }
        }
        Ok(())
    }

    /// What each statement would use beside the best set, by the size of what is offered; and what a narrower index in
    /// the place of one of them would be worth.
    fn look_around(&mut self, statements: &[usize], best: &Set, limits: Limits) -> Result<(), NoPlan> {
        for &statement in statements {
            let now = self.known.get(statement).map_or(0.0, |known| known.cost(best));
            let least = self.oracle.at_least(statement, &self.oracle.relevant(statement));
            if least >= now * 0.99 {
                continue;
            }
            for bytes in self.classes(statement, limits) {
                let class = self.up_to(statement, bytes);
                self.peel(statement, best, class, ROUNDS_AROUND)?;
            }
            let narrower = best.iter().filter_map(|index| self.workload.candidates.get(index));
            let narrower = Set::of(narrower.flat_map(|one| one.narrower.iter().copied()));
            for index in best.and(&self.oracle.relevant(statement)).iter() {
                self.peel(statement, &best.less(index), narrower.clone(), ROUNDS_AROUND)?;
            }
        }
        Ok(())
    }

    /// Sets that nobody would think of: half of what is chosen, and a part of all that fits, at random.
    fn look_anywhere(
        &mut self,
        statements: &[usize],
        best: &Set,
        limits: Limits,
        round: u64,
    ) -> Result<(), NoPlan> {
        let mut chance = Chance::new(round.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        for &statement in statements {
            let now = self.known.get(statement).map_or(0.0, |known| known.cost(best));
            let relevant = self.oracle.relevant(statement);
            if self.oracle.at_least(statement, &relevant) >= now * 0.99 {
                continue;
            }
            let classes: Vec<u64> = self.classes(statement, limits).collect();
            for _ in 0..RANDOM {
                let bytes = classes.get(chance.below(classes.len())).copied().unwrap_or(limits.bytes);
                let share = 1 + chance.below(4);
                let keep = 1 + chance.below(4);
                let mut set =
                    Set::of(self.up_to(statement, bytes).iter().filter(|_| chance.below(4) < share));
                set = set.or(&Set::of(best.and(&relevant).iter().filter(|_| chance.below(4) < keep)));
                self.ask(statement, &set)?;
            }
        }
        Ok(())
    }

    /// The best so far stands ready at any time.
    fn settle(&mut self, limits: Limits, best: &mut Set, effort: Effort) {
        let from = self.fitting(limits, best);
        let (control, progress) = (&mut self.control, self.progress);
        let mut go_on = || control(progress).is_continue();
        let found = search::best(&self.workload, limits, &self.known, &from, effort, &mut go_on);
        self.take(found, &from, best);
    }

    /// The same when there is nobody to ask any more.
    fn settle_at_last(&mut self, limits: Limits, best: &mut Set) {
        let from = self.fitting(limits, best);
        let effort = Effort { starts: 0, shakes: 0, seed: 1, lookups: AT_LAST };
        let found = search::best(&self.workload, limits, &self.known, &from, effort, &mut || true);
        self.take(found, &from, best);
    }

    /// A size may have turned out larger than it was estimated.
    fn fitting(&self, limits: Limits, best: &Set) -> Set {
        if search::fits(&self.workload, limits, best) { best.clone() } else { Set::default() }
    }

    fn take(&mut self, found: Set, from: &Set, best: &mut Set) {
        if from.is_empty() || self.known_cost(&found) < self.known_cost(best) {
            *best = found;
        }
        self.progress.cost_best = Some(self.known_cost(best));
        self.progress.indexes_best = best.len();
    }

    fn known_cost(&self, set: &Set) -> f64 {
        search::cost(&self.workload, &self.known, set)
    }

    pub(super) fn outcome(self, best: Set, partial: bool) -> Choice {
        let statements = 0..self.workload.weights.len();
        let at = |set: &Set| -> Vec<Option<f64>> {
            statements.clone().map(|index| super::cost_of(&self.known, index, set)).collect()
        };
        let before = at(&Set::default());
        let after = at(&best);
        let failures =
            statements.clone().map(|index| self.oracle.failure(index).map(str::to_owned)).collect();
        Choice { workload: self.workload, chosen: best, before, after, failures, known: self.known, partial }
    }
}

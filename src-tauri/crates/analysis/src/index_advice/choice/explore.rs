//! What the planner is asked, in the order in which the answers are worth most.

use super::search;
use super::set::Set;
use super::{Choice, Chooser, Limits, NoPlan};

/// Rounds of taking away what the plan used, to learn what it would use next.
const ROUNDS: usize = 8;
/// Rounds of searching and asking about what was found.
const REFINEMENTS: usize = 200;

impl Chooser<'_, '_> {
    pub(super) fn run(&mut self, limits: Limits, best: &mut Set) -> Result<(), NoPlan> {
        let statements = self.by_weight();
        for &statement in &statements {
            self.ask(statement, &Set::default())?;
            self.weigh(statement);
        }
        self.progress.cost_before = Some(self.known_cost(&Set::default()));
        self.settle(limits, best);
        for &statement in &statements {
            self.discover(statement, limits)?;
            self.settle(limits, best);
        }
        self.refine(limits, best)
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
        let mut statements: Vec<usize> = (0..self.workload.weights.len())
            .filter(|index| self.workload.relevant.get(*index).is_some_and(|set| !set.is_empty()))
            .collect();
        let weight = |index: &usize| self.workload.weights.get(*index).copied().unwrap_or(0.0);
        statements.sort_by(|one, other| weight(other).total_cmp(&weight(one)));
        let rest = (0..self.workload.weights.len()).filter(|index| !statements.contains(index));
        let rest: Vec<usize> = rest.collect();
        statements.extend(rest);
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

    /// What the statement's plan uses when it may use everything, what then, and so on; once with all candidates, once
    /// with those that fit into the budget, once with the lean ones alone.
    fn discover(&mut self, statement: usize, limits: Limits) -> Result<(), NoPlan> {
        let relevant = self.oracle.relevant(statement);
        let bytes = |index: &usize| self.workload.candidates.get(*index).map_or(0, |one| one.bytes);
        let fitting = Set::of(relevant.iter().filter(|index| bytes(index) <= limits.bytes));
        let mut sizes: Vec<u64> = fitting.iter().map(|index| bytes(&index)).collect();
        sizes.sort_unstable();
        let median = sizes.get(sizes.len() / 2).copied().unwrap_or(0);
        let lean = Set::of(fitting.iter().filter(|index| bytes(index) <= median));
        for family in [fitting, lean] {
            self.peel(statement, family)?;
        }
        Ok(())
    }

    fn peel(&mut self, statement: usize, mut present: Set) -> Result<(), NoPlan> {
        let bare = self.known.get(statement).map_or(0.0, |known| known.cost(&Set::default()));
        for _ in 0..ROUNDS {
            if present.is_empty() {
                return Ok(());
            }
            let Some((cost, used)) = self.ask(statement, &present)? else { return Ok(()) };
            if used.is_empty() || cost >= bare {
                return Ok(());
            }
            present = present.without(&used);
        }
        Ok(())
    }

    /// Searches on what is known, asks about what was found and what lies around it, as long as that teaches something.
    fn refine(&mut self, limits: Limits, best: &mut Set) -> Result<(), NoPlan> {
        for _ in 0..REFINEMENTS {
            let before = self.known_cost(best);
            let found = search::best(&self.workload, limits, &self.known, best);
            let mut learned = self.verify(&found)?;
            self.take(found, best);
            learned |= self.look_around(best, limits)?;
            let after = self.known_cost(best);
            if !learned && after >= before {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The true cost of a set: what is known is only what it costs at most.
    fn verify(&mut self, set: &Set) -> Result<bool, NoPlan> {
        let mut learned = false;
        for statement in 0..self.workload.weights.len() {
            learned |= self.teaches(statement, set)?;
        }
        Ok(learned)
    }

    /// Asks; true when the statement costs less than was known.
    fn teaches(&mut self, statement: usize, set: &Set) -> Result<bool, NoPlan> {
        let at_most = self.known.get(statement).map_or(0.0, |known| known.cost(set));
        let cheapest = self.oracle.at_least(statement, set);
        // Even with every candidate around it costs no less.
        if cheapest >= at_most * 0.999 {
            return Ok(false);
        }
        let answer = self.ask(statement, set)?;
        Ok(answer.is_some_and(|(cost, _)| cost < at_most * 0.999))
    }

    /// Sets that differ in one index: a narrower one instead, or one more that fits when another goes.
    fn look_around(&mut self, best: &Set, limits: Limits) -> Result<bool, NoPlan> {
        let mut learned = false;
        for index in best.iter() {
            let narrower = self.workload.candidates.get(index).map(|one| one.narrower.clone());
            for other in narrower.unwrap_or_default() {
                if best.contains(other) {
                    continue;
                }
                learned |= self.try_set(&best.less(index).with(other), index, other)?;
            }
        }
        let used = self.known.iter().fold(Set::default(), |all, known| all.or(&known.candidates()));
        for other in used.without(best).iter() {
            let size = self.workload.candidates.get(other).map_or(0, |one| one.bytes);
            if size > limits.bytes {
                continue;
            }
            // Over the budget it still teaches what they would be worth together.
            learned |= self.try_set(&best.with(other), other, other)?;
        }
        Ok(learned)
    }

    /// Asks the statements that a change of these two candidates concerns.
    fn try_set(&mut self, set: &Set, one: usize, other: usize) -> Result<bool, NoPlan> {
        let mut learned = false;
        for statement in 0..self.workload.weights.len() {
            let concerns =
                self.workload.relevant.get(statement).is_some_and(|set| set.contains(one) || set.contains(other));
            if concerns {
                learned |= self.teaches(statement, set)?;
            }
        }
        Ok(learned)
    }

    /// After every statement the best so far stands ready.
    fn settle(&mut self, limits: Limits, best: &mut Set) {
        let found = search::quick(&self.workload, limits, &self.known, best);
        self.take(found, best);
    }

    fn take(&mut self, found: Set, best: &mut Set) {
        if self.known_cost(&found) < self.known_cost(best) {
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
        let failures = statements.map(|index| self.oracle.failure(index).map(str::to_owned)).collect();
        Choice { workload: self.workload, chosen: best, before, after, failures, calls: self.oracle.calls, known: self.known, partial }
    }
}

//! One pattern over all units it was seen in.

use super::UnitKind;
use super::params::{Sameness, Varying};
use super::saving::Costs;
use super::tally::Tally;
use super::unit::{Candidate, Entry, Example, Unit};
use crate::names::Names;
use crate::spread::Spread;
use crate::sql::Fingerprint;

const EXAMPLES: usize = 3;
/// Possible parents remembered for one pattern.
const PARENTS: usize = 8;

/// How often a statement stood before the repeated one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ParentTally {
    pub(super) fingerprint: Fingerprint,
    pub(super) units: u64,
    /// Units in which its rows were as many as the repeats.
    pub(super) rows_match: u64,
    /// Units in which nothing else stood between.
    pub(super) nearest: u64,
}

#[derive(Clone, Debug)]
pub(super) struct Aggregate {
    /// Units by kind, in the order of [`UnitKind::ALL`].
    pub(super) kinds: [u64; 4],
    /// Units whose parameters were not recorded.
    pub(super) unrecorded: u64,
    /// Units that forgot other statements or were closed early.
    pub(super) cut: u64,
    pub(super) executions: u64,
    /// Executions that remain when each set of parameters is asked for once.
    pub(super) sets: u64,
    pub(super) varying: Varying,
    pub(super) first_us: i64,
    pub(super) last_us: i64,
    pub(super) repeats: Spread,
    pub(super) costs: Costs,
    pub(super) examples: Vec<Example>,
    pub(super) parents: Vec<ParentTally>,
    pub(super) routes: Tally,
    pub(super) applications: Tally,
}

impl Aggregate {
    pub(super) fn new() -> Self {
        Self {
            kinds: [0; 4],
            unrecorded: 0,
            cut: 0,
            executions: 0,
            sets: 0,
            varying: Varying::default(),
            first_us: i64::MAX,
            last_us: i64::MIN,
            repeats: Spread::default(),
            costs: Costs::default(),
            examples: Vec::new(),
            parents: Vec::new(),
            routes: Tally::default(),
            applications: Tally::default(),
        }
    }

    pub(super) fn units(&self) -> u64 {
        self.kinds.iter().sum()
    }

    /// What the bound on patterns keeps first.
    pub(super) fn weight(&self) -> (u64, u64) {
        (self.costs.measured_us(), self.executions)
    }

    /// Adds what one unit did.
    pub(super) fn add(
        &mut self,
        (kind, hash): (UnitKind, u64),
        unit: &Unit,
        entry: &Entry,
        sameness: Sameness,
        names: &Names,
    ) {
        for (count, known) in self.kinds.iter_mut().zip(UnitKind::ALL) {
            *count += u64::from(known == kind);
        }
        self.unrecorded += u64::from(sameness == Sameness::Unrecorded);
        self.cut += u64::from(unit.cut);
        self.executions += entry.executions;
        self.sets += entry.params.distinct().count;
        self.varying.merge(entry.params.varying());
        self.first_us = self.first_us.min(entry.first_us);
        self.last_us = self.last_us.max(entry.last_us);
        self.repeats.add(entry.executions);
        self.costs.add(entry, sameness);
        self.routes.add(unit.route, 1);
        self.applications.add(unit.application, 1);
        for (place, Candidate { fingerprint, rows_match }) in unit.candidates(entry).enumerate() {
            self.parent(ParentTally {
                fingerprint,
                units: 1,
                rows_match: u64::from(rows_match),
                nearest: u64::from(place == 0),
            });
        }
        self.add_example(unit, (kind, hash), entry, names);
    }

    /// With the numbers of names that another detector gives them.
    pub(super) fn renumber(&mut self, numbers: &[Option<u32>]) {
        self.routes.renumber(numbers);
        self.applications.renumber(numbers);
    }

    /// Adds the same statement's other aggregate.
    pub(super) fn merge(&mut self, other: Aggregate) {
        for (count, more) in self.kinds.iter_mut().zip(other.kinds) {
            *count += more;
        }
        self.unrecorded += other.unrecorded;
        self.cut += other.cut;
        self.executions += other.executions;
        self.sets += other.sets;
        self.varying.merge(other.varying);
        self.first_us = self.first_us.min(other.first_us);
        self.last_us = self.last_us.max(other.last_us);
        self.repeats.merge(&other.repeats);
        self.costs.merge(&other.costs);
        self.routes.merge(&other.routes);
        self.applications.merge(&other.applications);
        other.parents.into_iter().for_each(|parent| self.parent(parent));
        self.examples.extend(other.examples);
        self.keep_best_examples();
    }

    fn parent(&mut self, more: ParentTally) {
        let room = self.parents.len() < PARENTS;
        match self.parents.iter_mut().find(|known| known.fingerprint == more.fingerprint) {
            Some(known) => {
                known.units += more.units;
                known.rows_match += more.rows_match;
                known.nearest += more.nearest;
            }
            None if room => self.parents.push(more),
            None => {}
        }
    }

    /// The units with the most repeats.
    fn add_example(&mut self, unit: &Unit, (kind, hash): (UnitKind, u64), entry: &Entry, names: &Names) {
        // Most units are no better than those kept: no text is built for them.
        let full = self.examples.len() >= EXAMPLES;
        if full && self.examples.last().is_some_and(|last| last.repeats > entry.executions) {
            return;
        }
        self.examples.push(unit.example(kind, hash, entry, names));
        self.keep_best_examples();
    }

    fn keep_best_examples(&mut self) {
        self.examples.sort_by(|one, other| {
            let worst_first = (other.repeats, other.total_us).cmp(&(one.repeats, one.total_us));
            let key = |example: &Example| (example.start_us, example.unit_kind, example.unit_hash);
            worst_first.then_with(|| key(one).cmp(&key(other)))
        });
        self.examples.truncate(EXAMPLES);
    }
}

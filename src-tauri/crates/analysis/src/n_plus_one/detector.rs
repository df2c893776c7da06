//! Sorts a stream of executions into units of work and folds each unit into its patterns when it is over.

use super::aggregate::Aggregate;
use super::params::Sameness;
use super::pattern::{self, Findings};
use super::unit::{Unit, UnitSummary};
use super::worst::Worst;
use super::{Observation, Options, UnitKind};
use crate::hashing::HashedMap;
use crate::names::Names;
use crate::sql::{Fingerprint, StatementFacts};

/// Names of routes and applications that are told apart.
const NAMES: usize = 4_096;

type UnitId = (UnitKind, u64);

/// What the bounds on memory cost; all zero when none was reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Units closed because too many were open: what they did later counts as another unit.
    pub units_closed_early: u64,
    /// Statements forgotten inside units that ran too many different ones.
    pub statements_forgotten: u64,
    /// Patterns dropped because there were too many, those with the least database time first; one that came back
    /// and was dropped again counts again.
    pub patterns_dropped: u64,
    /// Executions of the patterns dropped.
    pub executions_dropped: u64,
    /// Executions whose route or application was not noted because too many different ones came before.
    pub names_dropped: u64,
}

impl Bounds {
    /// Some figure of the findings may be too low.
    pub fn reached(&self) -> bool {
        *self != Bounds::default()
    }

    fn add(&mut self, other: Bounds) {
        self.units_closed_early += other.units_closed_early;
        self.statements_forgotten += other.statements_forgotten;
        self.patterns_dropped += other.patterns_dropped;
        self.executions_dropped += other.executions_dropped;
        self.names_dropped += other.names_dropped;
    }
}

/// Finds repeated statements in a stream of executions.
#[derive(Clone, Debug)]
pub struct Detector {
    options: Options,
    open: HashedMap<UnitId, Unit>,
    /// Statements remembered in all open units.
    open_statements: usize,
    patterns: HashedMap<(Fingerprint, Sameness), Aggregate>,
    names: Names,
    worst: Worst,
    bounds: Bounds,
    units: u64,
    executions: u64,
    /// The clock of the stream: the latest end seen.
    now_us: i64,
    swept_us: i64,
}

impl Detector {
    /// A threshold below 2 is taken as 2, bounds of 0 as 1.
    pub fn new(options: Options) -> Self {
        Self {
            options: Options {
                threshold: options.threshold.max(2),
                max_open_units: options.max_open_units.max(1),
                max_open_statements: options.max_open_statements.max(1),
                max_patterns: options.max_patterns.max(1),
                max_fingerprints_per_unit: options.max_fingerprints_per_unit.max(1),
                ..options
            },
            open: HashedMap::default(),
            open_statements: 0,
            patterns: HashedMap::default(),
            names: Names::with_room(NAMES),
            worst: Worst::new(options.max_worst_units),
            bounds: Bounds::default(),
            units: 0,
            executions: 0,
            now_us: i64::MIN,
            swept_us: i64::MIN,
        }
    }

    /// Takes one execution in. Units may be interleaved in any way; inside one, executions may overlap and come
    /// in the order of their ends.
    pub fn observe(&mut self, seen: &Observation<'_>) {
        self.executions += 1;
        self.now_us = self.now_us.max(seen.end_us());
        self.sweep();
        let id = (seen.unit.kind, seen.unit.hash);
        let bound = self.options.max_fingerprints_per_unit;
        let gap_us = self.options.session_idle_gap_us;
        let over = |unit: &Unit| id.0 == UnitKind::Session && gap(unit.last_end_us, seen.start_us) > gap_us;
        if let Some(unit) = self.open.get_mut(&id)
            && !over(unit)
        {
            let before = unit.entries.len();
            self.bounds.statements_forgotten += u64::from(unit.add(seen, &mut self.names, bound));
            self.open_statements += unit.entries.len() - before;
            return;
        }
        if let Some(unit) = self.open.remove(&id) {
            self.fold(id, &unit);
        }
        self.make_room();
        let mut unit = Unit::new(seen);
        unit.add(seen, &mut self.names, bound);
        self.open_statements += unit.entries.len();
        self.open.insert(id, unit);
    }

    /// What an open unit has done so far.
    pub fn summary(&self, kind: UnitKind, hash: u64) -> Option<UnitSummary> {
        self.open.get(&(kind, hash)).map(|unit| unit.summary(self.options.threshold))
    }

    /// Ends a unit, where its end is known: a response was sent, a transaction committed.
    pub fn end(&mut self, kind: UnitKind, hash: u64) {
        if let Some(unit) = self.open.remove(&(kind, hash)) {
            self.fold((kind, hash), &unit);
        }
    }

    /// As [`Detector::end`], with what the unit did.
    pub fn close(&mut self, kind: UnitKind, hash: u64) -> Option<UnitSummary> {
        let summary = self.summary(kind, hash);
        self.end(kind, hash);
        summary
    }

    /// Names the route of an open unit that has none, where the log tells it beside the statements.
    pub fn name_route(&mut self, kind: UnitKind, hash: u64, route: &str) {
        if let Some(unit) = self.open.get_mut(&(kind, hash)).filter(|unit| unit.route.is_none()) {
            unit.route = self.names.number(route);
        }
    }

    /// Units that are remembered now.
    pub fn open_units(&self) -> usize {
        self.open.len()
    }

    /// Units that are over.
    pub fn closed_units(&self) -> u64 {
        self.units
    }

    pub fn bounds(&self) -> Bounds {
        Bounds { names_dropped: self.bounds.names_dropped + self.names.dropped(), ..self.bounds }
    }

    /// Adds what another detector found in other units: one for each core, each unit always with the same one.
    pub fn absorb(&mut self, mut other: Detector) {
        other.fold_all();
        let numbers = self.names.adopt(&other.names);
        for (key, mut pattern) in std::mem::take(&mut other.patterns) {
            pattern.renumber(&numbers);
            self.patterns.entry(key).or_insert_with(Aggregate::new).merge(pattern);
        }
        self.drop_patterns(self.options.max_patterns);
        self.worst.absorb(std::mem::take(&mut other.worst));
        self.units += other.units;
        self.executions += other.executions;
        self.bounds.add(other.bounds());
    }

    /// Ends all units and judges the patterns by what their statements are.
    pub fn finish<'f>(mut self, facts: impl Fn(Fingerprint) -> Option<&'f StatementFacts>) -> Findings {
        self.fold_all();
        self.drop_patterns(self.options.max_patterns);
        let bounds = self.bounds();
        let mut findings = pattern::findings(self.patterns, &self.names, facts);
        findings.bounds = bounds;
        findings.worst_units = self.worst.into_units();
        findings.units = self.units;
        findings.executions = self.executions;
        findings
    }

    fn fold_all(&mut self) {
        for (id, unit) in std::mem::take(&mut self.open) {
            self.fold(id, &unit);
        }
    }

    fn fold(&mut self, id: UnitId, unit: &Unit) {
        self.units += 1;
        self.open_statements = self.open_statements.saturating_sub(unit.entries.len());
        let threshold = self.options.threshold;
        self.worst.offer(unit, threshold);
        for entry in unit.entries.iter().filter(|entry| entry.executions >= threshold) {
            let sameness = entry.params.sameness(entry.executions, threshold);
            let pattern = self.patterns.entry((entry.fingerprint, sameness)).or_insert_with(Aggregate::new);
            pattern.add(id, unit, entry, sameness, &self.names);
        }
        // A quarter more than the bound, so that dropping is rare.
        let bound = self.options.max_patterns;
        if self.patterns.len() > bound + bound / 4 {
            self.drop_patterns(bound);
        }
    }

    /// Twice per idle gap, so that its cost is nothing per execution.
    fn sweep(&mut self) {
        let idle_us = self.options.unit_idle_gap_us;
        if gap(self.swept_us, self.now_us) <= idle_us / 2 {
            return;
        }
        self.swept_us = self.now_us;
        let now_us = self.now_us;
        let silent: Vec<(UnitId, Unit)> =
            self.open.extract_if(|_, unit| gap(unit.last_end_us, now_us) > idle_us).collect();
        for (id, unit) in silent {
            self.fold(id, &unit);
        }
    }

    fn make_room(&mut self) {
        let full = self.open.len() >= self.options.max_open_units
            || self.open_statements >= self.options.max_open_statements;
        if !full {
            return;
        }
        // An eighth at once, so that the search is rare.
        let mut by_silence: Vec<(i64, UnitId)> =
            self.open.iter().map(|(&id, unit)| (unit.last_end_us, id)).collect();
        by_silence.sort_unstable();
        for (last_end_us, id) in by_silence.into_iter().take(self.open.len().div_ceil(8)) {
            if let Some(mut unit) = self.open.remove(&id) {
                let early = gap(last_end_us, self.now_us) <= self.options.unit_idle_gap_us;
                unit.cut |= early;
                self.bounds.units_closed_early += u64::from(early);
                self.fold(id, &unit);
            }
        }
    }

    fn drop_patterns(&mut self, bound: usize) {
        if self.patterns.len() <= bound {
            return;
        }
        let mut lightest: Vec<_> =
            self.patterns.iter().map(|(&key, pattern)| (pattern.weight(), key)).collect();
        lightest.sort_unstable();
        for (_, key) in lightest.into_iter().take(self.patterns.len() - bound) {
            if let Some(pattern) = self.patterns.remove(&key) {
                self.bounds.patterns_dropped += 1;
                self.bounds.executions_dropped += pattern.executions;
            }
        }
    }
}

/// Microseconds from one moment to a later one; 0 when it is not later.
fn gap(from_us: i64, to_us: i64) -> u64 {
    if to_us > from_us { to_us.abs_diff(from_us) } else { 0 }
}

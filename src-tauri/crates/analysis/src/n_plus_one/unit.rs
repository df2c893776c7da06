//! One unit of work while it runs: its statements, how often each, with which parameters.

use super::params::{DistinctParams, ParamsSeen, Sameness};
use super::{Observation, UnitKind};
use crate::names::{Names, cut};
use crate::sql::Fingerprint;

/// Executions kept one by one, to draw them.
const RUNS: usize = 50;
/// Bytes kept of a unit's id.
const ID_BYTES: usize = 64;
/// Statements before a repeated one that may have led to it.
const CANDIDATES: usize = 3;
/// Logs give the end of an execution in whole milliseconds but its duration in microseconds.
const CLOCK_STEP_US: i64 = 1_000;

/// One execution in an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Run {
    /// Since the first execution of the unit.
    pub offset_us: u64,
    pub duration_us: Option<u64>,
}

/// A unit of work in which the pattern was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    pub unit_kind: UnitKind,
    pub unit_hash: u64,
    /// The unit's id as people know it.
    pub unit: Option<String>,
    pub route: Option<String>,
    /// Microseconds since 1970, of the unit's first execution.
    pub start_us: i64,
    /// From there to the end of its last.
    pub span_us: u64,
    /// All executions of the unit.
    pub unit_queries: u64,
    /// Executions of this statement.
    pub repeats: u64,
    pub distinct_params: DistinctParams,
    /// Database time of this statement, where measured.
    pub total_us: Option<u64>,
    /// The executions that were seen first, at most 50.
    pub runs: Vec<Run>,
    /// The first execution of the parent, where it is known.
    pub parent_run: Option<Run>,
    /// First executions of those that may be the parent.
    pub(super) before: Vec<(Fingerprint, Run)>,
}

/// A statement that one unit repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repetition {
    pub fingerprint: Fingerprint,
    pub executions: u64,
    pub distinct_params: DistinctParams,
    /// Executions whose duration was measured, and their sum.
    pub timed: u64,
    pub total_us: u64,
    pub(super) sameness: Sameness,
}

/// What one unit has done so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitSummary {
    pub unit: Option<String>,
    pub total_queries: u64,
    /// Statements at or above the threshold, the most database time first.
    pub repetitions: Vec<Repetition>,
}

/// One execution, small because every open unit may keep many. Times beyond half an hour are cut to it.
#[derive(Clone, Copy, Debug)]
struct KeptRun {
    /// Since the start of the execution that came in first.
    offset_us: i32,
    duration_us: u32,
}

impl KeptRun {
    const NOT_MEASURED: u32 = u32::MAX;

    fn new(offset_us: i64, duration_us: Option<u64>) -> Self {
        let duration = |us: u64| u32::try_from(us).unwrap_or(Self::NOT_MEASURED - 1);
        Self {
            offset_us: offset_us.clamp(i32::MIN.into(), i32::MAX.into()) as i32,
            duration_us: duration_us.map_or(Self::NOT_MEASURED, duration),
        }
    }

    /// Offsets count from `unit_us` then.
    fn run(self, arrived_us: i64, unit_us: i64) -> Run {
        let start_us = arrived_us.saturating_add(self.offset_us.into());
        Run {
            offset_us: start_us.saturating_sub(unit_us).max(0).unsigned_abs(),
            duration_us: (self.duration_us != Self::NOT_MEASURED).then_some(self.duration_us.into()),
        }
    }
}

/// What is known about one statement in one unit.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) fingerprint: Fingerprint,
    pub(super) executions: u64,
    pub(super) timed: u64,
    pub(super) total_us: u64,
    pub(super) fastest_us: u64,
    pub(super) first_us: i64,
    pub(super) last_us: i64,
    pub(super) params: ParamsSeen,
    first_end_us: i64,
    /// Executions of the unit that came in before.
    arrival: u64,
    /// Rows of the first execution.
    first_rows: Option<u64>,
    /// Start of the execution that came in first.
    arrived_us: i64,
    runs: Vec<KeptRun>,
}

impl Entry {
    fn new(seen: &Observation<'_>, arrival: u64) -> Self {
        Self {
            fingerprint: seen.fingerprint,
            executions: 1,
            timed: u64::from(seen.duration_us.is_some()),
            total_us: seen.duration_us.unwrap_or(0),
            fastest_us: seen.duration_us.unwrap_or(u64::MAX),
            first_us: seen.start_us,
            last_us: seen.start_us,
            params: ParamsSeen::new(seen),
            first_end_us: seen.end_us(),
            arrival,
            first_rows: seen.rows,
            arrived_us: seen.start_us,
            runs: Vec::new(),
        }
    }

    fn add(&mut self, seen: &Observation<'_>) {
        if self.runs.is_empty() {
            let duration_us = (self.timed == 1).then_some(self.total_us);
            self.runs.push(KeptRun::new(0, duration_us));
        }
        if self.runs.len() < RUNS {
            let offset_us = seen.start_us.saturating_sub(self.arrived_us);
            self.runs.push(KeptRun::new(offset_us, seen.duration_us));
        }
        self.executions += 1;
        if let Some(duration) = seen.duration_us {
            self.timed += 1;
            self.total_us = self.total_us.saturating_add(duration);
            self.fastest_us = self.fastest_us.min(duration);
        }
        if seen.start_us < self.first_us {
            self.first_us = seen.start_us;
            self.first_end_us = seen.end_us();
            self.first_rows = seen.rows;
        }
        self.last_us = self.last_us.max(seen.start_us);
        self.params.add(seen.values);
    }

    fn repetition(&self, threshold: u64) -> Repetition {
        Repetition {
            fingerprint: self.fingerprint,
            executions: self.executions,
            distinct_params: self.params.distinct(),
            timed: self.timed,
            total_us: self.total_us,
            sameness: self.params.sameness(self.executions, threshold),
        }
    }

    /// Over before the other began: by the clock, or within its step by the order of arrival.
    fn precedes(&self, other: &Entry) -> bool {
        let by_clock = self.first_end_us <= other.first_us;
        let in_step = self.first_end_us.saturating_sub(CLOCK_STEP_US) <= other.first_us;
        by_clock || (in_step && self.arrival < other.arrival)
    }

    /// Rows for which a loop over them would have run the statement as often as it ran.
    fn rows_explain(&self, rows: u64) -> bool {
        let distinct = self.params.distinct();
        rows > 0
            && (rows == self.executions || (!distinct.more && distinct.count > 1 && rows == distinct.count))
    }
}

/// A statement that may have given the keys of a repeated one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) fingerprint: Fingerprint,
    /// Its rows are as many as the repeats.
    pub(super) rows_match: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Unit {
    id: Option<Box<str>>,
    pub(super) route: Option<u32>,
    pub(super) application: Option<u32>,
    pub(super) executions: u64,
    first_us: i64,
    /// End of the last execution.
    pub(super) last_end_us: i64,
    pub(super) entries: Vec<Entry>,
    /// The entry used last: loops use it again.
    latest: usize,
    /// An entry was dropped for the bound.
    pub(super) cut: bool,
}

impl Unit {
    pub(super) fn new(seen: &Observation<'_>) -> Self {
        Self {
            id: seen.unit.id.map(|id| cut(id, ID_BYTES).into()),
            route: None,
            application: None,
            executions: 0,
            first_us: seen.start_us,
            last_end_us: seen.end_us(),
            entries: Vec::new(),
            latest: 0,
            cut: false,
        }
    }

    /// Takes one execution in; true when another statement had to be forgotten for it.
    pub(super) fn add(&mut self, seen: &Observation<'_>, names: &mut Names, bound: usize) -> bool {
        self.executions += 1;
        self.first_us = self.first_us.min(seen.start_us);
        self.last_end_us = self.last_end_us.max(seen.end_us());
        if self.id.is_none() {
            self.id = seen.unit.id.map(|id| cut(id, ID_BYTES).into());
        }
        if self.route.is_none() {
            self.route = seen.route.and_then(|route| names.number(route));
        }
        if self.application.is_none() {
            self.application = seen.application.and_then(|application| names.number(application));
        }
        if let Some(entry) = self.entry(seen.fingerprint) {
            entry.add(seen);
            return false;
        }
        let dropped = self.entries.len() >= bound.max(1) && self.forget_one();
        self.cut |= dropped;
        self.latest = self.entries.len();
        self.entries.push(Entry::new(seen, self.executions));
        dropped
    }

    fn entry(&mut self, fingerprint: Fingerprint) -> Option<&mut Entry> {
        let known = self.entries.get(self.latest).is_some_and(|entry| entry.fingerprint == fingerprint);
        if !known {
            self.latest = self.entries.iter().position(|entry| entry.fingerprint == fingerprint)?;
        }
        self.entries.get_mut(self.latest)
    }

    /// Drops the statement with the fewest executions, of these the one not seen for longest.
    fn forget_one(&mut self) -> bool {
        let least = |(_, entry): &(usize, &Entry)| (entry.executions, entry.last_us);
        let found = self.entries.iter().enumerate().min_by_key(least).map(|(at, _)| at);
        found.map(|at| self.entries.swap_remove(at)).is_some()
    }

    /// The statements that ran just before `repeated` first did, less often than it; nearest first.
    fn nearest_before(&self, repeated: &Entry) -> impl Iterator<Item = &Entry> {
        let mut before: Vec<&Entry> = self
            .entries
            .iter()
            .filter(|entry| entry.executions < repeated.executions && entry.precedes(repeated))
            .collect();
        before.sort_by_key(|entry| std::cmp::Reverse((entry.first_end_us, entry.arrival)));
        before.into_iter().take(CANDIDATES)
    }

    pub(super) fn candidates(&self, repeated: &Entry) -> impl Iterator<Item = Candidate> {
        self.nearest_before(repeated).map(|entry| Candidate {
            fingerprint: entry.fingerprint,
            rows_match: entry.first_rows.is_some_and(|rows| repeated.rows_explain(rows)),
        })
    }

    /// Executions of statements that are repeated.
    pub(super) fn repeated(&self, threshold: u64) -> u64 {
        self.entries.iter().map(|entry| entry.executions).filter(|count| *count >= threshold).sum()
    }

    pub(super) fn example(&self, kind: UnitKind, hash: u64, entry: &Entry, names: &Names) -> Example {
        let mut runs: Vec<Run> =
            entry.runs.iter().map(|run| run.run(entry.arrived_us, self.first_us)).collect();
        runs.sort_unstable();
        Example {
            unit_kind: kind,
            unit_hash: hash,
            unit: self.id.as_deref().map(str::to_owned),
            route: self.route.and_then(|route| names.text(route)).map(str::to_owned),
            start_us: self.first_us,
            span_us: self.last_end_us.abs_diff(self.first_us),
            unit_queries: self.executions,
            repeats: entry.executions,
            distinct_params: entry.params.distinct(),
            total_us: (entry.timed > 0).then_some(entry.total_us),
            runs,
            parent_run: None,
            before: self.before(entry),
        }
    }

    fn before(&self, repeated: &Entry) -> Vec<(Fingerprint, Run)> {
        let first_run = |entry: &Entry| Run {
            offset_us: entry.first_us.saturating_sub(self.first_us).unsigned_abs(),
            duration_us: (entry.timed > 0).then(|| entry.first_end_us.abs_diff(entry.first_us)),
        };
        self.nearest_before(repeated).map(|entry| (entry.fingerprint, first_run(entry))).collect()
    }

    pub(super) fn summary(&self, threshold: u64) -> UnitSummary {
        let repeated = self.entries.iter().filter(|entry| entry.executions >= threshold);
        let mut repetitions: Vec<Repetition> = repeated.map(|entry| entry.repetition(threshold)).collect();
        repetitions.sort_by_key(|one| std::cmp::Reverse((one.total_us, one.executions, one.fingerprint)));
        UnitSummary {
            unit: self.id.as_deref().map(str::to_owned),
            total_queries: self.executions,
            repetitions,
        }
    }
}

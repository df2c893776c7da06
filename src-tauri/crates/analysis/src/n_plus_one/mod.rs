//! Statements that one unit of work runs again and again: N+1 reads, redundant reads, loops of writes.
//!
//! Works as a stream with bounded memory: observations go in, in any order of units, and what is known about a unit
//! is folded into its patterns when the unit is over. A pattern is one statement run at least
//! [`Options::threshold`] times in one unit; the executions need not stand side by side and may overlap.

mod aggregate;
mod detector;
pub mod document;
mod params;
mod pattern;
mod reasons;
mod saving;
mod tally;
mod unit;
mod worst;

pub use detector::{Bounds, Detector};
pub use params::{DistinctParams, Varying};
pub use pattern::{Findings, Kind, Parent, Pattern, Repeats};
pub use reasons::{Confidence, Reason};
pub use saving::Saving;
pub use tally::Share;
pub use unit::{Example, Repetition, Run, UnitSummary};

use crate::sql::{Fingerprint, Values};

#[cfg(test)]
mod bounds_cases;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod properties;

/// What holds executions together, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum UnitKind {
    Request,
    Trace,
    Transaction,
    /// A database session, cut wherever it is idle for [`Options::session_idle_gap_us`].
    Session,
}

impl UnitKind {
    /// All kinds, best first.
    pub const ALL: [UnitKind; 4] =
        [UnitKind::Request, UnitKind::Trace, UnitKind::Transaction, UnitKind::Session];

    /// "request", "requests".
    pub fn noun(self, count: u64) -> &'static str {
        match (self, count) {
            (UnitKind::Request, 1) => "request",
            (UnitKind::Request, _) => "requests",
            (UnitKind::Trace, 1) => "trace",
            (UnitKind::Trace, _) => "traces",
            (UnitKind::Transaction, 1) => "transaction",
            (UnitKind::Transaction, _) => "transactions",
            (UnitKind::Session, 1) => "stretch of a session",
            (UnitKind::Session, _) => "stretches of sessions",
        }
    }
}

/// Names the unit of work that an execution belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnitKey<'a> {
    pub kind: UnitKind,
    /// Tells units of one kind apart.
    pub hash: u64,
    /// As people know it: a request id, a trace id, a process id. The first 64 bytes are kept.
    pub id: Option<&'a str>,
}

/// One execution of one statement.
#[derive(Clone, Copy, Debug)]
pub struct Observation<'a> {
    pub unit: UnitKey<'a>,
    pub fingerprint: Fingerprint,
    /// All parameter values and constants; the default when there are none or they were not recorded.
    pub values: Values,
    /// How many of them were given beside the text.
    pub given: u32,
    /// Microseconds since 1970.
    pub start_us: i64,
    /// Absent when it was not measured.
    pub duration_us: Option<u64>,
    /// Rows returned or written; absent when not known.
    pub rows: Option<u64>,
    pub route: Option<&'a str>,
    pub application: Option<&'a str>,
}

impl Observation<'_> {
    pub(self) fn end_us(&self) -> i64 {
        self.start_us.saturating_add_unsigned(self.duration_us.unwrap_or(0))
    }
}

/// What counts as a pattern, and how much is remembered at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Executions of one statement in one unit from which on they are a pattern.
    pub threshold: u64,
    /// A session that asks for nothing for longer than this begins a new unit.
    pub session_idle_gap_us: u64,
    /// A unit of any kind that was silent for this long, by the clock of the stream, is taken to be over.
    pub unit_idle_gap_us: u64,
    /// Units remembered at once; beyond it those silent for longest are closed early.
    pub max_open_units: usize,
    /// Statements remembered at once in all open units; beyond it likewise.
    pub max_open_statements: usize,
    /// Patterns remembered; beyond it those with the least database time are dropped.
    pub max_patterns: usize,
    /// Statements remembered in one unit; beyond it the one with the fewest executions is dropped.
    pub max_fingerprints_per_unit: usize,
    /// Units told one by one, those with the most repeated executions.
    pub max_worst_units: usize,
}

impl Default for Options {
    /// About 130 MB when every bound is reached and every statement repeats; usually a few.
    fn default() -> Self {
        Self {
            threshold: 3,
            session_idle_gap_us: 500_000,
            unit_idle_gap_us: 30_000_000,
            max_open_units: 32_768,
            max_open_statements: 131_072,
            max_patterns: 4_096,
            max_fingerprints_per_unit: 64,
            max_worst_units: 0,
        }
    }
}

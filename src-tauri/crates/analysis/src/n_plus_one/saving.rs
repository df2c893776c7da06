//! The database time that a better way of asking gives back, with its arithmetic.
//!
//! Durations are measured; what a batch would take is not, so it is estimated low enough to be kept as a promise:
//! - N+1: one execution (the mean) and, for each further key, a tenth of the fastest execution. The key is still
//!   looked up; parsing, planning, the round trip and the queueing are paid once.
//! - Bulk write: one execution and, for each further row, a quarter of the fastest: rows, indexes and WAL are still written.
//! - Redundant: one execution (the mean) for each set of parameters; the others are answered from memory.

use std::fmt;

use super::params::Sameness;
use super::pattern::Kind;
use super::unit::Entry;
use crate::words;

/// The fastest execution is this many times the cost of one more key in a batch.
const KEYS_PER_EXECUTION: u64 = 10;
/// The fastest execution is this many times the cost of one more row in a bulk write.
const ROWS_PER_EXECUTION: u64 = 4;

/// Sums over units from which the saving of either kind is worked out; the kind is known only at the end.
#[derive(Clone, Debug, Default)]
pub(super) struct Costs {
    timed: u64,
    measured_us: u64,
    /// One mean execution per unit.
    once_us: u64,
    units: u64,
    further_keys: u64,
    further_keys_us: u64,
    further_rows: u64,
    further_rows_us: u64,
    /// Sets of parameters, and a mean execution for each.
    sets: u64,
    sets_us: u64,
}

impl Costs {
    pub(super) fn add(&mut self, entry: &Entry, sameness: Sameness) {
        let Some(mean_us) = entry.total_us.checked_div(entry.timed) else { return };
        let distinct = entry.params.distinct();
        let sets = distinct.count.min(entry.timed);
        let each_its_own = distinct.more || sameness == Sameness::Unrecorded;
        let further_keys = if each_its_own { entry.timed } else { sets } - 1;
        let further_rows = entry.timed - 1;
        self.merge(&Costs {
            timed: entry.timed,
            measured_us: entry.total_us,
            once_us: mean_us,
            units: 1,
            further_keys,
            further_keys_us: further_keys.saturating_mul(entry.fastest_us) / KEYS_PER_EXECUTION,
            further_rows,
            further_rows_us: further_rows.saturating_mul(entry.fastest_us) / ROWS_PER_EXECUTION,
            sets,
            sets_us: sets.saturating_mul(mean_us),
        });
    }

    pub(super) fn merge(&mut self, other: &Costs) {
        let pairs = [
            (&mut self.timed, other.timed),
            (&mut self.measured_us, other.measured_us),
            (&mut self.once_us, other.once_us),
            (&mut self.units, other.units),
            (&mut self.further_keys, other.further_keys),
            (&mut self.further_keys_us, other.further_keys_us),
            (&mut self.further_rows, other.further_rows),
            (&mut self.further_rows_us, other.further_rows_us),
            (&mut self.sets, other.sets),
            (&mut self.sets_us, other.sets_us),
        ];
        for (sum, more) in pairs {
            *sum = sum.saturating_add(more);
        }
    }

    pub(super) fn measured_us(&self) -> u64 {
        self.measured_us
    }

    /// None when nothing was measured.
    pub(super) fn saving(&self, kind: Kind) -> Option<Saving> {
        let (first, first_us, further, further_us) = match kind {
            Kind::NPlusOne => (self.units, self.once_us, self.further_keys, self.further_keys_us),
            Kind::BulkWrite => (self.units, self.once_us, self.further_rows, self.further_rows_us),
            Kind::Redundant => (self.sets, self.sets_us, 0, 0),
        };
        (self.timed > 0).then(|| Saving {
            kind,
            executions: self.timed,
            measured_us: self.measured_us,
            remaining: first,
            remaining_us: first_us,
            further,
            further_us,
            given_back_us: self.measured_us.saturating_sub(first_us.saturating_add(further_us)),
        })
    }
}

/// Database time before and after; its text shows the arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saving {
    pub kind: Kind,
    /// Executions whose duration was measured, and their sum.
    pub executions: u64,
    pub measured_us: u64,
    /// Executions that remain, each at the measured mean.
    pub remaining: u64,
    pub remaining_us: u64,
    /// Further keys or rows in the executions that remain, and what they are estimated to take.
    pub further: u64,
    pub further_us: u64,
    /// `measured - remaining - further`, not below zero.
    pub given_back_us: u64,
}

impl fmt::Display for Saving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |us: u64| words::duration(us as f64 / 1e6);
        let executions = |count: u64| words::count(count as f64, "execution", "executions");
        write!(
            f,
            "{} measured in {} − {} for {}",
            time(self.measured_us),
            executions(self.executions),
            time(self.remaining_us),
            executions(self.remaining),
        )?;
        let (one, many, part) = match self.kind {
            Kind::NPlusOne => ("further key", "further keys", "a tenth"),
            Kind::BulkWrite => ("further row", "further rows", "a quarter"),
            Kind::Redundant => return write!(f, " = {}", time(self.given_back_us)),
        };
        let further = words::count(self.further as f64, one, many);
        let further_us = time(self.further_us);
        let given_back = time(self.given_back_us);
        write!(f, " − {further_us} for {further} at {part} of the fastest execution = {given_back}")
    }
}

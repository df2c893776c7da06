//! The outcome of one poll.

use crate::{AppPool, Backends, Degradation, Pgbouncer, Problem, Redis, Sample};

/// What a source answered: series for the history, and the facts that rules and pages need as they are.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    pub samples: Vec<Sample>,
    pub facts: Facts,
    /// "PostgreSQL 15.18"
    pub version: Option<String>,
    pub degraded: Vec<Degradation>,
    /// What the source offers, in plain words, for the report of a test.
    pub found: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub enum Facts {
    #[default]
    None,
    AppPool(AppPool),
    Pgbouncer(Pgbouncer),
    Backends(Backends),
    Redis(Box<Redis>),
}

/// Why a poll gave nothing.
pub type PollResult = Result<Reading, Problem>;

//! Statements on their way from a server to the history: totals of a reading, what an interval added, and their names.

use crate::{StatementCounts, StatementGap, StatementIdentity, TimeRange, Timestamp};

/// One reading of `pg_stat_statements`: what each entry has counted since it began to.
#[derive(Debug, Clone, PartialEq)]
pub struct StatementTotals {
    /// By the console's clock.
    pub at: Timestamp,
    /// By the server's clock, as are all below.
    pub taken_at: Timestamp,
    /// Start of the server.
    pub started_at: Timestamp,
    /// Since when everything counts; absent before version 1.9 of the extension.
    pub counted_since: Option<Timestamp>,
    /// How often entries had to make room; absent before version 1.9.
    pub evicted: Option<u64>,
    /// Those that took most time first.
    pub entries: Vec<StatementTotal>,
    /// There were more entries than are read.
    pub cut: bool,
    /// Entries that the role may not see.
    pub hidden: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StatementTotal {
    pub identity: StatementIdentity,
    pub counts: StatementCounts,
    /// Since when this entry counts; version 1.11 and later.
    pub since: Option<Timestamp>,
}

/// What was counted between two readings.
#[derive(Debug, Clone, PartialEq)]
pub struct StatementInterval {
    /// What was really counted; empty where nothing was.
    pub range: TimeRange,
    /// Statements that ran, those that took most time first.
    pub counts: Vec<(StatementIdentity, StatementCounts)>,
    pub gaps: Vec<StatementGap>,
}

/// A text as the server gave it, not masked: it is named at once and then forgotten.
#[derive(Clone, PartialEq, Eq)]
pub struct StatementText {
    pub identity: StatementIdentity,
    pub text: Option<String>,
    pub database: String,
    pub user: String,
    /// It is the console's own.
    pub own: bool,
}

/// What is known of a statement beside its counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementName {
    pub identity: StatementIdentity,
    /// Masked.
    pub statement: Option<String>,
    /// The console's own, 16 hexadecimal digits.
    pub fingerprint: Option<String>,
    pub database: String,
    pub user: String,
    pub own: bool,
}

//! Statements that one unit of work runs again and again, as they are told, stored and shown.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Fix, Severity, Timestamp};

/// What the repetition is, which decides what mends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum RepetitionKind {
    /// Reads with different parameters: batch them or join.
    NPlusOne,
    /// Reads with the same parameters: cache the answer or ask once.
    Redundant,
    /// Writes row by row: write them in one statement.
    BulkWrite,
}

impl RepetitionKind {
    /// As it is stored and shown to programs.
    pub fn code(self) -> &'static str {
        match self {
            RepetitionKind::NPlusOne => "n_plus_one",
            RepetitionKind::Redundant => "redundant",
            RepetitionKind::BulkWrite => "bulk_write",
        }
    }

    /// "N+1 query", "Repeated query", "Row-by-row write".
    pub fn title(self) -> &'static str {
        match self {
            RepetitionKind::NPlusOne => "N+1 query",
            RepetitionKind::Redundant => "Repeated query",
            RepetitionKind::BulkWrite => "Row-by-row write",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    Low,
    Medium,
    High,
}

/// What held executions together, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum WorkUnit {
    Request,
    Trace,
    Transaction,
    /// A database session, cut at its pauses.
    Session,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct WorkUnitCount {
    pub unit: WorkUnit,
    pub count: u64,
}

/// A route or an application with the units of work it was seen in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct NameShare {
    pub name: String,
    pub units: u64,
}

/// One execution in an example.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct RepetitionRun {
    /// Since the first execution of the unit.
    pub offset_ms: f64,
    pub duration_ms: Option<f64>,
}

/// One unit of work as it ran.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct RepetitionExample {
    pub unit: WorkUnit,
    /// The unit's id as people know it: a request id, a trace id.
    pub id: Option<String>,
    pub route: Option<String>,
    pub at: Timestamp,
    /// All executions of the unit, and those of this statement.
    pub queries: u64,
    pub repeats: u64,
    /// Sets of parameters; exact up to 32, then at least so many.
    pub distinct_parameters: u64,
    pub more_parameters: bool,
    /// Database time of this statement, where measured.
    pub total_ms: Option<f64>,
    /// From the first execution of the unit to the end of its last.
    pub span_ms: f64,
    pub parent_run: Option<RepetitionRun>,
    /// The executions that were seen first, at most 50.
    pub runs: Vec<RepetitionRun>,
}

/// The statement whose rows the repeated one was most likely looped over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ParentStatement {
    pub fingerprint: String,
    pub statement: String,
    /// Units in which it ran just before.
    pub units: u64,
    /// Units in which its rows were as many as the repeats.
    pub rows_match: u64,
}

/// What speaks for a finding or against it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ReasonLine {
    pub text: String,
    pub against: bool,
}

/// Executions of the statement in each unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct RepeatCounts {
    pub median: u64,
    pub p95: u64,
    pub max: u64,
}

/// A person's decision not to be told of a pattern again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct IgnoredPattern {
    /// The finding's id.
    pub id: String,
    pub reason: String,
    pub at: Timestamp,
}

/// One statement, repeated in one way, over all units of work that it was seen in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct NPlusOneFinding {
    /// Fingerprint and kind: the same in every replay of the same code.
    pub id: String,
    pub kind: RepetitionKind,
    pub severity: Severity,
    /// "orders by customer_id"
    pub title: String,
    /// The statement without its constants.
    pub statement: String,
    pub fingerprint: String,
    /// One to three plain sentences; names stand between backticks.
    pub explanation: String,
    pub tables: Vec<String>,
    /// Those with the most units first, at most five.
    pub routes: Vec<NameShare>,
    pub applications: Vec<NameShare>,
    /// Units affected, all and by kind.
    pub units: u64,
    pub units_by_kind: Vec<WorkUnitCount>,
    pub executions: u64,
    pub repeats: RepeatCounts,
    pub queries_saved: u64,
    /// Share of the executions of this pattern that would not be needed, 0 to 1.
    pub saved_ratio: f64,
    /// Database time of all executions, where measured, and how much of it would be given back.
    pub total_ms: Option<f64>,
    pub given_back_ms: Option<f64>,
    /// Mean database time of this statement in one unit, today and when mended.
    pub unit_ms: Option<f64>,
    pub mended_unit_ms: Option<f64>,
    /// How the time given back was worked out.
    pub arithmetic: Option<String>,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
    pub parent: Option<ParentStatement>,
    pub confidence: Confidence,
    pub reasons: Vec<ReasonLine>,
    pub examples: Vec<RepetitionExample>,
    pub fixes: Vec<Fix>,
    pub ignored: Option<IgnoredPattern>,
}

/// How a pattern of one replay stands to another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum PatternChange {
    New,
    Worse,
    Same,
    Better,
    Gone,
}

/// A pattern in two replays; `before` is absent where it is new, `after` where it is gone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct PatternComparison {
    pub id: String,
    pub change: PatternChange,
    pub kind: RepetitionKind,
    pub title: String,
    pub statement: String,
    pub route: Option<String>,
    pub before: Option<PatternFigures>,
    pub after: Option<PatternFigures>,
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct PatternFigures {
    pub units: u64,
    pub executions: u64,
    pub repeats_median: u64,
    pub given_back_ms: Option<f64>,
}

/// The report on one unit of work in the shape in which mPanel logs it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct NPlusOneDocument {
    pub message: String,
    pub request_id: Option<String>,
    /// All queries of the request, repeated or not.
    pub total_queries: u64,
    pub patterns: Vec<DocumentPattern>,
    pub potential_savings: PotentialSavings,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct DocumentPattern {
    /// In capitals, with `$?` for every constant.
    pub query: String,
    pub repetitions: u64,
    /// "523ms"; null when no duration was measured.
    pub total_time: Option<String>,
    /// "52.30ms"
    pub average_time: Option<String>,
    pub recommendation: DocumentRecommendation,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct DocumentRecommendation {
    /// `batch_query`, `cache_query` or `bulk_write`.
    pub r#type: String,
    pub message: String,
    pub solution: String,
    pub estimated_improvement: String,
}

/// Counts of the repeated queries only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct PotentialSavings {
    pub current_queries: u64,
    pub optimized_queries: u64,
    pub queries_reduced: u64,
    /// "90.0%"
    pub percentage_reduction: String,
}

impl NPlusOneDocument {
    /// The headers of the response that this request got.
    pub fn headers(&self) -> [(&'static str, String); 2] {
        [
            ("X-N-Plus-One-Detected", "true".to_owned()),
            ("X-N-Plus-One-Patterns", self.patterns.len().to_string()),
        ]
    }
}

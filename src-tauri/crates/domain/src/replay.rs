//! A replay of query logs: what is asked for, how far it is, what was read, what was found.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    NPlusOneDocument, NPlusOneFinding, PatternComparison, PoolForecast, Problem, QueryStats, Timestamp,
    WorkUnit, WorkUnitCount,
};

/// Identity of a replay: decimal text, because ids outgrow the integers of JavaScript.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(transparent)]
pub struct ReplayId(pub String);

impl std::fmt::Display for ReplayId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which logs are read, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ReplayRequest {
    /// Files, directories and patterns.
    pub inputs: Vec<String>,
    /// `log_line_prefix`, where it cannot be told from the lines.
    pub prefix: Option<String>,
    /// Names of the fields of JSON lines, where they cannot be guessed.
    pub fields: Option<LogFieldNames>,
    /// Repeats in one unit of work that make a pattern; 3 when absent.
    pub threshold: Option<u32>,
    /// A session that pauses for longer begins a new unit of work; 500 ms when absent.
    pub session_gap_ms: Option<u32>,
    /// Keep statements with their constants. They may hold personal data and secrets.
    pub keep_literals: bool,
}

impl ReplayRequest {
    pub fn of(inputs: Vec<String>) -> ReplayRequest {
        ReplayRequest {
            inputs,
            prefix: None,
            fields: None,
            threshold: None,
            session_gap_ms: None,
            keep_literals: false,
        }
    }
}

/// Where generic JSON lines hold what is needed; dots lead into objects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct LogFieldNames {
    pub time: String,
    pub sql: String,
    pub duration: Option<String>,
    pub duration_unit: LogDurationUnit,
    pub parameters: Option<String>,
    pub request_id: Option<String>,
    pub rows: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum LogDurationUnit {
    /// By the field's name and the size of its values.
    #[default]
    Guess,
    Seconds,
    Milliseconds,
    Microseconds,
    Nanoseconds,
}

/// What the logs are, before they are read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct LogPreview {
    pub files: Vec<LogFilePreview>,
    /// Files of a directory or pattern that are no log.
    pub set_aside: Vec<LogSetAside>,
    /// As they lie on the disk, compressed or not.
    pub bytes: u64,
    /// Why the logs cannot be read as they are.
    pub problem: Option<Problem>,
    /// The first lines of what was not recognised, to find its prefix. Shown, never stored.
    pub first_lines: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct LogFilePreview {
    pub path: String,
    pub bytes: u64,
    pub compressed: bool,
    /// "PostgreSQL csvlog"
    pub format: String,
    /// The `log_line_prefix` that was found.
    pub prefix: Option<String>,
    pub first_at: Option<Timestamp>,
    /// The first statements, masked, at most five.
    pub statements: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct LogSetAside {
    pub path: String,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ReplayState {
    Running {
        progress: ReplayProgress,
    },
    Done,
    /// Stopped by the person: what was read until then is told.
    Cancelled,
    Failed {
        problem: Problem,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ReplayProgress {
    /// Of the files as they lie on the disk.
    pub bytes_read: u64,
    /// Absent for a pipe.
    pub bytes_total: Option<u64>,
    pub statements: u64,
    pub bytes_per_second: f64,
    /// Seconds left, once that can be told.
    pub seconds_left: Option<f64>,
}

/// A replay in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ReplayStatus {
    pub id: ReplayId,
    /// The file's name, or the first of several and how many more.
    pub name: String,
    pub request: ReplayRequest,
    pub started_at: Timestamp,
    pub took_ms: Option<f64>,
    pub state: ReplayState,
    /// Present once there is a result, partial or whole.
    pub totals: Option<ReplayTotals>,
}

/// A replay in figures.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ReplayTotals {
    /// After decompression.
    pub bytes: u64,
    pub statements: u64,
    /// Different statements.
    pub fingerprints: u64,
    pub errors: u64,
    /// Sum of all measured durations; absent when the log has none.
    pub database_ms: Option<f64>,
    pub units: u64,
    /// Those that are not ignored.
    pub patterns: u64,
    /// Of all patterns; the time is absent when none of it was measured.
    pub queries_saved: u64,
    pub given_back_ms: Option<f64>,
    pub first_at: Option<Timestamp>,
    pub last_at: Option<Timestamp>,
}

/// What was read, what was not, and what the log itself leaves out.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct LogCoverage {
    pub formats: Vec<String>,
    pub bytes: u64,
    pub lines: u64,
    pub understood: u64,
    pub skipped: Vec<SkippedLines>,
    pub statements: u64,
    pub errors: u64,
    pub plans: u64,
    pub requests: u64,
    pub reports: u64,
    /// Parse and bind lines: understood, and not executions.
    pub parse_bind: u64,
    /// Lines that tell again of a statement counted already.
    pub repeated: u64,
    /// Understood, and about something else.
    pub other: u64,
    pub truncated: u64,
    pub without_duration: u64,
    /// Statements whose parameters the log does not hold, although they take some.
    pub without_parameters: u64,
    pub first_at: Option<Timestamp>,
    pub last_at: Option<Timestamp>,
    /// Executions by what held them together.
    pub grouped_by: Vec<WorkUnitCount>,
    /// What the log hides, with the setting that would show it.
    pub gaps: Vec<CoverageGap>,
    pub set_aside: Vec<LogSetAside>,
}

impl LogCoverage {
    /// What most executions were grouped by.
    pub fn mostly_grouped_by(&self) -> Option<WorkUnit> {
        self.grouped_by.iter().max_by_key(|group| group.count).map(|group| group.unit)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SkippedLines {
    /// Stable, for programs.
    pub code: String,
    /// "no line of this format"
    pub reason: String,
    pub lines: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CoverageGap {
    /// Stable, for programs.
    pub code: String,
    pub message: String,
    /// The setting that mends it, as it is written into postgresql.conf, or what to do.
    pub remedy: Option<String>,
}

/// A line in which mPanel reports on itself, counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct OwnReport {
    /// Stable, for programs: "n_plus_one", "memory_leak".
    pub kind: String,
    pub title: String,
    pub count: u64,
    pub first_at: Timestamp,
    pub last_at: Timestamp,
}

/// All that one replay found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ReplayReport {
    pub replay: ReplayStatus,
    pub coverage: LogCoverage,
    /// Those that give most time back first.
    pub findings: Vec<NPlusOneFinding>,
    /// Those that took most time first.
    pub queries: Vec<QueryStats>,
    /// Different statements that are not listed, and their executions.
    pub queries_left_out: u64,
    pub calls_left_out: u64,
    pub pool: Option<PoolForecast>,
    /// Units of work with the most repeated queries, in the document's shape; at most 100.
    pub documents: Vec<NPlusOneDocument>,
    pub reports: Vec<OwnReport>,
    /// Where a bound on memory was reached, what it cost. Empty when all is exact.
    pub limits: Vec<String>,
}

/// Two replays side by side, what is new and worse first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ReplayComparison {
    pub before: ReplayStatus,
    pub after: ReplayStatus,
    pub patterns: Vec<PatternComparison>,
}

/// How a replay's report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum ReportFormat {
    Text,
    /// Everything, for programs.
    Json,
    /// The shape in which mPanel logs N+1 patterns: one object for each unit of work.
    Document,
    Markdown,
    Sarif,
    Junit,
    /// One page with charts that needs nothing else.
    Html,
}

impl ReportFormat {
    pub const ALL: [ReportFormat; 7] = [
        ReportFormat::Text,
        ReportFormat::Json,
        ReportFormat::Document,
        ReportFormat::Markdown,
        ReportFormat::Sarif,
        ReportFormat::Junit,
        ReportFormat::Html,
    ];

    /// The usual ending of a file's name, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            ReportFormat::Text => "txt",
            ReportFormat::Json | ReportFormat::Document => "json",
            ReportFormat::Markdown => "md",
            ReportFormat::Sarif => "sarif",
            ReportFormat::Junit => "xml",
            ReportFormat::Html => "html",
        }
    }
}

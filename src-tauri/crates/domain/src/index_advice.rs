//! Indexes to create, to drop and to leave alone, as they are told, stored and shown.
//!
//! Over 400 lines because it is one report: its parts are read beside each other, and none means anything alone.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{CodeLanguage, Degradation, Problem, QueryTrend, ReplayId, SourceId, Timestamp};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(transparent)]
pub struct AdviceId(pub String);

/// Which statements the advice is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum WorkloadChoice {
    /// Of a replay that is kept.
    Replay {
        replay: ReplayId,
    },
    /// `pg_stat_statements` since it began to count, or what came in during the next seconds.
    Statements {
        seconds: Option<u32>,
    },
    /// Statements in a file, ended by semicolons.
    File {
        path: String,
    },
    Text {
        sql: String,
    },
}

/// What advice is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct IndexAdviceRequest {
    /// The database to ask; without one the advice is from the log alone.
    pub source: Option<SourceId>,
    pub workload: WorkloadChoice,
    pub limits: AdviceLimits,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct AdviceLimits {
    /// Bytes that all new indexes together may take.
    pub budget_bytes: Option<u64>,
    /// Statements whose mean is below are left out.
    pub min_mean_ms: f64,
    /// Statements that ran less often are left out.
    pub min_calls: u64,
    /// Most that the writes of one table may cost more, 0.25 for a quarter.
    pub max_write_cost: f64,
    /// When the best so far is told.
    pub seconds: u32,
}

impl Default for AdviceLimits {
    /// The document's rule: slower than 100 ms, five executions.
    fn default() -> AdviceLimits {
        AdviceLimits {
            budget_bytes: None,
            min_mean_ms: 100.0,
            min_calls: 5,
            max_write_cost: 0.5,
            seconds: 10,
        }
    }
}

/// How well a figure is founded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum AdviceEvidence {
    /// Worked out from statistics, or from the statements alone.
    Estimated,
    /// The server's planner chose the index when it was offered hypothetically.
    Verified,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum AdvicePriority {
    Low,
    Medium,
    High,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum IndexMethod {
    Btree,
    Gin,
    Brin,
}

impl IndexMethod {
    /// As SQL writes it.
    pub fn name(self) -> &'static str {
        match self {
            IndexMethod::Btree => "btree",
            IndexMethod::Gin => "gin",
            IndexMethod::Brin => "brin",
        }
    }
}

/// One key of an index: a column or an expression.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct IndexKey {
    /// A column's name, not quoted.
    pub column: Option<String>,
    /// SQL, with its names quoted where they must be: `lower(email)`.
    pub expression: Option<String>,
    /// "text_pattern_ops"
    pub operator_class: Option<String>,
    pub descending: bool,
    /// Other than the default of its direction where this differs from `descending`.
    pub nulls_first: bool,
}

/// What an index is, apart from its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct IndexDefinition {
    /// Absent where no database was asked and the statements name none.
    pub schema: Option<String>,
    pub table: String,
    pub method: IndexMethod,
    pub keys: Vec<IndexKey>,
    pub include: Vec<String>,
    /// SQL of the rows that it holds: `status = 'unpaid'`.
    pub predicate: Option<String>,
}

/// A partition for the script's recipe; parents stand before their children.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct AdvisedPartition {
    pub schema: String,
    pub table: String,
    /// The name of the index on it.
    pub index_name: String,
    /// It has partitions of its own.
    pub partitioned: bool,
    /// Index into the list of its parent; absent below the table itself.
    pub parent: Option<usize>,
}

/// One statement of the workload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct AdvisedStatement {
    /// 16 hexadecimal digits.
    pub fingerprint: String,
    /// Without its constants.
    pub statement: String,
    /// "SELECT", "UPDATE", …
    pub verb: String,
    pub calls: u64,
    pub total_ms: Option<f64>,
    pub mean_ms: Option<f64>,
    /// Over the time of the log, where the workload is one.
    pub trend: Option<QueryTrend>,
    /// The planner's cost today and with what is selected; of our own model where `evidence` says so.
    pub cost_before: Option<f64>,
    pub cost_after: Option<f64>,
    pub evidence: AdviceEvidence,
    /// Why the planner could not be asked about it.
    pub problem: Option<String>,
}

/// A statement that an index changes, alone with what exists.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ServedStatement {
    /// Index into [`IndexAdvice::statements`].
    pub statement: usize,
    pub cost_before: f64,
    pub cost_after: f64,
    /// The mean today, and the same by the ratio of the costs.
    pub mean_ms_before: Option<f64>,
    pub mean_ms_after: Option<f64>,
}

/// What an index costs those who write.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct WriteCost {
    /// How much more the table's writes cost, 0.02 for 2%; absent where the writes are not known.
    pub ratio: Option<f64>,
    /// Rows whose entry is written, per second.
    pub writes_per_second: Option<f64>,
    /// Updates per second that touch no index today and would have to.
    pub hot_updates_lost_per_second: Option<f64>,
    /// The same in a sentence.
    pub summary: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct IndexSuggestion {
    /// 16 hexadecimal digits of the definition: the same in every report.
    pub id: String,
    /// `idx_<table>_<columns>`, 63 bytes at most, used by nothing else.
    pub name: String,
    /// "customers (tenant_id, email)"
    pub title: String,
    pub definition: IndexDefinition,
    /// In the order of the recipe; empty for tables without partitions.
    pub partitions: Vec<AdvisedPartition>,
    pub priority: AdvicePriority,
    /// Part of the choice under the budget.
    pub selected: bool,
    /// Plain sentences; names stand between backticks.
    pub reason: String,
    pub evidence: AdviceEvidence,
    /// Those that gain most first.
    pub serves: Vec<ServedStatement>,
    pub worsens: Vec<ServedStatement>,
    /// Executions of the served statements.
    pub calls: u64,
    /// Mean time of the served statements by their calls.
    pub mean_ms_before: Option<f64>,
    pub mean_ms_after: Option<f64>,
    /// Share of the workload's cost that it takes away, 0 to 1.
    pub saved_ratio: f64,
    /// As the server or our own arithmetic foretells it.
    pub size_bytes: Option<u64>,
    pub write_cost: WriteCost,
    /// Existing indexes that it makes redundant.
    pub replaces: Vec<String>,
    /// What to mind.
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum DropKind {
    Redundant,
    Unused,
    Invalid,
}

/// An index that nobody needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct DropSuggestion {
    /// `<schema>.<index>`
    pub id: String,
    pub schema: String,
    pub table: String,
    pub index: String,
    /// "orders (customer_id)"
    pub title: String,
    pub kind: DropKind,
    /// "covered by orders (customer_id, created_at)", "0 scans in 94 days, 2 replicas not asked".
    pub reason: String,
    /// Checked: every statement of the workload costs the same without it.
    pub evidence: AdviceEvidence,
    pub size_bytes: u64,
    /// Creates it again as it is.
    pub definition: String,
    /// Part of what is exported; the person adds those that need a second look.
    pub selected: bool,
    /// What to mind.
    pub notes: Vec<String>,
}

/// An index that was considered and is not suggested.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ConsideredIndex {
    /// "orders (status)"
    pub title: String,
    pub table: String,
    /// Stable, for programs: `covered`, `low_selectivity`, `tiny_table`, `write_heavy`, `not_chosen`, `over_budget`, …
    pub code: String,
    /// "3 distinct values; the planner would not use it"
    pub reason: String,
    /// Statements that asked for it.
    pub statements: u64,
}

/// The database as it was when it was asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct AdvisedDatabase {
    pub source: Option<SourceId>,
    pub database: String,
    /// "PostgreSQL 15.18"
    pub version: String,
    pub read_at: Timestamp,
    /// Days that its counters have been counting.
    pub counted_days: Option<f64>,
    pub tables: usize,
    pub indexes: usize,
}

/// The statements that the advice rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct AdvisedWorkload {
    pub choice: WorkloadChoice,
    /// "postgresql.log", "24 h of statements"
    pub origin: String,
    pub statements_seen: usize,
    pub statements_used: usize,
    pub calls: u64,
    pub total_ms: Option<f64>,
    /// Why the others were left out: "ran less than 5 times", with how many.
    pub left_out: Vec<LeftOutStatements>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct LeftOutStatements {
    pub reason: String,
    pub statements: usize,
}

/// All that one look at a workload found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct IndexAdvice {
    pub id: AdviceId,
    pub request: IndexAdviceRequest,
    pub made_at: Timestamp,
    pub took_ms: f64,
    /// Absent for advice from a log alone.
    pub database: Option<AdvisedDatabase>,
    pub workload: AdvisedWorkload,
    /// Verified when the planner was asked.
    pub evidence: AdviceEvidence,
    /// Questions that the planner answered.
    pub what_if_calls: u64,
    /// Those that took most time first.
    pub statements: Vec<AdvisedStatement>,
    /// The most useful first.
    pub create: Vec<IndexSuggestion>,
    /// The largest first.
    pub drop: Vec<DropSuggestion>,
    pub considered: Vec<ConsideredIndex>,
    /// Cost of the workload, each statement by its weight: today and with what is selected.
    pub cost_before: f64,
    pub cost_after: f64,
    /// What is missing for better advice, each with what mends it.
    pub lacks: Vec<Degradation>,
    /// It was cancelled or ran out of time; what was found until then is told.
    pub partial: bool,
}

impl IndexAdvice {
    /// Bytes of what is selected, where they are known.
    pub fn selected_bytes(&self) -> u64 {
        self.create.iter().filter(|one| one.selected).filter_map(|one| one.size_bytes).sum()
    }
}

/// How far advice is.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct AdviceProgress {
    pub step: AdviceStep,
    pub candidates: usize,
    pub what_if_calls: u64,
    pub seconds: f64,
    pub cost_before: Option<f64>,
    /// Of the best choice so far.
    pub cost_best: Option<f64>,
    pub indexes_best: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum AdviceStep {
    #[default]
    Workload,
    Catalog,
    Choosing,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AdviceState {
    Running {
        progress: AdviceProgress,
    },
    Done,
    /// What was found until then is told.
    Cancelled,
    Failed {
        problem: Problem,
    },
}

/// Advice in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct AdviceStatus {
    pub id: AdviceId,
    /// "billing-db, from postgresql.log"
    pub name: String,
    pub request: IndexAdviceRequest,
    pub started_at: Timestamp,
    pub took_ms: Option<f64>,
    pub state: AdviceState,
    /// Present once there is a result.
    pub totals: Option<AdviceTotals>,
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct AdviceTotals {
    pub create: usize,
    pub selected: usize,
    pub drop: usize,
    pub cost_before: f64,
    pub cost_after: f64,
}

/// What a script does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum ScriptKind {
    /// Creates and drops what is selected, outside a transaction, with `psql -f`.
    Apply,
    RollBack,
    Prisma,
    Knex,
    Rails,
    Django,
    Flyway,
    GolangMigrate,
}

impl ScriptKind {
    pub const ALL: [ScriptKind; 8] = [
        ScriptKind::Apply,
        ScriptKind::RollBack,
        ScriptKind::Prisma,
        ScriptKind::Knex,
        ScriptKind::Rails,
        ScriptKind::Django,
        ScriptKind::Flyway,
        ScriptKind::GolangMigrate,
    ];

    /// As its makers write it.
    pub fn title(self) -> &'static str {
        match self {
            ScriptKind::Apply => "Apply",
            ScriptKind::RollBack => "Roll back",
            ScriptKind::Prisma => "Prisma",
            ScriptKind::Knex => "Knex",
            ScriptKind::Rails => "Rails",
            ScriptKind::Django => "Django",
            ScriptKind::Flyway => "Flyway",
            ScriptKind::GolangMigrate => "golang-migrate",
        }
    }
}

/// Which parts of the advice a script is for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ScriptChoice {
    /// Ids of suggestions.
    pub create: Vec<String>,
    pub drop: Vec<String>,
}

/// A file of a script or a migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ScriptFile {
    /// A path with `/`, to be kept as it is: migration tools read it.
    pub path: String,
    pub language: CodeLanguage,
    pub contents: String,
}

/// How advice is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum AdviceFormat {
    Text,
    /// Everything, for programs.
    Json,
    /// The shape in which mPanel's index advisor reports.
    Document,
    /// The script that applies it.
    Sql,
    Markdown,
}

/// The report in the shape of mPanel's index advisor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct AdviceDocument {
    /// RFC 3339, UTC.
    pub timestamp: String,
    pub slow_queries_analyzed: usize,
    pub tables_analyzed: usize,
    pub total_suggestions: usize,
    pub suggestions: Vec<AdviceDocumentSuggestion>,
    pub summary: AdviceDocumentSummary,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct AdviceDocumentSuggestion {
    pub priority: AdvicePriority,
    pub table: String,
    pub index_name: String,
    pub columns: Vec<String>,
    /// "Frequently used in WHERE clause (23 times, avg 157.50ms)"
    pub reason: String,
    /// "60-95% faster queries"
    pub estimated_improvement: String,
    pub sql: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "camelCase")]
pub struct AdviceDocumentSummary {
    pub high_priority: usize,
    pub medium_priority: usize,
    pub low_priority: usize,
}

//! Advice that is applied from the console: what is built, how far it is, and whether it helped.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{AdviceId, Problem, ScriptChoice, SourceId, Timestamp};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(transparent)]
pub struct IndexBuildId(pub String);

/// What is to be done to a database. Only a source with `allow_index_builds` is written to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct IndexBuildRequest {
    pub advice: AdviceId,
    pub choice: ScriptChoice,
    /// The database's name as the person typed it: it must be the one that the advice is for.
    pub database: String,
}

/// Indexes that are created and dropped one after the other, and afterwards judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct IndexBuildStatus {
    pub id: IndexBuildId,
    pub advice: AdviceId,
    pub source: SourceId,
    pub database: String,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub state: IndexBuildState,
    pub steps: Vec<IndexBuildStep>,
    /// It undoes this one.
    pub rolls_back: Option<IndexBuildId>,
    pub judgement: Option<IndexBuildJudgement>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum IndexBuildState {
    Running,
    Done,
    /// What was finished until then stays; an index that was being built is removed.
    Cancelled,
    Failed {
        problem: Problem,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct IndexBuildStep {
    /// The index.
    pub name: String,
    /// What is run for it.
    pub sql: String,
    pub state: IndexStepState,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum IndexStepState {
    Waiting,
    Running { progress: Option<IndexBuildProgress> },
    Done { took_ms: f64 },
    Cancelled,
    Failed { problem: Problem },
}

/// As `pg_stat_progress_create_index` tells it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct IndexBuildProgress {
    /// "building index: scanning table"
    pub phase: String,
    /// Of this phase, 0 to 1, where the server counts it.
    pub done_ratio: Option<f64>,
    /// Transactions that it waits for, and how many have ended.
    pub lockers_total: u64,
    pub lockers_done: u64,
}

/// Mean times before and after, from what `pg_stat_statements` counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct IndexBuildJudgement {
    pub judged_at: Timestamp,
    pub verdict: IndexBuildVerdict,
    /// "The 4 statements that ran since take 0.4 ms instead of 157 ms on average."
    pub summary: String,
    /// Those that the indexes were to serve.
    pub statements: Vec<JudgedStatement>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum IndexBuildVerdict {
    Helped,
    NoChange,
    Worse,
    /// Nothing ran since, or too little.
    NotYet,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct JudgedStatement {
    /// 16 hexadecimal digits.
    pub fingerprint: String,
    /// Without its constants.
    pub statement: String,
    pub calls_before: u64,
    pub mean_ms_before: Option<f64>,
    pub calls_after: u64,
    pub mean_ms_after: Option<f64>,
}

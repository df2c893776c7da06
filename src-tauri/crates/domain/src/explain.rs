//! Plans of statements, as `EXPLAIN` tells them and as a tree that can be read.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Degradation, Severity, SourceId};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ExplainRequest {
    pub source: SourceId,
    /// Decimal text.
    pub queryid: String,
    pub mode: ExplainMode,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ExplainMode {
    /// The plan without values; nothing is run.
    Generic,
    /// The plan for these values (`$1` first, text, none for NULL); nothing is run.
    Values { values: Vec<Option<String>> },
    /// Runs it inside a transaction that is rolled back. `typed` is the database's name, as confirmation.
    Analyze { values: Vec<Option<String>>, typed: String },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ExplainedStatement {
    /// Masked, with its placeholders.
    pub statement: String,
    /// How many placeholders it has.
    pub placeholders: u32,
    /// What was sent, without values.
    pub sql: String,
    pub generic: bool,
    pub analyzed: bool,
    pub root: PlanNode,
    pub total_cost: f64,
    /// Only when analyzed.
    pub planning_ms: Option<f64>,
    pub execution_ms: Option<f64>,
    /// What stands out, worst first.
    pub observations: Vec<PlanObservation>,
    /// As `EXPLAIN (FORMAT TEXT)` would show it.
    pub text: String,
    pub lacks: Vec<Degradation>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct PlanNode {
    /// Position in depth-first order, 0 for the root.
    pub id: u32,
    /// "Index Scan using orders_customer on orders"
    pub title: String,
    /// "Index Scan"
    pub kind: String,
    /// Conditions, sort keys and the like, as label and masked text.
    pub details: Vec<PlanDetail>,
    pub startup_cost: f64,
    pub total_cost: f64,
    /// Cost of this node without its children, as a share of the whole, 0 to 1.
    pub cost_ratio: f64,
    /// Rows that the planner expects of one loop.
    pub planned_rows: f64,
    /// Rows of one loop as they came.
    pub actual_rows: Option<f64>,
    pub loops: Option<f64>,
    /// Milliseconds of this node without its children, all loops together.
    pub own_ms: Option<f64>,
    pub total_ms: Option<f64>,
    /// How far off the estimate is, always at least 1: the larger over the smaller.
    pub misestimate: Option<f64>,
    pub shared_hit: Option<f64>,
    pub shared_read: Option<f64>,
    pub temp_written: Option<f64>,
    pub children: Vec<PlanNode>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct PlanDetail {
    pub label: String,
    pub value: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct PlanObservation {
    pub severity: Severity,
    /// [`PlanNode::id`]
    pub node: u32,
    /// "Seq Scan on orders reads 1,204,000 rows to keep 3."
    pub sentence: String,
    pub advice: Option<String>,
}

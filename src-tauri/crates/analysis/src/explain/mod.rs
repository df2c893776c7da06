//! A plan as `EXPLAIN (FORMAT JSON)` tells it, read into a tree: what costs, what was misjudged, what to do about it.

mod costs;
mod details;
mod estimates;
mod figures;
mod lines;
mod masked;
mod observations;
mod text;
mod times;
mod title;
mod tree;

use domain::{PlanNode, PlanObservation};

pub use tree::PlanUnreadable;

use figures::Figures;
use tree::Tree;

/// What a plan says. Nothing in it holds a constant of the statement.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadPlan {
    pub root: PlanNode,
    pub total_cost: f64,
    /// Only when it was run.
    pub planning_ms: Option<f64>,
    pub execution_ms: Option<f64>,
    /// What stands out, worst first.
    pub observations: Vec<PlanObservation>,
    /// As `EXPLAIN (FORMAT TEXT)` would show it.
    pub text: String,
}

/// Reads what `EXPLAIN (FORMAT JSON)` wrote, of any version.
///
/// # Errors
/// [`PlanUnreadable`] where it is something else, or larger or deeper than any plan that can be shown.
pub fn read_plan(json: &str) -> Result<ReadPlan, PlanUnreadable> {
    let tree = Tree::read(json)?;
    let figures = Figures::of(&tree);
    Ok(ReadPlan {
        root: figures::node(&tree, &figures, 0),
        total_cost: tree.root().number("Total Cost").unwrap_or(0.0),
        planning_ms: tree.whole.number("Planning Time"),
        execution_ms: tree.whole.number("Execution Time"),
        observations: observations::of(&tree, &figures),
        text: text::render(&tree),
    })
}

#[cfg(test)]
mod cases;
#[cfg(test)]
mod properties;

//! The nodes of a plan as they came, each with its parent and its children, within bounds.

use std::fmt;
use std::sync::LazyLock;

use serde_json::{Map, Value};

/// Longer texts are no plans that anybody reads.
const LONGEST: usize = 32 << 20;
const MOST_NODES: usize = 20_000;

/// Why a text is not read as a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanUnreadable {
    /// Not what `EXPLAIN (FORMAT JSON)` writes, or nested too deep.
    NotAPlan,
    TooLarge,
}

impl fmt::Display for PlanUnreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PlanUnreadable::NotAPlan => "it is not what EXPLAIN (FORMAT JSON) writes, or is nested too deep",
            PlanUnreadable::TooLarge => "it has more than 20,000 steps, or more than 32 MiB of text",
        })
    }
}

impl std::error::Error for PlanUnreadable {}

/// Members of an object, as far as they are of the kind that is asked for.
#[derive(Debug, Default)]
pub(super) struct Fields(pub(super) Map<String, Value>);

impl Fields {
    /// Never negative and never infinite.
    pub(super) fn number(&self, key: &str) -> Option<f64> {
        self.0.get(key)?.as_f64().filter(|value| value.is_finite() && *value >= 0.0)
    }

    pub(super) fn above_zero(&self, key: &str) -> Option<f64> {
        self.number(key).filter(|value| *value > 0.0)
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.as_str()
    }

    pub(super) fn is(&self, key: &str, value: &str) -> bool {
        self.text(key) == Some(value)
    }

    pub(super) fn is_true(&self, key: &str) -> bool {
        self.0.get(key).and_then(Value::as_bool).unwrap_or_default()
    }

    pub(super) fn list(&self, key: &str) -> &[Value] {
        self.0.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    pub(super) fn object(&self, key: &str) -> Option<Fields> {
        self.0.get(key)?.as_object().cloned().map(Fields)
    }

    pub(super) fn objects(&self, key: &str) -> impl Iterator<Item = Fields> {
        self.list(key).iter().filter_map(|one| one.as_object().cloned().map(Fields))
    }
}

#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) fields: Fields,
    pub(super) parent: Option<usize>,
    pub(super) children: Vec<usize>,
    pub(super) depth: usize,
}

impl Node {
    pub(super) fn number(&self, key: &str) -> Option<f64> {
        self.fields.number(key)
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.fields.text(key)
    }

    pub(super) fn kind(&self) -> &str {
        self.text("Node Type").unwrap_or_default()
    }

    pub(super) fn cost(&self) -> f64 {
        self.number("Total Cost").unwrap_or(0.0)
    }

    pub(super) fn planned_rows(&self) -> f64 {
        self.number("Plan Rows").unwrap_or(0.0)
    }

    /// None where it was not run with counting.
    pub(super) fn loops(&self) -> Option<f64> {
        self.number("Actual Loops")
    }

    /// Of one loop; none where it was never executed.
    pub(super) fn actual_rows(&self) -> Option<f64> {
        self.loops().filter(|loops| *loops > 0.0)?;
        self.number("Actual Rows")
    }

    /// A counter that is told as the average of a loop, for all loops together.
    pub(super) fn in_all_loops(&self, key: &str) -> Option<f64> {
        Some(self.number(key)? * self.loops()?)
    }

    /// Outer, Inner, Member, Subquery, InitPlan, SubPlan.
    pub(super) fn is_related(&self, relation: &str) -> bool {
        self.fields.is("Parent Relationship", relation)
    }

    /// `CTE recent`: read by those that scan it.
    pub(super) fn cte(&self) -> Option<&str> {
        self.text("Subplan Name")?.strip_prefix("CTE ")
    }
}

#[derive(Debug)]
pub(super) struct Tree {
    /// In the order in which they are shown: each before its children, the root first.
    nodes: Vec<Node>,
    /// What is said about the whole.
    pub(super) whole: Fields,
}

impl Tree {
    pub(super) fn read(json: &str) -> Result<Tree, PlanUnreadable> {
        if json.len() > LONGEST {
            return Err(PlanUnreadable::TooLarge);
        }
        // serde_json ends at a depth of 128: some 60 steps.
        let value: Value = serde_json::from_str(json).map_err(|_| PlanUnreadable::NotAPlan)?;
        let explained = match value {
            Value::Array(list) => list.into_iter().next(),
            other => Some(other),
        };
        let Some(Value::Object(mut whole)) = explained else { return Err(PlanUnreadable::NotAPlan) };
        let Some(Value::Object(root)) = whole.remove("Plan") else { return Err(PlanUnreadable::NotAPlan) };
        Ok(Tree { nodes: nodes(root)?, whole: Fields(whole) })
    }

    pub(super) fn root(&self) -> &Node {
        self.node(0)
    }

    pub(super) fn node(&self, id: usize) -> &Node {
        static NONE: LazyLock<Node> = LazyLock::new(Node::default);
        self.nodes.get(id).unwrap_or(&NONE)
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (usize, &Node)> {
        self.nodes.iter().enumerate()
    }

    pub(super) fn children(&self, id: usize) -> impl Iterator<Item = (usize, &Node)> {
        self.node(id).children.iter().map(|child| (*child, self.node(*child)))
    }

    pub(super) fn parent(&self, id: usize) -> Option<&Node> {
        self.node(id).parent.map(|parent| self.node(parent))
    }

    /// The node and everything below it.
    pub(super) fn below(&self, id: usize) -> impl Iterator<Item = (usize, &Node)> {
        let depth = self.node(id).depth;
        let rest = self.nodes.iter().enumerate().skip(id);
        rest.take_while(move |(other, node)| *other == id || node.depth > depth)
    }
}

fn nodes(root: Map<String, Value>) -> Result<Vec<Node>, PlanUnreadable> {
    let mut nodes: Vec<Node> = Vec::new();
    let mut open = vec![(None, root)];
    while let Some((parent, mut fields)) = open.pop() {
        let id = nodes.len();
        if id >= MOST_NODES {
            return Err(PlanUnreadable::TooLarge);
        }
        if !fields.get("Node Type").is_some_and(Value::is_string) {
            return Err(PlanUnreadable::NotAPlan);
        }
        let above = parent.and_then(|parent: usize| nodes.get_mut(parent));
        let depth = above.map_or(0, |above| {
            above.children.push(id);
            above.depth + 1
        });
        if let Some(Value::Array(plans)) = fields.remove("Plans") {
            let plans = plans.into_iter().filter_map(|plan| match plan {
                Value::Object(plan) => Some((Some(id), plan)),
                _ => None,
            });
            open.extend(plans.collect::<Vec<_>>().into_iter().rev());
        }
        nodes.push(Node { fields: Fields(fields), parent, children: Vec::new(), depth });
    }
    Ok(nodes)
}

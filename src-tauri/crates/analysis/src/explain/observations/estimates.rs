//! Rows that the planner did not foresee: told of the steps where it begins, not of all above them.

use domain::{PlanObservation, Severity};

use super::Seen;
use crate::explain::figures::Figures;
use crate::explain::tree::Tree;
use crate::words::{count, number};

const FAR_OFF: f64 = 10.0;
/// Ten times three rows change no plan.
const MATTERS: f64 = 100.0;

/// Steps that are far off while nothing below them is.
pub(super) fn causes(tree: &Tree, figures: &Figures) -> Vec<usize> {
    let mut below = vec![false; tree.len()];
    let mut found = Vec::new();
    // Children come after their parents.
    for id in (0..tree.len()).rev() {
        let node = tree.node(id);
        let rows = node.planned_rows().max(node.actual_rows().unwrap_or(0.0));
        let off = figures.misestimate(id).is_some_and(|off| off >= FAR_OFF) && rows >= MATTERS;
        let beneath = below.get(id).copied().unwrap_or_default();
        if off && !beneath {
            found.push(id);
        }
        if (off || beneath)
            && let Some(place) = node.parent.and_then(|parent| below.get_mut(parent))
        {
            *place = true;
        }
    }
    found
}

pub(super) fn misestimate(seen: &Seen) -> Option<PlanObservation> {
    let (node, off) = (seen.node, seen.figures.misestimate(seen.id)?);
    let (planned, actual) = (node.planned_rows(), node.actual_rows()?);
    let each = if node.loops()? > 1.0 { " in each loop" } else { "" };
    let how = if actual > planned { "as many" } else { "as few" };
    let sentence = format!(
        "{} was expected to return {}{each} and returned {}: {} times {how}.",
        seen.title(),
        count(planned, "row", "rows"),
        number(actual),
        number(off.floor())
    );
    let advice = match seen.table() {
        Some(table) => format!(
            "Run ANALYZE {table}; where that changes nothing, its conditions depend on each other: CREATE STATISTICS on their columns."
        ),
        None => "Statistics do not foretell this step: CREATE STATISTICS on columns that depend on each other, or write its condition on plain columns.".to_owned(),
    };
    Some(seen.observation(Severity::Warning, sentence, Some(advice)))
}

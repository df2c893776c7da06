//! How far the planner's rows are from those that came, where the two can be compared.

use super::tree::{Node, Tree};

/// Always at least 1: the larger over the smaller. None where it says nothing.
pub(super) fn misestimates(tree: &Tree) -> Vec<Option<f64>> {
    let mut stopped = vec![false; tree.len()];
    let mut found = Vec::with_capacity(tree.len());
    for (id, node) in tree.all() {
        let early = tree.parent(id).is_some_and(|above| {
            let above_stops = node.parent.and_then(|parent| stopped.get(parent).copied()).unwrap_or(false);
            stops_early(tree, above, node) || above_stops && !reads_all(above)
        });
        if let Some(place) = stopped.get_mut(id) {
            *place = early;
        }
        found.push(misestimate(tree, id, early));
    }
    found
}

fn misestimate(tree: &Tree, id: usize, stopped: bool) -> Option<f64> {
    let node = tree.node(id);
    // Maps of blocks do not count their rows.
    if matches!(node.kind(), "BitmapAnd" | "BitmapOr") {
        return None;
    }
    // Rows that a merge join reads again are counted again.
    if node.is_related("Inner") && tree.parent(id).is_some_and(|above| above.kind() == "Merge Join") {
        return None;
    }
    let (planned, actual) = (node.planned_rows().max(1.0), node.actual_rows()?.max(1.0));
    (!stopped || actual > planned).then(|| planned.max(actual) / planned.min(actual))
}

/// The step above takes only as many rows as it needs.
fn stops_early(tree: &Tree, above: &Node, node: &Node) -> bool {
    let first_only = above.fields.is_true("Inner Unique")
        || matches!(above.text("Join Type"), Some("Semi" | "Anti" | "Right Semi" | "Right Anti"));
    match above.kind() {
        "Limit" | "Merge Join" => true,
        "Nested Loop" if node.is_related("Inner") => first_only,
        // With nothing to look up the other side is not read.
        "Hash Join" if node.is_related("Outer") => {
            let sides = above.children.iter().map(|child| tree.node(*child));
            sides.into_iter().any(|side| side.kind() == "Hash" && side.actual_rows() == Some(0.0))
        }
        _ => node.is_related("SubPlan") || node.is_related("InitPlan"),
    }
}

/// It asks for everything before it tells its first row.
fn reads_all(node: &Node) -> bool {
    match node.kind() {
        "Sort" | "Hash" | "Bitmap Heap Scan" | "ModifyTable" => true,
        "Aggregate" => !node.fields.is("Strategy", "Sorted"),
        "SetOp" => node.fields.is("Strategy", "Hashed"),
        _ => false,
    }
}

//! How much of the whole cost each step has to itself.

use super::tree::{Node, Tree};

/// Shares of the root's cost, each without the step's children; together at most 1.
pub(super) fn ratios(tree: &Tree) -> Vec<f64> {
    let whole = tree.root().cost();
    // How much of a step's cost counts: a part of it under a Limit, several times it inside a loop.
    let mut scales = vec![1.0; tree.len()];
    let mut ratios = vec![0.0; tree.len()];
    if whole <= 0.0 {
        return ratios;
    }
    for (id, node) in tree.all() {
        let scale = scales.get(id).copied().unwrap_or(0.0);
        let charges: Vec<(usize, f64)> =
            tree.children(id).map(|(child, _)| (child, charge(tree, id, child))).collect();
        let sum: f64 = charges.iter().map(|(_, charge)| charge).sum();
        let fit = if sum > node.cost() { node.cost() / sum } else { 1.0 };
        for (child, charge) in charges {
            let own = tree.node(child).cost();
            if let Some(place) = scales.get_mut(child) {
                *place = if own > 0.0 { finite(scale * charge * fit / own) } else { 0.0 };
            }
        }
        if let Some(place) = ratios.get_mut(id) {
            *place = finite(scale * (node.cost() - sum * fit) / whole).clamp(0.0, 1.0);
        }
    }
    ratios
}

/// What the step above pays for this one.
fn charge(tree: &Tree, above: usize, child: usize) -> f64 {
    let (above_node, node) = (tree.node(above), tree.node(child));
    let repeated = above_node.kind() == "Nested Loop" && node.is_related("Inner");
    // These answer again from what they kept.
    if !repeated || matches!(node.kind(), "Materialize" | "Memoize") {
        return node.cost();
    }
    let outer = tree.children(above).map(|(_, other)| other).find(|other| other.is_related("Outer"));
    let (rows, cost) = outer.map_or((1.0, 0.0), |outer: &Node| (outer.planned_rows().max(1.0), outer.cost()));
    let left = (above_node.cost() - cost).max(0.0);
    finite(node.cost() * rows).min(left).max(node.cost().min(left))
}

fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { 0.0 }
}

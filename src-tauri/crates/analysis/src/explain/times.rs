//! How long each step took, as the person who waits sees it: with and without its children.

use super::tree::{Node, Tree};

/// A plan with more of them has their time counted where they stand.
const MOST_BORROWED: usize = 200;

pub(super) struct Times {
    pub(super) total: Vec<Option<f64>>,
    /// Never negative.
    pub(super) own: Vec<Option<f64>>,
}

impl Times {
    pub(super) fn of(tree: &Tree) -> Times {
        let total = totals(tree);
        let at = |id: usize| total.get(id).copied().flatten().unwrap_or(0.0);
        let mut paid = vec![0.0; tree.len()];
        let pay = |id: Option<usize>, time: f64, paid: &mut Vec<f64>| {
            if let Some(place) = id.and_then(|id| paid.get_mut(id)) {
                *place += time;
            }
        };
        let mut borrowed = Vec::new();
        for (id, node) in tree.all() {
            if node.is_related("InitPlan") && borrowed.len() < MOST_BORROWED {
                borrowed.push(id);
            } else {
                pay(node.parent, at(id), &mut paid);
            }
        }
        for id in borrowed {
            let mut left = at(id);
            let mut used = false;
            for user in users(tree, id) {
                used = true;
                let room = (at(user) - paid.get(user).copied().unwrap_or(0.0)).max(0.0);
                let part = left.min(room);
                pay(Some(user), part, &mut paid);
                left -= part;
            }
            if !used {
                pay(tree.node(id).parent, left, &mut paid);
            }
        }
        let own =
            total.iter().zip(paid).map(|(total, paid)| total.map(|total| (total - paid).max(0.0))).collect();
        Times { total, own }
    }
}

/// Times are told as the average of a loop, and the processes of a parallel plan loop side by side.
fn totals(tree: &Tree) -> Vec<Option<f64>> {
    let mut processes = vec![1.0; tree.len()];
    for (id, node) in tree.all() {
        let Some(above) = tree.parent(id) else { continue };
        let mut count = node.parent.and_then(|parent| processes.get(parent).copied()).unwrap_or(1.0);
        if is_gather(above) && node.is_related("Outer") {
            let (inside, outside) = (node.loops().unwrap_or(1.0), above.loops().unwrap_or(1.0));
            count = (inside / outside.max(1.0)).max(1.0);
        }
        if let Some(place) = processes.get_mut(id) {
            *place = count;
        }
    }
    let total = |(node, processes): (&Node, f64)| {
        let total = node.number("Actual Total Time")? * node.loops()? / processes;
        Some(if total.is_finite() { total } else { 0.0 })
    };
    tree.all().map(|(_, node)| node).zip(processes).map(total).collect()
}

pub(super) fn is_gather(node: &Node) -> bool {
    matches!(node.kind(), "Gather" | "Gather Merge")
}

/// Those in whose time the work of a subplan was done: it runs when it is first asked for.
fn users(tree: &Tree, id: usize) -> Vec<usize> {
    let node = tree.node(id);
    let Some(above) = node.parent else { return Vec::new() };
    let inside = |other: usize| tree.below(id).any(|(below, _)| below == other);
    if let Some(cte) = node.cte() {
        let scans = |other: &Node| other.kind() == "CTE Scan" && other.fields.is("CTE Name", cte);
        return tree.all().filter(|(_, other)| scans(other)).map(|(id, _)| id).collect();
    }
    let tokens = tokens(node.text("Subplan Name").unwrap_or_default());
    let asks = |other: &Node| {
        other.fields.0.values().any(|value| {
            let texts = value
                .as_str()
                .into_iter()
                .chain(value.as_array().into_iter().flatten().filter_map(|one| one.as_str()));
            texts.into_iter().any(|text| tokens.iter().any(|token| mentions(text, token)))
        })
    };
    let found =
        tree.below(above).filter(|(other, node)| asks(node) && !inside(*other) && node.loops() != Some(0.0));
    found.map(|(id, _)| id).take(1).collect()
}

/// Of "InitPlan 2 (returns $1,$2)": `$1`, `$2`; of "InitPlan 2", as later versions say: that.
fn tokens(name: &str) -> Vec<String> {
    match name.split_once("(returns ") {
        Some((_, returned)) => {
            returned.trim_end_matches(')').split(',').map(|one| one.trim().to_owned()).collect()
        }
        None => vec![name.to_owned()],
    }
}

/// `$1` is not in `$12`.
fn mentions(text: &str, token: &str) -> bool {
    !token.is_empty()
        && text.match_indices(token).any(|(at, _)| {
            let behind = text.get(at + token.len()..).unwrap_or_default();
            !behind.starts_with(|c: char| c.is_ascii_digit())
        })
}

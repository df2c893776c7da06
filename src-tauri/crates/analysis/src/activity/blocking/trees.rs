//! One place for each session: under whom it stands.

use std::collections::VecDeque;

use super::circles::Parts;
use super::graph::{Graph, Node, PerNode};

pub(super) struct Trees {
    /// Those with most waiting behind them first.
    pub roots: Vec<Node>,
    pub parent: PerNode<Option<Node>>,
    /// Those with most waiting behind them first.
    pub children: PerNode<Vec<Node>>,
}

/// A session that waits for several stands under the one that is nearest to a root, of those under the one with most
/// behind it.
pub(super) fn trees(graph: &Graph<'_>, parts: &Parts, behind: &PerNode<u32>) -> Trees {
    let mut roots = roots(graph, parts);
    let depth = depths(graph, &roots);
    let parent = graph.members.map(|node| {
        let above = depth[node].checked_sub(1)?;
        let nearest = graph.blockers[node].iter().copied().filter(|blocker| depth[*blocker] == above);
        nearest.min_by(|a, b| behind[*b].cmp(&behind[*a]).then(a.cmp(b)))
    });
    let mut children = graph.members.filled(Vec::new());
    for (node, above) in parent.iter() {
        if let Some(above) = above {
            children[*above].push(node);
        }
    }
    let first = |a: &Node, b: &Node| {
        let most = behind[*b].cmp(&behind[*a]);
        most.then_with(|| graph.seconds(*b).total_cmp(&graph.seconds(*a))).then(a.cmp(b))
    };
    roots.sort_by(first);
    graph.members.nodes().for_each(|node| children[node].sort_by(first));
    Trees { roots, parent, children }
}

/// Whoever waits for nobody. A circle that waits for nobody outside is broken at the one that waits longest.
fn roots(graph: &Graph<'_>, parts: &Parts) -> Vec<Node> {
    let leaves = |part: &[Node]| {
        let blockers = part.iter().flat_map(|node| &graph.blockers[*node]);
        blockers
            .into_iter()
            .all(|blocker| part.first().is_some_and(|one| parts.of[*one] == parts.of[*blocker]))
    };
    let ends = parts.parts.iter().filter(|part| leaves(part));
    let longest = |a: &Node, b: &Node| graph.seconds(*b).total_cmp(&graph.seconds(*a)).then(a.cmp(b));
    ends.filter_map(|part| part.iter().copied().min_by(longest)).collect()
}

/// Steps to the nearest root; everyone has one.
fn depths(graph: &Graph<'_>, roots: &[Node]) -> PerNode<usize> {
    let mut depth = graph.members.filled(usize::MAX);
    let mut queue: VecDeque<Node> = roots.iter().copied().collect();
    roots.iter().for_each(|root| depth[*root] = 0);
    while let Some(node) = queue.pop_front() {
        for waiter in &graph.waiters[node] {
            if depth[*waiter] == usize::MAX {
                depth[*waiter] = depth[node] + 1;
                queue.push_back(*waiter);
            }
        }
    }
    depth
}

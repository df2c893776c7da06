//! Who waits for whom: one tree for each root, in rows as they are shown.

mod behind;
mod circles;
mod graph;
mod notes;
mod trees;

use domain::{ActivitySample, BlockingForest, BlockingRow};

use super::remedy;
use super::seen::Seen;
use behind::behind;
use circles::{Parts, parts};
use graph::{Graph, Node, PerNode};
use trees::{Trees, trees};

/// Nobody reads more; the rest is counted.
const MOST_ROWS: usize = 2_000;
/// The last of a long queue waits for all before it.
const MOST_OTHERS: usize = 50;

/// The trees of those that wait for a lock.
pub fn forest(sample: &ActivitySample) -> BlockingForest {
    let seen = Seen::of(sample);
    let graph = Graph::of(sample, &seen);
    let parts = parts(&graph);
    let behind = behind(&graph, &parts);
    let trees = trees(&graph, &parts, &behind);
    let forest = Forest { seen, graph, parts, behind, trees };
    let rows = forest.rows();
    let asked = forest.graph.members.iter().filter(|(_, member)| member.wait.is_some()).count() as u32;
    let waiting = asked.saturating_add(sample.waits_left_out);
    BlockingForest {
        waiting,
        roots: forest.trees.roots.iter().filter(|root| forest.behind[**root] > 0).count() as u32,
        left_out: waiting.saturating_sub(rows.iter().filter(|(_, waits)| *waits).count() as u32),
        rows: rows.into_iter().map(|(row, _)| row).collect(),
    }
}

struct Forest<'a> {
    seen: Seen<'a>,
    graph: Graph<'a>,
    parts: Parts,
    behind: PerNode<u32>,
    trees: Trees,
}

impl Forest<'_> {
    /// Depth first, each with whether it waits. Every root has its row, so far as there is room.
    fn rows(&self) -> Vec<(BlockingRow, bool)> {
        let mut rows = Vec::new();
        let roots = self.trees.roots.len();
        for (number, root) in self.trees.roots.iter().enumerate() {
            let reserved = if roots <= MOST_ROWS / 2 { roots - number - 1 } else { 0 };
            let most = MOST_ROWS - reserved;
            let mut stack = vec![(*root, 0)];
            while let Some((node, depth)) = stack.pop().filter(|_| rows.len() < most) {
                rows.push((self.row(node, depth), self.graph.members[node].wait.is_some()));
                stack.extend(self.trees.children[node].iter().rev().map(|child| (*child, depth + 1)));
            }
        }
        rows
    }

    fn row(&self, node: Node, depth: u32) -> BlockingRow {
        let member = &self.graph.members[node];
        let parent = self.trees.parent[node];
        let others = self.graph.blockers[node].iter().filter(|blocker| Some(**blocker) != parent);
        let is_root = depth == 0 && self.behind[node] > 0;
        BlockingRow {
            who: member.who.clone(),
            depth,
            blocks: self.behind[node],
            also_waits_for: others
                .take(MOST_OTHERS)
                .map(|blocker| self.graph.members[*blocker].who.clone())
                .collect(),
            in_cycle: self.parts.in_circle(node),
            lock: member.wait.and_then(|wait| wait.lock.cloned()),
            waiting_seconds: member.wait.and_then(|wait| wait.seconds),
            note: self.note(node, is_root),
            remedy: is_root.then(|| remedy::of_root(&self.situation(node), &self.seen)),
        }
    }
}

#[cfg(test)]
mod cases;
#[cfg(test)]
mod properties;

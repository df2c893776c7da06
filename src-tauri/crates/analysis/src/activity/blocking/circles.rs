//! Sessions that wait for each other in a circle: strongly connected parts of the graph.

use super::graph::{Graph, Node, PerNode};

/// The parts of a graph, each after all those that it waits for.
pub(super) struct Parts {
    pub parts: Vec<Vec<Node>>,
    pub of: PerNode<usize>,
}

impl Parts {
    /// Part of a circle: a session never waits for itself alone.
    pub(super) fn in_circle(&self, node: Node) -> bool {
        self.parts.get(self.of[node]).is_some_and(|part| part.len() > 1)
    }
}

/// Tarjan's algorithm with a stack of its own: a queue of thousands is a path of thousands.
pub(super) fn parts(graph: &Graph<'_>) -> Parts {
    let mut search = Search {
        graph,
        next: 0,
        order: graph.members.filled(None),
        low: graph.members.filled(0),
        open: Vec::new(),
        is_open: graph.members.filled(false),
        found: Parts { parts: Vec::new(), of: graph.members.filled(0) },
    };
    for node in graph.members.nodes() {
        if search.order[node].is_none() {
            search.from(node);
        }
    }
    search.found
}

struct Search<'a> {
    graph: &'a Graph<'a>,
    next: usize,
    order: PerNode<Option<usize>>,
    /// The earliest node that is reached from each.
    low: PerNode<usize>,
    open: Vec<Node>,
    is_open: PerNode<bool>,
    found: Parts,
}

impl Search<'_> {
    fn from(&mut self, start: Node) {
        self.enter(start);
        // Each with the number of its blockers that were looked at.
        let mut path = vec![(start, 0)];
        while let Some((node, looked)) = path.last_mut() {
            let node = *node;
            let Some(blocker) = self.graph.blockers[node].get(*looked).copied() else {
                path.pop();
                self.leave(node);
                if let Some((before, _)) = path.last() {
                    self.low[*before] = self.low[*before].min(self.low[node]);
                }
                continue;
            };
            *looked += 1;
            match self.order[blocker] {
                None => {
                    self.enter(blocker);
                    path.push((blocker, 0));
                }
                Some(order) if self.is_open[blocker] => self.low[node] = self.low[node].min(order),
                Some(_) => {}
            }
        }
    }

    fn enter(&mut self, node: Node) {
        self.order[node] = Some(self.next);
        self.low[node] = self.next;
        self.next += 1;
        self.open.push(node);
        self.is_open[node] = true;
    }

    fn leave(&mut self, node: Node) {
        if self.order[node] != Some(self.low[node]) {
            return;
        }
        let mut part = Vec::new();
        while let Some(member) = self.open.pop() {
            self.is_open[member] = false;
            self.found.of[member] = self.found.parts.len();
            part.push(member);
            if member == node {
                break;
            }
        }
        part.sort_unstable();
        self.found.parts.push(part);
    }
}

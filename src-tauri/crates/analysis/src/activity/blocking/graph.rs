//! Sessions that wait and those they wait for, as a graph.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Index, IndexMut};

use domain::{ActivitySample, Blocker, LockAsked};

use crate::activity::seen::Seen;

/// The number of a node; only the graph gives them out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Node(usize);

/// Something for each node of a graph.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PerNode<T>(Vec<T>);

impl<T> PerNode<T> {
    pub(super) fn iter(&self) -> impl Iterator<Item = (Node, &T)> {
        self.0.iter().enumerate().map(|(number, value)| (Node(number), value))
    }

    pub(super) fn nodes(&self) -> impl DoubleEndedIterator<Item = Node> + use<T> {
        (0..self.0.len()).map(Node)
    }

    pub(super) fn filled<U: Clone>(&self, value: U) -> PerNode<U> {
        PerNode(vec![value; self.0.len()])
    }

    pub(super) fn map<U>(&self, value: impl Fn(Node) -> U) -> PerNode<U> {
        PerNode(self.nodes().map(value).collect())
    }
}

#[allow(clippy::indexing_slicing, reason = "a node is a number within the graph that gave it out")]
impl<T> Index<Node> for PerNode<T> {
    type Output = T;

    fn index(&self, node: Node) -> &T {
        &self.0[node.0]
    }
}

#[allow(clippy::indexing_slicing, reason = "a node is a number within the graph that gave it out")]
impl<T> IndexMut<Node> for PerNode<T> {
    fn index_mut(&mut self, node: Node) -> &mut T {
        &mut self.0[node.0]
    }
}

pub(super) struct Member<'a> {
    pub who: Blocker,
    /// None for one that only blocks.
    pub wait: Option<Waiting<'a>>,
}

#[derive(Clone, Copy, Default)]
pub(super) struct Waiting<'a> {
    pub lock: Option<&'a LockAsked>,
    pub seconds: Option<f64>,
}

/// Edges go both ways; members ascend by pid, then by gid, so that nothing depends on the order of the sample.
pub(super) struct Graph<'a> {
    pub members: PerNode<Member<'a>>,
    pub blockers: PerNode<Vec<Node>>,
    pub waiters: PerNode<Vec<Node>>,
}

type Found<'a> = BTreeMap<Blocker, (Option<Waiting<'a>>, BTreeSet<Blocker>)>;

impl<'a> Graph<'a> {
    pub(super) fn of(sample: &'a ActivitySample, seen: &Seen<'a>) -> Graph<'a> {
        let found = found(sample, seen);
        let numbers: BTreeMap<&Blocker, Node> = found.keys().zip((0..).map(Node)).collect();
        let blockers: Vec<Vec<Node>> = found
            .values()
            .map(|(_, blockers)| blockers.iter().filter_map(|who| numbers.get(who).copied()).collect())
            .collect();
        let blockers = PerNode(blockers);
        let mut waiters = blockers.filled(Vec::new());
        for (waiter, of) in blockers.iter() {
            of.iter().for_each(|blocker| waiters[*blocker].push(waiter));
        }
        let members = found.into_iter().map(|(who, (wait, _))| Member { who, wait }).collect();
        Graph { members: PerNode(members), blockers, waiters }
    }

    pub(super) fn seconds(&self, node: Node) -> f64 {
        self.members[node].wait.and_then(|wait| wait.seconds).unwrap_or(0.0)
    }
}

fn found<'a>(sample: &'a ActivitySample, seen: &Seen<'a>) -> Found<'a> {
    let leader = |pid| Blocker::Session { pid: seen.leader(pid) };
    let mut found = Found::new();
    for wait in &sample.waits {
        let who = leader(wait.pid);
        let named = wait.blockers.iter().map(|blocker| match blocker {
            Blocker::Session { pid } => leader(*pid),
            prepared @ Blocker::Prepared { .. } => prepared.clone(),
        });
        let blockers: BTreeSet<Blocker> = named.filter(|blocker| *blocker != who).collect();
        for blocker in &blockers {
            found.entry(blocker.clone()).or_default();
        }
        let (waiting, of) = found.entry(who).or_default();
        let waiting = waiting.get_or_insert_default();
        waiting.lock = waiting.lock.or(wait.lock.as_ref());
        waiting.seconds = longest(waiting.seconds, wait.seconds);
        of.extend(blockers);
    }
    found
}

fn longest(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    a.into_iter().chain(b).reduce(f64::max)
}

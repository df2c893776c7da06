//! What holds for every graph, circles and nonsense included.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Blocker, LockWait};
use proptest::prelude::*;

use super::{MOST_ROWS, forest};
use crate::activity::fixture::{sample, session, wait};

fn pids() -> impl Strategy<Value = Vec<LockWait>> {
    let blockers = prop::collection::vec(0..25_i32, 0..4);
    prop::collection::vec((1..25_i32, blockers).prop_map(|(pid, blockers)| wait(pid, &blockers)), 0..30)
}

fn edges(waits: &[LockWait]) -> BTreeMap<Blocker, BTreeSet<Blocker>> {
    let mut edges: BTreeMap<Blocker, BTreeSet<Blocker>> = BTreeMap::new();
    for wait in waits {
        let who = Blocker::Session { pid: wait.pid };
        let others = wait.blockers.iter().filter(|blocker| **blocker != who).cloned();
        edges.entry(who.clone()).or_default().extend(others);
    }
    edges
}

/// Who waits behind each, by walking from each waiting session alone.
fn behind(waits: &[LockWait]) -> BTreeMap<Blocker, BTreeSet<Blocker>> {
    let edges = edges(waits);
    let mut behind: BTreeMap<Blocker, BTreeSet<Blocker>> = BTreeMap::new();
    for who in edges.keys() {
        let mut reached = BTreeSet::new();
        let mut open: Vec<&Blocker> = edges[who].iter().collect();
        while let Some(next) = open.pop() {
            if reached.insert(next.clone()) {
                open.extend(edges.get(next).into_iter().flatten());
            }
        }
        reached.remove(who);
        reached.into_iter().for_each(|blocker| _ = behind.entry(blocker).or_default().insert(who.clone()));
    }
    behind
}

proptest! {
    #[test]
    fn everyone_stands_once_below_somebody_they_wait_for(waits in pids(), workers in prop::collection::vec((1..25_i32, 1..25_i32), 0..3)) {
        let mut sessions: Vec<_> = (1..20).map(session).collect();
        for (worker, leader) in workers.into_iter().filter(|(worker, leader)| worker > leader) {
            if let Some(session) = sessions.iter_mut().find(|session| session.pid == worker) {
                session.leader = Some(leader);
            }
        }
        let forest = forest(&sample(sessions, waits));
        let names: BTreeSet<&Blocker> = forest.rows.iter().map(|row| &row.who).collect();
        prop_assert_eq!(names.len(), forest.rows.len());
        prop_assert_eq!(forest.left_out, 0);
        let mut path: Vec<&Blocker> = Vec::new();
        for row in &forest.rows {
            prop_assert!(row.depth as usize <= path.len());
            path.truncate(row.depth as usize);
            path.push(&row.who);
            prop_assert_eq!(row.remedy.is_some(), row.depth == 0 && row.blocks > 0);
        }
        let roots = forest.rows.iter().filter(|row| row.depth == 0 && row.blocks > 0).count();
        prop_assert_eq!(roots, forest.roots as usize);
    }

    #[test]
    fn those_behind_are_counted_once(waits in pids()) {
        let expected = behind(&waits);
        let asked = edges(&waits);
        let waiting: BTreeSet<i32> = waits.iter().map(|wait| wait.pid).collect();
        let forest = forest(&sample(Vec::new(), waits));
        prop_assert_eq!(forest.waiting as usize, waiting.len());
        let mut path: Vec<&Blocker> = Vec::new();
        for row in &forest.rows {
            path.truncate(row.depth as usize);
            let above = path.last().map(|above| (*above).clone());
            let waits_for: BTreeSet<Blocker> = row.also_waits_for.iter().cloned().chain(above).collect();
            prop_assert_eq!(waits_for, asked.get(&row.who).cloned().unwrap_or_default());
            path.push(&row.who);
            let behind = expected.get(&row.who);
            prop_assert_eq!(row.blocks as usize, behind.map_or(0, BTreeSet::len));
            prop_assert_eq!(row.in_cycle, behind.is_some_and(|behind| {
                behind.iter().any(|other| expected.get(other).is_some_and(|of| of.contains(&row.who)))
            }));
        }
    }

    #[test]
    fn the_order_of_the_sample_does_not_matter(waits in pids(), seed in any::<u64>()) {
        let mut turned = waits.clone();
        let by = seed as usize % turned.len().max(1);
        turned.rotate_left(by);
        turned.iter_mut().for_each(|wait| wait.blockers.reverse());
        prop_assert_eq!(forest(&sample(Vec::new(), waits)), forest(&sample(Vec::new(), turned)));
    }
}

#[test]
fn thousands_are_bounded_and_quick() {
    let chain = (2..=6_000).map(|pid| wait(pid, &[pid - 1])).collect();
    let star = (2..=6_000).map(|pid| wait(pid, &[1])).collect();
    let circle = (1..=6_000).map(|pid| wait(pid, &[pid % 6_000 + 1])).collect();
    let pairs = (1..=4_000).map(|pid| wait(2 * pid, &[2 * pid - 1])).collect();
    let queue = (1..=400).map(|pid| wait(pid, &(0..pid).collect::<Vec<_>>())).collect();
    let cases: [(&str, Vec<LockWait>, u32, u32); 5] = [
        ("chain", chain, 5_999, 1_999),
        ("star", star, 5_999, 1_999),
        ("circle", circle, 6_000, 2_000),
        ("pairs", pairs, 4_000, 1_000),
        ("queue", queue, 400, 400),
    ];
    for (name, waits, waiting, shown) in cases {
        let forest = forest(&sample(Vec::new(), waits));
        assert!(forest.rows.len() <= MOST_ROWS, "{name}");
        assert_eq!((forest.waiting, forest.left_out), (waiting, waiting - shown), "{name}");
    }
}

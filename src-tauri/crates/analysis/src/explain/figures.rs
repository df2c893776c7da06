//! The steps as they are shown, with what was worked out about each of them.

use domain::PlanNode;

use super::costs::ratios;
use super::details::{detail, details, later};
use super::estimates::misestimates;
use super::times::Times;
use super::title::{kind, title};
use super::tree::Tree;

pub(super) struct Figures {
    pub(super) cost_ratios: Vec<f64>,
    pub(super) times: Times,
    pub(super) misestimates: Vec<Option<f64>>,
}

impl Figures {
    pub(super) fn of(tree: &Tree) -> Figures {
        Figures { cost_ratios: ratios(tree), times: Times::of(tree), misestimates: misestimates(tree) }
    }

    pub(super) fn cost_ratio(&self, id: usize) -> f64 {
        self.cost_ratios.get(id).copied().unwrap_or(0.0)
    }

    pub(super) fn own_ms(&self, id: usize) -> Option<f64> {
        self.times.own.get(id).copied().flatten()
    }

    pub(super) fn total_ms(&self, id: usize) -> Option<f64> {
        self.times.total.get(id).copied().flatten()
    }

    pub(super) fn misestimate(&self, id: usize) -> Option<f64> {
        self.misestimates.get(id).copied().flatten()
    }
}

/// Goes no deeper than the text could be nested.
pub(super) fn node(tree: &Tree, figures: &Figures, id: usize) -> PlanNode {
    let node = tree.node(id);
    let name = node.text("Subplan Name").map(|name| detail("Subplan", name.to_owned()));
    let told = name.into_iter().chain(details(node)).chain(later(node)).collect();
    PlanNode {
        id: u32::try_from(id).unwrap_or(u32::MAX),
        title: title(node),
        kind: kind(node),
        details: told,
        startup_cost: node.number("Startup Cost").unwrap_or(0.0),
        total_cost: node.cost(),
        cost_ratio: figures.cost_ratio(id),
        planned_rows: node.planned_rows(),
        actual_rows: node.actual_rows(),
        loops: node.loops(),
        own_ms: figures.own_ms(id),
        total_ms: figures.total_ms(id),
        misestimate: figures.misestimate(id),
        shared_hit: node.number("Shared Hit Blocks"),
        shared_read: node.number("Shared Read Blocks"),
        temp_written: node.number("Temp Written Blocks"),
        children: tree.children(id).map(|(child, _)| self::node(tree, figures, child)).collect(),
    }
}

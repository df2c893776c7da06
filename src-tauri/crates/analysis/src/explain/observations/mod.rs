//! What stands out in a plan: only what its own figures say, worst first.

mod estimates;
mod joins;
mod memory;
mod scans;
mod whole;

use domain::{PlanObservation, Severity};

use super::figures::Figures;
use super::title::{table, title};
use super::tree::{Node, Tree};

/// More are never read.
const MOST: usize = 40;
/// What takes less of the time is no reason to act.
const WORTH: f64 = 0.05;

/// One step with what was worked out about it.
struct Seen<'a> {
    tree: &'a Tree,
    figures: &'a Figures,
    id: usize,
    node: &'a Node,
}

impl Seen<'_> {
    fn title(&self) -> String {
        title(self.node)
    }

    /// Its table as SQL names it.
    fn table(&self) -> Option<String> {
        table(self.node)
    }

    /// Share of the time, where it was run and timed, else of the cost.
    fn weight(&self) -> f64 {
        let whole = self.figures.total_ms(0).filter(|whole| *whole > 0.0);
        match (self.figures.own_ms(self.id), whole) {
            (Some(own), Some(whole)) => (own / whole).clamp(0.0, 1.0),
            _ => self.figures.cost_ratio(self.id),
        }
    }

    /// As severe as it is, unless next to nothing is spent there.
    fn weighed(&self, severity: Severity) -> Severity {
        if self.weight() < WORTH { Severity::Info } else { severity }
    }

    fn observation(&self, severity: Severity, sentence: String, advice: Option<String>) -> PlanObservation {
        PlanObservation { severity, node: u32::try_from(self.id).unwrap_or(u32::MAX), sentence, advice }
    }
}

/// One kind of observation, made or not made of a step.
type Rule = fn(&Seen) -> Option<PlanObservation>;

const RULES: [Rule; 9] = [
    scans::many_read_few_kept,
    scans::heap_fetches,
    scans::lossy,
    memory::sort_on_disk,
    memory::hash_on_disk,
    memory::groups_on_disk,
    memory::rows_on_disk,
    joins::loops_over_scan,
    joins::join_filter,
];

pub(super) fn of(tree: &Tree, figures: &Figures) -> Vec<PlanObservation> {
    let seen = |(id, node)| Seen { tree, figures, id, node };
    let mut found: Vec<(f64, PlanObservation)> = Vec::new();
    for step in tree.all().map(seen) {
        let made = RULES.iter().filter_map(|rule| rule(&step));
        found.extend(made.map(|one| (step.weight(), one)));
    }
    found.extend(
        estimates::causes(tree, figures)
            .into_iter()
            .map(|id| seen((id, tree.node(id))))
            .filter_map(|step| Some((step.weight(), estimates::misestimate(&step)?))),
    );
    found.extend(whole::observations(tree).into_iter().map(|one| (0.0, one)));
    found.sort_by(|(weight, one), (other_weight, other)| {
        other.severity.cmp(&one.severity).then(other_weight.total_cmp(weight)).then(one.node.cmp(&other.node))
    });
    found.into_iter().map(|(_, one)| one).take(MOST).collect()
}

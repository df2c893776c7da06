//! The statements of the workload with what they cost, those that take most first.

use domain::{AdviceEvidence, AdvisedStatement};

use super::Telling;
use crate::index_advice::{Decision, Prepared};
use crate::sql::words;

/// Places of the statements in the report.
pub(super) struct Order {
    /// Statements of the workload in the report's order.
    pub(super) listed: Vec<usize>,
    /// The place of each.
    places: Vec<usize>,
}

impl Order {
    pub(super) fn of(prepared: &Prepared, decision: &Decision) -> Order {
        let weight = |index: &usize| {
            let weight = decision.choice.workload.weights.get(*index).copied().unwrap_or(0.0);
            let cost = decision.choice.before.get(*index).copied().flatten().unwrap_or(0.0);
            weight * cost
        };
        let mut listed: Vec<usize> = (0..prepared.workload.statements.len()).collect();
        listed.sort_by(|one, other| weight(other).total_cmp(&weight(one)));
        let mut places = vec![0; listed.len()];
        for (place, statement) in listed.iter().enumerate() {
            if let Some(known) = places.get_mut(*statement) {
                *known = place;
            }
        }
        Order { listed, places }
    }

    pub(super) fn place(&self, statement: usize) -> usize {
        self.places.get(statement).copied().unwrap_or(0)
    }
}

impl Telling<'_> {
    pub(super) fn statements(&self) -> Vec<AdvisedStatement> {
        self.order.listed.iter().filter_map(|index| self.statement(*index)).collect()
    }

    fn statement(&self, index: usize) -> Option<AdvisedStatement> {
        let statement = self.prepared.workload.statements.get(index)?;
        let choice = &self.decision.choice;
        let problem = self.decision.problems.get(index).cloned().flatten();
        Some(AdvisedStatement {
            fingerprint: statement.fingerprint.clone(),
            statement: statement.masked.clone(),
            verb: words(&statement.masked)
                .next()
                .map_or_else(|| "EMPTY".to_owned(), |verb| verb.to_uppercase()),
            calls: statement.calls,
            total_ms: statement.total_ms,
            mean_ms: statement.mean_ms(),
            trend: statement.trend.clone(),
            cost_before: choice.before.get(index).copied().flatten(),
            cost_after: choice.after.get(index).copied().flatten(),
            evidence: self.decision.evidence.get(index).copied().unwrap_or(AdviceEvidence::Estimated),
            problem: problem.or_else(|| choice.failures.get(index).cloned().flatten()),
        })
    }
}

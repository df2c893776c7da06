//! Advice with all that was learned for it, so that another budget needs no further question.

use analysis::index_advice::{Around, Decision, Prepared};
use domain::{AdviceLimits, AdviceTotals, Catalog, IndexAdvice, IndexAdviceRequest};

/// What one look at a workload gives.
pub struct Advised {
    pub advice: IndexAdvice,
    pub again: AdviceAgain,
    /// The person stopped it.
    pub cancelled: bool,
}

/// To choose anew. Holds the statements with their constants, so it never leaves memory.
pub struct AdviceAgain {
    prepared: Prepared,
    decision: Decision,
    around: Around,
}

impl AdviceAgain {
    pub(super) fn new(prepared: Prepared, decision: Decision, around: Around) -> AdviceAgain {
        AdviceAgain { prepared, decision, around }
    }

    pub(super) fn first(&self) -> IndexAdvice {
        self.prepared.tell(&self.decision, self.around.clone())
    }

    /// The best under another budget or another limit on the cost of writes. The statements stay those that were chosen at
    /// first, so limits on them stay too.
    pub fn limit(&self, limits: &AdviceLimits) -> IndexAdvice {
        let limits = AdviceLimits {
            budget_bytes: limits.budget_bytes,
            max_write_cost: limits.max_write_cost,
            ..self.around.request.limits
        };
        let decision = self.prepared.decide_again(&self.decision, &limits);
        let request = IndexAdviceRequest { limits, ..self.around.request.clone() };
        self.prepared.tell(&decision, Around { request, ..self.around.clone() })
    }

    /// The database as it was read; made of the statements where none was.
    pub fn catalog(&self) -> &Catalog {
        self.prepared.catalog()
    }
}

pub(super) fn totals(advice: &IndexAdvice) -> AdviceTotals {
    AdviceTotals {
        create: advice.create.len(),
        selected: advice.create.iter().filter(|one| one.selected).count(),
        drop: advice.drop.len(),
        cost_before: advice.cost_before,
        cost_after: advice.cost_after,
    }
}

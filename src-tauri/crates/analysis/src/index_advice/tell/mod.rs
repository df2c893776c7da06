//! A decision as people read it.

mod considered;
pub(super) mod names;
mod reasons;
mod statements;
mod suggestions;
mod unplanned;

use domain::{
    AdviceEvidence, AdviceId, AdvisedDatabase, AdvisedWorkload, Degradation, IndexAdvice, IndexAdviceRequest,
    LeftOutStatements, SourceId, Timestamp,
};

use super::choice::{self, Set};
use super::decision::bounds;
use super::{Decision, Prepared, drops};
use statements::Order;

/// What the advice is about, as only the caller knows it.
#[derive(Debug, Clone)]
pub struct Around {
    pub id: AdviceId,
    pub request: IndexAdviceRequest,
    pub made_at: Timestamp,
    pub took_ms: f64,
    /// The database that was read; absent for advice from a log alone. A catalog from a file has no source.
    pub source: Option<SourceId>,
    /// Whether a catalog was read at all.
    pub has_catalog: bool,
    /// "postgresql.log", "24 h of statements"
    pub origin: String,
    pub statements_seen: usize,
    pub left_out: Vec<LeftOutStatements>,
    pub what_if_calls: u64,
    /// What is missing for better advice.
    pub lacks: Vec<Degradation>,
}

/// What every part of the report looks at.
struct Telling<'t> {
    prepared: &'t Prepared,
    decision: &'t Decision,
    has_catalog: bool,
    /// What would be chosen without a budget.
    wider: Set,
    order: Order,
    /// Cost of the workload today.
    today: f64,
    /// Statements that each candidate concerns.
    concerned: Vec<Vec<usize>>,
}

impl Telling<'_> {
    /// What a set costs less than another that differs in one candidate; upkeep is left out.
    fn saves(&self, candidate: usize, without: &Set, with: &Set) -> f64 {
        let known = &self.decision.choice;
        let statements = self.concerned.get(candidate).map(Vec::as_slice).unwrap_or_default();
        let cost = |statement: usize, set: &Set| choice::cost_of(&known.known, statement, set);
        let saved = statements.iter().filter_map(|statement| {
            let weight = known.workload.weights.get(*statement)?;
            Some((cost(*statement, without)? - cost(*statement, with)?) * weight)
        });
        saved.sum()
    }
}

impl Prepared {
    fn concerned(&self) -> Vec<Vec<usize>> {
        let mut concerned = vec![Vec::new(); self.candidates.len()];
        for (statement, analysed) in self.statements.iter().enumerate() {
            for candidate in analysed.candidates.iter() {
                if let Some(list) = concerned.get_mut(candidate) {
                    list.push(statement);
                }
            }
        }
        concerned
    }

    /// All of it in one report.
    pub fn tell(&self, decision: &Decision, around: Around) -> IndexAdvice {
        let known = &decision.choice;
        let without_budget = domain::AdviceLimits { budget_bytes: None, ..decision.limits };
        let wider = choice::choose_again(&known.workload, bounds(&without_budget), &known.known);
        let order = Order::of(self, decision);
        let telling = Telling {
            prepared: self,
            decision,
            has_catalog: around.has_catalog,
            wider,
            order,
            today: choice::total(&known.workload, &known.known, &Set::default()),
            concerned: self.concerned(),
        };
        let create = telling.suggestions();
        let considered = telling.considered(&create);
        let total = |set: &Set| choice::total(&known.workload, &known.known, set);
        IndexAdvice {
            id: around.id,
            made_at: around.made_at,
            took_ms: around.took_ms,
            database: around.has_catalog.then(|| self.told_database(around.source)),
            workload: self.told_workload(
                &around.request,
                around.origin,
                around.statements_seen,
                around.left_out,
            ),
            request: IndexAdviceRequest { limits: decision.limits, ..around.request },
            evidence: decision.evidence.iter().copied().max().unwrap_or(AdviceEvidence::Estimated),
            what_if_calls: around.what_if_calls,
            statements: telling.statements(),
            drop: if around.has_catalog { drops::drops(&self.catalog, &decision.hidden) } else { Vec::new() },
            considered,
            cost_before: total(&Set::default()),
            cost_after: total(&known.chosen),
            create,
            lacks: around.lacks,
            partial: known.partial,
        }
    }

    fn told_database(&self, source: Option<SourceId>) -> AdvisedDatabase {
        AdvisedDatabase {
            source,
            database: self.catalog.database.clone(),
            version: format!("PostgreSQL {}", self.catalog.version),
            read_at: self.catalog.taken_at,
            counted_days: self.catalog.counted_days(),
            tables: self.catalog.tables.len(),
            indexes: self.catalog.tables.iter().map(|table| table.indexes.len()).sum(),
        }
    }

    fn told_workload(
        &self,
        request: &IndexAdviceRequest,
        origin: String,
        statements_seen: usize,
        left_out: Vec<LeftOutStatements>,
    ) -> AdvisedWorkload {
        let statements = &self.workload.statements;
        AdvisedWorkload {
            choice: request.workload.clone(),
            origin,
            statements_seen,
            statements_used: statements.len(),
            calls: statements.iter().map(|statement| statement.calls).sum(),
            total_ms: self
                .workload
                .is_timed()
                .then(|| statements.iter().filter_map(|statement| statement.total_ms).sum()),
            left_out,
        }
    }
}

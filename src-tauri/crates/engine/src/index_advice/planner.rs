//! The server's planner as the choice of indexes asks it: one pinned session, questions one after the other.

use analysis::index_advice::{NoPlan, Plan, Prepared, WhatIf};
use domain::Problem;
use sources::postgres::{WhatIfError, WhatIfSession};
use tokio::runtime::Handle;

pub(super) struct Planner {
    session: WhatIfSession,
    /// The choice thinks on a thread of its own; questions wait on the runtime.
    runtime: Handle,
    texts: Vec<String>,
    /// Numbers of the session, once a statement was asked about.
    statements: Vec<Option<Result<usize, String>>>,
    /// Numbers of the session by candidate; none for kinds that HypoPG does not know.
    candidates: Vec<Option<usize>>,
    /// The same the other way round.
    known: Vec<usize>,
    lost: Option<Problem>,
}

impl Planner {
    pub(super) fn new(mut session: WhatIfSession, prepared: &Prepared, runtime: Handle) -> Planner {
        let mut known = Vec::new();
        let candidates = prepared
            .hypothetical()
            .enumerate()
            .map(|(candidate, sql)| {
                (!sql.is_empty()).then(|| {
                    known.push(candidate);
                    session.register(sql)
                })
            })
            .collect();
        let texts: Vec<String> = prepared.texts().map(str::to_owned).collect();
        let statements = vec![None; texts.len()];
        Planner { session, runtime, texts, statements, candidates, known, lost: None }
    }

    /// Why nobody answers any more.
    pub(super) fn lost(&self) -> Option<&Problem> {
        self.lost.as_ref()
    }

    pub(super) fn calls(&self) -> u64 {
        self.session.calls()
    }

    fn statement(&mut self, statement: usize) -> Result<usize, NoPlan> {
        if let Some(Some(known)) = self.statements.get(statement) {
            return known.clone().map_err(NoPlan::Statement);
        }
        let text = self.texts.get(statement).cloned().unwrap_or_default();
        let made = match self.runtime.block_on(self.session.prepare(&text)) {
            Ok(number) => Ok(number),
            Err(error) => Err(self.refused(error)?),
        };
        if let Some(place) = self.statements.get_mut(statement) {
            *place = Some(made.clone());
        }
        made.map_err(NoPlan::Statement)
    }

    /// Why a statement has no plan; an error where the session is gone.
    fn refused(&mut self, error: WhatIfError) -> Result<String, NoPlan> {
        match error {
            WhatIfError::Lost(problem) => {
                self.lost = Some(problem);
                Err(NoPlan::Stop)
            }
            other => Ok(other.to_string()),
        }
    }
}

impl WhatIf for Planner {
    fn plan(&mut self, statement: usize, candidates: &[usize]) -> Result<Plan, NoPlan> {
        let number = self.statement(statement)?;
        let mut present: Vec<usize> =
            candidates.iter().filter_map(|candidate| *self.candidates.get(*candidate)?).collect();
        loop {
            match self.runtime.block_on(self.session.cost(number, &present)) {
                Ok(planned) => {
                    let used =
                        planned.candidates.iter().filter_map(|number| self.known.get(*number).copied());
                    return Ok(Plan { cost: planned.cost, used: used.collect() });
                }
                // The others can still be tried.
                Err(WhatIfError::Index { index, .. }) if present.contains(&index) => {
                    present.retain(|other| *other != index);
                }
                Err(error) => {
                    let reason = self.refused(error)?;
                    if let Some(place) = self.statements.get_mut(statement) {
                        *place = Some(Err(reason.clone()));
                    }
                    return Err(NoPlan::Statement(reason));
                }
            }
        }
    }

    fn without(&mut self, statement: usize, index: u32) -> Option<f64> {
        if !self.session.can_hide() || self.lost.is_some() {
            return None;
        }
        let number = self.statement(statement).ok()?;
        self.session.hide(index);
        let planned = self.runtime.block_on(self.session.cost(number, &[]));
        self.session.unhide(index);
        planned.ok().map(|planned| planned.cost)
    }

    fn size(&mut self, candidate: usize) -> Option<u64> {
        let number = (*self.candidates.get(candidate)?)?;
        self.runtime.block_on(self.session.size(number)).ok()
    }
}

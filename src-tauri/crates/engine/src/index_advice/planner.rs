//! The server's planner as the choice of indexes asks it: one pinned session, questions one after the other.

use std::collections::{BTreeSet, HashMap};

use analysis::index_advice::{NoPlan, Plan, Prepared, WhatIf, led_by};
use domain::Problem;
use sources::postgres::{WhatIfError, WhatIfSession};
use tokio::runtime::Handle;

pub(super) struct Planner {
    session: WhatIfSession,
    /// The choice thinks on a thread of its own; questions wait on the runtime.
    runtime: Handle,
    texts: Vec<String>,
    /// Tables that each statement reads, where they are all known.
    reads: Vec<Option<BTreeSet<usize>>>,
    /// Numbers of the session, once a statement was asked about.
    statements: Vec<Option<Result<usize, String>>>,
    /// Of each statement the candidates that are seen only where their table comes first, with its place.
    led: Vec<Vec<(usize, usize)>>,
    /// Numbers of the session by statement and by the place of the table that comes first in its stead; none where it has no
    /// such plan.
    led_statements: HashMap<(usize, usize), Option<usize>>,
    /// Numbers of the session by candidate; none for kinds that HypoPG does not know.
    candidates: Vec<Option<usize>>,
    /// The same the other way round.
    known: Vec<usize>,
    lost: Option<Problem>,
}

impl Planner {
    pub(super) fn new(mut session: WhatIfSession, prepared: &Prepared, runtime: Handle) -> Planner {
        let mut known = Vec::new();
        let texts: Vec<String> = prepared.texts().map(str::to_owned).collect();
        let candidates = prepared
            .hypothetical()
            .zip(prepared.tables())
            .enumerate()
            .map(|(candidate, (sql, table))| {
                (!sql.is_empty()).then(|| {
                    known.push(candidate);
                    session.register_on(table, sql)
                })
            })
            .collect();
        let reads = (0..texts.len()).map(|statement| prepared.read_by(statement)).collect();
        let statements = vec![None; texts.len()];
        let led = prepared.led().collect();
        let led_statements = HashMap::new();
        Planner {
            session,
            runtime,
            texts,
            reads,
            statements,
            led,
            led_statements,
            candidates,
            known,
            lost: None,
        }
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

    /// The statement with another of its tables first.
    fn led(&mut self, statement: usize, place: usize) -> Result<Option<usize>, NoPlan> {
        if let Some(known) = self.led_statements.get(&(statement, place)) {
            return Ok(*known);
        }
        let text = self.texts.get(statement).and_then(|text| led_by(text, place));
        let made = match text.map(|text| self.runtime.block_on(self.session.prepare(&text))) {
            Some(Ok(number)) => Some(number),
            Some(Err(error)) => self.refused(error).map(|_| None)?,
            None => None,
        };
        self.led_statements.insert((statement, place), made);
        Ok(made)
    }

    fn leads(&self, statement: usize, candidate: usize, place: usize) -> bool {
        self.led.get(statement).is_some_and(|led| led.contains(&(candidate, place)))
    }

    /// What the session says of one of its statements.
    fn ask(&mut self, statement: usize, number: usize, candidates: &[usize]) -> Result<Plan, NoPlan> {
        self.session.reads(self.reads.get(statement).cloned().flatten());
        let plan = self.asked(number, candidates)?;
        if plan.used.iter().all(|used| candidates.contains(used)) {
            return Ok(plan);
        }
        // It reads a table that its text does not show, a heir's perhaps: an index of it was still there.
        self.session.reads(None);
        self.asked(number, candidates)
    }

    fn asked(&mut self, number: usize, candidates: &[usize]) -> Result<Plan, NoPlan> {
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
                Err(error) => return Err(NoPlan::Statement(self.refused(error)?)),
            }
        }
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
        let mut best = self.ask(statement, number, candidates).inspect_err(|error| {
            if let (NoPlan::Statement(reason), Some(place)) = (error, self.statements.get_mut(statement)) {
                *place = Some(Err(reason.clone()));
            }
        })?;
        let led = self.led.get(statement).map(Vec::as_slice).unwrap_or_default();
        let places: BTreeSet<usize> = led
            .iter()
            .filter(|(candidate, _)| candidates.contains(candidate))
            .map(|(_, place)| *place)
            .collect();
        for place in places {
            let Some(number) = self.led(statement, place)? else { continue };
            match self.ask(statement, number, candidates) {
                Ok(plan) => {
                    let shown = |used: &usize| self.leads(statement, *used, place);
                    if plan.cost < best.cost && plan.used.iter().any(shown) {
                        best = plan;
                    }
                }
                Err(NoPlan::Statement(_)) => drop(self.led_statements.insert((statement, place), None)),
                Err(NoPlan::Stop) => return Err(NoPlan::Stop),
            }
        }
        Ok(best)
    }

    fn without(&mut self, statement: usize, index: u32) -> Option<f64> {
        if !self.session.can_hide() || self.lost.is_some() {
            return None;
        }
        let number = self.statement(statement).ok()?;
        self.session.reads(None);
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

//! The steps of a build: those that run, and those that are shown.

use domain::{IndexAdvice, IndexBuildStep, IndexStepState, ScriptChoice};
use reports::index_advice::{IndexName, IndexStep, StepEffect};
use sources::postgres::{ExpectedIndex, IndexEffect, IndexPlace, IndexWork};

use super::record::Served;
use crate::EngineError;

/// A statement to run.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Planned {
    pub step: IndexStep,
    /// Of the index that it drops, where this was created by a build.
    pub number: Option<u32>,
    /// The step that is shown for it: a check belongs to the one before.
    pub shown: usize,
}

pub(super) fn of_choice(advice: &IndexAdvice, choice: &ScriptChoice) -> Result<Vec<Planned>, EngineError> {
    let steps = reports::index_advice::plan(advice, choice)?;
    Ok(numbered(steps.into_iter().map(|step| (step, None))))
}

pub(super) fn numbered(steps: impl IntoIterator<Item = (IndexStep, Option<u32>)>) -> Vec<Planned> {
    let mut plan: Vec<Planned> = Vec::new();
    for (step, number) in steps {
        let shown = match plan.last() {
            Some(last) if step.effect == StepEffect::Checks => last.shown,
            Some(last) => last.shown + 1,
            None => 0,
        };
        plan.push(Planned { step, number, shown });
    }
    plan
}

pub(super) fn shown(plan: &[Planned]) -> Vec<IndexBuildStep> {
    let named = plan.iter().filter_map(|planned| {
        Some(IndexBuildStep {
            name: planned.step.index()?.name.clone(),
            sql: planned.step.sql.clone(),
            state: IndexStepState::Waiting,
        })
    });
    named.collect()
}

/// The statements that the new indexes are for; all of the advice where indexes only go.
pub(super) fn served(advice: &IndexAdvice, choice: &ScriptChoice) -> Vec<Served> {
    let created = advice.create.iter().filter(|one| choice.create.contains(&one.id));
    let mut places: Vec<usize> = created.flat_map(|one| &one.serves).map(|one| one.statement).collect();
    if choice.create.is_empty() {
        places = (0..advice.statements.len()).collect();
    }
    places.sort_unstable();
    places.dedup();
    let statements = places.into_iter().filter_map(|place| advice.statements.get(place));
    statements
        .map(|one| Served { fingerprint: one.fingerprint.clone(), statement: one.statement.clone() })
        .collect()
}

impl Planned {
    pub(super) fn work(&self) -> IndexWork {
        let effect = match &self.step.effect {
            StepEffect::Creates { index, table, valid } => {
                IndexEffect::Creates { index: place(index), table: table.clone(), valid: *valid }
            }
            StepEffect::Drops { index, definition, .. } => IndexEffect::Drops {
                index: place(index),
                expected: match self.number {
                    Some(number) => ExpectedIndex::Number(number),
                    None => ExpectedIndex::Definition(definition.clone()),
                },
            },
            StepEffect::Attaches { .. } | StepEffect::Checks => IndexEffect::Other,
        };
        IndexWork { sql: self.step.sql.clone(), lock_timeout: self.step.lock_timeout.clone(), effect }
    }
}

fn place(index: &IndexName) -> IndexPlace {
    IndexPlace { schema: index.schema.clone(), name: index.name.clone() }
}

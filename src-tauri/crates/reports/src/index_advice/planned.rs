//! The statements of a script one by one, for a program that runs them itself.

use domain::{IndexAdvice, ScriptChoice};
use serde::{Deserialize, Serialize};

use super::chosen::Chosen;
use super::sql::{Statement, qualified};
use super::steps::{Step, groups};
use crate::ReportError;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexName {
    pub schema: Option<String>,
    pub name: String,
}

/// A statement, and what takes it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexStep {
    /// Without its semicolon.
    pub sql: String,
    /// As SET takes it; absent where the statement locks nothing.
    pub lock_timeout: Option<String>,
    pub effect: StepEffect,
    /// The steps of one suggestion share it.
    pub group: usize,
    pub undo: Option<Box<IndexStep>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum StepEffect {
    Creates {
        index: IndexName,
        table: String,
        /// False for the index of a table with partitions, which becomes valid when they are attached.
        valid: bool,
    },
    /// To the index of a table with partitions; they go with it.
    Attaches { index: IndexName, to: IndexName },
    Drops {
        index: IndexName,
        table: String,
        /// As `pg_get_indexdef` tells it.
        definition: String,
    },
    /// Fails where something is not as it should be.
    Checks,
}

/// All that is to be run for a choice, in its order.
///
/// # Errors
/// `advice_nothing_chosen`, `advice_unknown_suggestion`
pub fn plan(advice: &IndexAdvice, choice: &ScriptChoice) -> Result<Vec<IndexStep>, ReportError> {
    let chosen = Chosen::of(advice, choice)?;
    let steps = groups(&chosen).into_iter().enumerate().flat_map(|(group, one)| {
        one.steps.into_iter().map(move |step| planned(step, group)).collect::<Vec<_>>()
    });
    Ok(steps.collect())
}

fn planned(step: Step, group: usize) -> IndexStep {
    let undo = step.undo.as_ref().and_then(|undo| undone(&step.effect, undo, group));
    IndexStep { undo: undo.map(Box::new), ..written(&step.run, step.effect, group) }
}

fn undone(effect: &StepEffect, undo: &Statement, group: usize) -> Option<IndexStep> {
    let effect = match effect {
        StepEffect::Creates { index, table, .. } => drops(index, table),
        StepEffect::Attaches { to, .. } => drops(to, ""),
        StepEffect::Drops { index, table, .. } => {
            StepEffect::Creates { index: index.clone(), table: table.clone(), valid: true }
        }
        StepEffect::Checks => return None,
    };
    Some(written(undo, effect, group))
}

/// What was created a moment ago is known by its number, not by its definition.
fn drops(index: &IndexName, table: &str) -> StepEffect {
    StepEffect::Drops { index: index.clone(), table: table.to_owned(), definition: String::new() }
}

fn written(run: &Statement, effect: StepEffect, group: usize) -> IndexStep {
    let lock_timeout = run.kind.lock_timeout().map(str::to_owned);
    IndexStep { sql: run.block(), lock_timeout, effect, group, undo: None }
}

impl IndexStep {
    /// Whose step it is; none for a check.
    pub fn index(&self) -> Option<&IndexName> {
        match &self.effect {
            StepEffect::Creates { index, .. }
            | StepEffect::Attaches { index, .. }
            | StepEffect::Drops { index, .. } => Some(index),
            StepEffect::Checks => None,
        }
    }
}

impl IndexName {
    pub(super) fn of(schema: Option<&str>, name: &str) -> IndexName {
        IndexName { schema: schema.map(str::to_owned), name: name.to_owned() }
    }

    /// As SQL reads it.
    pub fn quoted(&self) -> String {
        qualified(self.schema.as_deref(), &self.name)
    }
}

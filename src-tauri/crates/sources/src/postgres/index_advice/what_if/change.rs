//! Which hypothetical indexes are on the server, and the statements that make them what they should be.

use super::WhatIfSession;
use super::ask::{Answer, number};
use super::outcome::{WhatIfError, index_reason, passes};
use crate::postgres::planner::ends_session;

/// Indexes that are on the server at once, beyond which none stays that is not asked for.
const MOST_BUILT: usize = 2_000;

pub(super) struct Candidate {
    table: Option<usize>,
    /// One for each partition, or one.
    sql: Vec<String>,
    /// While it is on the server, in the order of `sql`: HypoPG's numbers and the bytes that it foretells.
    built: Vec<(u32, u64)>,
    bytes: Option<u64>,
    refused: Option<String>,
}

impl Candidate {
    pub(super) fn new(sql: &[String], table: Option<usize>) -> Candidate {
        let refused = sql.is_empty().then(|| "it has no definition".to_owned());
        Candidate { table, sql: sql.to_vec(), built: Vec::new(), bytes: None, refused }
    }

    pub(super) fn bytes(&self) -> Option<u64> {
        self.bytes
    }

    fn add(&mut self, oid: u32, bytes: u64) {
        self.built.push((oid, bytes));
        if self.built.len() == self.sql.len() {
            self.bytes = Some(self.built.iter().map(|(_, bytes)| bytes).sum());
        }
    }
}

/// What one statement of a change does, each about one index or candidate.
#[derive(Clone, Copy)]
enum Step {
    Reset,
    Drop(u32),
    Create(usize),
    Hide(u32),
    Unhide(u32),
}

/// Statements for the server, and what each of them does.
#[derive(Default)]
pub(super) struct Change {
    pub(super) sql: String,
    steps: Vec<Step>,
}

impl Change {
    fn add(&mut self, step: Step, sql: &str) {
        self.sql.push_str(sql);
        self.sql.push_str(";\n");
        self.steps.push(step);
    }

    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }
}

impl WhatIfSession {
    /// What makes exactly `wanted` present, sorted, beside what may stay, and hides what is to be hidden.
    pub(super) fn change(&self, wanted: &[usize]) -> Result<Change, WhatIfError> {
        let mut change = Change::default();
        let schema = &self.schema;
        if self.unsure {
            change.add(Step::Reset, &format!("SELECT {schema}.hypopg_reset()"));
        } else {
            let crowded = self.built.len() > MOST_BUILT;
            let goes =
                |index: &usize| wanted.binary_search(index).is_err() && (crowded || !self.may_stay(*index));
            let mut gone: Vec<u32> =
                self.built.iter().filter(|(_, index)| goes(index)).map(|(oid, _)| *oid).collect();
            gone.sort_unstable();
            for oid in gone {
                change.add(Step::Drop(oid), &format!("SELECT {schema}.hypopg_drop_index({oid})"));
            }
        }
        for oid in self.hidden.difference(&self.hidden_wanted) {
            change.add(Step::Unhide(*oid), &format!("SELECT {schema}.hypopg_unhide_index({oid})"));
        }
        for oid in self.hidden_wanted.iter().filter(|oid| self.unsure || !self.hidden.contains(oid)) {
            change.add(Step::Hide(*oid), &format!("SELECT {schema}.hypopg_hide_index({oid})"));
        }
        for &index in wanted {
            self.create(&mut change, index)?;
        }
        Ok(change)
    }

    /// Whether the statements that are asked about cannot use it.
    fn may_stay(&self, index: usize) -> bool {
        let table = self.candidates.get(index).and_then(|candidate| candidate.table);
        table.zip(self.read.as_ref()).is_some_and(|(table, read)| !read.contains(&table))
    }

    fn create(&self, change: &mut Change, index: usize) -> Result<(), WhatIfError> {
        let refused = |reason: &str| WhatIfError::Index { index, reason: reason.to_owned() };
        let candidate = self.candidates.get(index).ok_or_else(|| refused("there is no such candidate"))?;
        if let Some(reason) = &candidate.refused {
            return Err(refused(reason));
        }
        let schema = &self.schema;
        let present = if self.unsure { 0 } else { candidate.built.len() };
        for sql in candidate.sql.iter().skip(present) {
            let sql = sql.replace('\'', "''");
            let sql = format!(
                "SELECT indexrelid, {schema}.hypopg_relation_size(indexrelid) FROM {schema}.hypopg_create_index('{sql}')"
            );
            change.add(Step::Create(index), &sql);
        }
        Ok(())
    }

    /// Takes note of what `change` did, as far as the server told.
    pub(super) fn settle(&mut self, change: &Change, answer: &Answer) -> Result<(), WhatIfError> {
        for (step, rows) in change.steps.iter().zip(&answer.statements) {
            match *step {
                Step::Reset => self.forget(),
                Step::Drop(oid) => self.gone(oid),
                Step::Hide(oid) => drop(self.hidden.insert(oid)),
                Step::Unhide(oid) => drop(self.hidden.remove(&oid)),
                Step::Create(index) => {
                    let told =
                        rows.first().and_then(|row| Some((number::<u32>(row, 0)?, number::<u64>(row, 1)?)));
                    let Some((oid, bytes)) = told else {
                        return Err(self.refuse(index, "it is not the text of an index".to_owned()));
                    };
                    self.built.insert(oid, index);
                    if let Some(candidate) = self.candidates.get_mut(index) {
                        candidate.add(oid, bytes);
                    }
                }
            }
        }
        let Some(error) = &answer.error else { return Ok(()) };
        if ends_session(error) {
            return Err(self.lose(error));
        }
        match (change.steps.get(answer.statements.len()), error.as_db_error()) {
            (Some(Step::Create(index)), Some(told)) if passes(told) => {
                Err(WhatIfError::Index { index: *index, reason: index_reason(told) })
            }
            (Some(Step::Create(index)), Some(told)) => Err(self.refuse(*index, index_reason(told))),
            (Some(_), _) => Err(self.lose(error)),
            // The change was made; what followed failed.
            (None, _) => Ok(()),
        }
    }

    fn refuse(&mut self, index: usize, reason: String) -> WhatIfError {
        if let Some(candidate) = self.candidates.get_mut(index) {
            candidate.refused = Some(reason.clone());
        }
        WhatIfError::Index { index, reason }
    }

    fn gone(&mut self, oid: u32) {
        let candidate = self.built.remove(&oid).and_then(|index| self.candidates.get_mut(index));
        if let Some(candidate) = candidate {
            candidate.built.retain(|(known, _)| *known != oid);
        }
    }

    fn forget(&mut self) {
        self.built.clear();
        for candidate in &mut self.candidates {
            candidate.built.clear();
        }
    }
}

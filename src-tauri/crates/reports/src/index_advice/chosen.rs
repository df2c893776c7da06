//! The suggestions that a choice names, in the order of the advice.

use domain::{DropSuggestion, IndexAdvice, IndexSuggestion, ScriptChoice};

use crate::ReportError;

pub(super) struct Chosen<'a> {
    pub advice: &'a IndexAdvice,
    pub create: Vec<&'a IndexSuggestion>,
    pub drop: Vec<&'a DropSuggestion>,
}

impl<'a> Chosen<'a> {
    pub(super) fn of(advice: &'a IndexAdvice, choice: &ScriptChoice) -> Result<Chosen<'a>, ReportError> {
        let unknown: Vec<&str> = choice
            .create
            .iter()
            .filter(|id| advice.create.iter().all(|one| one.id != **id))
            .chain(choice.drop.iter().filter(|id| advice.drop.iter().all(|one| one.id != **id)))
            .map(String::as_str)
            .collect();
        if !unknown.is_empty() {
            return Err(ReportError::UnknownSuggestion { ids: unknown.join(", ") });
        }
        let create: Vec<_> = advice.create.iter().filter(|one| choice.create.contains(&one.id)).collect();
        let drop: Vec<_> = advice.drop.iter().filter(|one| choice.drop.contains(&one.id)).collect();
        if create.is_empty() && drop.is_empty() {
            return Err(ReportError::NothingChosen);
        }
        Ok(Chosen { advice, create, drop })
    }

    /// What the advice itself selects; none where it selects nothing.
    pub(super) fn selected(advice: &'a IndexAdvice) -> Option<Chosen<'a>> {
        let create: Vec<_> = advice.create.iter().filter(|one| one.selected).collect();
        let drop: Vec<_> = advice.drop.iter().filter(|one| one.selected).collect();
        (!create.is_empty() || !drop.is_empty()).then_some(Chosen { advice, create, drop })
    }

    /// The advice's figures of the whole workload hold for this choice: it creates what was selected, no more and
    /// no less.
    pub(super) fn is_selection(&self) -> bool {
        self.create.iter().all(|one| one.selected)
            && self.create.len() == self.advice.create.iter().filter(|one| one.selected).count()
    }
}

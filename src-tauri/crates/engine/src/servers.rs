//! The servers of one kind that a page can be pointed at.

use domain::{Problem, ServerChoice, SourceId, SourceKind};

use crate::Engine;
use crate::watched::answers;

impl Engine {
    /// By name.
    pub(crate) fn server_choices(&self, kind: SourceKind) -> Vec<ServerChoice> {
        let all = self.sources().into_iter().filter(|status| status.config.kind == kind);
        all.map(|status| ServerChoice {
            source: status.config.id,
            name: status.config.name,
            state: status.state,
            version: status.version,
        })
        .collect()
    }

    /// Why a server is not asked besides the poller: one that refuses the poller must not be asked by others, for accounts
    /// are locked that way. The inner none while it is not known yet.
    pub(crate) fn why_not_asked(&self, id: &SourceId) -> Option<Option<Problem>> {
        let sources = self.inner.sources.read();
        let state = &sources.get(id)?.status.state;
        (!answers(state)).then(|| state.problem().cloned())
    }
}

/// The wanted one, else the first.
pub(crate) fn chosen(choices: &[ServerChoice], wanted: Option<SourceId>) -> Option<SourceId> {
    wanted
        .filter(|wanted| choices.iter().any(|choice| choice.source == *wanted))
        .or_else(|| choices.first().map(|choice| choice.source.clone()))
}

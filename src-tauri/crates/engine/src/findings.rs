//! Findings as the shells see them: open ones from the book, past ones from the store.

use analysis::alerts::Change;
use domain::{Finding, SourceId, TimeRange, Timestamp};

use crate::{Engine, EngineError};

impl Engine {
    /// Open findings, the gravest first.
    pub fn open_findings(&self) -> Vec<Finding> {
        self.inner.book.lock().open()
    }

    /// Findings that were open at some time of the window, open ones first.
    pub async fn findings(&self, range: TimeRange) -> Result<Vec<Finding>, EngineError> {
        self.blocking(move |engine| {
            let mut found = engine.open_findings();
            let past = engine.inner.store.findings_between(range)?;
            let open: Vec<String> = found.iter().map(|finding| finding.id.clone()).collect();
            found
                .extend(past.into_iter().filter(|finding| !finding.is_open() && !open.contains(&finding.id)));
            Ok(found)
        })
        .await
    }

    /// Keeps a finding quiet until a moment; `None` lets it speak again.
    pub async fn mute_finding(&self, id: String, until: Option<Timestamp>) -> Result<(), EngineError> {
        self.blocking(move |engine| {
            let muted = engine.inner.book.lock().mute(&id, until);
            let finding = muted.ok_or(EngineError::FindingNotFound(id))?;
            engine.inner.store.save_finding(&finding)?;
            engine.emit_findings();
            Ok(())
        })
        .await
    }

    pub(crate) fn forget_findings(&self, source: &SourceId) -> Result<(), EngineError> {
        let changes = self.inner.book.lock().forget_source(source);
        self.record_changes(&changes);
        Ok(())
    }

    /// Keeps every change and tells the shells. A store that cannot be written does not silence an alert.
    pub(crate) fn record_changes(&self, changes: &[Change]) {
        if changes.is_empty() {
            return;
        }
        for change in changes {
            // That a finding was seen once more is written by the watchdog, not with every poll.
            if !matches!(change, Change::Updated(_)) {
                self.keep(change.finding());
            }
        }
        self.emit_findings();
    }

    /// Writes down how far every open finding has come.
    pub(crate) fn keep_open_findings(&self) {
        for finding in self.open_findings() {
            self.keep(&finding);
        }
    }

    fn keep(&self, finding: &Finding) {
        if let Err(error) = self.inner.store.save_finding(finding) {
            tracing::warn!(%error, "a finding could not be kept");
        }
    }
}

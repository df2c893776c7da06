//! The builds of this console: what runs, what is kept, and how it is told.

use std::collections::BTreeMap;

use domain::{EngineEvent, IndexBuildId, IndexBuildStatus, SourceId};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::record::BuildRecord;
use crate::{Engine, EngineError};

/// Kept ones beyond this are removed, the oldest first.
const MOST_KEPT: usize = 200;

#[derive(Default)]
pub(crate) struct Builds {
    all: Mutex<BTreeMap<u64, Known>>,
}

struct Known {
    record: BuildRecord,
    cancel: Option<CancellationToken>,
}

impl Builds {
    pub(crate) fn restore(kept: Vec<BuildRecord>) -> Builds {
        let known = |record: BuildRecord| {
            Some((number(&record.status.id)?, Known { record: record.restored(), cancel: None }))
        };
        Builds { all: Mutex::new(kept.into_iter().filter_map(known).collect()) }
    }

    /// Takes a number for what is about to run; none where another build runs on the source.
    pub(super) fn begin(
        &self,
        source: &SourceId,
        cancel: CancellationToken,
        record: impl FnOnce(IndexBuildId) -> BuildRecord,
    ) -> Option<BuildRecord> {
        let mut all = self.all.lock();
        if all.values().any(|known| known.cancel.is_some() && known.record.status.source == *source) {
            return None;
        }
        let number = all.keys().next_back().copied().unwrap_or(0) + 1;
        let record = record(IndexBuildId(number.to_string()));
        all.insert(number, Known { record: record.clone(), cancel: Some(cancel) });
        Some(record)
    }

    fn oldest_of_too_many(&self) -> Option<IndexBuildId> {
        let mut all = self.all.lock();
        let number = *all.iter().find(|(_, known)| known.cancel.is_none())?.0;
        if all.len() <= MOST_KEPT {
            return None;
        }
        all.remove(&number).map(|known| known.record.status.id)
    }
}

fn number(id: &IndexBuildId) -> Option<u64> {
    id.0.parse().ok()
}

impl Engine {
    /// Builds of indexes, the newest first.
    pub fn index_builds(&self) -> Vec<IndexBuildStatus> {
        self.inner.builds.all.lock().values().rev().map(|known| known.record.status.clone()).collect()
    }

    /// # Errors
    /// `index_build_not_found`
    pub fn index_build(&self, id: &IndexBuildId) -> Result<IndexBuildStatus, EngineError> {
        Ok(self.build_record(id)?.status)
    }

    /// Stops a build; what was finished until then stays. One that has ended stays as it is.
    ///
    /// # Errors
    /// `index_build_not_found`
    pub fn cancel_index_build(&self, id: &IndexBuildId) -> Result<(), EngineError> {
        let all = self.inner.builds.all.lock();
        let known = number(id).and_then(|number| all.get(&number));
        let known = known.ok_or_else(|| EngineError::IndexBuildNotFound(id.clone()))?;
        if let Some(cancel) = &known.cancel {
            cancel.cancel();
        }
        Ok(())
    }

    pub(super) fn build_record(&self, id: &IndexBuildId) -> Result<BuildRecord, EngineError> {
        let all = self.inner.builds.all.lock();
        let known = number(id).and_then(|number| all.get(&number));
        Ok(known.ok_or_else(|| EngineError::IndexBuildNotFound(id.clone()))?.record.clone())
    }

    /// Changes a build and tells it.
    pub(super) fn change_build(
        &self,
        id: &IndexBuildId,
        change: impl FnOnce(&mut BuildRecord),
    ) -> Option<BuildRecord> {
        let record = {
            let mut all = self.inner.builds.all.lock();
            let known = all.get_mut(&number(id)?)?;
            change(&mut known.record);
            if !known.record.is_running() {
                known.cancel = None;
            }
            known.record.clone()
        };
        self.emit(EngineEvent::IndexBuildChanged { build: record.status.clone() });
        Some(record)
    }

    /// The same, and writes it. What cannot be written can still be looked at while the console runs.
    pub(super) async fn keep_build(
        &self,
        id: &IndexBuildId,
        change: impl FnOnce(&mut BuildRecord),
    ) -> Option<BuildRecord> {
        let record = self.change_build(id, change)?;
        let written = record.clone();
        let kept = self.blocking(move |engine| {
            engine.inner.store.save_index_build(&written.status.id, &written)?;
            while let Some(oldest) = engine.inner.builds.oldest_of_too_many() {
                engine.inner.store.remove_index_build(&oldest)?;
            }
            Ok(())
        });
        if let Err(error) = kept.await {
            tracing::warn!(%error, "a build of indexes could not be kept");
        }
        Some(record)
    }
}

//! Expensive reads of databases that the team's consoles share through one Redis.

mod named;
mod page;
mod reads;

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::{SharedReadKind, SharedReadUse, SourceId};
use parking_lot::Mutex;
use runtime::query_cache::QueryKey;

pub(crate) use reads::SharedReads;

/// What this console knows of the cache that its settings name.
#[derive(Default)]
pub(crate) struct TeamCache {
    named: Mutex<Option<named::Named>>,
    uses: Arc<Uses>,
}

/// The last use of each read, with the key under which it lies.
#[derive(Default)]
pub(crate) struct Uses(Mutex<BTreeMap<(SourceId, SharedReadKind), (QueryKey, SharedReadUse)>>);

impl TeamCache {
    pub(crate) fn forget(&self, source: &SourceId) {
        self.uses.0.lock().retain(|(used, _), _| used != source);
    }
}

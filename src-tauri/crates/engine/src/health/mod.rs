//! The Health page and the console's own cost: what every PostgreSQL is judged by, read and kept in memory.

mod alerts;
mod charts;
mod kept;
mod own_cost;
mod page;
mod reader;
mod samples;

use std::collections::HashMap;
use std::sync::Arc;

use domain::{SourceId, Timestamp};
use parking_lot::Mutex;

use kept::Kept;
use reader::Reader;

pub use page::check_once;

/// What is known of every server, and who reads it.
pub(crate) struct Healths {
    /// When the console began to count its own queries.
    since: Timestamp,
    servers: Mutex<HashMap<SourceId, Server>>,
}

/// One server: what is kept outlives a change of its configuration.
#[derive(Clone, Default)]
struct Server {
    kept: Arc<Mutex<Kept>>,
    /// None while it is switched off.
    reader: Option<Arc<Reader>>,
}

impl Healths {
    pub(crate) fn new(since: Timestamp) -> Healths {
        Healths { since, servers: Mutex::new(HashMap::new()) }
    }

    pub(crate) fn forget(&self, source: &SourceId) {
        self.servers.lock().remove(source);
    }

    fn kept(&self, source: &SourceId) -> Arc<Mutex<Kept>> {
        Arc::clone(&self.servers.lock().entry(source.clone()).or_default().kept)
    }

    fn reader(&self, source: &SourceId) -> Option<Arc<Reader>> {
        self.servers.lock().get(source)?.reader.clone()
    }

    fn begin(&self, source: &SourceId, reader: &Arc<Reader>) {
        self.servers.lock().entry(source.clone()).or_default().reader = Some(Arc::clone(reader));
    }

    /// Unless another has begun meanwhile.
    fn end(&self, source: &SourceId, reader: &Arc<Reader>) {
        if let Some(server) = self.servers.lock().get_mut(source)
            && server.reader.as_ref().is_some_and(|present| Arc::ptr_eq(present, reader))
        {
            server.reader = None;
        }
    }
}

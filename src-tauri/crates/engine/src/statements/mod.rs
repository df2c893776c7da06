//! The Queries page: what statements cost, by interval, from `pg_stat_statements` of every PostgreSQL.

mod comparison;
mod detail;
mod kept;
mod links;
mod page;
mod reader;
mod window;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use domain::SourceId;
use parking_lot::Mutex;

use kept::Kept;
use links::Links;

use crate::{Engine, EngineError};

/// What is in memory of every server.
#[derive(Default)]
pub(crate) struct Statements {
    servers: Mutex<HashMap<SourceId, Arc<Mutex<Kept>>>>,
    links: Links,
}

impl Statements {
    pub(crate) fn forget(&self, source: &SourceId) {
        self.servers.lock().remove(source);
    }
}

impl Engine {
    /// What is in memory of a server, with the names that were kept before: also of one that does not answer now.
    fn kept_statements(&self, source: &SourceId) -> Result<Arc<Mutex<Kept>>, EngineError> {
        if let Some(known) = self.inner.statements.servers.lock().get(source) {
            return Ok(Arc::clone(known));
        }
        let mut kept = Kept::default();
        kept.name(&HashSet::new(), self.inner.statement_store.names(source)?);
        let interval_ms = self.inner.read_statements_every.as_millis();
        kept.interval_ms = i64::try_from(interval_ms).unwrap_or(i64::MAX);
        let mut servers = self.inner.statements.servers.lock();
        // Somebody else may have been quicker.
        Ok(Arc::clone(servers.entry(source.clone()).or_insert_with(|| Arc::new(Mutex::new(kept)))))
    }
}

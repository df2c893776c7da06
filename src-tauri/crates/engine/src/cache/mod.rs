//! The Cache page: Redis servers and the query caches that use them, what lies in them, and what would help.

mod advice;
mod alerts;
mod charts;
mod coalescing;
mod figures;
mod once;
mod page;
mod polled;
mod tags;
mod walk;

pub use once::{CacheLook, look_once};

use std::collections::HashMap;

use domain::SourceId;
use parking_lot::Mutex;

use walk::{OwnLookups, Running};

/// What is in memory of every Redis.
#[derive(Default)]
pub(crate) struct Caches {
    servers: Mutex<HashMap<SourceId, Server>>,
}

#[derive(Default)]
struct Server {
    /// Entries that left the server's slow log unseen.
    slow_missed: u64,
    walk: Option<Running>,
    /// Of the last walk.
    own_lookups: Option<OwnLookups>,
}

impl Caches {
    pub(crate) fn forget(&self, source: &SourceId) {
        let forgotten = self.servers.lock().remove(source);
        if let Some(running) = forgotten.and_then(|server| server.walk) {
            running.cancel.cancel();
        }
    }

    fn with<T>(&self, source: &SourceId, work: impl FnOnce(&mut Server) -> T) -> T {
        work(self.servers.lock().entry(source.clone()).or_default())
    }
}

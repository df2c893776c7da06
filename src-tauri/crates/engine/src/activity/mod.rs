//! The Activity page: what sessions do, looked at each second, recorded, and ended where the person allows it.

mod moment;
mod naming;
mod page;
mod sampler;
mod signal;

use std::collections::HashMap;
use std::sync::Arc;

use domain::{ActivitySample, Degradation, Problem, SourceId, Timestamp};
use parking_lot::Mutex;
use sources::postgres::PostgresSource;

/// What is in memory of every server.
#[derive(Default)]
pub(crate) struct Activities {
    servers: Mutex<HashMap<SourceId, Arc<Mutex<Seen>>>>,
}

/// The newest look at one server.
#[derive(Default)]
struct Seen {
    /// While it is looked at: connected already, so that a signal gets through where no connection is left.
    source: Option<Arc<PostgresSource>>,
    sample: Option<Arc<ActivitySample>>,
    lacks: Vec<Degradation>,
    /// Why it is not looked at now.
    problem: Option<Problem>,
    /// When someone last wanted to see idle sessions.
    idle_wanted: Option<Timestamp>,
}

/// Idle sessions are read for so long after someone asked for them.
const IDLE_WANTED_MILLIS: i64 = 10_000;

impl Activities {
    fn of(&self, source: &SourceId) -> Arc<Mutex<Seen>> {
        Arc::clone(self.servers.lock().entry(source.clone()).or_default())
    }

    pub(crate) fn forget(&self, source: &SourceId) {
        self.servers.lock().remove(source);
    }
}

impl Seen {
    fn wants_idle(&self, now: Timestamp) -> bool {
        self.idle_wanted.is_some_and(|at| (0..=IDLE_WANTED_MILLIS).contains(&now.millis_since(at)))
    }
}

//! How a PostgreSQL server stands to the others of its system: what a primary and its standbys have in common.

use crate::Timestamp;

/// One look at a server. Those whose `system` is the same are copies of each other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Replication {
    /// `pg_control_system`'s identifier; absent where the role may not ask for it.
    pub system: Option<String>,
    /// Microseconds since 1970 at which it was started: two addresses may be those of one server.
    pub started: i64,
    pub in_recovery: bool,
    /// What the server that it streams from calls it; absent where it streams from none, or that is hidden.
    pub known_as: Option<String>,
    /// What it calls the standbys that stream from it; absent where the role may not see them.
    pub standbys: Option<Vec<String>>,
    /// Since when its counters of the database count.
    pub counted_since: Option<Timestamp>,
}

impl Replication {
    /// Whether both are servers of one system, and not the same server.
    pub fn is_copy_of(&self, other: &Replication) -> bool {
        self.system.is_some() && self.system == other.system && self.started != other.started
    }
}

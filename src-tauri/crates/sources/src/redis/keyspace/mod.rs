//! Walks over the keys of one Redis without loading a value, slowly enough that nobody else waits.
//!
//! SCAN gives names in steps of less than a millisecond; the sink says which keys are asked for type, time to live, size
//! and idleness. None of that counts as a use of a key, but TYPE, PTTL and OBJECT count as hits and misses of the server:
//! [`WalkEnd`] tells how many, so that a hit rate can leave them out.

mod account;
mod calls;
mod command;
mod measures;
mod pace;
mod problem;
mod scan;
mod session;
mod step;
mod tags;
mod walk;

use domain::{KeyMeasure, KeyspaceCost, KeyspaceState, TagMeasure};

pub use walk::walk;

/// A server that holds a part of the keys, on a connection that nobody else uses: the walk selects its database.
#[derive(Debug)]
pub struct Primary<C> {
    /// Host and port, for messages.
    pub address: String,
    pub connection: C,
}

/// Takes what a walk finds, as it is found.
pub trait KeySink: Send {
    /// Keys to come, over all primaries; 0 where that may not be asked.
    fn expect(&mut self, keys: u64);

    /// A key's name; true asks for its measure.
    fn seen(&mut self, name: &[u8]) -> bool;

    /// What `seen` asked for, unless the key is gone by then.
    fn measured(&mut self, name: &[u8], measure: &KeyMeasure<'_>);

    /// A set that lists the keys of a tag.
    fn tagged(&mut self, measure: &TagMeasure<'_>);

    /// After each step, hundreds of times a second: the moment to tell progress.
    fn stepped(&mut self, cost: &KeyspaceCost, lacks: &[String]);
}

/// How a walk ended; what was found until then is with the sink.
#[derive(Debug, Clone, PartialEq)]
pub struct WalkEnd {
    /// Never `Running`.
    pub state: KeyspaceState,
    pub cost: KeyspaceCost,
    /// What could not be asked, with the right that it needs.
    pub lacks: Vec<String>,
    /// What the walk added to the server's `keyspace_hits` and `keyspace_misses`.
    pub hits: u64,
    pub misses: u64,
}

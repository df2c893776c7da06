//! Redis as a monitored system.

pub mod keyspace;

//! Caches of query results: what a Redis shows to be wrong, and which statements are worth keeping.

mod advice;
mod checks;
mod code;

pub use advice::advise;
pub use checks::{Observed, check};

#[cfg(test)]
mod tests;

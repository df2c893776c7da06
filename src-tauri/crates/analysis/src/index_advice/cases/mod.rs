//! What is right about indexes, line by line: a statement, the catalog, and what is suggested or refused.

mod dependencies;
pub(super) mod fixture;
mod limits;
mod replicas;
mod right;
mod sizes;
mod tables;
mod told;

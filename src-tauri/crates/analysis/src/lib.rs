//! Pure rules: data in, findings out.

pub mod activity;
pub mod alerts;
pub mod cache;
pub mod cache_types;
pub mod explain;
pub mod fixes;
pub mod health;
pub mod index_advice;
pub mod keyspace;
pub mod n_plus_one;
pub mod pools;
pub mod replay;
pub mod sql;
pub mod statements;

mod hashing;
mod names;
mod quoting;
mod share;
mod spread;
mod words;

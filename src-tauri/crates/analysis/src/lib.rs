//! Pure rules: data in, findings out.

pub mod alerts;
pub mod n_plus_one;
pub mod pools;
pub mod sql;

mod share;
mod words;

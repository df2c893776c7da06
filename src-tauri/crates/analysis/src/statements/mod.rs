//! What statements cost between two readings of `pg_stat_statements`, ranked, compared and told.

mod compare;
mod deltas;
mod gaps;
mod naming;
mod rank;

#[cfg(test)]
mod cases;
#[cfg(test)]
mod properties;

pub use compare::{Window, compare};
pub use deltas::{after_a_pause, between};
pub use naming::name;
pub use rank::{MOST_ROWS, Ranked, rank};

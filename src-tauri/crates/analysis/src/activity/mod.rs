//! What the sessions of a moment say: who blocks whom, what holds the xmin horizon back, who used the time.

mod blocking;
mod horizon;
mod remedy;
mod seen;
mod tops;

pub use blocking::forest;
pub use horizon::horizon;
pub use tops::tops;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod horizon_cases;
#[cfg(test)]
mod tops_cases;

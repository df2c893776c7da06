//! What the sessions of a moment say: who blocks whom, what holds the xmin horizon back, who used the time.

mod tops;

pub use tops::tops;

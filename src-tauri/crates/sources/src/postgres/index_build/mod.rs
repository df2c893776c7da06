//! Creates and drops indexes, one statement after the other: the only code that writes to a monitored system.

mod connection;
mod look;
mod mend;
mod progress;
mod run;
mod words;
mod work;

pub use run::IndexBuilder;
pub use work::{ExpectedIndex, IndexEffect, IndexOutcome, IndexPlace, IndexWork};

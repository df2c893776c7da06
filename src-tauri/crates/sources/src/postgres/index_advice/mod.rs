//! What index advice asks of a database: what would an index change, and what is there already.

mod catalog;
mod dependencies;
mod replication;
mod what_if;

pub use dependencies::ColumnPair;
pub use what_if::{Planned, WhatIfError, WhatIfSession, WhatIfUnavailable};

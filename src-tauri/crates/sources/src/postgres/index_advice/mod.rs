//! What index advice asks of a database: what would an index change, and what is there already.

mod catalog;
mod replication;
mod statements;
mod what_if;

pub use statements::{
    StatementCount, StatementEntry, StatementKey, StatementsChange, StatementsReading, since,
};
pub use what_if::{Planned, WhatIfError, WhatIfSession, WhatIfUnavailable};

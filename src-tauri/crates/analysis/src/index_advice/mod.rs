//! Index advice: which indexes a workload needs, which nobody needs, and why the others were left out.
//!
//! [`Prepared`] reads the statements against the catalog and makes candidates; [`choice`] asks what they would change, of
//! the planner through HypoPG or of our own model, and chooses for the whole workload under a budget; what is told is
//! written last.

mod assumed;
mod candidates;
mod choice;
mod decision;
mod definition;
mod dependencies;
mod drops;
mod estimate;
mod leading;
mod needs;
mod prepared;
mod replicas;
mod schema;
mod selectivity;
mod tell;
mod upkeep;
mod workload;

pub use assumed::assumed_catalog;
pub use choice::{Control, NoPlan, Plan, Progress, WhatIf};
pub use decision::Decision;
pub use dependencies::{DependencyQuestion, dependencies_to_ask};
pub use leading::led_by;
pub use prepared::Prepared;
pub use replicas::{AskedCopy, add_copies};
pub use tell::Around;
pub use workload::{Workload, WorkloadStatement};

use definition::title;

#[cfg(test)]
mod cases;

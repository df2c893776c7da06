//! What a server's facts say about its health: every check is made for every reading, and all have one shape.
//!
//! A check looks at facts and at what was counted before, and tells what it saw with a severity. What could not be looked
//! at is told as such, with what mends it: a check is never left out.

mod about;
mod archiving;
mod bloat;
mod cache;
mod checksums;
mod conflicts;
mod connections;
mod dead_rows;
mod extensions;
mod invalid_indexes;
mod own_cost;
mod previous;
mod replication;
mod sequences;
mod setting_rules;
mod settings;
mod slots;
mod summary;
mod temp_files;
mod told;
mod transactions;
mod vacuums;
mod wraparound;
mod writing;

#[cfg(test)]
mod cases;

use std::cmp::Reverse;

use domain::{HealthCheck, HealthCode, HealthFacts, Part, SlowHealth, Timestamp, Unseen};

pub use own_cost::own_cost_summary;
pub use previous::Previous;
pub use summary::summary;

use told::Told;

/// Everything that a check may look at.
#[derive(Clone, Copy)]
struct Look<'a> {
    facts: &'a HealthFacts,
    /// An earlier reading of the same server, as far back as is known, at most an hour or so.
    previous: Option<&'a Previous>,
    now: Timestamp,
}

impl<'a> Look<'a> {
    fn slow(&self) -> Part<&'a SlowHealth> {
        self.facts.slow.as_ref().ok_or_else(|| Unseen {
            code: "not_yet".to_owned(),
            message: "Tables and indexes have not been looked at yet.".to_owned(),
            remedy: Some("They are looked at each ten minutes; ask for it now to have it sooner.".to_owned()),
            sql: None,
        })
    }
}

type Check = fn(&Look<'_>) -> Part<Told>;

const CHECKS: [(HealthCode, Check); 24] = [
    (HealthCode::Connections, connections::check),
    (HealthCode::CacheHitRatio, cache::check),
    (HealthCode::Rollbacks, conflicts::rollbacks),
    (HealthCode::Deadlocks, conflicts::deadlocks),
    (HealthCode::TempFiles, temp_files::check),
    (HealthCode::Checkpoints, writing::checkpoints),
    (HealthCode::WalRate, writing::wal_rate),
    (HealthCode::Archiving, archiving::check),
    (HealthCode::ReplicationLag, replication::check),
    (HealthCode::ReplicationSlots, slots::check),
    (HealthCode::DeadTuples, dead_rows::dead),
    (HealthCode::AutovacuumDue, dead_rows::due),
    (HealthCode::AutovacuumRunning, vacuums::check),
    (HealthCode::TableBloat, bloat::tables),
    (HealthCode::IndexBloat, bloat::indexes),
    (HealthCode::InvalidIndexes, invalid_indexes::check),
    (HealthCode::XidWraparound, wraparound::transaction_ids),
    (HealthCode::MultixactWraparound, wraparound::multixacts),
    (HealthCode::Sequences, sequences::check),
    (HealthCode::LongTransactions, transactions::long),
    (HealthCode::PreparedTransactions, transactions::prepared),
    (HealthCode::ChecksumFailures, checksums::check),
    (HealthCode::Settings, settings::check),
    (HealthCode::Extensions, extensions::check),
];

/// Every check, worst first, then by area; those that could not be looked at stand before those that are all right.
pub fn check_all(facts: &HealthFacts, previous: Option<&Previous>, now: Timestamp) -> Vec<HealthCheck> {
    let look = Look { facts, previous, now };
    let mut checks: Vec<HealthCheck> =
        CHECKS.iter().map(|(code, check)| about::finish(*code, check(&look))).collect();
    checks.sort_by_key(|check| (Reverse(rank(check)), check.area, check.code));
    checks
}

fn rank(check: &HealthCheck) -> u8 {
    use domain::Severity;
    match check.severity {
        Some(Severity::Critical) => 4,
        Some(Severity::Warning) => 3,
        Some(Severity::Info) => 2,
        None => 1,
        Some(Severity::Ok) => 0,
    }
}

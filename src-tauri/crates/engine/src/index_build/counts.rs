//! What `pg_stat_statements` counted for the statements by which a build is judged.

use std::collections::{BTreeMap, BTreeSet};

use analysis::sql::fingerprint;
use sources::postgres::{StatementCount, StatementsReading};

use super::record::{Count, Served};

/// By fingerprint, whoever ran them and however their texts differ.
pub(super) fn of_served(served: &[Served], counts: Vec<StatementCount>) -> BTreeMap<String, Count> {
    let wanted = wanted(served);
    let mut all: BTreeMap<String, Count> = BTreeMap::new();
    for one in counts {
        let name = fingerprint(one.text.as_bytes()).to_string();
        if wanted.contains(name.as_str()) {
            let count = all.entry(name).or_default();
            count.calls = count.calls.saturating_add(one.calls);
            count.total_ms += one.total_ms;
        }
    }
    all
}

/// No more than what is needed, and without texts: it is kept.
pub(super) fn only_served(served: &[Served], mut reading: StatementsReading) -> StatementsReading {
    let wanted = wanted(served);
    reading.entries.retain(|entry| wanted.contains(fingerprint(entry.text.as_bytes()).to_string().as_str()));
    reading.entries.iter_mut().for_each(|entry| entry.text.clear());
    reading
}

fn wanted(served: &[Served]) -> BTreeSet<&str> {
    served.iter().map(|one| one.fingerprint.as_str()).collect()
}

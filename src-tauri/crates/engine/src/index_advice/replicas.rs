//! The copies of a database's server: each counts its own scans, so all of them are asked before an index is called unused.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use analysis::index_advice::{AskedCopy, add_copies};
use domain::{Catalog, Degradation, Problem, Replication};
use sources::Source;
use sources::postgres::PostgresSource;
use tokio::task::JoinSet;

/// A server that may be a copy of the one that is asked.
pub(super) struct Candidate {
    pub(super) source: PostgresSource,
    /// The person says that it is one, and its address; else it is only one of the other sources.
    pub(super) named: Option<String>,
}

/// What one of them answered.
struct Answer {
    named: Option<String>,
    found: Result<Option<AskedCopy>, Problem>,
}

/// Adds what the copies among `candidates` counted; one that was named and is none, or does not answer, is a lack.
pub(super) async fn ask(source: &PostgresSource, candidates: Vec<Candidate>, catalog: &mut Catalog) {
    if candidates.is_empty() {
        return;
    }
    let own = match source.replication(&catalog.database).await {
        Ok(own) => Arc::new(own),
        // It stays at what the catalog tells: standbys that nobody asked.
        Err(problem) => return tracing::warn!(?problem, "replication could not be looked at"),
    };
    let indexes: Arc<[u32]> =
        catalog.tables.iter().flat_map(|table| &table.indexes).map(|index| index.oid).collect();
    let mut asking = JoinSet::new();
    for Candidate { source, named } in candidates {
        let (own, indexes, database) = (Arc::clone(&own), Arc::clone(&indexes), catalog.database.clone());
        asking.spawn(async move {
            let found = copy(&source, &own, &database, &indexes).await;
            source.close().await;
            Answer { named, found }
        });
    }
    let answers = asking.join_all().await;
    let copies = sort(answers, &mut catalog.lacks);
    add_copies(catalog, &own, &copies);
}

/// None where it is no copy.
async fn copy(
    source: &PostgresSource,
    own: &Replication,
    database: &str,
    indexes: &[u32],
) -> Result<Option<AskedCopy>, Problem> {
    let replication = source.replication(database).await?;
    if !replication.is_copy_of(own) {
        return Ok(None);
    }
    let scans: HashMap<u32, u64> = source.index_scans(database, indexes).await?;
    Ok(Some(AskedCopy { replication, scans }))
}

/// Each copy once, under however many addresses it is known.
fn sort(answers: Vec<Answer>, lacks: &mut Vec<Degradation>) -> Vec<AskedCopy> {
    let mut known = HashSet::new();
    let mut copies = Vec::new();
    for Answer { named, found } in answers {
        match (found, named) {
            (Ok(Some(copy)), _) => {
                if known.insert(copy.replication.started) {
                    copies.push(copy);
                }
            }
            (Ok(None), Some(place)) => lacks.push(no_copy(&place)),
            (Err(problem), Some(place)) => lacks.push(not_asked(&place, problem)),
            (Ok(None) | Err(_), None) => {}
        }
    }
    copies
}

fn no_copy(place: &str) -> Degradation {
    Degradation {
        code: "no_replica".to_owned(),
        message: format!(
            "The server at {place} is no other copy of the database's server, so its scans do not count."
        ),
        remedy: Some("Name a standby of this server, or its primary.".to_owned()),
    }
}

fn not_asked(place: &str, problem: Problem) -> Degradation {
    Degradation {
        code: "replica_not_asked".to_owned(),
        message: format!(
            "The replica at {place} could not be asked, so an index that looks unused may be in use there. {}",
            problem.message
        ),
        remedy: problem.remedy,
    }
}

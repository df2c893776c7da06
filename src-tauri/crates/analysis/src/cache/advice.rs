//! Which statements of a replay are worth keeping, for how long, under which tags, and what makes them stale.

use std::collections::BTreeSet;

use domain::{CacheCandidate, CacheForecast, CacheInvalidator, CacheRefusal, QueryStats};

use super::code::{samples, type_name};
use crate::cache_types::CACHE_TYPES;

const CANDIDATES: usize = 100;
const REFUSED: usize = 20;
const INVALIDATORS: usize = 10;
const WRITES: [&str; 5] = ["INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE"];

/// Candidates, those that save most time first, and the statements with most time that cannot be kept.
pub fn advise(queries: &[QueryStats]) -> (Vec<CacheCandidate>, Vec<CacheRefusal>) {
    let mut candidates: Vec<CacheCandidate> =
        queries.iter().filter_map(|query| candidate(query, queries)).collect();
    candidates.sort_by(|one, other| saved(other).total_cmp(&saved(one)));
    candidates.truncate(CANDIDATES);
    let mut refused: Vec<CacheRefusal> = queries.iter().filter_map(refusal).collect();
    refused.sort_by(|one, other| other.total_ms.total_cmp(&one.total_ms));
    refused.truncate(REFUSED);
    (candidates, refused)
}

/// At the time to live that is suggested.
fn saved(candidate: &CacheCandidate) -> f64 {
    let at = candidate.by_ttl.iter().find(|at| at.ttl_seconds == candidate.suggested_ttl_seconds);
    at.map_or(0.0, |at| at.saved_ms)
}

fn candidate(query: &QueryStats, all: &[QueryStats]) -> Option<CacheCandidate> {
    let CacheForecast::Simulated { by_ttl } = &query.cache else { return None };
    let best = query.cache.best()?;
    let tables: Vec<String> = query.tables.iter().map(|table| unqualified(table).to_owned()).collect();
    let preconfigured = preconfigured(&tables);
    let tags: Vec<String> = match preconfigured {
        Some((_, tags)) => tags.iter().map(|tag| (*tag).to_owned()).collect(),
        None => tables.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect(),
    };
    let name = type_name(&tables, &query.fingerprint);
    Some(CacheCandidate {
        fingerprint: query.fingerprint.clone(),
        statement: query.statement.clone(),
        tables: query.tables.clone(),
        calls: query.calls,
        total_ms: query.total_ms,
        mean_ms: query.mean_ms,
        by_ttl: by_ttl.clone(),
        suggested_ttl_seconds: best.ttl_seconds,
        cache_type: preconfigured.map(|(name, _)| name.to_owned()),
        code: samples(&name, &query.statement, best.ttl_seconds, &tags),
        tags,
        invalidated_by: invalidators(query, all),
    })
}

fn unqualified(table: &str) -> &str {
    table.rsplit('.').next().unwrap_or(table).trim_matches('"')
}

/// The pre-configured type that is made for exactly this table; a join of several is none of them.
fn preconfigured(tables: &[String]) -> Option<(&'static str, &'static [&'static str])> {
    let [table] = tables else { return None };
    CACHE_TYPES.iter().find(|kind| kind.tables.contains(&table.as_str())).map(|kind| (kind.name, kind.tags))
}

fn invalidators(query: &QueryStats, all: &[QueryStats]) -> Vec<CacheInvalidator> {
    let shared = |other: &QueryStats| -> Vec<String> {
        other.tables.iter().filter(|table| query.tables.contains(table)).cloned().collect()
    };
    let mut writes: Vec<CacheInvalidator> = all
        .iter()
        .filter(|other| WRITES.contains(&other.verb.as_str()))
        .filter_map(|other| {
            let tables = shared(other);
            (!tables.is_empty()).then(|| CacheInvalidator {
                fingerprint: other.fingerprint.clone(),
                statement: other.statement.clone(),
                tables,
                calls: other.calls,
            })
        })
        .collect();
    writes.sort_by_key(|write| std::cmp::Reverse(write.calls));
    writes.truncate(INVALIDATORS);
    writes
}

/// A write is nothing that one would keep, and is not told as refused.
fn refusal(query: &QueryStats) -> Option<CacheRefusal> {
    let reason = match &query.cache {
        CacheForecast::NotCacheable { .. } if WRITES.contains(&query.verb.as_str()) => return None,
        CacheForecast::NotCacheable { reason } => reason.clone(),
        CacheForecast::Simulated { .. } if query.cache.best().is_some() => return None,
        CacheForecast::Simulated { by_ttl } if by_ttl.is_empty() => return None,
        CacheForecast::Simulated { .. } if query.calls < 2 => return None,
        CacheForecast::Simulated { .. } => {
            "It was never asked again with the same values before a write to its tables.".to_owned()
        }
    };
    Some(CacheRefusal {
        fingerprint: query.fingerprint.clone(),
        statement: query.statement.clone(),
        calls: query.calls,
        total_ms: query.total_ms,
        reason,
    })
}

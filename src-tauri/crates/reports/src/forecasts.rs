//! What a cache of results and shared executions would do, chosen from what was simulated for each statement.

use std::collections::BTreeMap;

use domain::{CacheAtTtl, CacheForecast, QueryStats, ReplayReport};

use crate::words::time_or_unknown;

/// More columns are hard to read.
const MANY: usize = 6;
const USUAL: [u32; 3] = [60, 600, 3_600];

/// A statement with the time to live that suits it.
pub(crate) struct CacheLine<'a> {
    pub query: &'a QueryStats,
    pub by_ttl: &'a [CacheAtTtl],
    pub best: CacheAtTtl,
}

/// Statements of which a cache would answer some, those that save most first.
pub(crate) fn cache(report: &ReplayReport) -> Vec<CacheLine<'_>> {
    let mut lines: Vec<_> = report.queries.iter().filter_map(cache_line).collect();
    lines.sort_by(|one, other| other.best.saved_ms.total_cmp(&one.best.saved_ms));
    lines
}

fn cache_line(query: &QueryStats) -> Option<CacheLine<'_>> {
    let CacheForecast::Simulated { by_ttl } = &query.cache else { return None };
    Some(CacheLine { query, by_ttl, best: query.cache.best()? })
}

/// Statements whose results cannot be kept, by why: how many, and their executions.
pub(crate) fn not_cacheable(report: &ReplayReport) -> Vec<(&str, u64, u64)> {
    let mut by_reason: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for query in &report.queries {
        if let CacheForecast::NotCacheable { reason } = &query.cache {
            let (statements, calls) = by_reason.entry(reason).or_default();
            *statements += 1;
            *calls += query.calls;
        }
    }
    let mut reasons: Vec<_> =
        by_reason.into_iter().map(|(reason, (statements, calls))| (reason, statements, calls)).collect();
    reasons.sort_by_key(|(_, _, calls)| std::cmp::Reverse(*calls));
    reasons
}

/// The times to live to show, shortest first: all that were simulated, or, where those are many, the usual ones and those
/// that suit a statement.
pub(crate) fn ttls(lines: &[CacheLine<'_>]) -> Vec<u32> {
    let mut ttls: Vec<_> =
        lines.iter().flat_map(|line| line.by_ttl.iter().map(|at| at.ttl_seconds)).collect();
    ttls.sort_unstable();
    ttls.dedup();
    if ttls.len() > MANY {
        ttls.retain(|ttl| USUAL.contains(ttl) || lines.iter().any(|line| line.best.ttl_seconds == *ttl));
    }
    ttls
}

/// Unknown where no execution was measured.
pub(crate) fn shared_time(query: &QueryStats) -> String {
    time_or_unknown((query.timed > 0).then_some(query.coalescing.saved_ms))
}

/// Statements that ran while the same one ran, those that save most first.
pub(crate) fn coalescing(report: &ReplayReport) -> Vec<&QueryStats> {
    let mut queries: Vec<_> = report.queries.iter().filter(|query| query.coalescing.shared > 0).collect();
    queries.sort_by(|one, other| {
        let saved = |query: &QueryStats| query.coalescing.saved_ms;
        saved(other).total_cmp(&saved(one)).then(other.coalescing.shared.cmp(&one.coalescing.shared))
    });
    queries
}

//! One statement as it is told: its figures, its trend, and what caching or sharing it would save.

use domain::{CacheAtTtl, CacheForecast, CoalesceForecast, QueryPlan, QueryStats};

use super::cache::{Gain, TTL_SECONDS};
use super::catalogue::Entry;
use super::nature::Role;
use super::outcome::{milliseconds, timestamp};
use super::trend::Trends;
use crate::names::Names;
use crate::sql::{StatementFacts, words};

/// Routes that are told for one statement.
const ROUTES: usize = 3;

pub(super) struct Context<'a> {
    /// Time of all statements.
    pub(super) database_us: u64,
    /// From the first start to the last end, in microseconds since 1970.
    pub(super) span: (i64, i64),
    pub(super) trends: &'a Trends,
    pub(super) names: &'a Names,
}

pub(super) fn tell(entry: &Entry, context: &Context<'_>) -> QueryStats {
    let stats = &entry.stats;
    let timed = stats.timed > 0;
    let percentile = |percent| timed.then(|| milliseconds(stats.durations.percentile(percent)));
    let (first_us, last_us) = context.span;
    QueryStats {
        fingerprint: entry.fingerprint.to_string(),
        statement: statement(entry).to_owned(),
        verb: words(&entry.masked).next().map_or_else(|| "EMPTY".to_owned(), |verb| verb.to_uppercase()),
        tables: tables(&entry.facts),
        calls: stats.calls,
        timed: stats.timed,
        total_ms: milliseconds(stats.total_us),
        time_ratio: stats.total_us as f64 / context.database_us.max(1) as f64,
        mean_ms: timed.then(|| milliseconds(stats.total_us) / stats.timed as f64),
        p50_ms: percentile(50),
        p95_ms: percentile(95),
        p99_ms: percentile(99),
        max_ms: timed.then(|| milliseconds(stats.durations.max())),
        rows_mean: (stats.counted > 0).then(|| stats.rows as f64 / stats.counted as f64),
        errors: stats.errors,
        last_error: stats.last_error.as_deref().map(str::to_owned),
        truncated: entry.truncated,
        first_seen: timestamp(stats.first_us.unwrap_or(first_us)),
        last_seen: timestamp(stats.last_us.unwrap_or(last_us)),
        trend: context.trends.told(&stats.trend, first_us, last_us),
        routes: routes(entry, context.names),
        cache: cache(entry),
        coalescing: CoalesceForecast {
            shared: entry.gain.shared,
            saved_ms: milliseconds(entry.gain.shared_us),
        },
        plan: entry.plan.as_ref().map(|plan| QueryPlan {
            duration_ms: plan.duration_us.map(milliseconds),
            at: timestamp(plan.at_us),
            text: plan.text.clone(),
        }),
    }
}

/// Each table once, in the order of the statement.
pub(super) fn tables(facts: &StatementFacts) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for table in &facts.tables {
        let name = match &table.schema {
            Some(schema) => format!("{schema}.{}", table.name),
            None => table.name.clone(),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Drivers and pools send a text without a statement to see whether a connection is alive.
fn statement(entry: &Entry) -> &str {
    match (entry.text.as_str(), entry.masked.as_str()) {
        ("", "") => "/* empty statement */",
        ("", masked) => masked,
        (text, _) => text,
    }
}

fn routes(entry: &Entry, names: &Names) -> Vec<String> {
    let mut routes = entry.stats.routes.clone();
    routes.sort_by_key(|(route, calls)| (std::cmp::Reverse(*calls), *route));
    routes.iter().take(ROUTES).filter_map(|(route, _)| names.text(*route)).map(str::to_owned).collect()
}

fn cache(entry: &Entry) -> CacheForecast {
    let refused = |reason: &str| CacheForecast::NotCacheable { reason: reason.to_owned() };
    let cacheable = match entry.role {
        Role::Read(cacheable) => cacheable,
        Role::Write => return refused("It writes."),
        _ => return refused("It asks for nothing that could be kept."),
    };
    if let Some(reason) = cacheable.reason() {
        return refused(reason);
    }
    let Gain { hits, saved_us, unrecorded, simulated, .. } = entry.gain;
    if simulated == 0 && unrecorded > 0 {
        return refused(
            "Its parameters are not in the log, so that equal calls cannot be told from different ones.",
        );
    }
    let at = |((ttl_seconds, hits), saved_us): ((u32, u64), u64)| CacheAtTtl {
        ttl_seconds,
        hits,
        hit_ratio: hits as f64 / simulated.max(1) as f64,
        saved_ms: milliseconds(saved_us),
    };
    CacheForecast::Simulated { by_ttl: TTL_SECONDS.into_iter().zip(hits).zip(saved_us).map(at).collect() }
}

//! Two windows beside each other: what got slower, what runs more often, what is new or gone.

use std::collections::{HashMap, HashSet};

use domain::{
    ChangeVerdict, StatementChange, StatementCounts, StatementIdentity, StatementName, StatementsComparison,
    TimeRange,
};

use crate::words::{count, figure};

/// More changes are not looked at.
const MOST_ROWS: usize = 200;
/// Means of fewer calls say little: one that waited for a lock would tell of a change that is none.
const FEWEST_CALLS: f64 = 10.0;
/// Means differ by chance, by caches and by which rows are asked for.
const SLOWER: f64 = 1.25;
/// How often something runs differs more.
const MORE_CALLS: f64 = 1.5;
/// A change that costs less than a thousandth of a core is no reason to look.
const LEAST_COST: f64 = 1.0;

/// What one window counted.
pub struct Window<'a> {
    pub range: TimeRange,
    /// What was really counted.
    pub seconds: f64,
    pub counts: &'a [(StatementIdentity, StatementCounts)],
}

/// The same statement of several users and levels is one here.
pub fn compare(
    before: &Window<'_>,
    after: &Window<'_>,
    names: &HashMap<StatementIdentity, StatementName>,
) -> StatementsComparison {
    let (mut earlier, mut later) = (by_query(before.counts), by_query(after.counts));
    let named = named(names);
    let queries: HashSet<(i64, u32)> = earlier.keys().chain(later.keys()).copied().collect();
    let mut rows: Vec<StatementChange> = queries
        .into_iter()
        .map(|query| {
            let counts =
                (earlier.remove(&query).unwrap_or_default(), later.remove(&query).unwrap_or_default());
            change(query.0, counts, (before.seconds, after.seconds), named.get(&query).copied())
        })
        .collect();
    rows.sort_by(|a, b| b.cost.total_cmp(&a.cost).then_with(|| a.queryid.cmp(&b.queryid)));
    let summary = summary(&rows, before, after);
    let left_out = keep_both_ends(&mut rows);
    StatementsComparison {
        before: before.range,
        after: after.range,
        rows,
        left_out: u32::try_from(left_out).unwrap_or(u32::MAX),
        summary,
    }
}

fn by_query(counts: &[(StatementIdentity, StatementCounts)]) -> HashMap<(i64, u32), StatementCounts> {
    let mut queries: HashMap<(i64, u32), StatementCounts> = HashMap::new();
    for (identity, counts) in counts {
        let sum = queries.entry((identity.queryid, identity.database)).or_default();
        *sum = sum.plus(*counts);
    }
    queries
}

fn named(names: &HashMap<StatementIdentity, StatementName>) -> HashMap<(i64, u32), &StatementName> {
    names.values().map(|name| ((name.identity.queryid, name.identity.database), name)).collect()
}

fn change(
    queryid: i64,
    (before, after): (StatementCounts, StatementCounts),
    (before_seconds, after_seconds): (f64, f64),
    name: Option<&StatementName>,
) -> StatementChange {
    let cost = rate(after.exec_ms, after_seconds) - rate(before.exec_ms, before_seconds);
    StatementChange {
        queryid: queryid.to_string(),
        fingerprint: name.and_then(|name| name.fingerprint.clone()),
        statement: name.and_then(|name| name.statement.clone()),
        verdict: verdict(&before, &after, (before_seconds, after_seconds), cost),
        before,
        after,
        before_seconds,
        after_seconds,
        cost,
    }
}

fn rate(count: f64, seconds: f64) -> f64 {
    if seconds > 0.0 { count / seconds } else { 0.0 }
}

fn verdict(
    before: &StatementCounts,
    after: &StatementCounts,
    (before_seconds, after_seconds): (f64, f64),
    cost: f64,
) -> ChangeVerdict {
    match (before.mean_ms(), after.mean_ms()) {
        (None, None) => ChangeVerdict::Same,
        (None, Some(_)) => ChangeVerdict::New,
        (Some(_), None) => ChangeVerdict::Gone,
        _ if cost.abs() < LEAST_COST || before.calls.min(after.calls) < FEWEST_CALLS => ChangeVerdict::Same,
        (Some(mean_before), Some(mean_after)) if mean_after > mean_before * SLOWER => ChangeVerdict::Slower,
        (Some(mean_before), Some(mean_after)) if mean_after * SLOWER < mean_before => ChangeVerdict::Faster,
        _ => {
            let (often_before, often_after) =
                (rate(before.calls, before_seconds), rate(after.calls, after_seconds));
            if often_after > often_before * MORE_CALLS {
                ChangeVerdict::MoreCalls
            } else if often_after * MORE_CALLS < often_before {
                ChangeVerdict::FewerCalls
            } else {
                ChangeVerdict::Same
            }
        }
    }
}

/// Those that cost most more and those that cost most less stay; the number of the others.
fn keep_both_ends(rows: &mut Vec<StatementChange>) -> usize {
    let left_out = rows.len().saturating_sub(MOST_ROWS);
    if left_out > 0 {
        let first = MOST_ROWS * 3 / 4;
        rows.drain(first..first + left_out);
    }
    left_out
}

fn summary(rows: &[StatementChange], before: &Window<'_>, after: &Window<'_>) -> String {
    if before.seconds <= 0.0 || after.seconds <= 0.0 {
        let which = if before.seconds <= 0.0 { "earlier" } else { "later" };
        return format!("Nothing was counted in the {which} window, so the two cannot be compared.");
    }
    let of = |verdict: ChangeVerdict| rows.iter().filter(move |row| row.verdict == verdict);
    let sentence = |verdict, what: &str, direction: &str| {
        let (statements, cost) =
            of(verdict).fold((0.0, 0.0), |(statements, cost), row| (statements + 1.0, cost + row.cost));
        let subject = count(statements, "statement", "statements");
        let cost = figure(f64::abs(cost));
        let costs = if statements == 1.0 { "it costs" } else { "they cost" };
        (statements > 0.0).then(|| format!("{subject} {what}; {costs} {cost} ms {direction} each second."))
    };
    let told: Vec<String> = [
        sentence(ChangeVerdict::Slower, "got slower", "more"),
        sentence(ChangeVerdict::MoreCalls, "ran more often", "more"),
        sentence(ChangeVerdict::Faster, "got faster", "less"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if told.is_empty() {
        "No statement got slower or ran much more often.".to_owned()
    } else {
        told.join(" ")
    }
}

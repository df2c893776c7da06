//! Statements of a window as rows, those that took most time first.

use std::collections::HashMap;

use domain::{StatementCounts, StatementIdentity, StatementName, StatementRow};

/// More rows are not looked at.
pub const MOST_ROWS: usize = 500;

pub struct Ranked {
    pub rows: Vec<StatementRow>,
    /// Statements that ran beyond the rows.
    pub left_out: usize,
    pub total: StatementCounts,
}

/// `rest` is what ran beyond `counts`; `names` may lack some.
pub fn rank(
    mut counts: Vec<(StatementIdentity, StatementCounts)>,
    rest: StatementCounts,
    names: &HashMap<StatementIdentity, StatementName>,
    trends: &HashMap<StatementIdentity, Vec<Option<f64>>>,
) -> Ranked {
    let total = counts.iter().fold(rest, |total, (_, counts)| total.plus(*counts));
    by_time(&mut counts);
    let left_out = counts.len().saturating_sub(MOST_ROWS);
    counts.truncate(MOST_ROWS);
    let rows = counts
        .into_iter()
        .map(|(identity, counts)| {
            let trend = trends.get(&identity).cloned().unwrap_or_default();
            row(identity, counts, &total, names.get(&identity), trend)
        })
        .collect();
    Ranked { rows, left_out, total }
}

pub(super) fn by_time(counts: &mut [(StatementIdentity, StatementCounts)]) {
    counts.sort_by(|(one, a), (other, b)| b.exec_ms.total_cmp(&a.exec_ms).then(one.cmp(other)));
}

fn row(
    identity: StatementIdentity,
    counts: StatementCounts,
    total: &StatementCounts,
    name: Option<&StatementName>,
    trend: Vec<Option<f64>>,
) -> StatementRow {
    let looked_at = counts.shared_hit + counts.shared_read;
    StatementRow {
        queryid: identity.queryid.to_string(),
        fingerprint: name.and_then(|name| name.fingerprint.clone()),
        statement: name.and_then(|name| name.statement.clone()),
        database: name.map_or_else(|| format!("OID {}", identity.database), |name| name.database.clone()),
        user: name.map_or_else(|| format!("OID {}", identity.user), |name| name.user.clone()),
        top_level: identity.top_level,
        mean_ms: counts.mean_ms(),
        time_ratio: if total.exec_ms > 0.0 { counts.exec_ms / total.exec_ms } else { 0.0 },
        hit_ratio: (looked_at > 0.0).then(|| counts.shared_hit / looked_at),
        trend,
        own: name.is_some_and(|name| name.own),
        counts,
    }
}

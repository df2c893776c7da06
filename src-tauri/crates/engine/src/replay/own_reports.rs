//! Lines in which mPanel reports on itself, counted by kind.

use std::collections::BTreeMap;

use domain::{OwnReport, Timestamp};
use sources::logs::ReportKind;

#[derive(Debug, Clone, Default)]
pub(super) struct OwnReports(BTreeMap<ReportKind, (u64, i64, i64)>);

impl OwnReports {
    pub(super) fn note(&mut self, kind: ReportKind, at_us: i64) {
        self.add(kind, 1, at_us, at_us);
    }

    fn add(&mut self, kind: ReportKind, count: u64, first_us: i64, last_us: i64) {
        let known = self.0.entry(kind).or_insert((0, first_us, last_us));
        *known = (known.0 + count, known.1.min(first_us), known.2.max(last_us));
    }

    pub(super) fn absorb(&mut self, other: OwnReports) {
        for (kind, (count, first_us, last_us)) in other.0 {
            self.add(kind, count, first_us, last_us);
        }
    }

    pub(super) fn told(&self) -> Vec<OwnReport> {
        self.0
            .iter()
            .map(|(kind, (count, first_us, last_us))| OwnReport {
                kind: code(*kind).to_owned(),
                title: title(*kind).to_owned(),
                count: *count,
                first_at: Timestamp(first_us.div_euclid(1_000)),
                last_at: Timestamp(last_us.div_euclid(1_000)),
            })
            .collect()
    }
}

fn code(kind: ReportKind) -> &'static str {
    match kind {
        ReportKind::NPlusOne => "n_plus_one",
        ReportKind::PoolHealth => "pool_health",
        ReportKind::PoolSaturated => "pool_saturated",
        ReportKind::PoolWaiting => "pool_waiting",
        ReportKind::ConnectionLeak => "connection_leak",
        ReportKind::IndexAdvice => "index_advice",
        ReportKind::QueryPerformance => "query_performance",
        ReportKind::MemoryLeak => "memory_leak",
        ReportKind::Retry => "retry",
    }
}

fn title(kind: ReportKind) -> &'static str {
    match kind {
        ReportKind::NPlusOne => "N+1 query pattern detected",
        ReportKind::PoolHealth => "Database pool health report",
        ReportKind::PoolSaturated => "Connection pool near capacity",
        ReportKind::PoolWaiting => "Requests wait for a connection",
        ReportKind::ConnectionLeak => "Connection leak suspected",
        ReportKind::IndexAdvice => "Index advisor report",
        ReportKind::QueryPerformance => "Query performance report",
        ReportKind::MemoryLeak => "Potential memory leak detected",
        ReportKind::Retry => "A call was retried",
    }
}

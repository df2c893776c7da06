//! Statements of a replayed log, with their times.

use analysis::index_advice::Workload;
use domain::{AdviceLimits, QueryStats, ReplayReport};

use super::Gathered;
use super::collect::{Collected, Ran};

pub(in super::super) fn of_replay(report: &ReplayReport, limits: &AdviceLimits) -> Gathered {
    let mut all = Collected::default();
    report.queries.iter().for_each(|query| all.add(ran(query)));
    all.filter(limits);
    let unlisted = usize::try_from(report.queries_left_out).unwrap_or(usize::MAX);
    all.leave_out("not listed by the replay, which lists those that took most time", unlisted);
    let (statements, seen, left_out) = all.finish();
    let coverage = &report.coverage;
    let seconds = match (coverage.first_at, coverage.last_at) {
        (Some(first), Some(last)) => Some(last.seconds_since(first)).filter(|seconds| *seconds > 0.0),
        _ => None,
    };
    Gathered {
        workload: Workload { statements, seconds },
        origin: report.replay.name.clone(),
        seen,
        left_out,
        lacks: Vec::new(),
    }
}

fn ran(query: &QueryStats) -> Ran<'_> {
    Ran {
        sql: &query.statement,
        calls: query.calls,
        // Executions that were not timed took as long as the others, as far as anyone knows.
        total_ms: query.mean_ms.map(|mean| mean * query.calls as f64),
        trend: Some(query.trend.clone()),
        cut: query.truncated,
    }
}

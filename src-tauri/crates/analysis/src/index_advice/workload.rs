//! The statements that advice is for.

use domain::QueryTrend;

/// One statement with what it costs today.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkloadStatement {
    /// 16 hexadecimal digits.
    pub fingerprint: String,
    /// For the planner; it may hold constants, and is never stored.
    pub sql: String,
    /// The same without them.
    pub masked: String,
    pub calls: u64,
    pub total_ms: Option<f64>,
    pub trend: Option<QueryTrend>,
}

impl WorkloadStatement {
    pub fn mean_ms(&self) -> Option<f64> {
        self.total_ms.map(|total| total / self.calls.max(1) as f64)
    }
}

/// What the statements together are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Workload {
    pub statements: Vec<WorkloadStatement>,
    /// How long it took for them to come in, where that is known.
    pub seconds: Option<f64>,
}

impl Workload {
    /// Times count where there is any; else every execution counts the same.
    pub(super) fn is_timed(&self) -> bool {
        self.statements.iter().any(|statement| statement.total_ms.is_some_and(|total| total > 0.0))
    }
}

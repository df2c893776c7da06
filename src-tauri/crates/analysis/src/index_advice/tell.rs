//! A decision as people read it.

use domain::{
    AdviceId, Degradation, IndexAdvice, IndexAdviceRequest, LeftOutStatements, SourceId, Timestamp,
};

use super::{Decision, Prepared};

/// What the advice is about, as only the caller knows it.
#[derive(Debug, Clone)]
pub struct Around {
    pub id: AdviceId,
    pub request: IndexAdviceRequest,
    pub made_at: Timestamp,
    pub took_ms: f64,
    /// The database that was read; absent for advice from a log alone. A catalog from a file has no source.
    pub source: Option<SourceId>,
    /// Whether a catalog was read at all.
    pub has_catalog: bool,
    /// "postgresql.log", "24 h of statements"
    pub origin: String,
    pub statements_seen: usize,
    pub left_out: Vec<LeftOutStatements>,
    pub what_if_calls: u64,
    /// What is missing for better advice.
    pub lacks: Vec<Degradation>,
}

impl Prepared {
    /// All of it in one report.
    pub fn tell(&self, decision: &Decision, around: Around) -> IndexAdvice {
        todo!("{decision:p} {around:?}")
    }
}

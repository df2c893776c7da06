//! The gravest checks of health among the findings, where a person must not have to look for them.

use domain::{Check, HealthCheck, HealthCode, Severity, SourceConfig, Timestamp, Verdict};

use crate::Engine;

impl Engine {
    pub(super) fn judge_health(&self, config: &SourceConfig, checks: &[HealthCheck], at: Timestamp) {
        let verdicts: Vec<Verdict> = checks.iter().filter_map(|check| verdict(config, check)).collect();
        self.apply(&verdicts, at);
    }
}

/// None of what could not be looked at: that is neither good nor bad.
fn verdict(config: &SourceConfig, check: &HealthCheck) -> Option<Verdict> {
    let severity = match check.severity? {
        Severity::Info => Severity::Ok,
        severity => severity,
    };
    Some(Verdict {
        check: told_as(check.code)?,
        source: config.id.clone(),
        severity,
        title: format!("{} on {}", check.title, config.name),
        detail: check.seen.clone(),
        evidence: check.evidence.clone(),
        remedy: check.remedy.clone(),
    })
}

/// Conditions that end in an outage or lose data, and those that users see as errors. What is only untidy stays on the
/// Health page; connections and open transactions are judged with every poll.
fn told_as(code: HealthCode) -> Option<Check> {
    match code {
        HealthCode::XidWraparound => Some(Check::XidWraparound),
        HealthCode::MultixactWraparound => Some(Check::MultixactWraparound),
        HealthCode::Sequences => Some(Check::SequenceNearEnd),
        HealthCode::ReplicationSlots => Some(Check::ReplicationSlots),
        HealthCode::ReplicationLag => Some(Check::ReplicationLag),
        HealthCode::Archiving => Some(Check::Archiving),
        HealthCode::PreparedTransactions => Some(Check::PreparedTransactions),
        HealthCode::Deadlocks => Some(Check::Deadlocks),
        HealthCode::ChecksumFailures => Some(Check::ChecksumFailures),
        _ => None,
    }
}

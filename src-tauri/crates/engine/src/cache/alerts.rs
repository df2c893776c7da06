//! The gravest checks of a Redis among the findings, where a person must not have to look for them.

use domain::{CacheCheck, CacheCode, Check, Evidence, Redis, Severity, SourceConfig, Timestamp, Verdict};

use super::figures::{Counted, checks};
use crate::{Engine, EngineError};

/// Conditions in which users see errors or data is lost. What only costs time stays on the Cache page.
const TOLD: [(CacheCode, Check); 4] = [
    (CacheCode::MemoryFull, Check::CacheMemoryFull),
    (CacheCode::RejectedConnections, Check::CacheConnectionsRefused),
    (CacheCode::SaveFailed, Check::CacheSaveFailed),
    (CacheCode::ReplicaDown, Check::CacheReplicaDown),
];

impl Engine {
    pub(super) fn judge_cache(
        &self,
        config: &SourceConfig,
        redis: &Redis,
        at: Timestamp,
    ) -> Result<(), EngineError> {
        // None of what is told depends on look-ups, and each poll reads this.
        let counted = Counted { rejected: self.rejected(&config.id, at)?, ..Counted::default() };
        let found = checks(redis, &counted, &[], None, at);
        let verdicts: Vec<Verdict> =
            TOLD.iter().map(|(code, check)| verdict(config, *check, worst(&found, *code))).collect();
        self.apply(&verdicts, at);
        Ok(())
    }
}

/// Of several nodes; they come gravest first.
fn worst(found: &[CacheCheck], code: CacheCode) -> Option<&CacheCheck> {
    found.iter().find(|check| check.code == code && check.severity >= Severity::Warning)
}

/// What is not found is fine, and clears what was told before.
fn verdict(config: &SourceConfig, check: Check, found: Option<&CacheCheck>) -> Verdict {
    Verdict {
        check,
        source: config.id.clone(),
        severity: found.map_or(Severity::Ok, |found| found.severity),
        title: found.map_or_else(String::new, |found| format!("{} on {}", found.title, config.name)),
        detail: found.map_or_else(String::new, |found| found.seen.clone()),
        evidence: found.map_or_else(Vec::new, |found| {
            vec![Evidence {
                label: found.title.clone(),
                value: found.seen.clone(),
                origin: format!("INFO of {}", config.name),
            }]
        }),
        remedy: found.and_then(|found| found.remedy.clone()),
    }
}

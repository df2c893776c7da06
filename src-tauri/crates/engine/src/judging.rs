//! After each poll: the rules look at every path that the source is part of, and the book of alerts decides what is told.

use analysis::alerts::Timing;
use domain::{Check, EngineEvent, Evidence, Severity, SourceId, SourceState, Timestamp, Verdict};

use crate::watched::Watched;
use crate::{Engine, layers};

impl Engine {
    pub(crate) fn judge(&self, polled: &SourceId, now: Timestamp) {
        let verdicts = self.verdicts_on(polled, now);
        self.apply(&verdicts, now);
    }

    /// What the rules say about this source now. Verdicts on the other layers wait for their own polls: the same
    /// facts judged twice are not two observations.
    fn verdicts_on(&self, polled: &SourceId, now: Timestamp) -> Vec<Verdict> {
        let thresholds = self.inner.settings.read().pools.clone();
        let sources = self.inner.sources.read();
        let Some(watched) = sources.get(polled) else { return Vec::new() };
        let mut verdicts: Vec<Verdict> = reachability(watched).into_iter().collect();
        if !crate::watched::answers(&watched.status.state) {
            return verdicts;
        }
        for head in layers::heads(&sources) {
            let path = layers::path(&sources, &head.source);
            if !path.iter().any(|watched| watched.status.config.id == *polled) {
                continue;
            }
            let judged = analysis::pools::judge(&layers::observed(&path, now), &thresholds);
            for verdict in judged.into_iter().filter(|verdict| verdict.source == *polled) {
                keep_worse(&mut verdicts, verdict);
            }
        }
        verdicts
    }

    pub(crate) fn apply(&self, verdicts: &[Verdict], now: Timestamp) {
        let timing = {
            let settings = self.inner.settings.read();
            Timing {
                hold_seconds: settings.pools.hold_seconds,
                cooldown_seconds: settings.pools.cooldown_seconds,
            }
        };
        let changes = self.inner.book.lock().apply(now, verdicts, &timing);
        self.record_changes(&changes);
    }

    /// Clears a finding that no poll would clear, because nothing is polled any more.
    pub(crate) fn clear_check(&self, source: &SourceId, check: Check) {
        let fine = Verdict {
            check,
            source: source.clone(),
            severity: Severity::Ok,
            title: String::new(),
            detail: String::new(),
            evidence: Vec::new(),
            remedy: None,
        };
        let at_once = Timing { hold_seconds: 0.0, cooldown_seconds: 0.0 };
        let changes = self.inner.book.lock().apply(self.inner.clock.now(), &[fine], &at_once);
        self.record_changes(&changes);
    }

    pub(crate) fn emit_findings(&self) {
        self.emit(EngineEvent::FindingsChanged { open: self.open_findings() });
    }
}

/// Two paths may share a layer; the worse verdict on it stands.
fn keep_worse(verdicts: &mut Vec<Verdict>, new: Verdict) {
    match verdicts.iter_mut().find(|old| old.check == new.check && old.source == new.source) {
        Some(old) if old.severity < new.severity => *old = new,
        Some(_) => {}
        None => verdicts.push(new),
    }
}

/// Whether the source answers at all, in the shape of every other check.
fn reachability(watched: &Watched) -> Option<Verdict> {
    let config = &watched.status.config;
    let (severity, problem, ends) = match &watched.status.state {
        SourceState::Ok | SourceState::Degraded { .. } => (Severity::Ok, None, ""),
        SourceState::Failing { problem, .. } => {
            (Severity::Warning, Some(problem), "The console keeps trying.")
        }
        SourceState::Stopped { problem, .. } => {
            (Severity::Critical, Some(problem), "The console has stopped trying until the source is edited.")
        }
        SourceState::Connecting | SourceState::Disabled => return None,
    };
    Some(Verdict {
        check: Check::SourceFailing,
        source: config.id.clone(),
        severity,
        title: format!("No answer from {}", config.name),
        detail: problem.map_or_else(String::new, |problem| format!("{} {ends}", problem.message)),
        evidence: vec![Evidence {
            label: "Failed polls".to_owned(),
            value: watched.status.failures.to_string(),
            origin: format!("{}, since the console started", config.name),
        }],
        remedy: problem.and_then(|problem| problem.remedy.clone()),
    })
}

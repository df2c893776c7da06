//! Where a statement is spoken of: patterns of kept replays and suggestions of kept index advice, by fingerprint.

use std::collections::HashMap;

use domain::{
    AdviceId, AdviceState, AdviceStatus, IndexAdvice, NPlusOneFinding, ReplayId, ReplayReport, ReplayState,
    StatementLink,
};
use parking_lot::Mutex;

use crate::Engine;

/// So many of the newest reports are looked through.
const MOST_REPORTS: usize = 10;
/// So many links of each kind are told.
const MOST_LINKS: usize = 20;

/// What each report tells, by its id; read once, for reports do not change.
#[derive(Default)]
pub(super) struct Links {
    replays: Mutex<HashMap<String, Spoken>>,
    advice: Mutex<HashMap<String, Spoken>>,
}

/// Fingerprints with what is said of them.
type Spoken = Vec<(String, StatementLink)>;

impl Engine {
    /// Patterns, then suggestions; the newest reports first.
    pub(super) fn statement_links(&self, fingerprint: &str) -> (Vec<StatementLink>, Vec<StatementLink>) {
        (self.patterns_of(fingerprint), self.advice_of(fingerprint))
    }

    fn patterns_of(&self, fingerprint: &str) -> Vec<StatementLink> {
        let replays = self.replays();
        let ended = replays.iter().filter(|replay| !matches!(replay.state, ReplayState::Running { .. }));
        let mut known = self.inner.statements.links.replays.lock();
        let newest: Vec<String> = ended.take(MOST_REPORTS).map(|replay| replay.id.0.clone()).collect();
        keep_newest(&mut known, &newest, |id| {
            let report = self.replay_report_now(&ReplayId(id.to_owned()));
            report.map(|report| patterns(&report)).unwrap_or_default()
        });
        told(&known, &newest, fingerprint)
    }

    /// Advice that was limited anew has other suggestions under the same id, and other totals.
    fn advice_of(&self, fingerprint: &str) -> Vec<StatementLink> {
        let advices = self.advices();
        let ended = advices.iter().filter(|advice| !matches!(advice.state, AdviceState::Running { .. }));
        let mut known = self.inner.statements.links.advice.lock();
        let key = |advice: &AdviceStatus| format!("{} {:?}", advice.id.0, advice.totals);
        let newest: Vec<String> = ended.take(MOST_REPORTS).map(key).collect();
        keep_newest(&mut known, &newest, |key| {
            let id = key.split(' ').next().unwrap_or_default();
            let advice = self.stored_advice(&AdviceId(id.to_owned()));
            advice.map(|advice| suggestions(&advice)).unwrap_or_default()
        });
        told(&known, &newest, fingerprint)
    }
}

fn keep_newest(known: &mut HashMap<String, Spoken>, newest: &[String], read: impl Fn(&str) -> Spoken) {
    known.retain(|id, _| newest.contains(id));
    for id in newest {
        if !known.contains_key(id) {
            known.insert(id.clone(), read(id));
        }
    }
}

fn told(known: &HashMap<String, Spoken>, newest: &[String], fingerprint: &str) -> Vec<StatementLink> {
    newest
        .iter()
        .filter_map(|id| known.get(id))
        .flatten()
        .filter(|(of, _)| of == fingerprint)
        .map(|(_, link)| link.clone())
        .take(MOST_LINKS)
        .collect()
}

fn patterns(report: &ReplayReport) -> Spoken {
    let link = |finding: &NPlusOneFinding| StatementLink {
        report: report.replay.id.0.clone(),
        item: finding.id.clone(),
        label: finding.title.clone(),
        at: report.replay.started_at,
    };
    report.findings.iter().map(|finding| (finding.fingerprint.clone(), link(finding))).collect()
}

fn suggestions(advice: &IndexAdvice) -> Spoken {
    let mut spoken = Vec::new();
    for suggestion in &advice.create {
        let link = StatementLink {
            report: advice.id.0.clone(),
            item: suggestion.name.clone(),
            label: suggestion.title.clone(),
            at: advice.made_at,
        };
        let served = suggestion.serves.iter().filter_map(|served| advice.statements.get(served.statement));
        spoken.extend(served.map(|statement| (statement.fingerprint.clone(), link.clone())));
    }
    spoken
}

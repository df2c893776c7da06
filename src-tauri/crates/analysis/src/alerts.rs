//! From verdicts to findings: a condition is told after it lasted, cleared after it was gone, and never flaps.
//!
//! Times are added up poll by poll from the steps of the caller's clock, so that a clock that is set back costs at
//! most one step and never leaves a finding open or closed for ever.

use std::collections::BTreeMap;

use domain::{Check, Finding, Severity, SourceId, Timestamp, Verdict};

/// How long a condition must last before it is told, and be gone before it is cleared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timing {
    pub hold_seconds: f64,
    pub cooldown_seconds: f64,
}

impl Timing {
    fn hold_millis(&self) -> i64 {
        millis(self.hold_seconds)
    }

    fn cooldown_millis(&self) -> i64 {
        millis(self.cooldown_seconds)
    }
}

/// `as` saturates, and makes nothing of what is not a number.
fn millis(seconds: f64) -> i64 {
    (seconds * 1_000.0).ceil() as i64
}

#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    Opened(Finding),
    /// Still there, with its present figures.
    Updated(Finding),
    Escalated(Finding),
    Cleared(Finding),
}

impl Change {
    pub fn finding(&self) -> &Finding {
        match self {
            Change::Opened(finding)
            | Change::Updated(finding)
            | Change::Escalated(finding)
            | Change::Cleared(finding) => finding,
        }
    }
}

/// Two bad verdicts further apart than this do not show that the condition lasted in between.
const LONGEST_STEP_MILLIS: i64 = 5 * 60 * 1_000;

type Key = (Check, SourceId);

/// A condition that was seen but has not lasted long enough.
#[derive(Debug)]
struct Pending {
    since: Timestamp,
    last: Timestamp,
    lasted_millis: i64,
}

#[derive(Debug)]
struct Open {
    finding: Finding,
    last: Timestamp,
    /// Milliseconds without the condition.
    gone_millis: Option<i64>,
    /// Milliseconds below the finding's severity.
    milder_millis: Option<i64>,
}

/// Every detector's findings: at most one open for each check of each source.
#[derive(Debug, Default)]
pub struct AlertBook {
    pending: BTreeMap<Key, Pending>,
    open: BTreeMap<Key, Open>,
    muted: BTreeMap<Key, Timestamp>,
    /// Second findings of one check and source, as a damaged store may hold; cleared at the next occasion.
    surplus: Vec<Finding>,
    next_id: u64,
}

impl AlertBook {
    /// Goes on where an earlier run ended. Ids continue above every one that is known.
    pub fn restore(open: Vec<Finding>, next_id: u64) -> AlertBook {
        let mut book = AlertBook { next_id, ..AlertBook::default() };
        for finding in open.into_iter().filter(Finding::is_open) {
            let after = finding.id.parse::<u64>().map_or(0, |id| id.saturating_add(1));
            book.next_id = book.next_id.max(after);
            let key = (finding.check, finding.source.clone());
            if book.open.contains_key(&key) {
                book.surplus.push(finding);
                continue;
            }
            if let Some(until) = finding.muted_until {
                book.muted.insert(key.clone(), until);
            }
            let last = finding.last_seen;
            book.open.insert(key, Open { finding, last, gone_millis: None, milder_millis: None });
        }
        book
    }

    /// Takes in what the checks say now. A check that says nothing (its source is silent, its data absent) changes
    /// nothing: its finding stays open, last seen when it was.
    pub fn apply(&mut self, now: Timestamp, verdicts: &[Verdict], timing: &Timing) -> Vec<Change> {
        let mut changes: Vec<Change> =
            self.surplus.drain(..).map(|finding| Change::Cleared(cleared(finding, now))).collect();
        for (key, verdict) in worst_of_each(verdicts) {
            let change = match (self.open.contains_key(&key), verdict.severity) {
                (true, Severity::Ok) => self.cool(&key, now, timing),
                (true, _) => self.go_on(&key, now, verdict, timing),
                (false, Severity::Ok) => {
                    self.pending.remove(&key);
                    None
                }
                (false, _) => self.hold(key, now, verdict, timing),
            };
            changes.extend(change);
        }
        changes
    }

    /// All open findings, the gravest first, then the oldest.
    pub fn open(&self) -> Vec<Finding> {
        let mut open: Vec<Finding> = self.open.values().map(|open| open.finding.clone()).collect();
        open.sort_by(|a, b| {
            (b.severity.cmp(&a.severity))
                .then(a.since.cmp(&b.since))
                .then_with(|| number_of(a).cmp(&number_of(b)))
        });
        open
    }

    /// Keeps one finding quiet until then, also if it clears and comes back meanwhile; `None` ends that.
    /// Gives the finding as it is now, or nothing where no open finding has this id.
    pub fn mute(&mut self, id: &str, until: Option<Timestamp>) -> Option<Finding> {
        let (key, open) = self.open.iter_mut().find(|(_, open)| open.finding.id == id)?;
        open.finding.muted_until = until;
        match until {
            Some(until) => self.muted.insert(key.clone(), until),
            None => self.muted.remove(key),
        };
        Some(open.finding.clone())
    }

    /// Ends everything about a source that was removed. Its findings are cleared as of when they were last seen.
    pub fn forget_source(&mut self, source: &SourceId) -> Vec<Change> {
        self.pending.retain(|(_, of), _| of != source);
        self.muted.retain(|(_, of), _| of != source);
        let gone: Vec<Key> = self.open.keys().filter(|(_, of)| of == source).cloned().collect();
        gone.iter()
            .filter_map(|key| self.open.remove(key))
            .map(|open| {
                let last_seen = open.finding.last_seen;
                Change::Cleared(cleared(open.finding, last_seen))
            })
            .collect()
    }

    fn hold(&mut self, key: Key, now: Timestamp, verdict: &Verdict, timing: &Timing) -> Option<Change> {
        let since = match self.pending.get_mut(&key) {
            Some(pending) => {
                let step = now.millis_since(pending.last);
                if step > LONGEST_STEP_MILLIS.max(timing.hold_millis()) {
                    pending.since = now;
                    pending.lasted_millis = 0;
                } else {
                    pending.since = pending.since.min(now);
                    pending.lasted_millis = pending.lasted_millis.saturating_add(step.max(0));
                }
                pending.last = now;
                // Strictly later: the same moment judged twice is one poll.
                (step > 0 && pending.lasted_millis >= timing.hold_millis()).then_some(pending.since)
            }
            None => {
                let first = Pending { since: now, last: now, lasted_millis: 0 };
                self.pending.insert(key.clone(), first);
                (timing.hold_millis() <= 0).then_some(now)
            }
        }?;
        self.pending.remove(&key);
        let finding = self.begin(&key, now, since, verdict);
        let open = Open { finding: finding.clone(), last: now, gone_millis: None, milder_millis: None };
        self.open.insert(key, open);
        Some(Change::Opened(finding))
    }

    fn begin(&mut self, key: &Key, now: Timestamp, since: Timestamp, verdict: &Verdict) -> Finding {
        let id = self.next_id;
        self.next_id = self.next_id.saturating_add(1);
        self.muted.retain(|_, until| *until > now);
        Finding {
            id: id.to_string(),
            check: verdict.check,
            source: verdict.source.clone(),
            severity: verdict.severity,
            title: verdict.title.clone(),
            detail: verdict.detail.clone(),
            evidence: verdict.evidence.clone(),
            remedy: verdict.remedy.clone(),
            since,
            last_seen: now,
            cleared_at: None,
            muted_until: self.muted.get(key).copied(),
        }
    }

    /// Worse is told at once, milder only once it stayed so for the cooldown.
    fn go_on(&mut self, key: &Key, now: Timestamp, verdict: &Verdict, timing: &Timing) -> Option<Change> {
        let open = self.open.get_mut(key)?;
        let step = open.step_to(now);
        let escalated = verdict.severity > open.finding.severity;
        open.gone_millis = None;
        open.milder_millis = (verdict.severity < open.finding.severity)
            .then(|| open.milder_millis.map_or(0, |so_far| so_far.saturating_add(step)));
        let finding = &mut open.finding;
        if escalated || open.milder_millis.is_some_and(|milder| milder >= timing.cooldown_millis()) {
            finding.severity = verdict.severity;
            open.milder_millis = None;
        }
        finding.title.clone_from(&verdict.title);
        finding.detail.clone_from(&verdict.detail);
        finding.evidence.clone_from(&verdict.evidence);
        finding.remedy.clone_from(&verdict.remedy);
        finding.since = finding.since.min(now);
        finding.last_seen = now;
        Some(if escalated { Change::Escalated(finding.clone()) } else { Change::Updated(finding.clone()) })
    }

    fn cool(&mut self, key: &Key, now: Timestamp, timing: &Timing) -> Option<Change> {
        let open = self.open.get_mut(key)?;
        let step = open.step_to(now);
        let gone = open.gone_millis.map_or(0, |so_far| so_far.saturating_add(step));
        open.gone_millis = Some(gone);
        if gone < timing.cooldown_millis() {
            return None;
        }
        self.open.remove(key).map(|open| Change::Cleared(cleared(open.finding, now)))
    }
}

impl Open {
    /// Milliseconds since this was last judged; none where the clock went back.
    fn step_to(&mut self, now: Timestamp) -> i64 {
        let step = now.millis_since(self.last).max(0);
        self.last = now;
        step
    }
}

fn cleared(mut finding: Finding, at: Timestamp) -> Finding {
    finding.cleared_at = Some(at);
    finding
}

fn number_of(finding: &Finding) -> u64 {
    finding.id.parse().unwrap_or(u64::MAX)
}

/// Where one check speaks twice about one source, the graver counts.
fn worst_of_each(verdicts: &[Verdict]) -> BTreeMap<Key, &Verdict> {
    let mut worst: BTreeMap<Key, &Verdict> = BTreeMap::new();
    for verdict in verdicts {
        let slot = worst.entry((verdict.check, verdict.source.clone())).or_insert(verdict);
        if verdict.severity > slot.severity {
            *slot = verdict;
        }
    }
    worst
}

#[cfg(test)]
#[path = "alerts_tests.rs"]
mod tests;

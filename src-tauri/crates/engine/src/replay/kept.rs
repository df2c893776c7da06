//! Replays that run, those that are kept, and what the person decided about their findings.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use domain::{
    EngineEvent, IgnoredPattern, NPlusOneFinding, RepetitionKind, ReplayComparison, ReplayId, ReplayProgress,
    ReplayReport, ReplayRequest, ReplayState, ReplayStatus, ReplayTotals, ReportFormat,
};
use parking_lot::Mutex;
use runtime::workers::JobError;

use super::preview::problem;
use super::run::{LogInput, ReplayControl, name_of, replay_logs};
use crate::{Engine, EngineError};

/// A log of a terabyte would take less.
const LONGEST: Duration = Duration::from_secs(24 * 3_600);
/// Kept ones beyond this are removed, the oldest first.
const MOST_KEPT: usize = 200;

/// Replays of this console: statuses by number, and how to stop those that run.
#[derive(Default)]
pub(crate) struct Replays {
    all: Mutex<BTreeMap<u64, Known>>,
    /// The report that was asked for last: its pages ask for it again.
    last: Mutex<Option<(ReplayId, Arc<ReplayReport>)>>,
}

struct Known {
    status: ReplayStatus,
    cancel: Option<Arc<AtomicBool>>,
}

impl Replays {
    pub(crate) fn restore(kept: Vec<ReplayStatus>) -> Replays {
        let known = |status: ReplayStatus| Some((number(&status.id)?, Known { status, cancel: None }));
        Replays { all: Mutex::new(kept.into_iter().filter_map(known).collect()), last: Mutex::default() }
    }

    fn put(&self, status: ReplayStatus, cancel: Option<Arc<AtomicBool>>) {
        if let Some(number) = number(&status.id) {
            self.all.lock().insert(number, Known { status, cancel });
        }
    }

    fn progress(&self, id: &ReplayId, progress: ReplayProgress) -> Option<ReplayStatus> {
        let mut all = self.all.lock();
        let known = all.get_mut(&number(id)?)?;
        known.status.state = ReplayState::Running { progress };
        Some(known.status.clone())
    }

    fn next_number(&self) -> u64 {
        self.all.lock().keys().next_back().map_or(1, |last| last + 1)
    }
}

fn number(id: &ReplayId) -> Option<u64> {
    id.0.parse().ok()
}

impl Engine {
    /// Replays, the newest first.
    pub fn replays(&self) -> Vec<ReplayStatus> {
        self.inner.replays.all.lock().values().rev().map(|known| known.status.clone()).collect()
    }

    /// Begins to replay logs in the background; progress comes as events.
    ///
    /// # Errors
    /// No input, or all workers busy.
    pub fn start_replay(&self, request: ReplayRequest) -> Result<ReplayStatus, EngineError> {
        if request.inputs.is_empty() {
            return Err(EngineError::NothingToReplay);
        }
        let cancel = Arc::new(AtomicBool::new(false));
        let status = ReplayStatus {
            id: ReplayId(self.inner.replays.next_number().to_string()),
            name: name_of(&request.inputs),
            started_at: self.now(),
            request,
            took_ms: None,
            state: ReplayState::Running { progress: ReplayProgress::default() },
            totals: None,
        };
        self.inner.replays.put(status.clone(), Some(Arc::clone(&cancel)));
        self.emit(EngineEvent::ReplayChanged { replay: status.clone() });
        if let Err(error) = self.submit_replay(status.clone(), cancel) {
            self.inner.replays.all.lock().remove(&number(&status.id).unwrap_or_default());
            self.emit(EngineEvent::ReplayRemoved { replay: status.id });
            return Err(error);
        }
        Ok(status)
    }

    fn submit_replay(&self, status: ReplayStatus, cancel: Arc<AtomicBool>) -> Result<(), EngineError> {
        let engine = self.clone();
        let began = status.clone();
        let work = move |_: &runtime::workers::CancelFlag| engine.run_replay(&began, cancel);
        let job = self.inner.workers.submit_within("replay", LONGEST, work)?;
        let engine = self.clone();
        self.inner.tasks.spawn(async move {
            let stop = engine.inner.stop.clone();
            tokio::pin!(job);
            let ended = tokio::select! {
                ended = &mut job => ended,
                () = stop.cancelled() => {
                    let _ = engine.cancel_replay(&status.id);
                    job.await
                }
            };
            if let Err(error) = ended {
                engine.replay_failed(status, &error);
            }
        });
        Ok(())
    }

    /// On a worker's thread.
    fn run_replay(&self, began: &ReplayStatus, cancel: Arc<AtomicBool>) {
        let started = Instant::now();
        let teller = self.clone();
        let id = began.id.clone();
        let progress = Box::new(move |progress| {
            if let Some(replay) = teller.inner.replays.progress(&id, progress) {
                teller.emit(EngineEvent::ReplayChanged { replay });
            }
        });
        let control = ReplayControl { cancel, progress };
        let outcome = replay_logs(&began.request, LogInput::Files, began.started_at, control);
        let took_ms = Some(started.elapsed().as_secs_f64() * 1e3);
        let status = match outcome {
            Ok(mut report) => {
                report.replay = ReplayStatus { id: began.id.clone(), took_ms, ..report.replay };
                let ignored = self.inner.store.ignored_patterns().unwrap_or_default();
                report.replay.totals = told(&report, &ignored);
                let status = report.replay.clone();
                self.keep_replay(report);
                status
            }
            Err(error) => {
                let state = ReplayState::Failed { problem: problem(&error) };
                ReplayStatus { took_ms, state, ..began.clone() }
            }
        };
        self.replay_ended(status);
    }

    fn keep_replay(&self, report: ReplayReport) {
        if let Err(error) = self.inner.replay_store.save(&report) {
            // It can still be looked at while the console runs.
            tracing::warn!(%error, "a replay could not be kept");
        }
        let id = report.replay.id.clone();
        *self.inner.replays.last.lock() = Some((id, Arc::new(report)));
    }

    fn replay_failed(&self, status: ReplayStatus, error: &JobError) {
        let problem = domain::Problem {
            code: domain::ProblemCode::Internal,
            message: format!("The replay ended unexpectedly: {error}."),
            remedy: Some("Try again; if it stays so, report it with the log's format.".to_owned()),
        };
        self.replay_ended(ReplayStatus { state: ReplayState::Failed { problem }, ..status });
    }

    fn replay_ended(&self, status: ReplayStatus) {
        self.inner.replays.put(status.clone(), None);
        self.emit(EngineEvent::ReplayChanged { replay: status });
        self.forget_old_replays();
    }

    fn forget_old_replays(&self) {
        loop {
            let oldest = {
                let all = self.inner.replays.all.lock();
                let oldest =
                    all.values().find(|known| known.cancel.is_none()).map(|known| known.status.id.clone());
                oldest.filter(|_| all.len() > MOST_KEPT)
            };
            let Some(oldest) = oldest else { return };
            if let Err(error) = self.remove_replay_now(&oldest) {
                tracing::warn!(%error, "an old replay could not be removed");
                return;
            }
        }
    }

    /// Stops a replay; what was read until then is told. One that is over stays as it is.
    pub fn cancel_replay(&self, id: &ReplayId) -> Result<(), EngineError> {
        let all = self.inner.replays.all.lock();
        let known = number(id).and_then(|number| all.get(&number));
        let known = known.ok_or_else(|| EngineError::ReplayNotFound(id.clone()))?;
        if let Some(cancel) = &known.cancel {
            cancel.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// All that a replay found, with the person's decisions about it.
    pub async fn replay_report(&self, id: ReplayId) -> Result<ReplayReport, EngineError> {
        self.blocking(move |engine| engine.replay_report_now(&id)).await
    }

    pub(crate) fn replay_report_now(&self, id: &ReplayId) -> Result<ReplayReport, EngineError> {
        let mut report = ReplayReport::clone(&*self.stored_report(id)?);
        let ignored = self.inner.store.ignored_patterns()?;
        for finding in &mut report.findings {
            finding.ignored = ignored.iter().find(|one| one.id == finding.id).cloned();
        }
        report.replay.totals = told(&report, &ignored);
        Ok(report)
    }

    fn stored_report(&self, id: &ReplayId) -> Result<Arc<ReplayReport>, EngineError> {
        if let Some((known, report)) = &*self.inner.replays.last.lock()
            && known == id
        {
            return Ok(Arc::clone(report));
        }
        let report = self.inner.replay_store.report(id)?;
        let report = Arc::new(report.ok_or_else(|| EngineError::ReplayNotFound(id.clone()))?);
        *self.inner.replays.last.lock() = Some((id.clone(), Arc::clone(&report)));
        Ok(report)
    }

    /// Forgets a replay; one that runs is stopped first.
    pub async fn remove_replay(&self, id: ReplayId) -> Result<(), EngineError> {
        self.blocking(move |engine| {
            engine.cancel_replay(&id)?;
            engine.remove_replay_now(&id)
        })
        .await
    }

    fn remove_replay_now(&self, id: &ReplayId) -> Result<(), EngineError> {
        self.inner.replay_store.remove(id)?;
        if let Some(number) = number(id) {
            self.inner.replays.all.lock().remove(&number);
        }
        self.inner.replays.last.lock().take_if(|(known, _)| known == id);
        self.emit(EngineEvent::ReplayRemoved { replay: id.clone() });
        Ok(())
    }

    /// What is new, gone, worse or better in the later of two replays.
    pub async fn compare_replays(
        &self,
        before: ReplayId,
        after: ReplayId,
    ) -> Result<ReplayComparison, EngineError> {
        self.blocking(move |engine| {
            let (before, after) = (engine.replay_report_now(&before)?, engine.replay_report_now(&after)?);
            Ok(reports::comparison::compare(&before, &after))
        })
        .await
    }

    /// A replay's report in one of its forms.
    pub async fn export_replay(&self, id: ReplayId, format: ReportFormat) -> Result<String, EngineError> {
        self.blocking(move |engine| Ok(reports::render(&engine.replay_report_now(&id)?, format)?)).await
    }

    /// Keeps a pattern quiet in every replay, with the reason.
    pub async fn ignore_pattern(&self, id: String, reason: String) -> Result<(), EngineError> {
        self.blocking(move |engine| {
            let reason = reason.trim().to_owned();
            if reason.is_empty() || !is_pattern(&id) {
                return Err(EngineError::InvalidIgnore);
            }
            engine.inner.store.ignore_pattern(&IgnoredPattern { id, reason, at: engine.now() })?;
            engine.count_patterns_again()
        })
        .await
    }

    /// Tells a pattern again.
    pub async fn heed_pattern(&self, id: String) -> Result<(), EngineError> {
        self.blocking(move |engine| {
            engine.inner.store.heed_pattern(&id)?;
            engine.count_patterns_again()
        })
        .await
    }

    /// After a decision: the newest replay is the one whose patterns ask for someone.
    fn count_patterns_again(&self) -> Result<(), EngineError> {
        let over = |status: &ReplayStatus| matches!(status.state, ReplayState::Done | ReplayState::Cancelled);
        let Some(newest) = self.replays().into_iter().find(over) else { return Ok(()) };
        let report = self.stored_report(&newest.id)?;
        let totals = told(&report, &self.inner.store.ignored_patterns()?);
        let status = ReplayStatus { totals, ..newest };
        self.inner.replay_store.save_status(&status)?;
        self.inner.replays.put(status.clone(), None);
        self.emit(EngineEvent::ReplayChanged { replay: status });
        Ok(())
    }
}

/// Totals that count the patterns that are not ignored.
fn told(report: &ReplayReport, ignored: &[IgnoredPattern]) -> Option<ReplayTotals> {
    let quiet = |finding: &&NPlusOneFinding| ignored.iter().any(|one| one.id == finding.id);
    let patterns = report.findings.iter().filter(|finding| !quiet(finding)).count() as u64;
    report.replay.totals.clone().map(|totals| ReplayTotals { patterns, ..totals })
}

/// `<16 hexadecimal digits>-<kind>`
fn is_pattern(id: &str) -> bool {
    let kinds = [RepetitionKind::NPlusOne, RepetitionKind::Redundant, RepetitionKind::BulkWrite];
    id.split_once('-').is_some_and(|(fingerprint, kind)| {
        fingerprint.len() == 16
            && fingerprint.bytes().all(|byte| byte.is_ascii_hexdigit())
            && kinds.iter().any(|known| known.code() == kind)
    })
}

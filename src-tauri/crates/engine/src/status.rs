//! The console about itself: who answers, how large the history is, what it costs; and the watchdog that keeps it fresh.

use std::time::Duration;

use domain::{
    ConsoleStatus, EngineEvent, HistoryStatus, OwnCost, Problem, Severity, SourceId, SourceState, Verdict,
};
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};
use tokio::time::Instant;

use crate::watched::answers;
use crate::{Engine, EngineError};

const WATCHDOG_EVERY: Duration = Duration::from_secs(1);
/// Status goes to the shells every so many beats of the watchdog.
const STATUS_EVERY: u32 = 5;
/// Open findings are written down every so many beats.
const KEEP_FINDINGS_EVERY: u32 = 60;

/// CPU time and memory of this process, measured between two looks.
pub(crate) struct OwnProcess {
    system: Option<System>,
    pid: Option<Pid>,
    cost: OwnCost,
}

impl OwnProcess {
    pub(crate) fn new() -> OwnProcess {
        OwnProcess {
            system: System::new().ok(),
            pid: sysinfo::get_current_pid().ok(),
            cost: OwnCost { cpu_ratio: None, resident_bytes: None },
        }
    }

    fn refresh(&mut self) {
        let (Some(pid), Some(system)) = (self.pid, &mut self.system) else { return };
        let what = ProcessRefreshKind::nothing().with_cpu().with_memory();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, what);
        if let Some(process) = system.process(pid) {
            self.cost = OwnCost {
                cpu_ratio: Some(f64::from(process.cpu_usage()) / 100.0),
                resident_bytes: Some(process.memory()),
            };
        }
    }
}

impl Engine {
    pub fn own_cost(&self) -> OwnCost {
        self.inner.own_process.lock().cost.clone()
    }

    pub async fn console_status(&self) -> Result<ConsoleStatus, EngineError> {
        self.blocking(|engine| Ok(engine.console_status_now())).await
    }

    fn console_status_now(&self) -> ConsoleStatus {
        let history = self.history_status();
        let sources = self.sources();
        let enabled = sources.iter().filter(|status| status.state != SourceState::Disabled);
        ConsoleStatus {
            sources: count(enabled.clone().count()),
            sources_answering: count(enabled.filter(|status| answers(&status.state)).count()),
            last_poll_at: sources.iter().filter_map(|status| status.last_poll_at).max(),
            history,
            own_cost: self.own_cost(),
        }
    }

    fn history_status(&self) -> HistoryStatus {
        let mut status = self.inner.history.status(self.inner.clock.now());
        let recorder = self.inner.recorder.status();
        status.problem = recorder.problem;
        status.waiting = count(recorder.waiting);
        status.dropped = recorder.dropped;
        status.notices.extend(self.inner.store.notices());
        status.notices.extend(self.inner.replay_store.notices());
        status.notices.extend(self.inner.advice_store.notices());
        status.notices.extend(self.inner.flight_recorder.notices());
        status.notices.extend(self.inner.statement_store.notices());
        status.notices.extend(self.inner.cache_store.notices());
        status
    }

    /// Tells the shells at once, off the calling thread's critical path.
    pub(crate) fn emit_status(&self) {
        self.emit(EngineEvent::StatusChanged { status: self.console_status_now() });
    }

    /// Marks where time jumped, measures the console's own cost, and keeps the status line fresh.
    pub(crate) fn start_watchdog(&self) {
        let engine = self.clone();
        self.inner.tasks.spawn(async move {
            let stop = engine.inner.stop.clone();
            let mut beats: u32 = 0;
            loop {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(WATCHDOG_EVERY) => {}
                }
                engine.inner.marks.lock().observe(engine.inner.clock.now(), Instant::now());
                if beats.is_multiple_of(STATUS_EVERY) {
                    let keep = beats.is_multiple_of(KEEP_FINDINGS_EVERY);
                    let _ = engine
                        .blocking(move |engine| {
                            engine.beat(keep);
                            Ok(())
                        })
                        .await;
                }
                beats = beats.wrapping_add(1);
            }
        });
    }

    fn beat(&self, keep_findings: bool) {
        self.inner.own_process.lock().refresh();
        self.judge_history();
        self.emit_status();
        if keep_findings {
            self.keep_open_findings();
        }
    }

    fn judge_history(&self) {
        let problem = self.inner.recorder.status().problem;
        self.apply(&[history_verdict(problem.as_ref())], self.inner.clock.now());
    }
}

/// History is the console's own; it goes by this name in findings.
const OWN_SOURCE: &str = "console";

fn history_verdict(problem: Option<&Problem>) -> Verdict {
    Verdict {
        check: domain::Check::HistoryUnwritable,
        source: SourceId::new(OWN_SOURCE),
        severity: if problem.is_some() { Severity::Critical } else { Severity::Ok },
        title: "History cannot be written".to_owned(),
        detail: problem.map_or_else(String::new, |problem| problem.message.clone()),
        evidence: Vec::new(),
        remedy: problem.and_then(|problem| problem.remedy.clone()),
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

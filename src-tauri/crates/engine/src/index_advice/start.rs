//! Advice in the background: checked, begun, told of, and kept when it ends.

use std::path::Path;
use std::time::{Duration, Instant};

use domain::{
    AdviceProgress, AdviceState, AdviceStatus, EngineEvent, IndexAdviceRequest, Problem, ProblemCode,
    WorkloadChoice,
};
use runtime::workers::JobError;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::again::{Advised, totals};
use super::database::AdviceDatabase;
use super::limits;
use super::run::{AdviceReady, AdviceTask};
use super::watch::AdviceControl;
use super::workload::{AdviceWorkload, SqlText, name_of_statements, told};
use crate::{Engine, EngineError};

/// A choice ends by itself; this is for one that waits behind replays.
const LONGEST: Duration = Duration::from_secs(24 * 3_600);

impl Engine {
    /// Begins to look for better indexes in the background; progress comes as events.
    ///
    /// # Errors
    /// Limits that make no sense, a source, a replay or statements that are not there.
    pub fn start_advice(&self, request: IndexAdviceRequest) -> Result<AdviceStatus, EngineError> {
        self.begin_advice(request, None)
    }

    /// The same; `given` stands for a workload that was read already.
    pub(super) fn begin_advice(
        &self,
        request: IndexAdviceRequest,
        given: Option<AdviceWorkload>,
    ) -> Result<AdviceStatus, EngineError> {
        limits::check(&request.limits)?;
        let name = self.name_of_advice(&request)?;
        let cancel = self.inner.stop.child_token();
        let shown = IndexAdviceRequest { workload: told(&request.workload), ..request.clone() };
        let status = self.inner.advices.begin(cancel.clone(), |id| AdviceStatus {
            id,
            name,
            request: shown,
            started_at: self.now(),
            took_ms: None,
            state: AdviceState::Running { progress: AdviceProgress::default() },
            totals: None,
        });
        self.emit(EngineEvent::AdviceChanged { advice: status.clone() });
        let (engine, began) = (self.clone(), status.clone());
        self.inner.tasks.spawn(async move {
            let started = Instant::now();
            // A task of its own, so that a panic becomes a problem.
            let work = tokio::spawn(engine.clone().advise(began.clone(), request, given, cancel));
            let outcome = work.await.unwrap_or(Err(EngineError::Interrupted));
            let took_ms = Some(started.elapsed().as_secs_f64() * 1e3);
            let ended = engine.blocking(move |engine| {
                engine.advice_ended(AdviceStatus { took_ms, ..began }, outcome);
                Ok(())
            });
            if let Err(error) = ended.await {
                tracing::error!(%error, "the end of index advice could not be told");
            }
        });
        Ok(status)
    }

    /// "billing-db, from postgresql.log"
    fn name_of_advice(&self, request: &IndexAdviceRequest) -> Result<String, EngineError> {
        let source = request.source.as_ref().map(|id| self.postgres_config(id)).transpose()?;
        let from = match &request.workload {
            WorkloadChoice::Replay { replay } => self
                .replays()
                .into_iter()
                .find(|known| known.id == *replay)
                .map(|known| known.name)
                .ok_or_else(|| EngineError::ReplayNotFound(replay.clone()))?,
            WorkloadChoice::Statements { .. } if source.is_none() => {
                return Err(EngineError::NoDatabaseToAsk);
            }
            WorkloadChoice::Statements { .. } => name_of_statements(),
            WorkloadChoice::File { path } if path.trim().is_empty() => {
                return Err(EngineError::NothingToAdvise);
            }
            WorkloadChoice::File { path } => {
                let name = Path::new(path).file_name().map(|name| name.to_string_lossy().into_owned());
                name.unwrap_or_else(|| path.clone())
            }
            WorkloadChoice::Text { sql } if sql.trim().is_empty() => {
                return Err(EngineError::NothingToAdvise);
            }
            WorkloadChoice::Text { .. } => "pasted SQL".to_owned(),
        };
        Ok(match source {
            Some(config) => format!("{}, from {from}", config.name),
            None => format!("{from} alone"),
        })
    }

    async fn advise(
        self,
        began: AdviceStatus,
        request: IndexAdviceRequest,
        given: Option<AdviceWorkload>,
        cancel: CancellationToken,
    ) -> Result<Advised, EngineError> {
        let id = began.id.clone();
        let task = self.blocking(move |engine| engine.advice_task(began, request, given)).await?;
        let teller = self.clone();
        let progress = Box::new(move |progress| {
            if let Some(advice) = teller.inner.advices.progress(&id, progress) {
                teller.emit(EngineEvent::AdviceChanged { advice });
            }
        });
        let ready = AdviceReady::read(task, AdviceControl { cancel, progress }).await?;
        let runtime = Handle::current();
        let choice =
            self.inner.workers.submit_within("index_advice", LONGEST, move |_| ready.choose(&runtime))?;
        Ok(choice.await?)
    }

    fn advice_task(
        &self,
        began: AdviceStatus,
        request: IndexAdviceRequest,
        given: Option<AdviceWorkload>,
    ) -> Result<AdviceTask, EngineError> {
        let workload = match given {
            Some(given) => given,
            None => self.chosen_workload(&request.workload)?,
        };
        let database = match &request.source {
            Some(id) => self.advice_database_with_copies_now(id)?,
            None => AdviceDatabase::None,
        };
        Ok(AdviceTask { id: began.id, request, database, workload, now: began.started_at })
    }

    fn chosen_workload(&self, choice: &WorkloadChoice) -> Result<AdviceWorkload, EngineError> {
        Ok(match choice {
            WorkloadChoice::Replay { replay } => {
                AdviceWorkload::Replay(Box::new(self.replay_report_now(replay)?))
            }
            WorkloadChoice::Statements { seconds } => AdviceWorkload::Statements { seconds: *seconds },
            WorkloadChoice::File { path } => AdviceWorkload::Texts(vec![SqlText::read(Path::new(path))?]),
            WorkloadChoice::Text { sql } => AdviceWorkload::Texts(vec![SqlText::pasted(sql)]),
        })
    }

    fn advice_ended(&self, ended: AdviceStatus, outcome: Result<Advised, EngineError>) {
        match outcome {
            Ok(Advised { advice, again, cancelled }) => {
                let state = if cancelled { AdviceState::Cancelled } else { AdviceState::Done };
                let status = AdviceStatus { state, totals: Some(totals(&advice)), ..ended };
                self.keep_advice(status, &advice, Some(again));
            }
            Err(error) => {
                let state = AdviceState::Failed { problem: problem(&error) };
                self.advice_is_over(AdviceStatus { state, ..ended });
            }
        }
    }
}

fn problem(error: &EngineError) -> Problem {
    let code = match error {
        EngineError::Database(problem) | EngineError::InvalidSource(problem) => return problem.clone(),
        EngineError::WorkloadUnreadable { .. } => ProblemCode::LogUnreadable,
        _ => ProblemCode::Internal,
    };
    let remedy = error.remedy().or_else(|| match error {
        EngineError::Job(JobError::Panicked { .. }) | EngineError::Interrupted => {
            Some("Look again; if it stays so, report it with the statements.".to_owned())
        }
        _ => None,
    });
    Problem { code, message: error.to_string(), remedy }
}

//! A build in the background: counts, then one statement after the other until all are done or one fails, then counts.

use std::time::Instant;

use domain::{IndexBuildId, IndexBuildProgress, IndexBuildState, IndexStepState, Problem, ProblemCode};
use reports::index_advice::{IndexName, StepEffect};
use sources::Source;
use sources::postgres::{IndexBuilder, IndexOutcome, PostgresSource};
use tokio_util::sync::CancellationToken;

use super::counts::{of_served, only_served};
use super::plan::Planned;
use super::record::Applied;
use super::unfinished::both;
use crate::Engine;

pub(super) struct BuildRun {
    pub engine: Engine,
    pub id: IndexBuildId,
    pub database: String,
    pub source: PostgresSource,
    pub plan: Vec<Planned>,
    pub cancel: CancellationToken,
}

/// How the steps ended.
enum Ended {
    All,
    Cancelled,
}

impl BuildRun {
    pub(super) async fn carry_out(self) {
        self.count_before().await;
        let state = match self.steps().await {
            Ok(Ended::All) => IndexBuildState::Done,
            Ok(Ended::Cancelled) => IndexBuildState::Cancelled,
            Err(problem) => IndexBuildState::Failed { problem },
        };
        // A console that is about to end does not wait for it.
        let counted = self.engine.inner.stop.run_until_cancelled(self.source.statements()).await;
        self.source.close().await;
        if let Some(reads) = self.engine.shared_reads_soon().await
            && let Ok(record) = self.engine.build_record(&self.id)
        {
            reads.forget_catalog(&record.status.source).await;
        }
        let ended_at = Some(self.engine.now());
        let kept = self.engine.keep_build(&self.id, |record| {
            match counted {
                Some(Ok(reading)) => record.at_end = Some(only_served(&record.served, reading)),
                Some(Err(problem)) => record.not_counted = record.not_counted.take().or(Some(problem)),
                None => {}
            }
            record.status.state = state;
            record.status.ended_at = ended_at;
        });
        kept.await;
    }

    async fn count_before(&self) {
        let counted = self.cancel.run_until_cancelled(self.source.statements()).await;
        let kept = self.engine.keep_build(&self.id, |record| match counted {
            Some(Ok(reading)) => record.before = of_served(&record.served, reading.counts()),
            Some(Err(problem)) => record.not_counted = Some(problem),
            None => {}
        });
        kept.await;
    }

    async fn steps(&self) -> Result<Ended, Problem> {
        let opened = self.cancel.run_until_cancelled(self.source.index_builder()).await;
        let Some(builder) = opened else { return Ok(Ended::Cancelled) };
        let mut builder = builder?;
        if builder.database() != self.database {
            return Err(another_database(builder.database(), &self.database));
        }
        // All of it was there before.
        let mut skipped = None;
        for planned in &self.plan {
            let group = planned.step.group;
            if self.cancel.is_cancelled() {
                return self.undo(&mut builder, group).await.map(|()| Ended::Cancelled);
            }
            if skipped == Some(group) {
                self.done(planned, Instant::now(), None).await;
                continue;
            }
            if planned.step.effect != StepEffect::Checks {
                self.tell(planned.shown, IndexStepState::Running { progress: None });
            }
            let started = Instant::now();
            let outcome = self.run(&mut builder, planned).await;
            match outcome.and_then(|outcome| self.accepted(planned, outcome)) {
                Ok(IndexOutcome::Cancelled) => {
                    self.tell(planned.shown, IndexStepState::Cancelled);
                    return self.undo(&mut builder, group).await.map(|()| Ended::Cancelled);
                }
                Ok(outcome) => {
                    if outcome == IndexOutcome::Unchanged {
                        skipped = Some(group);
                    }
                    self.done(planned, started, Some(outcome)).await;
                }
                Err(problem) => {
                    self.tell(planned.shown, IndexStepState::Failed { problem: problem.clone() });
                    let undone = self.undo(&mut builder, group).await;
                    return Err(undone.err().map_or(problem.clone(), |other| both(problem, other)));
                }
            }
        }
        Ok(Ended::All)
    }

    async fn run(&self, builder: &mut IndexBuilder<'_>, planned: &Planned) -> Result<IndexOutcome, Problem> {
        let shown = planned.shown;
        let mut tell = |progress: IndexBuildProgress| {
            self.tell(shown, IndexStepState::Running { progress: Some(progress) });
        };
        builder.run(&planned.work(), self.cancel.cancelled(), &mut tell).await
    }

    /// What is attached to the index of a table with partitions can no longer be dropped alone, so it must be ours.
    fn accepted(&self, planned: &Planned, outcome: IndexOutcome) -> Result<IndexOutcome, Problem> {
        let group = |other: &&Planned| other.step.group == planned.step.group;
        let is_first = self.plan.iter().find(group).is_some_and(|first| first == planned);
        match (&planned.step.effect, outcome) {
            (StepEffect::Creates { index, .. }, IndexOutcome::Unchanged) if !is_first => {
                Err(index_of_partition(index))
            }
            (_, outcome) => Ok(outcome),
        }
    }

    async fn done(&self, planned: &Planned, started: Instant, outcome: Option<IndexOutcome>) {
        let number = match outcome {
            Some(IndexOutcome::Created { number }) => Some(number),
            _ => None,
        };
        let changed = matches!(
            (outcome, &planned.step.effect),
            (Some(IndexOutcome::Created { .. } | IndexOutcome::Dropped), _)
                | (Some(IndexOutcome::Done), StepEffect::Attaches { .. })
        );
        let kept = self.engine.keep_build(&self.id, |record| {
            if changed {
                let (step, shown) = (planned.step.clone(), planned.shown);
                record.applied.push(Applied { step, number, shown });
            }
            if planned.step.effect != StepEffect::Checks
                && let Some(step) = record.status.steps.get_mut(planned.shown)
            {
                step.state = IndexStepState::Done { took_ms: started.elapsed().as_secs_f64() * 1e3 };
            }
        });
        kept.await;
    }

    fn tell(&self, shown: usize, state: IndexStepState) {
        self.engine.change_build(&self.id, |record| {
            if let Some(step) = record.status.steps.get_mut(shown) {
                step.state = state;
            }
        });
    }
}

fn another_database(found: &str, wanted: &str) -> Problem {
    Problem {
        code: ProblemCode::InvalidAddress,
        message: format!("The source leads to the database {found:?}, and the advice is for {wanted:?}."),
        remedy: Some("Correct the address of the source, or look for indexes again.".to_owned()),
    }
}

fn index_of_partition(index: &IndexName) -> Problem {
    Problem {
        code: ProblemCode::ServerError,
        message: format!(
            "An index {} of a partition is there already. It was left as it is: once attached, it could not be taken \
             back.",
            index.quoted()
        ),
        remedy: Some("Drop or rename it, or apply the script, which attaches it.".to_owned()),
    }
}

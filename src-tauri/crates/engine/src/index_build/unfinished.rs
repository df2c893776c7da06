//! What was done for an index that was not finished is taken back.

use std::future::pending;

use domain::{IndexStepState, Problem};
use sources::postgres::IndexBuilder;

use super::plan::{self, Planned};
use super::record::Applied;
use super::run::BuildRun;
use super::take_back::take_back;

/// Those who hold locks are waited for in turns that stop nobody for long.
const TRIES: usize = 5;

impl BuildRun {
    /// Takes back what was done for an index that was not finished: half of a recipe is of no use to anybody.
    pub(super) async fn undo(&self, builder: &mut IndexBuilder<'_>, group: usize) -> Result<(), Problem> {
        let Ok(record) = self.engine.build_record(&self.id) else { return Ok(()) };
        let (begun, finished): (Vec<Applied>, Vec<Applied>) =
            record.applied.into_iter().partition(|one| one.step.group == group);
        for mut planned in plan::numbered(take_back(&begun)) {
            planned.step.lock_timeout = planned.step.lock_timeout.map(bounded);
            undo_one(builder, &planned).await?;
        }
        let kept = self.engine.keep_build(&self.id, |record| {
            record.applied = finished;
            for one in begun {
                if let Some(step) = record.status.steps.get_mut(one.shown) {
                    step.state = IndexStepState::Cancelled;
                }
            }
        });
        kept.await;
        Ok(())
    }
}

async fn undo_one(builder: &mut IndexBuilder<'_>, planned: &Planned) -> Result<(), Problem> {
    let mut last = Ok(());
    for _ in 0..TRIES {
        match builder.run(&planned.work(), pending(), &mut |_| {}).await {
            Ok(_) => return Ok(()),
            Err(problem) => last = Err(with_statement(problem, &planned.step.sql)),
        }
    }
    last
}

/// Nobody can stop it any more, so it does not wait for ever.
fn bounded(lock_timeout: String) -> String {
    if lock_timeout == "0" { "'60s'".to_owned() } else { lock_timeout }
}

fn with_statement(problem: Problem, sql: &str) -> Problem {
    Problem {
        code: problem.code,
        message: format!("What was begun for the index could not all be taken back: {}", problem.message),
        remedy: Some(format!("Run {sql}.")),
    }
}

pub(super) fn both(first: Problem, second: Problem) -> Problem {
    let remedies: Vec<String> = [second.remedy, first.remedy].into_iter().flatten().collect();
    Problem {
        code: first.code,
        message: format!("{} {}", first.message, second.message),
        remedy: (!remedies.is_empty()).then(|| remedies.join(" ")),
    }
}

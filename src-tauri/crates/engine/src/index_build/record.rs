//! All that is kept of a build: how it is shown, what takes it back, and the counts that judge it.

use std::collections::BTreeMap;

use domain::{IndexBuildState, IndexBuildStatus, IndexStepState, Problem, ProblemCode};
use reports::index_advice::IndexStep;
use serde::{Deserialize, Serialize};
use sources::postgres::StatementsReading;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct BuildRecord {
    pub status: IndexBuildStatus,
    /// What changed something, in the order in which it ran.
    pub applied: Vec<Applied>,
    /// The statements by which it is judged.
    pub served: Vec<Served>,
    /// What they took until it began, by fingerprint.
    pub before: BTreeMap<String, Count>,
    /// Their counts when it ended.
    pub at_end: Option<StatementsReading>,
    /// Why there are no counts.
    pub not_counted: Option<Problem>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Applied {
    pub step: IndexStep,
    /// Of the index that was created.
    pub number: Option<u32>,
    /// The step that is shown for it.
    pub shown: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Served {
    pub fingerprint: String,
    /// Without its constants.
    pub statement: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Count {
    pub calls: u64,
    pub total_ms: f64,
}

impl Count {
    pub(super) fn mean_ms(self) -> Option<f64> {
        (self.calls > 0).then(|| self.total_ms / self.calls as f64)
    }
}

impl BuildRecord {
    pub(super) fn is_running(&self) -> bool {
        self.status.state == IndexBuildState::Running
    }

    /// A build that ran when the console ended: nobody knows how its last statement ended.
    pub(super) fn restored(mut self) -> BuildRecord {
        if !self.is_running() {
            return self;
        }
        let running = |state: &IndexStepState| matches!(state, IndexStepState::Running { .. });
        let step = self.status.steps.iter_mut().find(|step| running(&step.state));
        let problem = interrupted(step.as_ref().map(|step| step.name.as_str()));
        if let Some(step) = step {
            step.state = IndexStepState::Failed { problem: problem.clone() };
        }
        self.status.state = IndexBuildState::Failed { problem };
        self
    }
}

/// The index is the one that was in hand.
fn interrupted(index: Option<&str>) -> Problem {
    let look =
        "Look for an invalid index with SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid";
    Problem {
        code: ProblemCode::Internal,
        message: "The console ended while indexes were created or dropped.".to_owned(),
        remedy: Some(match index {
            Some(index) => {
                format!("{look}; if {index:?} is among them, remove it with DROP INDEX CONCURRENTLY.")
            }
            None => format!("{look}, and remove it with DROP INDEX CONCURRENTLY."),
        }),
    }
}

#[cfg(test)]
mod tests {
    use domain::{AdviceId, IndexBuildId, IndexBuildStep, SourceId, Timestamp};

    use super::*;

    fn record(state: IndexBuildState) -> BuildRecord {
        let step = |name: &str, state| IndexBuildStep { name: name.to_owned(), sql: String::new(), state };
        BuildRecord {
            status: IndexBuildStatus {
                id: IndexBuildId("1".to_owned()),
                advice: AdviceId("1".to_owned()),
                source: SourceId::new("db"),
                database: "shop".to_owned(),
                started_at: Timestamp(1),
                ended_at: None,
                state,
                steps: vec![
                    step("first", IndexStepState::Done { took_ms: 1.0 }),
                    step("second", IndexStepState::Running { progress: None }),
                    step("third", IndexStepState::Waiting),
                ],
                rolls_back: None,
                judgement: None,
            },
            applied: Vec::new(),
            served: Vec::new(),
            before: BTreeMap::new(),
            at_end: None,
            not_counted: None,
        }
    }

    #[test]
    fn a_build_that_ran_when_the_console_ended_says_where_to_look() {
        let back: BuildRecord =
            serde_json::from_str(&serde_json::to_string(&record(IndexBuildState::Running)).unwrap()).unwrap();
        let IndexBuildStatus { state, steps, .. } = back.restored().status;
        let IndexBuildState::Failed { problem } = state else { panic!("{state:?}") };
        assert!(problem.remedy.as_ref().unwrap().contains("\"second\""), "{problem:?}");
        assert_eq!(steps[0].state, IndexStepState::Done { took_ms: 1.0 });
        assert_eq!(steps[1].state, IndexStepState::Failed { problem });
        assert_eq!(steps[2].state, IndexStepState::Waiting);
        assert_eq!(record(IndexBuildState::Done).restored().status.state, IndexBuildState::Done);
    }
}

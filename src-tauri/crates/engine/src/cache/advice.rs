//! What would help: statements of a replay that are worth keeping.

use domain::{CacheAdvice, CacheReplayChoice, ReplayId, ReplayReport, ReplayState};

use crate::{Engine, EngineError};

const CHOICES: usize = 50;

impl Engine {
    /// From the replay, or the newest that ended.
    ///
    /// # Errors
    /// `replay_not_found`, and what reading the disk may fail with.
    pub async fn cache_advice(&self, replay: Option<ReplayId>) -> Result<CacheAdvice, EngineError> {
        self.blocking(move |engine| engine.cache_advice_now(replay)).await
    }

    fn cache_advice_now(&self, replay: Option<ReplayId>) -> Result<CacheAdvice, EngineError> {
        let (replays, report) = self.chosen_replay(replay)?;
        let Some(report) = report else {
            return Ok(CacheAdvice {
                replays,
                replay: None,
                span_seconds: 0.0,
                candidates: Vec::new(),
                refused: Vec::new(),
            });
        };
        let (candidates, refused) = analysis::cache::advise(&report.queries);
        let span_seconds = match (report.coverage.first_at, report.coverage.last_at) {
            (Some(first), Some(last)) => last.seconds_since(first),
            _ => 0.0,
        };
        Ok(CacheAdvice { replays, replay: Some(report.replay.id), span_seconds, candidates, refused })
    }

    /// Replays that ended, the newest first, and the report of the wanted one.
    pub(super) fn chosen_replay(
        &self,
        wanted: Option<ReplayId>,
    ) -> Result<(Vec<CacheReplayChoice>, Option<ReplayReport>), EngineError> {
        let ended = |state: &ReplayState| matches!(state, ReplayState::Done | ReplayState::Cancelled);
        let mut ended: Vec<CacheReplayChoice> = self
            .replays()
            .into_iter()
            .filter(|status| ended(&status.state))
            .map(|status| CacheReplayChoice { replay: status.id, name: status.name, at: status.started_at })
            .collect();
        ended.sort_by_key(|choice| std::cmp::Reverse(choice.at));
        ended.truncate(CHOICES);
        let wanted = wanted.or_else(|| ended.first().map(|choice| choice.replay.clone()));
        let report = wanted.map(|id| self.replay_report_now(&id)).transpose()?;
        Ok((ended, report))
    }
}

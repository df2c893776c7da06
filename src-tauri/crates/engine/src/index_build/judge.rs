//! Whether a build helped: what its statements take since its end, against what they took before it.

use domain::{IndexBuildId, IndexBuildStatus, Problem};
use sources::Source;
use sources::postgres::statements_since;

use super::counts::of_served;
use super::record::BuildRecord;
use super::verdict::verdict;
use crate::{Engine, EngineError};

impl Engine {
    /// Reads the counts of the statements anew, and judges by them. Can be asked again at any time.
    ///
    /// # Errors
    /// `index_build_not_found`, `index_build_unfinished`; `index_build_not_judged` where statements were not counted;
    /// `database` where they cannot be read now.
    pub async fn judge_index_build(&self, id: IndexBuildId) -> Result<IndexBuildStatus, EngineError> {
        let record = self.build_record(&id)?;
        let BuildRecord { served, before, at_end, not_counted, .. } = record.clone();
        if record.is_running() {
            return Err(EngineError::IndexBuildUnfinished(id));
        }
        if let Some(problem) = not_counted {
            return Err(EngineError::IndexBuildNotJudged(problem));
        }
        let at_end = at_end.ok_or_else(|| EngineError::IndexBuildNotJudged(broken_off()))?;
        let config = self.postgres_config(&record.status.source)?;
        let source = self.blocking(move |engine| engine.own_database(&config)).await?;
        let now = source.statements().await;
        source.close().await;
        let change = statements_since(&at_end, &now.map_err(EngineError::Database)?);
        let judgement = verdict(&served, &before, &of_served(&served, change.counts), self.now());
        let judged = self.keep_build(&id, |record| record.status.judgement = Some(judgement)).await;
        Ok(judged.ok_or(EngineError::IndexBuildNotFound(id))?.status)
    }
}

fn broken_off() -> Problem {
    Problem {
        code: domain::ProblemCode::Internal,
        message: "the console ended before it could read what its statements took".to_owned(),
        remedy: Some("Look for indexes again: that tells what they take now.".to_owned()),
    }
}

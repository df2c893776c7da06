//! A build or its roll-back is checked and begun; nothing is written before all is right.

use domain::{
    AdviceId, EngineEvent, IndexBuildId, IndexBuildRequest, IndexBuildState, IndexBuildStatus, SourceConfig,
    SourceId,
};
use sources::postgres::PostgresSource;

use super::plan::{self, Planned};
use super::record::{BuildRecord, Served};
use super::run::BuildRun;
use super::take_back::take_back;
use crate::{Engine, EngineError};

/// What is right to be begun.
struct Ready {
    source: PostgresSource,
    config: SourceConfig,
    database: String,
    advice: AdviceId,
    plan: Vec<Planned>,
    served: Vec<Served>,
    rolls_back: Option<IndexBuildId>,
}

impl Engine {
    /// Begins to create and drop what is chosen, one after the other, in the background; progress comes as events.
    ///
    /// # Errors
    /// `advice_not_found`, `advice_without_database`, `source_not_found`, `index_builds_not_allowed`,
    /// `database_name_differs`, `advice_nothing_chosen`, `advice_unknown_suggestion`, `index_build_runs`
    pub async fn start_index_build(
        &self,
        request: IndexBuildRequest,
    ) -> Result<IndexBuildStatus, EngineError> {
        let ready = self.blocking(move |engine| engine.build_of_advice(request)).await?;
        self.begin_build(ready).await
    }

    /// Takes a build back: drops what it created, and creates again what it dropped.
    ///
    /// # Errors
    /// `index_build_not_found`, `index_build_runs`, `nothing_to_roll_back`, `source_not_found`,
    /// `index_builds_not_allowed`, `database_name_differs`
    pub async fn roll_back_index_build(
        &self,
        id: IndexBuildId,
        database: String,
    ) -> Result<IndexBuildStatus, EngineError> {
        let ready = self.blocking(move |engine| engine.build_back(&id, &database)).await?;
        self.begin_build(ready).await
    }

    fn build_of_advice(&self, request: IndexBuildRequest) -> Result<Ready, EngineError> {
        let IndexBuildRequest { advice: id, choice, database: typed } = request;
        let advice = self.stored_advice(&id)?;
        let database = advice.database.as_ref();
        let (database, source) = database
            .and_then(|database| Some((database.database.clone(), database.source.clone()?)))
            .ok_or_else(|| EngineError::AdviceWithoutDatabase(id.clone()))?;
        let config = self.buildable(&source, &database, &typed)?;
        let plan = plan::of_choice(&advice, &choice)?;
        let served = plan::served(&advice, &choice);
        let source = self.own_database(&config)?;
        Ok(Ready { source, config, database, advice: id, plan, served, rolls_back: None })
    }

    fn build_back(&self, id: &IndexBuildId, typed: &str) -> Result<Ready, EngineError> {
        let BuildRecord { status, applied, served, .. } = self.build_record(id)?;
        let config = self.buildable(&status.source, &status.database, typed)?;
        if status.state == IndexBuildState::Running {
            return Err(EngineError::IndexBuildRuns { name: config.name });
        }
        let taken_back = |other: &IndexBuildStatus| {
            other.rolls_back.as_ref() == Some(id) && other.state == IndexBuildState::Done
        };
        let plan = plan::numbered(take_back(&applied));
        if plan.is_empty() || self.index_builds().iter().any(taken_back) {
            return Err(EngineError::NothingToRollBack(id.clone()));
        }
        let source = self.own_database(&config)?;
        let IndexBuildStatus { database, advice, .. } = status;
        Ok(Ready { source, config, database, advice, plan, served, rolls_back: Some(id.clone()) })
    }

    /// The person allows it, and knows which database it is.
    fn buildable(&self, source: &SourceId, database: &str, typed: &str) -> Result<SourceConfig, EngineError> {
        let config = self.postgres_config(source)?;
        if !config.allow_index_builds {
            return Err(EngineError::IndexBuildsNotAllowed { name: config.name });
        }
        if typed != database {
            return Err(EngineError::DatabaseNameDiffers { database: database.to_owned() });
        }
        Ok(config)
    }

    async fn begin_build(&self, ready: Ready) -> Result<IndexBuildStatus, EngineError> {
        let Ready { source, config, database, advice, plan, served, rolls_back } = ready;
        let cancel = self.inner.stop.child_token();
        let begun = self.inner.builds.begin(&config.id, cancel.clone(), |id| BuildRecord {
            status: IndexBuildStatus {
                id,
                advice,
                source: config.id.clone(),
                database,
                started_at: self.now(),
                ended_at: None,
                state: IndexBuildState::Running,
                steps: plan::shown(&plan),
                rolls_back,
                judgement: None,
            },
            applied: Vec::new(),
            served,
            before: Default::default(),
            at_end: None,
            not_counted: None,
        });
        let status = begun.ok_or(EngineError::IndexBuildRuns { name: config.name })?.status;
        self.emit(EngineEvent::IndexBuildChanged { build: status.clone() });
        let (engine, id) = (self.clone(), status.id.clone());
        let run = BuildRun {
            engine: self.clone(),
            id: id.clone(),
            database: status.database.clone(),
            source,
            plan,
            cancel,
        };
        self.inner.tasks.spawn(async move {
            // A task of its own, so that a panic becomes a problem.
            if tokio::spawn(run.carry_out()).await.is_err() {
                let ended_at = Some(engine.now());
                let kept = engine.keep_build(&id, |record| {
                    *record = record.clone().restored();
                    record.status.ended_at = ended_at;
                });
                kept.await;
            }
        });
        Ok(status)
    }
}

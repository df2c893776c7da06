//! What an engine call can fail with: a stable code, a sentence, a remedy.

use std::path::PathBuf;

use domain::{AdviceId, IndexBuildId, Problem, ReplayId, SourceId};

#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("the data directory {path} cannot be used: {reason}")]
    DataDirectory { path: PathBuf, reason: String },
    #[error("the data directory {path} is in use by another console")]
    DataDirectoryInUse { path: PathBuf },
    #[error(transparent)]
    History(#[from] history::HistoryError),
    #[error(transparent)]
    Secrets(#[from] secrets::SecretError),
    #[error(transparent)]
    Metrics(#[from] runtime::metrics::MetricsError),
    #[error("there is no source {0}; it may have been removed")]
    SourceNotFound(SourceId),
    #[error("{}", .0.message)]
    InvalidSource(Problem),
    #[error("{message}")]
    InvalidSettings { message: String, remedy: String },
    #[error("nothing is known of the statement {0} in this window")]
    StatementNotFound(String),
    #[error("there is no finding {0}")]
    FindingNotFound(String),
    #[error(transparent)]
    Log(#[from] sources::logs::LogError),
    #[error("there is no replay {0}; it may have been removed")]
    ReplayNotFound(ReplayId),
    #[error("no log was named")]
    NothingToReplay,
    #[error("a pattern is ignored with a reason")]
    InvalidIgnore,
    #[error("there is no index advice {}; it may have been removed, or is not there yet", .0.0)]
    AdviceNotFound(AdviceId),
    #[error("what was learned for index advice {} is no longer in memory, so it cannot be chosen anew", .0.0)]
    AdviceForgotten(AdviceId),
    #[error("no statements were given")]
    NothingToAdvise,
    #[error("statements that a server counted need the database that counted them")]
    NoDatabaseToAsk,
    #[error("{name} is no database but {kind}")]
    NotADatabase { name: String, kind: &'static str },
    #[error("{message}")]
    InvalidLimits { message: &'static str },
    #[error("the statements of {name} cannot be read: {reason}")]
    WorkloadUnreadable { name: String, reason: String },
    #[error("the catalog {path} cannot be used: {reason}")]
    CatalogFile { path: PathBuf, reason: String, remedy: String },
    #[error("the script {path} is not written: {reason}")]
    ScriptFile { path: PathBuf, reason: String },
    #[error("{}", .0.message)]
    Database(Problem),
    #[error("{}", .0.message)]
    Redis(Problem),
    #[error("{name} is no Redis but {kind}")]
    NotARedis { name: String, kind: &'static str },
    #[error("{name} does not allow the console to remove cached results")]
    CacheWritesNotAllowed { name: String },
    #[error("what was typed is not the tag, {tag}")]
    TagDiffers { tag: String },
    #[error("a walk over the keys of {name} runs already")]
    WalkRuns { name: String },
    #[error("no Redis is named for what the team shares")]
    NoTeamCache,
    #[error(transparent)]
    QueryCache(#[from] runtime::query_cache::QueryCacheError),
    #[error("index advice {} was made without a database of this console, so there is none to apply it to", .0.0)]
    AdviceWithoutDatabase(AdviceId),
    #[error("{name} does not allow the console to create or drop indexes")]
    IndexBuildsNotAllowed { name: String },
    #[error("what was typed is not the name of the database, {database}")]
    DatabaseNameDiffers { database: String },
    #[error("{name} does not allow the console to cancel statements or end sessions")]
    SignalsNotAllowed { name: String },
    #[error("what was typed is not the session's pid, {pid}")]
    PidDiffers { pid: i32 },
    #[error("indexes are being created or dropped on {name}")]
    IndexBuildRuns { name: String },
    #[error("there is no build of indexes {}; it may have been removed", .0.0)]
    IndexBuildNotFound(IndexBuildId),
    #[error("the build of indexes {} has not ended yet", .0.0)]
    IndexBuildUnfinished(IndexBuildId),
    #[error("whether the indexes helped cannot be told: {}", .0.message)]
    IndexBuildNotJudged(Problem),
    #[error("the build of indexes {} left nothing that could be rolled back", .0.0)]
    NothingToRollBack(IndexBuildId),
    #[error(transparent)]
    Job(#[from] runtime::workers::JobError),
    #[error(transparent)]
    Busy(#[from] runtime::workers::QueueFull),
    #[error(transparent)]
    Workers(#[from] runtime::workers::WorkerError),
    #[error(transparent)]
    Explain(#[from] sources::postgres::ExplainError),
    #[error("{0} is not the id of a statement")]
    InvalidStatementId(String),
    #[error("the plan that the server told cannot be read: {0}")]
    PlanUnreadable(analysis::explain::PlanUnreadable),
    #[error(transparent)]
    Report(#[from] reports::ReportError),
    #[error("a background task of the console ended unexpectedly")]
    Interrupted,
}

impl EngineError {
    /// Stable: the interface matches it, never the text.
    pub fn code(&self) -> &'static str {
        match self {
            EngineError::DataDirectory { .. } => "data_directory",
            EngineError::DataDirectoryInUse { .. } => "data_directory_in_use",
            EngineError::History(error) => error.code(),
            EngineError::Secrets(error) => error.code(),
            EngineError::Metrics(error) => error.code(),
            EngineError::SourceNotFound(_) => "source_not_found",
            EngineError::InvalidSource(_) => "invalid_source",
            EngineError::InvalidSettings { .. } => "invalid_settings",
            EngineError::StatementNotFound(_) => "statement_not_found",
            EngineError::FindingNotFound(_) => "finding_not_found",
            EngineError::Log(error) => error.code(),
            EngineError::ReplayNotFound(_) => "replay_not_found",
            EngineError::NothingToReplay => "nothing_to_replay",
            EngineError::InvalidIgnore => "invalid_ignore",
            EngineError::AdviceNotFound(_) => "advice_not_found",
            EngineError::AdviceForgotten(_) => "advice_forgotten",
            EngineError::NothingToAdvise => "nothing_to_advise",
            EngineError::NoDatabaseToAsk => "no_database_to_ask",
            EngineError::NotADatabase { .. } => "not_a_database",
            EngineError::InvalidLimits { .. } => "invalid_limits",
            EngineError::WorkloadUnreadable { .. } => "workload_unreadable",
            EngineError::CatalogFile { .. } => "catalog_file",
            EngineError::ScriptFile { .. } => "script_file",
            EngineError::Database(_) => "database",
            EngineError::Redis(_) => "redis",
            EngineError::NotARedis { .. } => "not_a_redis",
            EngineError::CacheWritesNotAllowed { .. } => "cache_writes_not_allowed",
            EngineError::TagDiffers { .. } => "tag_differs",
            EngineError::WalkRuns { .. } => "walk_runs",
            EngineError::NoTeamCache => "no_team_cache",
            EngineError::QueryCache(error) => error.code(),
            EngineError::AdviceWithoutDatabase(_) => "advice_without_database",
            EngineError::IndexBuildsNotAllowed { .. } => "index_builds_not_allowed",
            EngineError::DatabaseNameDiffers { .. } => "database_name_differs",
            EngineError::SignalsNotAllowed { .. } => "signals_not_allowed",
            EngineError::PidDiffers { .. } => "pid_differs",
            EngineError::IndexBuildRuns { .. } => "index_build_runs",
            EngineError::IndexBuildNotFound(_) => "index_build_not_found",
            EngineError::IndexBuildUnfinished(_) => "index_build_unfinished",
            EngineError::IndexBuildNotJudged(_) => "index_build_not_judged",
            EngineError::NothingToRollBack(_) => "nothing_to_roll_back",
            EngineError::Job(error) => error.code(),
            EngineError::Busy(_) => "busy",
            EngineError::Workers(_) => "workers",
            EngineError::Explain(error) => error.code(),
            EngineError::InvalidStatementId(_) => "invalid_statement_id",
            EngineError::PlanUnreadable(_) => "plan_unreadable",
            EngineError::Report(error) => error.code(),
            EngineError::Interrupted => "interrupted",
        }
    }

    /// What to do about it, where there is something to do.
    pub fn remedy(&self) -> Option<String> {
        match self {
            EngineError::DataDirectory { .. } => {
                Some("Choose a directory that you may write to with --data-dir.".to_owned())
            }
            EngineError::DataDirectoryInUse { .. } => {
                Some("Use the window that is open, or choose another directory with --data-dir.".to_owned())
            }
            EngineError::InvalidSource(problem)
            | EngineError::Database(problem)
            | EngineError::Redis(problem)
            | EngineError::IndexBuildNotJudged(problem) => problem.remedy.clone(),
            EngineError::InvalidSettings { remedy, .. } | EngineError::CatalogFile { remedy, .. } => {
                Some(remedy.clone())
            }
            EngineError::Log(error) => crate::replay::remedy(error),
            EngineError::StatementNotFound(_) => Some("Choose a longer window.".to_owned()),
            EngineError::NothingToReplay => Some("Name a file, a directory or a pattern.".to_owned()),
            EngineError::InvalidIgnore => {
                Some("Say in a few words why it is all right; others will read it.".to_owned())
            }
            EngineError::AdviceForgotten(_) => {
                Some("Look for indexes again, with the other limits.".to_owned())
            }
            EngineError::NothingToAdvise => Some("Choose a file, or paste statements.".to_owned()),
            EngineError::NoDatabaseToAsk | EngineError::NotADatabase { .. } => {
                Some("Choose a PostgreSQL database.".to_owned())
            }
            EngineError::InvalidLimits { .. } => Some("Choose another number.".to_owned()),
            EngineError::WorkloadUnreadable { .. } => {
                Some("Check that the file is there and may be read.".to_owned())
            }
            EngineError::AdviceWithoutDatabase(_) => {
                Some("Look for indexes with a database, or export the script.".to_owned())
            }
            EngineError::IndexBuildsNotAllowed { name } => {
                Some(format!("Edit {name} on the Sources page, and allow index builds there."))
            }
            EngineError::DatabaseNameDiffers { database } => {
                Some(format!("Type {database} exactly, if that is the database to change."))
            }
            EngineError::SignalsNotAllowed { name } => {
                Some(format!("Edit {name} on the Sources page, and allow ending sessions there."))
            }
            EngineError::NotARedis { .. } => Some("Choose a Redis.".to_owned()),
            EngineError::CacheWritesNotAllowed { name } => {
                Some(format!("Edit {name} on the Sources page, and allow removing cached results there."))
            }
            EngineError::TagDiffers { tag } => {
                Some(format!("Type {tag} exactly, if that is the tag to invalidate."))
            }
            EngineError::WalkRuns { .. } => Some("Wait for its end, or cancel it.".to_owned()),
            EngineError::NoTeamCache => Some("Name one on the Settings page.".to_owned()),
            EngineError::PidDiffers { pid } => {
                Some(format!("Type {pid} exactly, if that is the session to end."))
            }
            EngineError::IndexBuildRuns { .. } | EngineError::IndexBuildUnfinished(_) => {
                Some("Wait for its end, or cancel it.".to_owned())
            }
            EngineError::Explain(error) => error.remedy(),
            EngineError::InvalidStatementId(_) => {
                Some("It is the whole number that pg_stat_statements shows as queryid.".to_owned())
            }
            EngineError::ScriptFile { .. } => Some("Choose another directory.".to_owned()),
            EngineError::Busy(_) => Some("Wait for a replay to end, or cancel one.".to_owned()),
            _ => None,
        }
    }
}

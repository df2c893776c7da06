//! What an engine call can fail with: a stable code, a sentence, a remedy.

use std::path::PathBuf;

use domain::{Problem, ReplayId, SourceId};

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
    #[error(transparent)]
    Busy(#[from] runtime::workers::QueueFull),
    #[error(transparent)]
    Workers(#[from] runtime::workers::WorkerError),
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
            EngineError::FindingNotFound(_) => "finding_not_found",
            EngineError::Log(error) => error.code(),
            EngineError::ReplayNotFound(_) => "replay_not_found",
            EngineError::NothingToReplay => "nothing_to_replay",
            EngineError::InvalidIgnore => "invalid_ignore",
            EngineError::Busy(_) => "busy",
            EngineError::Workers(_) => "workers",
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
            EngineError::InvalidSource(problem) => problem.remedy.clone(),
            EngineError::InvalidSettings { remedy, .. } => Some(remedy.clone()),
            EngineError::Log(error) => crate::replay::remedy(error),
            EngineError::NothingToReplay => Some("Name a file, a directory or a pattern.".to_owned()),
            EngineError::InvalidIgnore => {
                Some("Say in a few words why it is all right; others will read it.".to_owned())
            }
            EngineError::Busy(_) => Some("Wait for a replay to end, or cancel one.".to_owned()),
            _ => None,
        }
    }
}

//! What can go wrong with a log, and what to do about it.

use std::path::PathBuf;

use super::postgres::prefix::PrefixError;

/// Messages hold no text of the log but its shape: letters as `x`, digits as `9`.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error(
        "{name}: the format was not recognised. Looked for: PostgreSQL stderr, csvlog, jsonlog, syslog, CloudSQL, Azure and \
         container JSON, mPanel's JSON and console lines, and JSON lines with a time and a statement. It begins so \
         (letters shown as x, digits as 9):\n{shape}{advice}"
    )]
    NotRecognised { name: String, shape: String, advice: String },
    #[error("{name} is empty: nothing to read")]
    Empty { name: String },
    #[error("{}: {reason}", path.display())]
    Unreadable { path: PathBuf, reason: String },
    #[error(
        "no file matches {pattern:?}: check the path, or quote the pattern so that the shell leaves it alone"
    )]
    NothingMatches { pattern: String },
    #[error(transparent)]
    Prefix(#[from] PrefixError),
}

impl LogError {
    /// Stable, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            LogError::NotRecognised { .. } => "log_not_recognised",
            LogError::Empty { .. } => "log_empty",
            LogError::Unreadable { .. } => "log_unreadable",
            LogError::NothingMatches { .. } => "log_not_found",
            LogError::Prefix(_) => "log_prefix_invalid",
        }
    }
}

//! What storing and reading can fail with: a stable code, what was wrong, where, what to do.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    #[error("the disk is full: {path} cannot grow; free some space, nothing that was stored is lost")]
    DiskFull { path: PathBuf },
    #[error("{path} is locked by another program; close it and try again")]
    Locked { path: PathBuf },
    #[error("{path} cannot be written: it is read-only or its directory is; check its permissions")]
    ReadOnly { path: PathBuf },
    #[error(
        "{path} was written by a newer version (format {found}, this one knows {known}); it was left as it is: update, or choose another data directory"
    )]
    TooNew { path: PathBuf, found: i64, known: i64 },
    #[error("{path} belongs to another program and was left as it is; choose another data directory")]
    Foreign { path: PathBuf },
    #[error("{path} is damaged: {reason}; it is set aside when the console starts again")]
    Damaged { path: PathBuf, reason: String },
    #[error("{path} cannot be used: {reason}")]
    Io { path: PathBuf, reason: String },
    #[error("a query of {path} failed: {reason}")]
    Sql { path: PathBuf, reason: String },
    #[error("{what} is not valid: {reason}")]
    Invalid { what: &'static str, reason: String },
}

impl HistoryError {
    /// Stable: programs match it, never the text.
    pub fn code(&self) -> &'static str {
        match self {
            HistoryError::DiskFull { .. } => "disk_full",
            HistoryError::Locked { .. } => "locked",
            HistoryError::ReadOnly { .. } => "read_only",
            HistoryError::TooNew { .. } => "too_new",
            HistoryError::Foreign { .. } => "foreign",
            HistoryError::Damaged { .. } => "damaged",
            HistoryError::Io { .. } => "io",
            HistoryError::Sql { .. } => "sql",
            HistoryError::Invalid { .. } => "invalid",
        }
    }

    pub(crate) fn sql(path: &Path, error: &rusqlite::Error) -> HistoryError {
        let path = path.to_owned();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => HistoryError::DiskFull { path },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => HistoryError::Locked { path },
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => HistoryError::ReadOnly { path },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                HistoryError::Damaged { path, reason: error.to_string() }
            }
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => {
                HistoryError::Io { path, reason: error.to_string() }
            }
            _ => HistoryError::Sql { path, reason: error.to_string() },
        }
    }

    pub(crate) fn io(path: &Path, error: &std::io::Error) -> HistoryError {
        let path = path.to_owned();
        if error.kind() == std::io::ErrorKind::StorageFull {
            HistoryError::DiskFull { path }
        } else {
            HistoryError::Io { path, reason: error.to_string() }
        }
    }

    pub(crate) fn is_damage(&self) -> bool {
        matches!(self, HistoryError::Damaged { .. })
    }
}

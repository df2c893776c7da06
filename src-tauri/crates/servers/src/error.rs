//! Why a server could not be started or reached, and what to do about it.

use std::path::PathBuf;

use crate::Program;

#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    #[error(
        "{} is not installed: no `{}` was found on PATH or in the usual directories; install the package {}",
        .program.title(), .program.executable(), .program.package()
    )]
    Missing { program: Program },
    #[error("{} did not start: {reason}. Its log ends with:\n{log}", .program.title())]
    NotStarted { program: Program, reason: String, log: String },
    #[error("the directory {} cannot be used: {reason}", .path.display())]
    Directory { path: PathBuf, reason: String },
    #[error(
        "{} refuses to run as root and there is no account to run it as; install the package {} (it creates one) or start \
         this as an ordinary user", .program.title(), .program.package()
    )]
    NoAccount { program: Program },
    #[error("{} could not be asked: {reason}", .program.title())]
    Client { program: Program, reason: String },
}

impl ServerError {
    /// Stable, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            ServerError::Missing { .. } => "server_missing",
            ServerError::NotStarted { .. } => "server_not_started",
            ServerError::Directory { .. } => "server_directory",
            ServerError::NoAccount { .. } => "server_no_account",
            ServerError::Client { .. } => "server_client",
        }
    }

    pub(crate) fn directory(path: impl Into<PathBuf>, error: &std::io::Error) -> ServerError {
        ServerError::Directory { path: path.into(), reason: error.to_string() }
    }
}

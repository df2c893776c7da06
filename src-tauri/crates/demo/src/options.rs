//! How the demo is started, and where everything is once it runs.

use std::{fmt, path::PathBuf, sync::Arc};

use servers::{Program, ServerError, find};

use crate::Scenario;

/// Told what the start is doing, in short sentences.
pub type Progress = Arc<dyn Fn(&str) + Send + Sync>;

#[derive(Clone)]
pub struct DemoOptions {
    /// Kept, and reused by the next start; a temporary directory when absent. Every directory above it must be open to
    /// other accounts (`o+x`) when the demo is started by root.
    pub dir: Option<PathBuf>,
    /// 1.0 is about a million rows.
    pub scale: f64,
    /// On from the beginning.
    pub scenario: Vec<Scenario>,
    /// A few requests a second, in waves.
    pub load: bool,
    /// The same seed gives the same rows; their dates follow the day of generation.
    pub seed: u64,
    /// Servers that are not started, as on a machine that does not have them.
    pub without: Vec<Program>,
    pub progress: Option<Progress>,
}

impl DemoOptions {
    /// Whether a server can be started here.
    pub(crate) fn has(&self, program: Program) -> bool {
        !self.without.contains(&program) && find(program).is_some()
    }
}

impl Default for DemoOptions {
    fn default() -> DemoOptions {
        DemoOptions {
            dir: None,
            scale: 1.0,
            scenario: Vec::new(),
            load: true,
            seed: 20_261_123,
            without: Vec::new(),
            progress: None,
        }
    }
}

impl fmt::Debug for DemoOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DemoOptions")
            .field("dir", &self.dir)
            .field("scale", &self.scale)
            .field("scenario", &self.scenario)
            .field("load", &self.load)
            .field("seed", &self.seed)
            .field("without", &self.without)
            .finish_non_exhaustive()
    }
}

/// Where everything is. What is missing is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// Base URL, such as `http://127.0.0.1:41234`; metrics are at `/metrics`.
    pub panel: Option<String>,
    /// As the role `console`, a member of `pg_monitor`.
    pub postgres: Option<SqlEndpoint>,
    /// The admin console, as its statistics user.
    pub pgbouncer: Option<SqlEndpoint>,
    /// `redis://127.0.0.1:port/0`.
    pub redis: Option<String>,
    /// PostgreSQL's log with every statement.
    pub statement_log: Option<PathBuf>,
}

/// How to log in somewhere. Its `Debug` leaves the password out.
#[derive(Clone, PartialEq, Eq)]
pub struct SqlEndpoint {
    pub host: String,
    pub port: u16,
    pub database: String,
    pub user: String,
    pub password: String,
}

impl fmt::Debug for SqlEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}:{}/{}", self.user, self.host, self.port, self.database)
    }
}

/// A server that this machine does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    pub program: Program,
    /// The Debian and Ubuntu package that installs it.
    pub package: &'static str,
    /// What the demo cannot show without it, in one sentence.
    pub lost: &'static str,
}

impl Missing {
    pub(crate) fn new(program: Program) -> Missing {
        let lost = match program {
            Program::Postgres => "No database: the panel runs without its business endpoints.",
            Program::Pgbouncer => {
                "The panel connects to PostgreSQL directly; there is no pool in between to watch."
            }
            Program::Redis => "The panel computes every result anew; there is no cache to watch.",
        };
        Missing { program, package: program.package(), lost }
    }
}

/// Why the demo did not start, or did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DemoError {
    #[error(transparent)]
    Server(#[from] ServerError),
    #[error(
        "the demo's database could not be prepared: {reason}; remove the demo's directory and start it again"
    )]
    Data { reason: String },
    #[error("the panel did not start: {reason}")]
    Panel { reason: String },
    #[error("{message}")]
    Scenario { message: String },
    #[error("the demo's directory {} cannot be used: {reason}; give another one", .path.display())]
    Directory { path: PathBuf, reason: String },
}

impl DemoError {
    /// Stable, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            DemoError::Server(error) => error.code(),
            DemoError::Data { .. } => "demo_data",
            DemoError::Panel { .. } => "demo_panel",
            DemoError::Scenario { .. } => "demo_scenario",
            DemoError::Directory { .. } => "demo_directory",
        }
    }

    pub(crate) fn data(error: &tokio_postgres::Error) -> DemoError {
        let reason = error.as_db_error().map_or_else(|| error.to_string(), |told| told.message().to_owned());
        DemoError::Data { reason }
    }

    pub(crate) fn panel(reason: impl fmt::Display) -> DemoError {
        DemoError::Panel { reason: reason.to_string() }
    }
}

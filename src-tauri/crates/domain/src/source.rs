//! A monitored system: what it is, how often it is polled, how it fares.

use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Connection, Timestamp};

/// Stable identity of a source; survives renaming. Lower-case letters, digits and dashes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(transparent)]
pub struct SourceId(pub String);

impl SourceId {
    pub fn new(id: impl Into<String>) -> SourceId {
        SourceId(id.into())
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    Postgres,
    Pgbouncer,
    Redis,
    Mpanel,
    Prometheus,
}

impl SourceKind {
    pub const ALL: [SourceKind; 5] = [
        SourceKind::Postgres,
        SourceKind::Pgbouncer,
        SourceKind::Redis,
        SourceKind::Mpanel,
        SourceKind::Prometheus,
    ];

    /// The product's name as its makers write it.
    pub fn title(self) -> &'static str {
        match self {
            SourceKind::Postgres => "PostgreSQL",
            SourceKind::Pgbouncer => "PgBouncer",
            SourceKind::Redis => "Redis",
            SourceKind::Mpanel => "mPanel",
            SourceKind::Prometheus => "Prometheus",
        }
    }
}

/// A source as it is kept. Holds no secret: `secret` only names an entry of the keychain or the encrypted file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SourceConfig {
    pub id: SourceId,
    pub name: String,
    pub kind: SourceKind,
    pub connection: Connection,
    /// Milliseconds between polls, before jitter; [`SourceConfig::MIN_INTERVAL_MS`] at least.
    pub interval_ms: u32,
    pub enabled: bool,
    /// The next layer towards the database: an mPanel names its PgBouncer or PostgreSQL, a PgBouncer its PostgreSQL.
    pub upstream: Option<SourceId>,
    /// For an mPanel: the `application_name` that its connections carry in `pg_stat_activity`, when it sets one.
    pub application_name: Option<String>,
    /// For an mPanel that does not tell: the configured maximum of its pool (`DATABASE_POOL_MAX`).
    pub pool_max: Option<u32>,
    /// The name of the stored password, if one is stored.
    pub secret: Option<SecretRef>,
    /// For a PostgreSQL: the person allows the console to create and drop indexes, each time after a confirmation.
    #[serde(default)]
    pub allow_index_builds: bool,
    /// For a PostgreSQL: the person allows the console to cancel statements and end sessions, each after a confirmation.
    #[serde(default)]
    pub allow_signals: bool,
    /// For a Redis: the person allows the console to remove cached results, each time after a confirmation.
    #[serde(default)]
    pub allow_cache_writes: bool,
}

impl SourceConfig {
    /// Every scrape of an mPanel costs it memory (one APM transaction leaks), so nothing is polled faster than this.
    pub const MIN_INTERVAL_MS: u32 = 1_000;
    pub const DEFAULT_INTERVAL_MS: u32 = 5_000;

    /// One that is asked without being kept: nothing stands behind it, and nothing is allowed but to look.
    pub fn unsaved(name: &str, kind: SourceKind, connection: Connection) -> SourceConfig {
        SourceConfig {
            id: SourceId::new(name),
            name: name.to_owned(),
            kind,
            connection,
            interval_ms: SourceConfig::DEFAULT_INTERVAL_MS,
            enabled: true,
            upstream: None,
            application_name: None,
            pool_max: None,
            secret: None,
            allow_index_builds: false,
            allow_signals: false,
            allow_cache_writes: false,
        }
    }
}

/// Where a password is kept; the password itself is only in that place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(transparent)]
pub struct SecretRef(pub String);

/// What the form of the Sources page sends: a source to be tested or saved.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SourceDraft {
    /// Absent when a source is added, present when one is edited.
    pub id: Option<SourceId>,
    pub name: String,
    pub kind: SourceKind,
    pub connection: Connection,
    pub interval_ms: u32,
    pub enabled: bool,
    pub upstream: Option<SourceId>,
    pub application_name: Option<String>,
    pub pool_max: Option<u32>,
    #[serde(default)]
    pub allow_index_builds: bool,
    #[serde(default)]
    pub allow_signals: bool,
    #[serde(default)]
    pub allow_cache_writes: bool,
    pub password: PasswordDraft,
}

impl fmt::Debug for SourceDraft {
    /// Leaves the password out, so that a draft may be logged.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceDraft")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("kind", &self.kind)
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}

/// A password goes from the form to the engine and never comes back.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum PasswordDraft {
    /// Leave what is stored as it is.
    Keep,
    /// No password.
    None,
    Set {
        password: String,
    },
}

/// The state of a source, as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum SourceState {
    Connecting,
    Ok,
    /// It answers, but something is missing: each reason with what mends it.
    Degraded {
        reasons: Vec<Degradation>,
    },
    /// It does not answer; the console keeps trying.
    Failing {
        problem: Problem,
        since: Timestamp,
        attempts: u32,
        retry_at: Option<Timestamp>,
    },
    /// The console does not try again until the source is edited or restarted by hand.
    Stopped {
        problem: Problem,
        since: Timestamp,
    },
    /// Switched off by the person.
    Disabled,
}

impl SourceState {
    /// Why it does not answer.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            SourceState::Failing { problem, .. } | SourceState::Stopped { problem, .. } => Some(problem),
            SourceState::Connecting
            | SourceState::Ok
            | SourceState::Degraded { .. }
            | SourceState::Disabled => None,
        }
    }
}

/// One thing a source cannot give, and the exact GRANT, setting or change that would mend it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Degradation {
    /// Stable, for programs: `missing_privilege`, `pool_metrics_absent`, …
    pub code: String,
    pub message: String,
    pub remedy: Option<String>,
}

/// What went wrong, where, and what to do. The interface matches `code`, never the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Problem {
    /// Stable: see [`ProblemCode`].
    pub code: ProblemCode,
    /// A plain sentence: what was wrong and where. Never holds a secret.
    pub message: String,
    /// What to do about it.
    pub remedy: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    InvalidAddress,
    Unreachable,
    NameNotFound,
    Refused,
    Timeout,
    /// Wrong password, unknown user, 401.
    Authentication,
    /// The login works but may not do this; 403.
    Permission,
    TlsInvalid,
    VersionTooOld,
    NotMetrics,
    NotPgbouncer,
    NotRedis,
    TooLarge,
    TooManySeries,
    BadEncoding,
    RateLimited,
    TooManyConnections,
    ShuttingDown,
    StartingUp,
    ServerError,
    SecretMissing,
    Protocol,
    /// No log of a known format, or not as the given prefix says.
    LogNotRecognised,
    /// A log that is not there, empty, or may not be read.
    LogUnreadable,
    Internal,
}

impl ProblemCode {
    /// True where trying again cannot help and may lock an account: the source stops until it is edited.
    pub fn stops_polling(self) -> bool {
        matches!(
            self,
            ProblemCode::InvalidAddress
                | ProblemCode::Authentication
                | ProblemCode::Permission
                | ProblemCode::TlsInvalid
                | ProblemCode::VersionTooOld
                | ProblemCode::NotPgbouncer
                | ProblemCode::NotRedis
                | ProblemCode::SecretMissing
        )
    }
}

/// A source with its state: a row of the Sources page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SourceStatus {
    pub config: SourceConfig,
    pub state: SourceState,
    /// Product and version as the server reports it: "PostgreSQL 15.18".
    pub version: Option<String>,
    pub last_poll_at: Option<Timestamp>,
    /// How long the last poll took.
    pub last_poll_ms: Option<f64>,
    pub polls: u64,
    pub failures: u64,
}

/// The outcome of "Test": what was tried, step by step, and what to do when a step failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct TestReport {
    pub ok: bool,
    pub version: Option<String>,
    /// Milliseconds that one whole poll took.
    pub took_ms: f64,
    /// What the source offers, in plain words: "Pool metrics: 6 of 6 families".
    pub found: Vec<String>,
    pub degraded: Vec<Degradation>,
    pub problem: Option<Problem>,
}

//! What can go wrong with a pool and with getting a connection from it.

use std::error::Error as _;
use std::time::Duration;

use crate::metrics::MetricsError;
use crate::retry::{ErrorClass, classify_postgres};

/// Why a pool could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// The settings contradict each other.
    #[error("pool {name} cannot work: {reason}")]
    Options { name: String, reason: &'static str },
    /// Another living pool reports under the same name in this registry.
    #[error("pool {name} reports under a name that another pool uses: give each pool its own name and label")]
    Duplicate { name: String },
    /// The pool library refused to be built.
    #[error("pool {name} cannot be built: {reason}")]
    Driver { name: String, reason: String },
    /// The metric families are taken.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
}

impl PoolError {
    /// Stable name of the error, for code that must tell them apart.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Options { .. } => "pool_options",
            Self::Duplicate { .. } => "pool_duplicate",
            Self::Driver { .. } => "pool_driver",
            Self::Metrics(error) => error.code(),
        }
    }
}

/// Why no connection was handed out.
#[derive(Debug, thiserror::Error)]
pub enum AcquireError {
    /// No connection came free in time.
    #[error(
        "no connection came free within {after:?}: {active} of {max} in use, {waiting} waiting; \
         shorten what holds them or enlarge the pool"
    )]
    Timeout { after: Duration, waiting: usize, active: usize, max: usize },
    /// There was room, but the server did not finish the connection in time.
    #[error(
        "the server did not complete a connection within {after:?}: check that it is reachable and not overloaded"
    )]
    ConnectTimeout { after: Duration },
    /// The server or the network refused the connection, or its first statements failed.
    #[error("cannot connect to PostgreSQL: {}", describe(.0))]
    Connect(#[source] tokio_postgres::Error),
    /// The pool was closed.
    #[error("the connection pool is closed")]
    Closed,
}

impl AcquireError {
    /// Stable name of the error, for code that must tell them apart.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Timeout { .. } => "pool_timeout",
            Self::ConnectTimeout { .. } => "pool_connect_timeout",
            Self::Connect(_) => "pool_connect",
            Self::Closed => "pool_closed",
        }
    }

    /// Whether trying again may help. Refused credentials and missing rights are permanent; so is a closed pool.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Timeout { .. } | Self::ConnectTimeout { .. } => ErrorClass::Transient,
            Self::Connect(error) => classify_postgres(error),
            Self::Closed => ErrorClass::Permanent,
        }
    }
}

/// The server's own words where it answered; the driver's short form hides them in the source.
fn describe(error: &tokio_postgres::Error) -> String {
    match (error.as_db_error(), error.source()) {
        (Some(answer), _) => format!("{} ({})", answer.message(), answer.code().code()),
        (None, Some(cause)) if !error.to_string().contains(&cause.to_string()) => format!("{error}: {cause}"),
        _ => error.to_string(),
    }
}

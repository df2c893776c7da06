//! Why the cache could not be used, and what callers are told.

use redis::{ErrorKind, RedisError, ServerErrorKind};

use super::CacheTypeError;
use crate::coalesce::CoalesceError;
use crate::metrics::MetricsError;

/// Why Redis was of no use. Reads through the cache survive all of these: the source is asked instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum CacheFault {
    /// It failed a moment ago and is left alone until the pause is over.
    #[error("Redis failed a moment ago and is left alone for a short while: try again later")]
    Paused,
    /// No connection, or it broke.
    #[error("Redis cannot be reached: check that it runs and that its address is right")]
    Unreachable,
    /// No answer within the deadline.
    #[error("Redis did not answer in time: look at its load and slow commands, or allow more time")]
    TimedOut,
    /// A password is missing or wrong.
    #[error("Redis refused the login: check the user and the password")]
    NotAuthenticated,
    /// The user may not run a command or touch a key.
    #[error(
        "the Redis user lacks a right: allow GETRANGE, SET, PTTL, STRLEN, UNLINK, SADD, SREM, SSCAN, SCAN, \
             PEXPIRE, GET and EVAL on query:* and cache:*"
    )]
    NoPermission,
    /// It reads its data after a start.
    #[error("Redis is loading its data: wait until it has finished")]
    Loading,
    /// It is a replica, or its disk does not take writes.
    #[error("Redis is a replica and takes no writes: connect to the master")]
    ReadOnly,
    /// Its memory is full and nothing may be evicted.
    #[error("Redis has no memory left: raise maxmemory or choose an eviction policy")]
    OutOfMemory,
    /// The cluster or the replica's master is down.
    #[error("the Redis cluster is not able to answer for this key: look at its nodes")]
    ClusterDown,
    /// Any other error reply.
    #[error("Redis refused a command: look at its log and version")]
    Refused,
    /// The kept value is not what was asked for.
    #[error("the cached value cannot be read as what was asked for: it is replaced")]
    Corrupt,
    /// The value is beyond the size limit.
    #[error("the value is larger than the cache takes: raise max_value_bytes or cache less")]
    TooLarge,
    /// The value has no form in JSON.
    #[error("the value cannot be written as JSON: maps need names that are text")]
    NotJson,
}

impl CacheFault {
    /// Stable name of the error, for code that must tell them apart.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Paused => "query_cache_paused",
            Self::Unreachable => "query_cache_unreachable",
            Self::TimedOut => "query_cache_timeout",
            Self::NotAuthenticated => "query_cache_not_authenticated",
            Self::NoPermission => "query_cache_no_permission",
            Self::Loading => "query_cache_loading",
            Self::ReadOnly => "query_cache_read_only",
            Self::OutOfMemory => "query_cache_out_of_memory",
            Self::ClusterDown => "query_cache_cluster_down",
            Self::Refused => "query_cache_refused",
            Self::Corrupt => "query_cache_corrupt",
            Self::TooLarge => "query_cache_too_large",
            Self::NotJson => "query_cache_not_json",
        }
    }

    /// Value of the label `reason` of `query_cache_errors_total`: the code without its first words.
    #[must_use]
    pub fn reason(self) -> &'static str {
        self.code().trim_start_matches("query_cache_")
    }

    /// Whether it is the value that is wrong, and not Redis.
    pub(super) fn is_of_the_value(self) -> bool {
        matches!(self, Self::Corrupt | Self::TooLarge | Self::NotJson)
    }

    /// Whether another connection may do better, for example one to the new master.
    pub(super) fn needs_another_connection(self) -> bool {
        matches!(self, Self::Unreachable | Self::TimedOut | Self::NotAuthenticated | Self::ReadOnly)
    }

    /// The fault behind an error of the client. Its text is not kept: it may quote keys and addresses.
    pub(super) fn of(error: &RedisError) -> Self {
        match error.kind() {
            ErrorKind::Io if error.is_timeout() => Self::TimedOut,
            ErrorKind::Io
            | ErrorKind::Parse
            | ErrorKind::ClusterConnectionNotFound
            | ErrorKind::MasterNameNotFoundBySentinel
            | ErrorKind::NoValidReplicasFoundBySentinel => Self::Unreachable,
            ErrorKind::AuthenticationFailed => Self::NotAuthenticated,
            ErrorKind::Server(ServerErrorKind::BusyLoading) => Self::Loading,
            ErrorKind::Server(ServerErrorKind::ReadOnly) => Self::ReadOnly,
            ErrorKind::Server(ServerErrorKind::NoPerm) => Self::NoPermission,
            ErrorKind::Server(
                ServerErrorKind::ClusterDown | ServerErrorKind::MasterDown | ServerErrorKind::TryAgain,
            ) => Self::ClusterDown,
            _ => match error.code() {
                Some("NOAUTH" | "WRONGPASS") => Self::NotAuthenticated,
                Some("OOM") => Self::OutOfMemory,
                Some("MISCONF") => Self::ReadOnly,
                Some("WRONGTYPE") => Self::Corrupt,
                _ => Self::Refused,
            },
        }
    }
}

/// Why a read through the cache gave no value. None of these come from Redis.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError<E> {
    /// The source failed. All who shared the fetch get this; it is never cached.
    #[error("{0}")]
    Source(E),
    /// The cache type cannot be used.
    #[error(transparent)]
    Type(CacheTypeError),
    /// The fetch panicked, or the program is stopping.
    #[error(transparent)]
    Shared(CoalesceError),
}

impl<E> ReadError<E> {
    /// Stable name of the error, for code that must tell them apart. The source's own error is in `Source`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Source(_) => "query_source_failed",
            Self::Type(error) => error.code(),
            Self::Shared(error) => error.code(),
        }
    }
}

impl<E> From<CacheTypeError> for ReadError<E> {
    fn from(error: CacheTypeError) -> Self {
        Self::Type(error)
    }
}

impl<E> From<CoalesceError> for ReadError<E> {
    fn from(error: CoalesceError) -> Self {
        Self::Shared(error)
    }
}

/// Why a cache could not be made.
#[derive(Debug, thiserror::Error)]
pub enum QueryCacheError {
    /// Another part took one of the metric names.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    /// One of the types cannot be used.
    #[error(transparent)]
    Type(#[from] CacheTypeError),
    /// The settings contradict each other.
    #[error("the query cache cannot work with these settings: {fault}")]
    Options { fault: &'static str },
}

impl QueryCacheError {
    /// Stable name of the error, for code that must tell them apart.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Metrics(error) => error.code(),
            Self::Type(error) => error.code(),
            Self::Options { .. } => "query_cache_options",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::CacheFault;

    #[test]
    fn error_replies_are_told_apart() {
        let cases = [
            ("LOADING Redis is loading the dataset in memory", CacheFault::Loading),
            ("READONLY You can't write against a read only replica.", CacheFault::ReadOnly),
            ("MISCONF Redis is configured to save RDB snapshots", CacheFault::ReadOnly),
            ("NOAUTH Authentication required.", CacheFault::NotAuthenticated),
            ("WRONGPASS invalid username-password pair", CacheFault::NotAuthenticated),
            ("NOPERM this user has no permissions", CacheFault::NoPermission),
            ("OOM command not allowed when used memory > 'maxmemory'.", CacheFault::OutOfMemory),
            ("CLUSTERDOWN Hash slot not served", CacheFault::ClusterDown),
            ("MASTERDOWN Link with MASTER is down", CacheFault::ClusterDown),
            ("WRONGTYPE Operation against a key", CacheFault::Corrupt),
            ("BUSY Redis is busy running a script.", CacheFault::Refused),
            ("ERR unknown command", CacheFault::Refused),
        ];
        for (reply, expected) in cases {
            let value = redis::parse_redis_value(format!("-{reply}\r\n").as_bytes()).unwrap();
            assert_eq!(CacheFault::of(&value.extract_error().unwrap_err()), expected, "{reply}");
        }
    }
}

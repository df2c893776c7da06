//! The wall clock, read here only: a panel that serves requests has one.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Time since the Unix epoch.
#[allow(clippy::disallowed_methods, reason = "the demo is a server of its own; this is its edge")]
pub(crate) fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Midnight, UTC, of the present day; seconds since the epoch.
pub(crate) fn midnight() -> i64 {
    let seconds = since_epoch().as_secs() as i64;
    seconds - seconds.rem_euclid(86_400)
}

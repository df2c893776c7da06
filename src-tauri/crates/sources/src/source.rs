//! What every monitored system can do: be polled, and be let go.

use async_trait::async_trait;
use domain::{PollResult, Timestamp};

/// A monitored system. Polls never overlap; a poll keeps its own deadline and never panics on outside data.
#[async_trait]
pub trait Source: Send + Sync {
    /// Asks once. Connects when needed, keeps the connection for the next poll, drops it after an error.
    async fn poll(&self, now: Timestamp) -> PollResult;

    /// Lets go of connections; a later poll opens them again.
    async fn close(&self);
}

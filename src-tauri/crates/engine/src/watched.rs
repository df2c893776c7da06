//! A source while the console runs: its status, its recent facts, and the handle of its poller.

use std::sync::Arc;

use domain::{SourceConfig, SourceState, SourceStatus};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::opening::Opening;
use crate::recent::Recent;

pub(crate) struct Watched {
    pub status: SourceStatus,
    pub recent: Recent,
    /// Ends the poller of this configuration; an edited source gets a new one.
    pub stop: CancellationToken,
    /// What every task of this configuration asks.
    pub opening: Arc<Opening>,
    /// Polls at once, whatever the state.
    pub wake: Arc<Notify>,
    /// How often the person asked to try again.
    pub retries: u64,
}

impl Watched {
    pub(crate) fn new(config: SourceConfig, stop: CancellationToken) -> Watched {
        let state = if config.enabled { SourceState::Connecting } else { SourceState::Disabled };
        Watched {
            status: SourceStatus {
                config,
                state,
                version: None,
                last_poll_at: None,
                last_poll_ms: None,
                polls: 0,
                failures: 0,
            },
            recent: Recent::default(),
            stop,
            opening: Arc::default(),
            wake: Arc::new(Notify::new()),
            retries: 0,
        }
    }
}

/// True where a state means that figures of this source are fresh.
pub(crate) fn answers(state: &SourceState) -> bool {
    matches!(state, SourceState::Ok | SourceState::Degraded { .. })
}

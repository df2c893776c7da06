//! What the engine tells its shells.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    AdviceId, AdviceStatus, ConsoleStatus, Finding, IndexBuildStatus, ReplayId, ReplayStatus, SourceId,
    SourceStatus, Timestamp,
};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(tag = "type", rename_all = "snake_case")]
#[allow(
    clippy::large_enum_variant,
    reason = "events are few and short-lived; a box would only add an indirection"
)]
pub enum EngineEvent {
    /// A poll brought new samples for this source.
    Polled {
        source: SourceId,
        at: Timestamp,
    },
    /// The sessions of this server were looked at.
    ActivitySampled {
        source: SourceId,
        at: Timestamp,
    },
    /// What `pg_stat_statements` of this server counted was read.
    StatementsRead {
        source: SourceId,
        at: Timestamp,
    },
    /// The health of this server was looked at.
    HealthRead {
        source: SourceId,
        at: Timestamp,
    },
    /// A walk over the keys of this Redis began, went on or ended.
    KeyspaceChanged {
        source: SourceId,
        at: Timestamp,
    },
    SourceChanged {
        status: SourceStatus,
    },
    SourceRemoved {
        source: SourceId,
    },
    /// All findings that are open now.
    FindingsChanged {
        open: Vec<Finding>,
    },
    StatusChanged {
        status: ConsoleStatus,
    },
    /// A replay began, went on or ended.
    ReplayChanged {
        replay: ReplayStatus,
    },
    ReplayRemoved {
        replay: ReplayId,
    },
    /// Index advice began, went on or ended.
    AdviceChanged {
        advice: AdviceStatus,
    },
    AdviceRemoved {
        advice: AdviceId,
    },
    /// Indexes are being created or dropped.
    IndexBuildChanged {
        build: IndexBuildStatus,
    },
}

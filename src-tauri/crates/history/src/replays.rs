//! `replays.db`: what replays of query logs found.

use std::path::Path;
use std::sync::Arc;

use domain::{ReplayId, ReplayReport, ReplayStatus, Timestamp};

use crate::HistoryError;
use crate::database::Format;
use crate::kept_reports::{KeptReports, Kind};

static REPLAYS: Kind = Kind {
    format: Format {
        // "mPre"
        application_id: 0x6d50_7265,
        migrations: &["CREATE TABLE replays (
            id INTEGER PRIMARY KEY,
            started_at INTEGER NOT NULL,
            status TEXT NOT NULL,
            crc INTEGER NOT NULL,
            report BLOB NOT NULL
        ) STRICT;"],
        synchronous: "FULL",
        check_whole: false,
    },
    table: "replays",
    name: "replay",
    title: "Replay",
    id: "the id of a replay",
};

/// A handle; clones share the same file. Every call blocks on the disk and is durable when it returns.
#[derive(Clone)]
pub struct ReplayStore(Arc<KeptReports>);

impl ReplayStore {
    /// Opens or creates the file. A damaged one is set aside: see [`ReplayStore::notices`].
    ///
    /// # Errors
    /// `too_new` and `foreign` leave the file as it is; `disk_full`, `locked`, `read_only`, `io` tell what is in the way.
    pub fn open(path: &Path, now: Timestamp) -> Result<ReplayStore, HistoryError> {
        KeptReports::open(path, &REPLAYS, now).map(Arc::new).map(ReplayStore)
    }

    /// What the person is told about damage that was survived.
    pub fn notices(&self) -> Vec<String> {
        self.0.notices()
    }

    /// All replays, the oldest first. One whose row no longer reads is left out and told in the notices.
    pub fn statuses(&self) -> Result<Vec<ReplayStatus>, HistoryError> {
        self.0.statuses()
    }

    /// Adds a replay, or replaces the one with its id.
    ///
    /// # Errors
    /// `invalid` when the id is no positive decimal number.
    pub fn save(&self, report: &ReplayReport) -> Result<(), HistoryError> {
        self.0.save(&report.replay.id.0, report.replay.started_at, &report.replay, report)
    }

    /// Replaces how a replay is listed; its report stays as it is.
    pub fn save_status(&self, status: &ReplayStatus) -> Result<(), HistoryError> {
        self.0.save_status(&status.id.0, status)
    }

    /// None when there is no such replay.
    ///
    /// # Errors
    /// `damaged` when its checksum does not fit or it no longer reads: the others are not affected.
    pub fn report(&self, id: &ReplayId) -> Result<Option<ReplayReport>, HistoryError> {
        self.0.report(&id.0)
    }

    /// True when there was one.
    pub fn remove(&self, id: &ReplayId) -> Result<bool, HistoryError> {
        self.0.remove(&id.0)
    }
}

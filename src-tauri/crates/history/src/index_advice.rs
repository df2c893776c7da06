//! `index_advice.db`: what looks for better indexes found.

use std::path::Path;
use std::sync::Arc;

use domain::{AdviceId, AdviceStatus, IndexAdvice, Timestamp};

use crate::HistoryError;
use crate::database::Format;
use crate::kept_reports::{KeptReports, Kind};

static ADVICE: Kind = Kind {
    format: Format {
        // "mPia"
        application_id: 0x6d50_6961,
        migrations: &["CREATE TABLE index_advice (
            id INTEGER PRIMARY KEY,
            started_at INTEGER NOT NULL,
            status TEXT NOT NULL,
            crc INTEGER NOT NULL,
            report BLOB NOT NULL
        ) STRICT;"],
        synchronous: "FULL",
        check_whole: false,
    },
    table: "index_advice",
    name: "index advice",
    title: "Index advice",
    id: "the id of index advice",
};

/// A handle; clones share the same file. Every call blocks on the disk and is durable when it returns.
#[derive(Clone)]
pub struct AdviceStore(Arc<KeptReports>);

impl AdviceStore {
    /// Opens or creates the file. A damaged one is set aside: see [`AdviceStore::notices`].
    ///
    /// # Errors
    /// `too_new` and `foreign` leave the file as it is; `disk_full`, `locked`, `read_only`, `io` tell what is in the way.
    pub fn open(path: &Path, now: Timestamp) -> Result<AdviceStore, HistoryError> {
        KeptReports::open(path, &ADVICE, now).map(Arc::new).map(AdviceStore)
    }

    /// What the person is told about damage that was survived.
    pub fn notices(&self) -> Vec<String> {
        self.0.notices()
    }

    /// All advice, the oldest first. One whose row no longer reads is left out and told in the notices.
    pub fn statuses(&self) -> Result<Vec<AdviceStatus>, HistoryError> {
        self.0.statuses()
    }

    /// Adds advice, or replaces the one with its id.
    ///
    /// # Errors
    /// `invalid` when the id is no positive decimal number.
    pub fn save(&self, status: &AdviceStatus, advice: &IndexAdvice) -> Result<(), HistoryError> {
        self.0.save(&status.id.0, status.started_at, status, advice)
    }

    /// None when there is no such advice.
    ///
    /// # Errors
    /// `damaged` when its checksum does not fit or it no longer reads: the others are not affected.
    pub fn advice(&self, id: &AdviceId) -> Result<Option<IndexAdvice>, HistoryError> {
        self.0.report(&id.0)
    }

    /// True when there was one.
    pub fn remove(&self, id: &AdviceId) -> Result<bool, HistoryError> {
        self.0.remove(&id.0)
    }
}

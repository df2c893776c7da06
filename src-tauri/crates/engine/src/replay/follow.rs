//! A log that grows, replayed as it is written.

use std::path::Path;

use analysis::replay::{Replay, Shapes};
use domain::{ReplayId, ReplayProgress, ReplayReport, ReplayRequest, ReplayState, ReplayStatus, Timestamp};
use serde::{Deserialize, Serialize};
use sources::logs::{Checkpoint, Follower, LogError};

use super::events::Heard;
use super::own_reports::OwnReports;
use super::run::{name_of, report};
use super::{analysis_options, coverage, read_options};

/// Where following goes on after the console was closed; holds nothing of the log's content but a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LogCheckpoint(Checkpoint);

/// One plain file that is followed over rotation and truncation.
pub struct Following {
    follower: Follower,
    replay: Replay,
    reports: OwnReports,
    request: ReplayRequest,
    started_at: Timestamp,
    statements: u64,
    shapes: Shapes,
}

impl Following {
    /// Follows the request's only input from its beginning, or from where a checkpoint was taken.
    ///
    /// # Errors
    /// A file that is not there or is no log.
    pub fn open(
        request: &ReplayRequest,
        checkpoint: Option<&LogCheckpoint>,
        now: Timestamp,
    ) -> Result<Following, LogError> {
        let path = request.inputs.first().map(String::as_str).unwrap_or_default();
        let options = read_options(request, now);
        let follower = Follower::open(Path::new(path), checkpoint.map(|checkpoint| &checkpoint.0), &options)?;
        Ok(Following {
            follower,
            replay: Replay::new(analysis_options(request)),
            reports: OwnReports::default(),
            request: request.clone(),
            started_at: now,
            statements: 0,
            shapes: Shapes::default(),
        })
    }

    /// The file of the checkpoint was not there any more: what was written between is not known.
    pub fn lost_its_place(&self) -> bool {
        self.follower.lost_its_place()
    }

    /// Reads what was written since; gives how many bytes that were.
    ///
    /// # Errors
    /// The file cannot be read any more.
    pub fn poll(&mut self) -> Result<u64, LogError> {
        let mut heard = Heard::new();
        let polled = self.follower.poll(&mut |event| heard.hear(&event, &mut self.shapes))?;
        self.statements += heard.prepared.len() as u64;
        self.replay.take(&heard.prepared);
        self.reports.absorb(heard.reports);
        Ok(polled.bytes)
    }

    pub fn checkpoint(&self) -> LogCheckpoint {
        LogCheckpoint(self.follower.checkpoint())
    }

    /// What was found so far.
    pub fn report(&self, now: Timestamp) -> ReplayReport {
        let outcome = self.replay.outcome();
        let read = self.follower.coverage();
        let formats = std::slice::from_ref(self.follower.format());
        let coverage = coverage::told(read, formats, &[], &outcome);
        let progress = ReplayProgress {
            bytes_read: read.bytes,
            statements: self.statements,
            ..ReplayProgress::default()
        };
        let status = ReplayStatus {
            id: ReplayId("0".to_owned()),
            name: name_of(&self.request.inputs),
            request: self.request.clone(),
            started_at: self.started_at,
            took_ms: Some(now.millis_since(self.started_at).max(0) as f64),
            state: ReplayState::Running { progress },
            totals: None,
        };
        report(status, outcome, coverage, self.reports.told())
    }
}

//! Identical requests at the same time: what instances share already, and what a replay says they could.

use domain::{
    CoalescingPage, DuplicateInFlight, InstanceCoalescing, OwnCoalescing, QueryStats, ReplayId, SourceStatus,
    TimeRange, Timestamp, Unit, metric,
};

use super::figures::WINDOW_MILLIS;
use super::page::measure;
use crate::charts::{Line, draw_rates};
use crate::{Engine, EngineError};

const POINTS: u32 = 400;
const DUPLICATES: usize = 100;

impl Engine {
    /// # Errors
    /// `replay_not_found`, and what reading the disk may fail with.
    pub async fn coalescing_page(
        &self,
        replay: Option<ReplayId>,
        range: TimeRange,
    ) -> Result<CoalescingPage, EngineError> {
        self.blocking(move |engine| engine.coalescing_page_now(replay, range)).await
    }

    fn coalescing_page_now(
        &self,
        replay: Option<ReplayId>,
        range: TimeRange,
    ) -> Result<CoalescingPage, EngineError> {
        let (replays, report) = self.chosen_replay(replay)?;
        let queries = report.as_ref().map(|report| report.queries.as_slice()).unwrap_or_default();
        let instances: Vec<SourceStatus> =
            self.instances().into_iter().filter(|status| self.tells_of_coalescing(status)).collect();
        let lines = instances.iter().map(|status| self.coalesced_line(status)).collect();
        let coalescing = queries.iter().map(|query| query.coalescing);
        Ok(CoalescingPage {
            at: self.now(),
            chart: draw_rates(&self.inner.history, &self.inner.marks.lock(), lines, range, POINTS)?,
            instances: instances
                .iter()
                .map(|status| self.instance_coalescing(status))
                .collect::<Result<_, _>>()?,
            replays,
            shared: coalescing.clone().map(|one| one.shared).sum(),
            saved_ms: coalescing.map(|one| one.saved_ms).sum(),
            duplicates: duplicates(queries),
            replay: report.map(|report| report.replay.id),
            own: vec![OwnCoalescing { what: "poll".to_owned(), coalesced: self.inner.polls.coalesced() }],
        })
    }

    fn tells_of_coalescing(&self, status: &SourceStatus) -> bool {
        !self.inner.history.find_series(Some(&status.config.id), metric::COALESCED).is_empty()
    }

    fn coalesced_line(&self, status: &SourceStatus) -> Line {
        Line {
            name: status.config.name.clone(),
            unit: Unit::PerSecond,
            source: status.config.id.clone(),
            keys: self.inner.history.find_series(Some(&status.config.id), metric::COALESCED),
            interval_ms: i64::from(status.config.interval_ms),
        }
    }

    fn instance_coalescing(&self, status: &SourceStatus) -> Result<InstanceCoalescing, EngineError> {
        let id = &status.config.id;
        let range = TimeRange::last(WINDOW_MILLIS, self.now());
        let coalesced = self.risen_of(id, metric::COALESCED, range)?;
        let rate = self.inner.history.find_series(Some(id), metric::DEDUPLICATION_RATE);
        let mut newest: Option<(Timestamp, f64)> = None;
        for key in &rate {
            let latest = self.inner.history.latest(key)?.filter(|(at, _)| *at >= range.from);
            newest = newest.into_iter().chain(latest).max_by_key(|(at, _)| *at);
        }
        let note = (coalesced.seconds > 0.0 && coalesced.by == 0.0).then(|| {
            "No request was coalesced: REQUEST_COALESCING_ENABLED may be off, or no two equal requests came at once."
                .to_owned()
        });
        Ok(InstanceCoalescing {
            source: id.clone(),
            name: status.config.name.clone(),
            coalesced_per_second: measure(
                coalesced.per_second(),
                Unit::PerSecond,
                "coalesced_requests_total, over the last 15 minutes",
            ),
            deduplication_ratio: measure(
                newest.map(|(_, ratio)| ratio),
                Unit::Ratio,
                "request_deduplication_rate, last poll",
            ),
            note,
        })
    }
}

/// Those that save most time first.
fn duplicates(queries: &[QueryStats]) -> Vec<DuplicateInFlight> {
    let mut found: Vec<DuplicateInFlight> = queries
        .iter()
        .filter(|query| query.coalescing.shared > 0)
        .map(|query| DuplicateInFlight {
            fingerprint: query.fingerprint.clone(),
            statement: query.statement.clone(),
            routes: query.routes.clone(),
            calls: query.calls,
            shared: query.coalescing.shared,
            shared_ratio: query.coalescing.shared as f64 / query.calls.max(1) as f64,
            saved_ms: query.coalescing.saved_ms,
        })
        .collect();
    found.sort_by(|one, other| other.saved_ms.total_cmp(&one.saved_ms).then(other.shared.cmp(&one.shared)));
    found.truncate(DUPLICATES);
    found
}

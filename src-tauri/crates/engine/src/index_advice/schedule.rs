//! Every few hours, for the databases that the person chose: what ran since the last time, and which indexes it needs.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::{
    AdviceLimits, AdviceState, AdviceStatus, IndexAdviceRequest, SourceId, Timestamp, WorkloadChoice,
};
use sources::Source;
use sources::postgres::StatementsReading;
use tokio::time::Instant;

use super::database::AdviceDatabase;
use super::workload::AdviceWorkload;
use crate::watched::answers;
use crate::{Engine, EngineError};

/// One database of the schedule.
struct Scheduled {
    due: Instant,
    /// What had been counted the last time; after a start there is none.
    earlier: Option<Box<StatementsReading>>,
}

impl Engine {
    pub(crate) fn start_advice_schedule(&self, look_every: Duration) {
        let engine = self.clone();
        self.inner.tasks.spawn(async move {
            let mut known = BTreeMap::new();
            let stop = engine.inner.stop.clone();
            let looks = async {
                loop {
                    tokio::time::sleep(look_every).await;
                    engine.advise_where_due(&mut known).await;
                }
            };
            stop.run_until_cancelled(looks).await;
        });
    }

    async fn advise_where_due(&self, known: &mut BTreeMap<SourceId, Scheduled>) {
        let Some(schedule) = self.settings().index_advice else { return known.clear() };
        known.retain(|id, _| schedule.sources.contains(id));
        let every = Duration::from_secs(u64::from(schedule.hours) * 3_600);
        for id in schedule.sources {
            if !self.source(&id).is_ok_and(|status| answers(&status.state)) {
                continue;
            }
            let wait = first_wait(&self.advices(), &id, self.now(), every);
            let due = known.get(&id).map(|scheduled| scheduled.due);
            if due.is_none() && !wait.is_zero() {
                // What runs from now on is what the next advice is for.
                let earlier = self.statements_of(&id).await.ok();
                known.insert(id, Scheduled { due: Instant::now() + wait, earlier });
                continue;
            }
            if due.is_some_and(|due| due > Instant::now()) {
                continue;
            }
            let earlier = known.remove(&id).and_then(|scheduled| scheduled.earlier);
            let later = self.statements_of(&id).await;
            let next = later.as_ref().ok().cloned();
            known.insert(id.clone(), Scheduled { due: Instant::now() + every, earlier: next });
            if let Err(error) = self.advise_on(id, earlier, later) {
                tracing::warn!(%error, "index advice could not be begun");
            }
        }
    }

    fn advise_on(
        &self,
        id: SourceId,
        earlier: Option<Box<StatementsReading>>,
        later: Result<Box<StatementsReading>, EngineError>,
    ) -> Result<(), EngineError> {
        let between = |later: &StatementsReading| {
            earlier.as_ref().map(|earlier| later.taken_at.seconds_since(earlier.taken_at).max(0.0) as u32)
        };
        let seconds = later.as_ref().ok().and_then(|later| between(later));
        let request = IndexAdviceRequest {
            source: Some(id),
            workload: WorkloadChoice::Statements { seconds },
            limits: AdviceLimits::default(),
        };
        // One that cannot be read is read again, so that the reason stands in the list.
        let given = later.ok().map(|later| AdviceWorkload::Counted { earlier, later });
        self.begin_advice(request, given).map(drop)
    }

    async fn statements_of(&self, id: &SourceId) -> Result<Box<StatementsReading>, EngineError> {
        let AdviceDatabase::Server(server) = self.advice_database(id.clone()).await? else {
            return Err(EngineError::NoDatabaseToAsk);
        };
        let reading = server.source.statements().await;
        server.source.close().await;
        reading.map(Box::new).map_err(EngineError::Database)
    }
}

/// How long after a start until the next advice is due, by the one that was made last.
fn first_wait(kept: &[AdviceStatus], id: &SourceId, now: Timestamp, every: Duration) -> Duration {
    let is_like = |status: &&AdviceStatus| {
        status.request.source.as_ref() == Some(id)
            && matches!(status.request.workload, WorkloadChoice::Statements { .. })
            && status.state == AdviceState::Done
    };
    let last = kept.iter().filter(is_like).map(|status| status.started_at).max();
    let since = last.map_or(f64::INFINITY, |last| now.seconds_since(last).max(0.0));
    Duration::try_from_secs_f64(every.as_secs_f64() - since).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use domain::AdviceId;

    use super::*;

    #[test]
    fn a_start_goes_on_where_the_last_advice_left_off() {
        let every = Duration::from_secs(6 * 3_600);
        let id = SourceId::new("billing-db");
        let made = |source: &str, hours: i64, workload: WorkloadChoice, state: AdviceState| AdviceStatus {
            id: AdviceId("1".to_owned()),
            name: String::new(),
            request: IndexAdviceRequest {
                source: Some(SourceId::new(source)),
                workload,
                limits: AdviceLimits::default(),
            },
            started_at: Timestamp(hours * 3_600_000),
            took_ms: None,
            state,
            totals: None,
        };
        let statements = || WorkloadChoice::Statements { seconds: None };
        let now = Timestamp(100 * 3_600_000);
        let wait = |kept: &[AdviceStatus]| first_wait(kept, &id, now, every).as_secs() / 3_600;
        assert_eq!(wait(&[]), 0);
        let mut kept = vec![made("billing-db", 98, statements(), AdviceState::Done)];
        assert_eq!(wait(&kept), 4);
        kept.push(made("billing-db", 93, statements(), AdviceState::Done));
        assert_eq!(wait(&kept), 4);
        assert_eq!(wait(&kept[1..]), 0);
        assert_eq!(wait(&[made("other", 98, statements(), AdviceState::Done)]), 0);
        assert_eq!(wait(&[made("billing-db", 98, statements(), AdviceState::Cancelled)]), 0);
        let pasted = WorkloadChoice::Text { sql: String::new() };
        assert_eq!(wait(&[made("billing-db", 98, pasted, AdviceState::Done)]), 0);
        // A clock that was set back does not put it off for ever.
        assert_eq!(wait(&[made("billing-db", 500, statements(), AdviceState::Done)]), 6);
    }
}

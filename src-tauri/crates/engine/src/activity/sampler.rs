//! One task for each PostgreSQL: looks at its sessions each second, keeps the newest look, and records all.

use std::sync::Arc;
use std::time::Duration;

use domain::{
    ActivitySample, ActivitySession, ClassCounts, EngineEvent, MetricKind, Problem, Sample, SeriesKey,
    SourceConfig, SourceId, SourceState, Tick, WaitClass, metric,
};
use parking_lot::Mutex;
use sources::postgres::{ActivityReading, PostgresSource};
use tokio_util::sync::CancellationToken;

use super::Seen;
use super::naming::Naming;
use crate::opening::Opening;
use crate::schedule::backoff;
use crate::{Engine, EngineError};

/// How often the flight recorder is kept within its bounds.
const MAINTAIN_EVERY: Duration = Duration::from_secs(60);
/// Calls of one upkeep, each bounded by itself.
const MOST_UPKEEP: u32 = 20;
/// A server that comes back is of interest soon.
const LONGEST_REST: Duration = Duration::from_secs(10);

struct Sampler {
    engine: Engine,
    id: SourceId,
    source: Arc<PostgresSource>,
    interval: Duration,
    seen: Arc<Mutex<Seen>>,
    naming: Naming,
    failures: u32,
    /// The login was refused: not before the person tries again, told by [`crate::watched::Watched::retries`].
    refused: Option<u64>,
}

impl Engine {
    /// Looks at the sessions of this server, until `stop`.
    pub(crate) fn start_activity(
        &self,
        config: SourceConfig,
        opening: &Arc<Opening>,
        stop: CancellationToken,
    ) {
        self.beside_poller(config, opening, Sampler::open, move |sampler| sampler.run(stop));
    }

    /// Keeps the flight recorder within its hours and bytes.
    pub(crate) fn start_flight_recorder_upkeep(&self) {
        let engine = self.clone();
        self.inner.tasks.spawn(async move {
            loop {
                tokio::select! {
                    () = engine.inner.stop.cancelled() => return,
                    () = tokio::time::sleep(MAINTAIN_EVERY) => {}
                }
                let kept = engine.blocking(|engine| engine.maintain_flight_recorder()).await;
                if let Err(error) = kept {
                    tracing::warn!(%error, "the flight recorder could not be tidied");
                }
            }
        });
    }

    fn maintain_flight_recorder(&self) -> Result<(), EngineError> {
        let settings = self.inner.settings.read().flight_recorder.clone();
        for _ in 0..MOST_UPKEEP {
            if !self.inner.flight_recorder.maintain(self.inner.clock.now(), &settings)?.more {
                break;
            }
        }
        Ok(())
    }
}

impl Sampler {
    fn open(engine: &Engine, config: SourceConfig, opening: &Opening) -> Result<Sampler, EngineError> {
        let source = engine.opened_database(&config, opening)?;
        let seen = engine.inner.activities.of(&config.id);
        // What was seen under another configuration may have been another server.
        *seen.lock() = Seen { source: Some(Arc::clone(&source)), ..Seen::default() };
        Ok(Sampler {
            engine: engine.clone(),
            id: config.id,
            source,
            interval: engine.inner.look_at_activity_every,
            seen,
            naming: Naming::default(),
            failures: 0,
            refused: None,
        })
    }

    async fn run(mut self, stop: CancellationToken) {
        // Looks that a slow server misses are left out, not made up for.
        let mut beat = tokio::time::interval(self.interval);
        beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                _ = beat.tick() => {}
            }
            let rest = tokio::select! {
                () = stop.cancelled() => break,
                rest = self.look() => rest,
            };
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(rest) => {}
            }
        }
        let mut seen = self.seen.lock();
        if seen.source.as_ref().is_some_and(|known| Arc::ptr_eq(known, &self.source)) {
            seen.source = None;
        }
    }

    /// How long to rest besides the beat.
    async fn look(&mut self) -> Duration {
        if let Some(problem) = self.held_back() {
            self.blind(problem);
            return Duration::ZERO;
        }
        let now = self.engine.inner.clock.now();
        let idle = self.seen.lock().wants_idle(now);
        match self.source.activity(now, idle).await {
            Ok(reading) => {
                self.failures = 0;
                self.saw(reading).await;
                Duration::ZERO
            }
            Err(problem) => {
                self.failures = self.failures.saturating_add(1);
                self.refused = problem.code.stops_polling().then(|| self.retries()).flatten();
                self.blind(Some(problem));
                backoff(self.interval, self.failures, fastrand::f64()).min(LONGEST_REST)
            }
        }
    }

    /// Why the server is not asked now; the inner none while that is not known. One that refuses the poller, or refused
    /// this, is not asked again by itself, for accounts are locked that way. While the poller merely fails, a look may
    /// still succeed, and is needed most.
    fn held_back(&mut self) -> Option<Option<Problem>> {
        if self.refused.is_some() && self.refused == self.retries() {
            return Some(self.seen.lock().problem.clone());
        }
        self.refused = None;
        let sources = self.engine.inner.sources.read();
        match &sources.get(&self.id)?.status.state {
            SourceState::Connecting => Some(None),
            SourceState::Stopped { problem, .. } => Some(Some(problem.clone())),
            _ => None,
        }
    }

    fn retries(&self) -> Option<u64> {
        self.engine.inner.sources.read().get(&self.id).map(|watched| watched.retries)
    }

    /// An old look stays, with its time: what was seen last is worth more than nothing.
    fn blind(&self, problem: Option<Problem>) {
        self.seen.lock().problem = problem;
    }

    async fn saw(&mut self, reading: ActivityReading) {
        let lacks = reading.lacks.clone();
        let sample = Arc::new(self.naming.name(reading));
        let at = sample.at;
        {
            let mut seen = self.seen.lock();
            seen.sample = Some(Arc::clone(&sample));
            seen.lacks = lacks;
            seen.problem = None;
        }
        if sample.states_visible {
            self.engine.inner.recorder.push(Tick { at, samples: by_wait(&self.id, &sample) });
        }
        self.record(sample).await;
        self.engine.emit(EngineEvent::ActivitySampled { source: self.id.clone(), at });
    }

    async fn record(&self, sample: Arc<ActivitySample>) {
        if !self.engine.inner.settings.read().flight_recorder.enabled {
            return;
        }
        let id = self.id.clone();
        let recorded = self.engine.blocking(move |engine| {
            // It may have been removed meanwhile, and then nothing of it is kept.
            engine.source(&id)?;
            Ok(engine.inner.flight_recorder.record(&id, &sample)?)
        });
        match recorded.await {
            Ok(()) | Err(EngineError::SourceNotFound(_)) => {}
            Err(error) => tracing::warn!(source = %self.id, %error, "sessions could not be recorded"),
        }
    }
}

/// Every class, those without a session too: a second that was looked at is no gap.
fn by_wait(id: &SourceId, sample: &ActivitySample) -> Vec<Sample> {
    let mut counts = ClassCounts::default();
    sample.sessions.iter().filter_map(ActivitySession::wait_class).for_each(|class| counts.count(class));
    let one = |class: WaitClass| Sample {
        key: series(id, class),
        kind: MetricKind::Gauge,
        value: counts.of(class) as f64,
    };
    WaitClass::ALL.into_iter().map(one).collect()
}

pub(super) fn series(id: &SourceId, class: WaitClass) -> SeriesKey {
    SeriesKey::new(id, metric::PG_SESSIONS_BY_WAIT).with("class", class.label())
}

//! One task for each PostgreSQL: a quick reading each minute, a slow one each ten; backs off and ends with its source.

use std::sync::Arc;
use std::time::Duration;

use domain::{EngineEvent, Problem, SlowHealth, SourceConfig, Tick, Timestamp};
use parking_lot::Mutex;
use sources::postgres::PostgresSource;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::kept::Kept;
use super::samples::samples;
use crate::opening::Opening;
use crate::schedule::{backoff, pause};
use crate::{Engine, EngineError};

/// Until the poller has found out whether the server answers.
const FIRST_WAIT: Duration = Duration::from_millis(500);

pub(crate) struct Reader {
    engine: Engine,
    config: SourceConfig,
    pub(super) source: Arc<PostgresSource>,
    kept: Arc<Mutex<Kept>>,
    /// One reading at a time, whoever asks.
    turn: tokio::sync::Mutex<Turn>,
}

#[derive(Default)]
struct Turn {
    failures: u32,
    slow_due: Option<Instant>,
}

impl Engine {
    /// Reads the health of this server until `stop`.
    pub(crate) fn start_health(&self, config: SourceConfig, opening: &Arc<Opening>, stop: CancellationToken) {
        self.beside_poller(config, opening, Reader::open, move |reader| Arc::new(reader).run(stop));
    }
}

impl Reader {
    fn open(engine: &Engine, config: SourceConfig, opening: &Opening) -> Result<Reader, EngineError> {
        let source = engine.opened_database(&config, opening)?;
        let kept = engine.inner.healths.kept(&config.id);
        Ok(Reader { engine: engine.clone(), config, source, kept, turn: tokio::sync::Mutex::default() })
    }

    async fn run(self: Arc<Self>, stop: CancellationToken) {
        self.engine.inner.healths.begin(&self.config.id, &self);
        let mut wait = FIRST_WAIT.min(self.interval());
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(wait) => {}
            }
            wait = tokio::select! {
                () = stop.cancelled() => break,
                wait = self.read_when_due() => wait,
            };
        }
        self.engine.inner.healths.end(&self.config.id, &self);
    }

    async fn read_when_due(&self) -> Duration {
        // A server that refuses the poller is not asked by a second one: accounts are locked that way.
        match self.engine.why_not_asked(&self.config.id) {
            Some(None) => return FIRST_WAIT.min(self.interval()),
            Some(problem) => {
                self.kept.lock().problem = problem;
                return pause(self.interval().min(Duration::from_secs(5)), fastrand::f64());
            }
            None => {}
        }
        match self.read(false).await {
            Ok(()) => pause(self.interval(), fastrand::f64()),
            Err(failures) => backoff(self.interval(), failures, fastrand::f64()),
        }
    }

    /// Reads, judges and records. With `all` the slow part too, due or not. Fails with how often it did in a row.
    pub(super) async fn read(&self, all: bool) -> Result<(), u32> {
        let mut turn = self.turn.lock().await;
        match self.readings(all, &mut turn).await {
            Ok(()) => {
                turn.failures = 0;
                Ok(())
            }
            Err(problem) => {
                turn.failures = turn.failures.saturating_add(1);
                self.kept.lock().problem = Some(problem);
                Err(turn.failures)
            }
        }
    }

    async fn readings(&self, all: bool, turn: &mut Turn) -> Result<(), Problem> {
        let at = self.engine.inner.clock.now();
        let quick = self.source.quick_health(at).await?;
        let slow = self.slow_reading(all, at, turn).await;
        let (slow, problem) = match slow {
            Some(Ok(slow)) => (Some(slow), None),
            Some(Err(problem)) => (None, Some(problem)),
            None => (None, None),
        };
        let taken = samples(&self.config.id, &quick, slow.as_ref());
        let (checks, begun) = {
            let mut kept = self.kept.lock();
            kept.take(quick, slow);
            // What was read quickly counts all the same.
            kept.problem = problem;
            (kept.checks.clone(), kept.cost.is_some())
        };
        // It may have been removed meanwhile, and then nothing of it is kept.
        if self.engine.source(&self.config.id).is_ok() {
            self.engine.inner.recorder.push(Tick { at, samples: taken });
            self.engine.judge_health(&self.config, &checks, at);
            self.engine.emit(EngineEvent::HealthRead { source: self.config.id.clone(), at });
        }
        if !begun {
            self.count_from_now().await;
        }
        Ok(())
    }

    /// None where it is not due. One that failed is tried again with the next quick one.
    async fn slow_reading(
        &self,
        all: bool,
        at: Timestamp,
        turn: &mut Turn,
    ) -> Option<Result<SlowHealth, Problem>> {
        if !all && turn.slow_due.is_some_and(|due| due > Instant::now()) {
            return None;
        }
        let slow = match self.engine.shared_reads_soon().await {
            Some(reads) => reads.slow_health(&self.config.id, &self.source, all).await,
            None => self.source.slow_health(at).await,
        };
        if let Ok(slow) = &slow {
            // One that another console read is due when it is as old as one of our own would be.
            let every = self.engine.inner.health_options.slow_every;
            let age = Duration::from_millis(u64::try_from(at.millis_since(slow.at)).unwrap_or(0));
            turn.slow_due = Some(Instant::now() + every.saturating_sub(age));
        }
        Some(slow)
    }

    /// What the console's queries had cost so far is not of this run; without it there is no share of a core.
    async fn count_from_now(&self) {
        if let Ok(cost) = self.source.own_cost(self.engine.inner.clock.now()).await
            && let Ok(counted) = cost.counted
        {
            self.kept.lock().cost.get_or_insert(counted);
        }
    }

    fn interval(&self) -> Duration {
        self.engine.inner.health_options.quick_every
    }
}

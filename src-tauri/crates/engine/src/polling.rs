//! One task for each source: waits, polls, records, judges, and never dies.

use std::sync::Arc;
use std::time::Duration;

use domain::{
    EngineEvent, Facts, MetricKind, PollResult, Problem, ProblemCode, Reading, Sample, SeriesKey,
    SourceConfig, SourceId, SourceState, Tick, Timestamp, metric,
};
use sources::Source;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::opening::Opening;
use crate::schedule::{backoff, pause};
use crate::sources::timed_out;
use crate::{Engine, pools};

/// A poll that takes longer is given up; sources keep shorter deadlines of their own.
const POLL_DEADLINE: Duration = Duration::from_secs(15);

/// What makes two polls the same: the source and everything that says how it is reached, credentials included.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct PollKey {
    source: SourceId,
    /// Distinguishes configurations of one source: an edited source never shares a poll with its former self.
    generation: usize,
}

pub(crate) struct PollOutcome {
    at: Timestamp,
    took: Duration,
    result: PollResult,
}

/// What the poller of one configuration carries from poll to poll.
struct Poller {
    engine: Engine,
    config: SourceConfig,
    source: Arc<dyn Source>,
    stop: CancellationToken,
    wake: Arc<Notify>,
    failures: u32,
    failing_since: Option<Timestamp>,
}

enum Next {
    After(Duration),
    /// Not before the person asks for it.
    WhenWoken,
}

impl Engine {
    pub(crate) fn start_poller(
        &self,
        config: SourceConfig,
        opening: Arc<Opening>,
        stop: CancellationToken,
        wake: Arc<Notify>,
    ) {
        let engine = self.clone();
        self.inner.tasks.spawn(async move {
            let opened = {
                let config = config.clone();
                engine.blocking(move |engine| Ok(engine.opened(&config, &opening))).await
            };
            match opened {
                Ok(Ok(opened)) => {
                    let source = opened.source();
                    let poller =
                        Poller { engine, config, source, stop, wake, failures: 0, failing_since: None };
                    poller.run().await;
                }
                Ok(Err(problem)) => {
                    let since = engine.inner.clock.now();
                    engine.source_failed(&config.id, SourceState::Stopped { problem, since }, None);
                }
                // The console is ending.
                Err(_) => {}
            }
        });
    }

    pub(crate) fn password_of(&self, config: &SourceConfig) -> Result<Option<String>, crate::EngineError> {
        match &config.secret {
            None => Ok(None),
            Some(reference) => self.inner.passwords.read(reference)?.ok_or_else(secret_missing).map(Some),
        }
    }
}

impl Poller {
    async fn run(mut self) {
        let mut next = Next::After(first_delay(&self.config));
        loop {
            let stop = self.stop.clone();
            tokio::select! {
                () = stop.cancelled() => break,
                () = due(&next) => {}
                () = self.wake.notified() => {}
            }
            next = tokio::select! {
                () = stop.cancelled() => break,
                next = self.poll_once() => next,
            };
        }
        self.source.close().await;
    }

    async fn poll_once(&mut self) -> Next {
        let outcome = self.shared_poll().await;
        let took_ms = outcome.took.as_secs_f64() * 1000.0;
        match &outcome.result {
            Ok(reading) => {
                self.failures = 0;
                self.failing_since = None;
                self.engine.source_answered(&self.config.id, outcome.at, took_ms, reading);
                Next::After(pause(self.interval(), fastrand::f64()))
            }
            Err(problem) => self.failed(problem, outcome.at, took_ms),
        }
    }

    /// The poll itself, shared with whoever asks for the same at the same time; a panic becomes a problem.
    async fn shared_poll(&self) -> Arc<PollOutcome> {
        let key = PollKey { source: self.config.id.clone(), generation: Arc::as_ptr(&self.wake).addr() };
        let source = Arc::clone(&self.source);
        let at = self.engine.inner.clock.now();
        let started = Instant::now();
        let work = async move {
            let polled = tokio::time::timeout(POLL_DEADLINE, source.poll(at)).await;
            let result = polled.unwrap_or_else(|_| Err(timed_out()));
            Arc::new(PollOutcome { at, took: started.elapsed(), result })
        };
        self.engine.inner.polls.run(key, move || work).await.unwrap_or_else(|error| {
            let result = Err(internal(&error.to_string()));
            Arc::new(PollOutcome { at, took: started.elapsed(), result })
        })
    }

    fn failed(&mut self, problem: &Problem, at: Timestamp, took_ms: f64) -> Next {
        self.failures = self.failures.saturating_add(1);
        let since = *self.failing_since.get_or_insert(at);
        let problem = problem.clone();
        if problem.code.stops_polling() {
            let state = SourceState::Stopped { problem, since };
            self.engine.source_failed(&self.config.id, state, Some(took_ms));
            return Next::WhenWoken;
        }
        let wait = backoff(self.interval(), self.failures, fastrand::f64());
        let retry_at = Some(at.plus_millis(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)));
        let state = SourceState::Failing { problem, since, attempts: self.failures, retry_at };
        self.engine.source_failed(&self.config.id, state, Some(took_ms));
        Next::After(wait)
    }

    fn interval(&self) -> Duration {
        Duration::from_millis(u64::from(self.config.interval_ms.max(SourceConfig::MIN_INTERVAL_MS)))
    }
}

/// A short random wait, so that twenty sources do not start on one moment.
fn first_delay(config: &SourceConfig) -> Duration {
    Duration::from_millis(u64::from(config.interval_ms)).mul_f64(fastrand::f64() * 0.1)
}

async fn due(next: &Next) {
    match next {
        Next::After(wait) => tokio::time::sleep(*wait).await,
        Next::WhenWoken => std::future::pending().await,
    }
}

impl Engine {
    fn source_answered(&self, id: &SourceId, at: Timestamp, took_ms: f64, reading: &Reading) {
        let state = if reading.degraded.is_empty() {
            SourceState::Ok
        } else {
            SourceState::Degraded { reasons: reading.degraded.clone() }
        };
        let mut samples = reading.samples.clone();
        samples.push(poll_duration(id, took_ms));
        {
            let mut sources = self.inner.sources.write();
            let Some(watched) = sources.get_mut(id) else { return };
            watched.recent.push(at, reading.facts.clone());
            samples.extend(pools::derived_samples(id, &watched.recent));
            watched.status.version = reading.version.clone().or_else(|| watched.status.version.take());
            watched.status.last_poll_at = Some(at);
            watched.status.last_poll_ms = Some(took_ms);
            watched.status.polls += 1;
        }
        self.inner.recorder.push(Tick { at, samples });
        self.set_state(id, state);
        self.judge(id, at);
        if let Facts::Redis(redis) = &reading.facts {
            self.redis_answered(id, redis, at);
        }
        self.emit(EngineEvent::Polled { source: id.clone(), at });
    }

    /// A failed poll leaves a gap: no sample is written, only the state tells.
    fn source_failed(&self, id: &SourceId, state: SourceState, took_ms: Option<f64>) {
        {
            let mut sources = self.inner.sources.write();
            let Some(watched) = sources.get_mut(id) else { return };
            watched.status.failures += 1;
            watched.status.last_poll_ms = took_ms.or(watched.status.last_poll_ms);
        }
        self.set_state(id, state);
        self.judge(id, self.inner.clock.now());
    }
}

/// Not recorded twice: a source that times itself wins.
fn poll_duration(id: &SourceId, took_ms: f64) -> Sample {
    Sample { key: SeriesKey::new(id, metric::POLL_MS), kind: MetricKind::Gauge, value: took_ms }
}

fn internal(message: &str) -> Problem {
    Problem {
        code: ProblemCode::Internal,
        message: format!("Polling ended unexpectedly: {message}."),
        remedy: Some(
            "The console tries again. If it stays so, report it with the version of the source.".to_owned(),
        ),
    }
}

fn secret_missing() -> crate::EngineError {
    crate::EngineError::InvalidSource(Problem {
        code: ProblemCode::SecretMissing,
        message: "The password of this source is no longer in the place where passwords are kept.".to_owned(),
        remedy: Some("Edit the source and enter the password again.".to_owned()),
    })
}

impl crate::EngineError {
    /// As the state of a source shows it.
    pub(crate) fn into_problem(self) -> Problem {
        match self {
            crate::EngineError::InvalidSource(problem) => problem,
            other => Problem {
                code: ProblemCode::SecretMissing,
                message: other.to_string(),
                remedy: other.remedy(),
            },
        }
    }
}

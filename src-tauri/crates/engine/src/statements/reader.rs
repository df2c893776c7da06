//! One task for each PostgreSQL: reads its counters, keeps what was added, names what is new.

use std::sync::Arc;
use std::time::Duration;

use analysis::statements::{after_a_pause, between};
use domain::{EngineEvent, SourceConfig, StatementInterval, StatementTotals, Timestamp};
use parking_lot::Mutex;
use sources::postgres::{CountedStatements, PostgresSource};
use tokio_util::sync::CancellationToken;

use super::kept::Kept;
use crate::opening::Opening;
use crate::schedule::{backoff, pause};
use crate::{Engine, EngineError};

/// The server reads all its texts to give a few, so they are not asked for with each reading.
const READINGS_BETWEEN_TEXTS: u32 = 3;
/// How often old history goes.
const MAINTAIN_EVERY: Duration = Duration::from_secs(600);

struct Reader {
    engine: Engine,
    config: SourceConfig,
    source: Arc<PostgresSource>,
    interval: Duration,
    kept: Arc<Mutex<Kept>>,
    earlier: Option<StatementTotals>,
    /// The end of what an earlier run of the console counted.
    newest: Option<Timestamp>,
    failures: u32,
    /// Readings until texts may be asked for again.
    texts_in: u32,
}

impl Engine {
    /// Reads what the statements of this server count, until `stop`.
    pub(crate) fn start_statements(
        &self,
        config: SourceConfig,
        opening: &Arc<Opening>,
        stop: CancellationToken,
    ) {
        self.beside_poller(config, opening, Reader::open, move |reader| reader.run(stop));
    }
}

impl Reader {
    fn open(engine: &Engine, config: SourceConfig, opening: &Opening) -> Result<Reader, EngineError> {
        let source = engine.opened_database(&config, opening)?;
        let kept = engine.kept_statements(&config.id)?;
        let newest = engine.inner.statement_store.newest(&config.id)?;
        let interval = engine.inner.read_statements_every;
        let engine = engine.clone();
        Ok(Reader { engine, config, source, interval, kept, earlier: None, newest, failures: 0, texts_in: 0 })
    }

    async fn run(mut self, stop: CancellationToken) {
        let mut wait = self.interval.mul_f64(fastrand::f64() * 0.1);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(wait) => {}
            }
            wait = tokio::select! {
                () = stop.cancelled() => break,
                wait = self.read_once() => wait,
            };
        }
    }

    async fn read_once(&mut self) -> Duration {
        if let Some(problem) = self.engine.why_not_asked(&self.config.id) {
            self.kept.lock().problem = problem;
            return pause(self.interval, fastrand::f64());
        }
        let at = self.engine.inner.clock.now();
        match self.source.read_statements(at).await {
            Ok(counted) => {
                self.failures = 0;
                self.read(counted).await;
                self.engine.emit(EngineEvent::StatementsRead { source: self.config.id.clone(), at });
                pause(self.interval, fastrand::f64())
            }
            Err(problem) => {
                self.failures = self.failures.saturating_add(1);
                self.kept.lock().problem = Some(problem);
                backoff(self.interval, self.failures, fastrand::f64())
            }
        }
    }

    async fn read(&mut self, counted: CountedStatements) {
        let interval_ms = self.kept.lock().interval_ms;
        let interval = match &self.earlier {
            Some(earlier) => Some(between(earlier, &counted.totals, interval_ms)),
            None => {
                self.newest.take().and_then(|newest| after_a_pause(newest, counted.totals.at, interval_ms))
            }
        };
        self.keep(&counted, interval.as_ref());
        let at = counted.totals.at;
        self.earlier = Some(counted.totals);
        let Some(interval) = interval else { return };
        self.name_what_is_new(at).await;
        self.record(interval).await;
    }

    fn keep(&self, counted: &CountedStatements, interval: Option<&StatementInterval>) {
        let mut kept = self.kept.lock();
        kept.problem = None;
        kept.columns.clone_from(&counted.columns);
        if kept.lacks != counted.lacks {
            kept.ask_again();
            kept.lacks.clone_from(&counted.lacks);
        }
        kept.begun.get_or_insert(counted.totals.at);
        if let Some(interval) = interval {
            kept.push(interval);
        }
    }

    async fn name_what_is_new(&mut self, at: Timestamp) {
        self.texts_in = self.texts_in.saturating_sub(1);
        let mut wanted = self.kept.lock().unnamed();
        if wanted.is_empty() || self.texts_in > 0 {
            return;
        }
        if wanted.len() <= PostgresSource::MOST_TEXTS {
            self.texts_in = READINGS_BETWEEN_TEXTS;
        }
        wanted.truncate(PostgresSource::MOST_TEXTS);
        let Ok(texts) = self.source.statement_texts(&wanted).await else { return };
        let (kept, id) = (Arc::clone(&self.kept), self.config.id.clone());
        let outcome = self.engine.blocking(move |engine| {
            let names: Vec<_> = texts.into_iter().map(analysis::statements::name).collect();
            kept.lock().name(&wanted.into_iter().collect(), names.clone());
            Ok(engine.inner.statement_store.keep_names(&id, &names, at)?)
        });
        tell_failure(outcome.await);
    }

    /// A file that cannot be written costs history, not the page.
    async fn record(&self, interval: StatementInterval) {
        let id = self.config.id.clone();
        let outcome = self.engine.blocking(move |engine| {
            // It may have been removed meanwhile, and then nothing of it is kept.
            engine.source(&id)?;
            Ok(engine.inner.statement_store.record(&id, &interval)?)
        });
        tell_failure(outcome.await);
    }
}

fn tell_failure(outcome: Result<(), EngineError>) {
    if let Err(error) = outcome {
        tracing::warn!(%error, "what statements counted could not be kept");
    }
}

impl Engine {
    /// Lets old history of statements go, until the engine ends.
    pub(crate) fn start_statement_upkeep(&self) {
        let engine = self.clone();
        self.inner.tasks.spawn(async move {
            loop {
                tokio::select! {
                    () = engine.inner.stop.cancelled() => break,
                    () = tokio::time::sleep(MAINTAIN_EVERY) => {}
                }
                tell_failure(engine.blocking(Engine::maintain_statements).await);
            }
        });
    }

    fn maintain_statements(&self) -> Result<(), EngineError> {
        let retention = self.inner.settings.read().retention.clone();
        Ok(self.inner.statement_store.maintain(self.inner.clock.now(), &retention)?)
    }
}

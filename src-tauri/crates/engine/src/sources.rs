//! Sources added, tested, edited, removed and tried again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::{
    Check, EngineEvent, Problem, ProblemCode, SourceConfig, SourceDraft, SourceId, SourceState, SourceStatus,
    TestReport,
};

use crate::drafts::configure;
use crate::watched::{Watched, answers};
use crate::{Engine, EngineError};

/// A test gives up after this long, whatever the source does.
const TEST_DEADLINE: Duration = Duration::from_secs(15);

impl Engine {
    /// Every source with its state, by name.
    pub fn sources(&self) -> Vec<SourceStatus> {
        let mut all: Vec<SourceStatus> =
            self.inner.sources.read().values().map(|watched| watched.status.clone()).collect();
        all.sort_by(|a, b| a.config.name.cmp(&b.config.name));
        all
    }

    pub fn source(&self, id: &SourceId) -> Result<SourceStatus, EngineError> {
        let sources = self.inner.sources.read();
        let watched = sources.get(id).ok_or_else(|| EngineError::SourceNotFound(id.clone()))?;
        Ok(watched.status.clone())
    }

    /// Polls a draft once without keeping anything.
    pub async fn test_source(&self, draft: SourceDraft) -> Result<TestReport, EngineError> {
        let started = Instant::now();
        let opened = self.blocking(move |engine| engine.open_draft(&draft)).await;
        let source = match opened {
            Ok(source) => source,
            Err(EngineError::InvalidSource(problem)) => return Ok(failed(problem, started)),
            Err(other) => return Err(other),
        };
        let outcome = tokio::time::timeout(TEST_DEADLINE, source.poll(self.inner.clock.now())).await;
        source.close().await;
        Ok(match outcome {
            Ok(Ok(reading)) => TestReport {
                ok: true,
                version: reading.version,
                took_ms: started.elapsed().as_secs_f64() * 1000.0,
                found: reading.found,
                degraded: reading.degraded,
                problem: None,
            },
            Ok(Err(problem)) => failed(problem, started),
            Err(_) => failed(timed_out(), started),
        })
    }

    fn open_draft(&self, draft: &SourceDraft) -> Result<Arc<dyn sources::Source>, EngineError> {
        let existing = self.configs();
        let stored = draft.id.as_ref().and_then(|id| existing.iter().find(|config| config.id == *id));
        let password = self
            .inner
            .passwords
            .for_test(&draft.password, stored.and_then(|config| config.secret.as_ref()))?;
        let mut probe = draft.clone();
        if probe.name.trim().is_empty() {
            // A name is needed to keep a source, not to try it.
            probe.name = "(new source)".to_owned();
        }
        let config = configure(&probe, &existing, None).map_err(EngineError::InvalidSource)?;
        sources::open(&config, password, &self.inner.context)
            .map(|opened| opened.source())
            .map_err(EngineError::InvalidSource)
    }

    /// Keeps a new or an edited source and begins to poll it.
    pub async fn save_source(&self, draft: SourceDraft) -> Result<SourceStatus, EngineError> {
        self.blocking(move |engine| engine.save_source_now(&draft)).await
    }

    fn save_source_now(&self, draft: &SourceDraft) -> Result<SourceStatus, EngineError> {
        let existing = self.configs();
        let stored = draft
            .id
            .as_ref()
            .and_then(|id| existing.iter().find(|config| config.id == *id))
            .and_then(|config| config.secret.clone());
        let mut config = configure(draft, &existing, stored.clone()).map_err(EngineError::InvalidSource)?;
        config.secret = self.inner.passwords.apply(&config.id, &draft.password, stored)?;
        self.inner.store.save_source(&config)?;
        self.watch(config.clone());
        let status = self.source(&config.id)?;
        self.emit(EngineEvent::SourceChanged { status: status.clone() });
        self.emit_status();
        Ok(status)
    }

    /// Forgets a source, its password, its samples and its open findings.
    pub async fn remove_source(&self, id: SourceId) -> Result<(), EngineError> {
        self.blocking(move |engine| engine.remove_source_now(&id)).await
    }

    fn remove_source_now(&self, id: &SourceId) -> Result<(), EngineError> {
        let removed = self.inner.sources.write().remove(id);
        let watched = removed.ok_or_else(|| EngineError::SourceNotFound(id.clone()))?;
        watched.stop.cancel();
        if let Some(reference) = &watched.status.config.secret {
            self.inner.passwords.remove(reference)?;
        }
        self.inner.store.remove_source(id)?;
        self.forget_findings(id)?;
        self.inner.recorder.forget(id);
        self.inner.history.forget_source(id)?;
        self.inner.activities.forget(id);
        self.inner.flight_recorder.forget(id)?;
        self.inner.healths.forget(id);
        self.inner.context.own_queries.forget(id);
        self.inner.statements.forget(id);
        self.inner.statement_store.forget_source(id)?;
        self.inner.caches.forget(id);
        self.inner.cache_store.forget(id)?;
        self.inner.probes.forget(id);
        self.inner.team_cache.forget(id);
        self.emit(EngineEvent::SourceRemoved { source: id.clone() });
        self.emit_status();
        Ok(())
    }

    /// Polls now; a stopped source is tried again.
    pub fn retry_source(&self, id: &SourceId) -> Result<(), EngineError> {
        let mut sources = self.inner.sources.write();
        let watched = sources.get_mut(id).ok_or_else(|| EngineError::SourceNotFound(id.clone()))?;
        watched.retries += 1;
        watched.wake.notify_one();
        Ok(())
    }

    pub async fn set_source_enabled(&self, id: SourceId, enabled: bool) -> Result<SourceStatus, EngineError> {
        self.blocking(move |engine| {
            let mut config = engine.source(&id)?.config;
            config.enabled = enabled;
            engine.inner.store.save_source(&config)?;
            engine.watch(config);
            let status = engine.source(&id)?;
            engine.emit(EngineEvent::SourceChanged { status: status.clone() });
            engine.emit_status();
            Ok(status)
        })
        .await
    }

    /// Where passwords are kept, in a sentence.
    pub fn password_place(&self) -> String {
        self.inner.passwords.place()
    }

    pub(crate) fn configs(&self) -> Vec<SourceConfig> {
        self.inner.sources.read().values().map(|watched| watched.status.config.clone()).collect()
    }

    pub(crate) fn start_all_pollers(&self) -> Result<(), EngineError> {
        for config in self.inner.store.sources()? {
            self.watch(config);
        }
        Ok(())
    }

    /// Replaces whatever watched this source with a poller of this configuration.
    fn watch(&self, config: SourceConfig) {
        let stop = self.inner.stop.child_token();
        let mut watched = Watched::new(config.clone(), stop.clone());
        let (opening, wake) = (Arc::clone(&watched.opening), Arc::clone(&watched.wake));
        let enabled = config.enabled;
        {
            let mut sources = self.inner.sources.write();
            if let Some(previous) = sources.remove(&config.id) {
                previous.stop.cancel();
                watched.recent = previous.recent;
                watched.status.version = previous.status.version;
                watched.status.last_poll_at = previous.status.last_poll_at;
            }
            sources.insert(config.id.clone(), watched);
        }
        if enabled {
            self.start_activity(config.clone(), &opening, stop.clone());
            self.start_statements(config.clone(), &opening, stop.clone());
            self.start_health(config.clone(), &opening, stop.clone());
            self.start_poller(config, opening, stop, wake);
        } else {
            self.clear_check(&config.id, Check::SourceFailing);
        }
    }

    /// Sets the state of a source after a poll and tells the shells, who also show when that was and how long it took.
    pub(crate) fn set_state(&self, id: &SourceId, state: SourceState) {
        let (status, turned) = {
            let mut sources = self.inner.sources.write();
            let Some(watched) = sources.get_mut(id) else { return };
            let turned = answers(&state) != answers(&watched.status.state);
            watched.status.state = state;
            (watched.status.clone(), turned)
        };
        self.emit(EngineEvent::SourceChanged { status });
        if turned {
            self.tell_status_soon();
        }
    }

    /// The console's status looks at files, for which a poll does not wait.
    fn tell_status_soon(&self) {
        let engine = self.clone();
        self.inner.tasks.spawn(async move {
            let told = engine.blocking(|engine| {
                engine.emit_status();
                Ok(())
            });
            if let Err(error) = told.await {
                tracing::debug!(%error, "the status could not be told");
            }
        });
    }
}

fn failed(problem: Problem, started: Instant) -> TestReport {
    TestReport {
        ok: false,
        version: None,
        took_ms: started.elapsed().as_secs_f64() * 1000.0,
        found: Vec::new(),
        degraded: Vec::new(),
        problem: Some(problem),
    }
}

pub(crate) fn timed_out() -> Problem {
    Problem {
        code: ProblemCode::Timeout,
        message: "The source did not finish answering in time.".to_owned(),
        remedy: Some(
            "Check that it is not overloaded and that the network between is not dropping packets."
                .to_owned(),
        ),
    }
}

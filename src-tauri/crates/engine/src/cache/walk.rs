//! Walks over the keys of a Redis: begun by hand, told while they run, kept when they end.

use std::sync::Arc;
use std::time::Duration;

use analysis::keyspace::{Tally, WalkFacts};
use domain::{
    EngineEvent, KeyMeasure, Keyspace, KeyspaceCost, KeyspaceOptions, KeyspaceState, Problem, SourceId,
    TagMeasure, Timestamp,
};
use parking_lot::Mutex;
use sources::redis::RedisSource;
use sources::redis::keyspace::{KeySink, Primary, WalkEnd, walk};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{Engine, EngineError};

/// How often progress is told.
const TOLD_EVERY: Duration = Duration::from_millis(500);
/// More of a core than this would be felt.
const MOST_BUDGET: f64 = 0.5;
const LEAST_BUDGET: f64 = 0.001;

/// A walk that runs.
pub(super) struct Running {
    pub cancel: CancellationToken,
    pub seen: Arc<Mutex<Keyspace>>,
}

/// What a walk added to the counters of the server itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct OwnLookups {
    pub ended_at: Timestamp,
    pub hits: f64,
    pub misses: f64,
}

impl Engine {
    /// Begins a walk; its progress is told by `keyspace_changed`.
    ///
    /// # Errors
    /// `source_not_found`, `not_a_redis`, `walk_runs`; `invalid_limits` for a budget that is none.
    pub async fn walk_keyspace(
        &self,
        source: SourceId,
        options: Option<KeyspaceOptions>,
    ) -> Result<(), EngineError> {
        let options = options.unwrap_or_default();
        check(&options)?;
        let (config, redis) = self.opened_redis(source.clone()).await?;
        let cancel = self.inner.stop.child_token();
        let begun = begun(source.clone(), redis.database(), self.now());
        let seen = Arc::new(Mutex::new(Tally::new(options).snapshot(begun)));
        let running = Running { cancel: cancel.clone(), seen: Arc::clone(&seen) };
        let free = self.inner.caches.with(&source, |server| {
            let free = server.walk.is_none();
            if free {
                server.walk = Some(running);
            }
            free
        });
        if !free {
            return Err(EngineError::WalkRuns { name: config.name });
        }
        self.tell_keyspace(&source);
        let engine = self.clone();
        self.inner
            .tasks
            .spawn(async move { engine.carry_out_walk(source, redis, options, cancel, seen).await });
        Ok(())
    }

    /// Stops a walk; what was seen until then is kept. Nothing happens where none runs.
    pub fn cancel_keyspace(&self, source: &SourceId) {
        self.inner.caches.with(source, |server| {
            if let Some(running) = &server.walk {
                running.cancel.cancel();
            }
        });
    }

    async fn carry_out_walk(
        &self,
        source: SourceId,
        redis: Arc<RedisSource>,
        options: KeyspaceOptions,
        cancel: CancellationToken,
        seen: Arc<Mutex<Keyspace>>,
    ) {
        let told = {
            let (engine, source) = (self.clone(), source.clone());
            move |keyspace: Keyspace| {
                *seen.lock() = keyspace;
                engine.tell_keyspace(&source);
            }
        };
        let (keyspace, own) = walk_over(&redis, source.clone(), options, &cancel, self.now(), told).await;
        let ended_at = self.now();
        self.inner.caches.with(&source, |server| {
            server.walk = None;
            server.own_lookups = own.map(|(hits, misses)| OwnLookups { ended_at, hits, misses });
        });
        // It may have been removed meanwhile, and then nothing of it is kept.
        let kept = self.blocking(move |engine| {
            if engine.source(&keyspace.source).is_ok() {
                engine.inner.cache_store.keep_keyspace(&keyspace)?;
            }
            Ok(())
        });
        if let Err(error) = kept.await {
            tracing::warn!(%error, "a walk over keys could not be kept");
        }
        self.tell_keyspace(&source);
    }

    fn tell_keyspace(&self, source: &SourceId) {
        self.emit(EngineEvent::KeyspaceChanged { source: source.clone(), at: self.now() });
    }

    /// The walk that runs, or the last.
    pub(super) fn keyspace(&self, source: &SourceId) -> Result<Option<Keyspace>, EngineError> {
        let running = self
            .inner
            .caches
            .with(source, |server| server.walk.as_ref().map(|running| running.seen.lock().clone()));
        match running {
            Some(keyspace) => Ok(Some(keyspace)),
            None => Ok(self.inner.cache_store.keyspace(source)?),
        }
    }
}

fn check(options: &KeyspaceOptions) -> Result<(), EngineError> {
    if !(LEAST_BUDGET..=MOST_BUDGET).contains(&options.budget) {
        return Err(EngineError::InvalidLimits {
            message: "a walk may take from 0.1% to 50% of one core of the server",
        });
    }
    Ok(())
}

fn begun(source: SourceId, database: u32, now: Timestamp) -> WalkFacts {
    WalkFacts {
        source,
        started_at: now,
        took_ms: 0.0,
        state: KeyspaceState::Running,
        database,
        cost: KeyspaceCost::default(),
        lacks: Vec::new(),
    }
}

/// Walks to the end, or until it is cancelled or cut off; `told` hears of progress twice a second. With what the walk
/// itself looked up and did not find, where it got so far.
pub(super) async fn walk_over(
    redis: &RedisSource,
    source: SourceId,
    options: KeyspaceOptions,
    cancel: &CancellationToken,
    now: Timestamp,
    told: impl FnMut(Keyspace) + Send,
) -> (Keyspace, Option<(f64, f64)>) {
    let database = redis.database();
    let facts = begun(source, database, now);
    let mut sink = Sink { tally: Tally::new(options), facts, begun: Instant::now(), last_told: None, told };
    let primaries = match redis.primaries().await {
        Ok(primaries) => primaries,
        Err(problem) => return (sink.failed(problem), None),
    };
    let primaries = primaries
        .into_iter()
        .map(|primary| Primary { address: primary.address, connection: primary.connection })
        .collect();
    let end = walk(primaries, database, options, cancel, &mut sink).await;
    let own = (end.hits as f64, end.misses as f64);
    (sink.ended(end), Some(own))
}

/// Hands what a walk finds to the tally, and tells of it now and then.
struct Sink<F> {
    tally: Tally,
    facts: WalkFacts,
    begun: Instant,
    last_told: Option<Instant>,
    told: F,
}

impl<F> Sink<F> {
    fn snapshot(&mut self) -> Keyspace {
        self.facts.took_ms = self.begun.elapsed().as_secs_f64() * 1000.0;
        self.tally.snapshot(self.facts.clone())
    }

    fn ended(mut self, end: WalkEnd) -> Keyspace {
        self.facts.state = end.state;
        self.facts.cost = end.cost;
        self.facts.lacks = end.lacks;
        self.snapshot()
    }

    fn failed(mut self, problem: Problem) -> Keyspace {
        self.facts.state = KeyspaceState::Failed { problem };
        self.snapshot()
    }
}

impl<F: FnMut(Keyspace) + Send> KeySink for Sink<F> {
    fn expect(&mut self, keys: u64) {
        self.tally.expect(keys);
    }

    fn seen(&mut self, name: &[u8]) -> bool {
        self.tally.seen(name)
    }

    fn measured(&mut self, name: &[u8], measure: &KeyMeasure<'_>) {
        self.tally.measured(name, measure);
    }

    fn tagged(&mut self, measure: &TagMeasure<'_>) {
        self.tally.tagged(measure);
    }

    fn stepped(&mut self, cost: &KeyspaceCost, lacks: &[String]) {
        if self.last_told.is_some_and(|last| last.elapsed() < TOLD_EVERY) {
            return;
        }
        self.last_told = Some(Instant::now());
        self.facts.cost = *cost;
        self.facts.lacks = lacks.to_vec();
        let keyspace = self.snapshot();
        (self.told)(keyspace);
    }
}

//! Reads through the cache: what another console read lately, else the database itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::{Catalog, Problem, ProblemCode, SharedReadKind, SharedReadUse, SlowHealth, SourceId};
use runtime::query_cache::{QueryCache, QueryKey, ReadError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sources::postgres::{PostgresSource, ServerIdentity};
use sources::redis::RedisLink;
use tokio::time::Instant;

use super::Uses;
use crate::Clock;

/// The form of what lies there; another version of the console reads past it.
const FORM: u32 = 1;

pub(super) const TYPES: [(SharedReadKind, &str); 2] = [
    (SharedReadKind::SlowHealth, "console_slow_health"),
    (SharedReadKind::IndexCatalog, "console_index_catalog"),
];

/// A handle; clones share everything.
#[derive(Clone)]
pub(crate) struct SharedReads {
    pub(super) cache: QueryCache<RedisLink>,
    pub(super) uses: Arc<Uses>,
    pub(super) clock: Arc<dyn Clock>,
}

impl SharedReads {
    /// Sizes, bloat, dead tuples. With `anew` the database is asked in any case, and the others get what it says.
    ///
    /// # Errors
    /// As [`PostgresSource::slow_health`]; Redis never makes this fail.
    pub(crate) async fn slow_health(
        &self,
        source: &SourceId,
        database: &Arc<PostgresSource>,
        anew: bool,
    ) -> Result<SlowHealth, Problem> {
        let now = self.clock.now();
        self.read(SharedReadKind::SlowHealth, source, database, anew, async move |database| {
            database.slow_health(now).await
        })
        .await
    }

    /// Tables, columns, statistics and indexes.
    ///
    /// # Errors
    /// As [`PostgresSource::catalog`]; Redis never makes this fail.
    pub(crate) async fn catalog(
        &self,
        source: &SourceId,
        database: &Arc<PostgresSource>,
        anew: bool,
    ) -> Result<Catalog, Problem> {
        let now = self.clock.now();
        self.read(SharedReadKind::IndexCatalog, source, database, anew, async move |database| {
            database.catalog(now).await
        })
        .await
    }

    async fn read<T, F, Fut>(
        &self,
        what: SharedReadKind,
        source: &SourceId,
        database: &Arc<PostgresSource>,
        anew: bool,
        ask: F,
    ) -> Result<T, Problem>
    where
        T: Serialize + DeserializeOwned + Clone + Send + Sync + 'static,
        F: FnOnce(Arc<PostgresSource>) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, Problem>> + Send + 'static,
    {
        let begun = Instant::now();
        // Whose answer it is must be sure: a name such as localhost means another server on every machine.
        let Some(identity) = database.identity().await? else { return ask(Arc::clone(database)).await };
        let (name, parameters) = (type_name(what), parameters(&identity));
        let key = QueryKey::new(name, &parameters);
        if anew {
            // What cannot be removed now is read past, and removed later.
            let _ = self.cache.invalidate_key(&key).await;
        }
        let asked = Arc::new(AtomicBool::new(false));
        let fetch = {
            let (asked, database) = (Arc::clone(&asked), Arc::clone(database));
            move || {
                asked.store(true, Ordering::Relaxed);
                ask(database)
            }
        };
        let read = self.cache.with_cache(name, &parameters, fetch).await.map_err(problem)?;
        let used = SharedReadUse {
            at: self.clock.now(),
            shared: !asked.load(Ordering::Relaxed),
            took_ms: begun.elapsed().as_secs_f64() * 1000.0,
        };
        self.uses.0.lock().insert((source.clone(), what), (key, used));
        Ok(read)
    }

    /// What is read next is read anew by every console: the tables of this database were changed.
    pub(crate) async fn forget_catalog(&self, source: &SourceId) {
        let key = self
            .uses
            .0
            .lock()
            .get(&(source.clone(), SharedReadKind::IndexCatalog))
            .map(|(key, _)| key.clone());
        if let Some(key) = key
            && let Err(error) = self.cache.invalidate_key(&key).await
        {
            tracing::debug!(%error, "a shared catalog is removed later");
        }
    }
}

fn type_name(what: SharedReadKind) -> &'static str {
    TYPES.iter().find(|(kind, _)| *kind == what).map_or("console", |(_, name)| name)
}

fn parameters(identity: &ServerIdentity) -> Vec<Value> {
    let ServerIdentity { system, started, database, role } = identity;
    vec![json!(FORM), json!(system), json!(started.to_string()), json!(database), json!(role)]
}

fn problem(error: ReadError<Problem>) -> Problem {
    let reason = match error {
        ReadError::Source(problem) => return problem,
        ReadError::Type(error) => error.to_string(),
        ReadError::Shared(error) => error.to_string(),
    };
    Problem {
        code: ProblemCode::Internal,
        message: format!("A read that consoles share failed: {reason}."),
        remedy: Some(
            "The console tries again. If it stays so, name no team cache in the settings.".to_owned(),
        ),
    }
}

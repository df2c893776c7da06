//! Identical calls in flight share one: one goes out, all get its answer, nothing is kept afterwards.

mod meters;

use std::any::Any;
use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use futures_util::FutureExt;
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::metrics::{MetricsError, Registry};
use meters::Meters;

/// Why a shared call gave no answer. Errors of the work itself belong into its `V`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CoalesceError {
    /// The work panicked; everybody who waited for it gets this.
    #[error("the shared {what} call failed unexpectedly ({message}): try again, and report it if it repeats")]
    Panicked { what: Arc<str>, message: Arc<str> },
    /// The runtime stopped before the work was done.
    #[error("the shared {what} call was abandoned because the program is stopping")]
    Abandoned { what: Arc<str> },
}

impl CoalesceError {
    /// Stable name of the error, for code that must tell them apart.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Panicked { .. } => "coalesced_call_panicked",
            Self::Abandoned { .. } => "coalesced_call_abandoned",
        }
    }
}

type Outcome<V> = Result<V, CoalesceError>;
type Flights<K, V> = Arc<Mutex<HashMap<K, watch::Receiver<Option<Outcome<V>>>>>>;

/// Shares calls that are in flight at the same time and have an equal key.
///
/// **The key must say whose answer it is**: which source is asked, with which credentials (their identity,
/// never the secret itself), and what. Two callers with equal keys see each other's answers.
///
/// Counted with the label `what`: `coalesced_requests_total` (calls that joined one in flight) and
/// `request_deduplication_rate` (joined ÷ all calls of the last 60 seconds, 0 to 1).
#[derive(Debug)]
pub struct Coalescer<K, V> {
    what: Arc<str>,
    flights: Flights<K, V>,
    meters: Arc<Meters>,
}

impl<K, V> Clone for Coalescer<K, V> {
    fn clone(&self) -> Self {
        Self { what: self.what.clone(), flights: self.flights.clone(), meters: self.meters.clone() }
    }
}

impl<K, V> Coalescer<K, V>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// A coalescer for one kind of call; `what` names it in metrics and errors.
    ///
    /// # Errors
    /// [`MetricsError`] when another part took one of the metric names for something else.
    pub fn new(registry: &Registry, what: &str) -> Result<Self, MetricsError> {
        Ok(Self { what: what.into(), flights: Flights::default(), meters: Meters::new(registry, what)? })
    }

    /// Answers with the outcome of the call in flight for `key`, or makes one with `work`.
    ///
    /// The work runs in a task of its own: whoever stops waiting, the first caller included, takes nothing
    /// from the others, and the work runs to its end.
    ///
    /// # Errors
    /// [`CoalesceError`] when the work panicked or the runtime stopped; the next call starts afresh.
    pub async fn run<F, Fut>(&self, key: K, work: F) -> Result<V, CoalesceError>
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = V> + Send + 'static,
    {
        let mut flight = self.join_or_start(key, work);
        match flight.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone().unwrap_or_else(|| Err(self.abandoned())),
            Err(_) => Err(self.abandoned()),
        }
    }

    /// Calls in flight now.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.flights.lock().len()
    }

    /// Calls that joined one in flight, since the start.
    #[must_use]
    pub fn coalesced(&self) -> u64 {
        self.meters.coalesced()
    }

    fn join_or_start<F, Fut>(&self, key: K, work: F) -> watch::Receiver<Option<Outcome<V>>>
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = V> + Send + 'static,
    {
        let mut flights = self.flights.lock();
        if let Some(flight) = flights.get(&key) {
            self.meters.joined(Instant::now());
            return flight.clone();
        }
        self.meters.started(Instant::now());
        let (done, flight) = watch::channel(None);
        flights.insert(key.clone(), flight.clone());
        drop(flights);
        // Made before the task so that a task which never runs still clears its key.
        let landing = Landing { key, flights: self.flights.clone() };
        let what = self.what.clone();
        tokio::spawn(async move {
            let outcome = AssertUnwindSafe(async { work().await })
                .catch_unwind()
                .await
                .map_err(|panic| CoalesceError::Panicked { what, message: message_of(&*panic) });
            // First forgotten, then answered: a call made after an answer never gets that old answer.
            drop(landing);
            // An error means that everybody left, which is their right.
            let _ = done.send(Some(outcome));
        });
        flight
    }

    fn abandoned(&self) -> CoalesceError {
        CoalesceError::Abandoned { what: self.what.clone() }
    }
}

/// Takes the call out of the list when it ends, in whatever way.
struct Landing<K: Hash + Eq, V> {
    key: K,
    flights: Flights<K, V>,
}

impl<K: Hash + Eq, V> Drop for Landing<K, V> {
    fn drop(&mut self) {
        self.flights.lock().remove(&self.key);
    }
}

/// The text of a panic, for those that carry one.
pub(crate) fn message_of(panic: &(dyn Any + Send)) -> Arc<str> {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("panic without a message").into()
}

#[cfg(test)]
mod tests;

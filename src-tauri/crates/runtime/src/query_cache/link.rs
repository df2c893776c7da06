//! The way to Redis: connects when it is needed, keeps to deadlines, and stays away while Redis fails.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use redis::RedisResult;
use redis::aio::MultiplexedConnection;
use tokio::time::timeout;

use super::breaker::Breaker;
use super::connector::{Connection, Connector, Opening};
use super::meters::Meters;
use super::{CacheFault, QueryCacheOptions};
use crate::coalesce::Coalescer;
use crate::metrics::{MetricsError, Registry};

/// What Redis is used for. Each fails by itself: a replica answers look-ups and takes no stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    LookUp,
    Store,
    Debts,
}

impl Lane {
    fn name(self) -> &'static str {
        match self {
            Self::LookUp => "look-ups",
            Self::Store => "stores",
            Self::Debts => "outstanding invalidations",
        }
    }
}

struct State<C> {
    open: Option<Open<C>>,
    opened: u64,
    look_ups: Breaker,
    stores: Breaker,
    debts: Breaker,
}

#[derive(Clone)]
struct Open<C> {
    connection: C,
    serial: u64,
}

impl<C: Clone> State<C> {
    fn breaker(&mut self, lane: Lane) -> &mut Breaker {
        match lane {
            Lane::LookUp => &mut self.look_ups,
            Lane::Store => &mut self.stores,
            Lane::Debts => &mut self.debts,
        }
    }

    fn opened(&mut self, connection: C) -> Open<C> {
        self.opened += 1;
        let open = Open { connection, serial: self.opened };
        self.open = Some(open.clone());
        open
    }
}

pub(super) struct Link<C> {
    connect: Opening<C>,
    primaries: Option<Opening<Vec<MultiplexedConnection>>>,
    state: Arc<Mutex<State<C>>>,
    dials: Coalescer<(), Result<Open<C>, CacheFault>>,
    connect_timeout: Duration,
    pause: Duration,
    longest_pause: Duration,
    meters: Arc<Meters>,
}

impl<C: Connection> Link<C> {
    pub(super) fn new(
        connector: Connector<C>,
        options: &QueryCacheOptions,
        meters: Arc<Meters>,
        registry: &Registry,
    ) -> Result<Self, MetricsError> {
        let state = State {
            open: None,
            opened: 0,
            look_ups: Breaker::default(),
            stores: Breaker::default(),
            debts: Breaker::default(),
        };
        Ok(Self {
            connect: connector.connect,
            primaries: connector.primaries,
            state: Arc::new(Mutex::new(state)),
            dials: Coalescer::new(registry, "query_cache_connect")?,
            connect_timeout: options.connect_timeout,
            pause: options.pause,
            longest_pause: options.longest_pause,
            meters,
        })
    }

    /// Whether `lane` would be let through now.
    pub(super) fn is_open(&self, lane: Lane) -> bool {
        self.state.lock().breaker(lane).is_open(Instant::now())
    }

    /// Lets one use of `lane` through or not; whoever is let through tells the outcome to `settle`.
    pub(super) fn admit(&self, lane: Lane, deadline: Duration) -> bool {
        self.state.lock().breaker(lane).admit(Instant::now(), self.connect_timeout + deadline)
    }

    /// Takes note of how a use of `lane` ended, and says once when an outage begins and when it ends.
    pub(super) fn settle(&self, lane: Lane, outcome: Result<(), CacheFault>) {
        let mut state = self.state.lock();
        let breaker = state.breaker(lane);
        match outcome {
            Err(fault) if lane == Lane::Debts || !fault.is_of_the_value() => {
                let random = fastrand::f64();
                if breaker.failed(Instant::now(), self.pause, self.longest_pause, random) {
                    let (lane, reason) = (lane.name(), fault.reason());
                    tracing::warn!(lane, reason, "the query cache does without Redis: {fault}");
                }
            }
            _ => {
                if breaker.succeeded() {
                    tracing::info!(lane = lane.name(), "the query cache uses Redis again");
                }
            }
        }
    }

    /// Talks to Redis unless `lane` pauses. Connecting may add its own time to `deadline`.
    pub(super) async fn ask<T, Fut>(
        &self,
        lane: Lane,
        deadline: Duration,
        talk: impl FnOnce(C) -> Fut,
    ) -> Result<T, CacheFault>
    where
        Fut: Future<Output = RedisResult<T>>,
    {
        if !self.admit(lane, deadline) {
            return Err(CacheFault::Paused);
        }
        let outcome = self.attempt(deadline, talk).await;
        self.settle(lane, outcome.as_ref().map(|_| ()).map_err(|fault| *fault));
        outcome
    }

    /// Talks to Redis whatever happened before.
    pub(super) async fn attempt<T, Fut>(
        &self,
        deadline: Duration,
        talk: impl FnOnce(C) -> Fut,
    ) -> Result<T, CacheFault>
    where
        Fut: Future<Output = RedisResult<T>>,
    {
        let outcome = match self.connection().await {
            Ok(open) => {
                let outcome = within(deadline, talk(open.connection)).await;
                if outcome.as_ref().is_err_and(|fault| fault.needs_another_connection()) {
                    self.discard(open.serial);
                }
                outcome
            }
            Err(fault) => Err(fault),
        };
        if let Err(fault) = &outcome {
            self.meters.error(*fault);
        }
        outcome
    }

    /// A connection to each primary, where the caller said how to get them.
    pub(super) async fn primaries(&self) -> Result<Option<Vec<MultiplexedConnection>>, CacheFault> {
        let Some(primaries) = &self.primaries else { return Ok(None) };
        let nodes = within(self.connect_timeout, primaries()).await;
        nodes.map(Some).inspect_err(|fault| self.meters.error(*fault))
    }

    async fn connection(&self) -> Result<Open<C>, CacheFault> {
        if let Some(open) = self.state.lock().open.clone() {
            return Ok(open);
        }
        let (connect, state, patience) = (self.connect.clone(), self.state.clone(), self.connect_timeout);
        let dial = move || async move {
            let known = state.lock().open.clone();
            match known {
                Some(open) => Ok(open),
                None => within(patience, connect()).await.map(|connection| state.lock().opened(connection)),
            }
        };
        // A connect function that panics is one that does not connect.
        self.dials.run((), dial).await.unwrap_or(Err(CacheFault::Unreachable))
    }

    /// Forgets a connection, unless another took its place already.
    fn discard(&self, serial: u64) {
        let mut state = self.state.lock();
        if state.open.as_ref().is_some_and(|open| open.serial == serial) {
            state.open = None;
        }
    }
}

/// The outcome of `talk`, or that there was none in time.
pub(super) async fn within<T>(
    deadline: Duration,
    talk: impl Future<Output = RedisResult<T>>,
) -> Result<T, CacheFault> {
    match timeout(deadline, talk).await {
        Ok(outcome) => outcome.map_err(|error| CacheFault::of(&error)),
        Err(_) => Err(CacheFault::TimedOut),
    }
}

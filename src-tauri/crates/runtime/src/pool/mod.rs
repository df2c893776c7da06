//! A monitored PostgreSQL pool: who waits, who holds, what leaks, and how large it should be.

mod connect;
mod connection;
mod error;
mod gate;
mod ledger;
mod load;
mod meters;
mod options;
mod sizing;
mod stats;
mod upkeep;

use std::sync::Arc;
use std::time::{Duration, Instant};

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Object, QueueMode, RecyclingMethod};
use parking_lot::Mutex;
use prometheus::IntCounter;
use tokio_postgres::Socket;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};

use crate::metrics::{Claim, Registry};
use connect::{CancelQuery, Connector, cancel_query};
use gate::{Gate, Pass};
use ledger::Ledger;
use meters::Meters;

pub use connection::{Canceller, PooledConnection};
pub use error::{AcquireError, PoolError};
pub use ledger::{Held, LeakReport};
pub use options::PoolOptions;
pub use sizing::{Advice, Recommendation, Situation, Sizing, decide, recommend};
pub use stats::{Capacity, Current, Performance, PoolStats};

/// A connection last taken longer ago than this is asked for a sign of life before it is handed out. A line
/// that died without a word looks open; one used a moment ago is not worth a round trip.
const VERIFY_AFTER: Duration = Duration::from_secs(1);
/// How long that sign of life may take before the connection is replaced.
const VERIFY_WITHIN: Duration = Duration::from_secs(2);

/// A monitored pool of connections to one PostgreSQL database. Clones share the pool.
#[derive(Clone)]
pub struct Pool {
    inner: Arc<Inner>,
}

struct Inner {
    options: PoolOptions,
    connections: deadpool_postgres::Pool,
    gate: Arc<Gate>,
    ledger: Mutex<Ledger>,
    last_shrink: Mutex<Option<Instant>>,
    meters: Meters,
    cancel: CancelQuery,
    _claim: Claim,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Options may hold statements of the person and the driver's config a password: the name says enough.
        f.debug_struct("Pool").field("name", &self.inner.options.name).finish_non_exhaustive()
    }
}

impl Pool {
    /// A pool that opens connections as they are asked for; none is opened here.
    ///
    /// # Errors
    /// [`PoolError`] when the options contradict each other or the metrics are taken by another pool.
    pub fn new<T>(
        config: tokio_postgres::Config,
        tls: T,
        options: PoolOptions,
        registry: &Registry,
    ) -> Result<Self, PoolError>
    where
        T: MakeTlsConnect<Socket> + Clone + Sync + Send + 'static,
        T::Stream: Sync + Send,
        T::TlsConnect: Sync + Send,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        let name = options.name.clone();
        if let Some(reason) = options.fault() {
            return Err(PoolError::Options { name, reason });
        }
        let label = options.labelled.then_some(name.as_str());
        let claim = registry.claim(format!("db_pool/{}", label.unwrap_or_default()));
        let claim = claim.ok_or_else(|| PoolError::Duplicate { name: name.clone() })?;
        let meters = Meters::new(registry, label)?;
        let cancel = cancel_query(tls.clone());
        let connector = Connector { tls, on_connect_sql: options.on_connect_sql.clone() };
        let connections = connections(config, connector, options.ceiling, &meters.errors)
            .map_err(|error| PoolError::Driver { name, reason: error.to_string() })?;
        let inner = Arc::new(Inner {
            connections,
            gate: Gate::new(options.max),
            ledger: Mutex::new(Ledger::new(Instant::now(), options.max)),
            last_shrink: Mutex::new(None),
            options,
            meters,
            cancel,
            _claim: claim,
        });
        show_when_rendered(&inner, registry);
        Ok(Self { inner })
    }

    /// Takes a connection, waiting in line and connecting for at most `acquire_timeout` in all. `site` says
    /// where in the program it is taken; leak reports show it.
    ///
    /// # Errors
    /// [`AcquireError`], which tells a full pool from a silent server from a refusal.
    pub async fn acquire(&self, site: impl Into<Arc<str>>) -> Result<PooledConnection, AcquireError> {
        let timer = self.inner.meters.acquire.start_timer();
        let taken = self.inner.take().await;
        // Observed on every way out; a caller who leaves while waiting drops the timer, which observes too.
        drop(timer);
        let (object, pass) = taken?;
        Ok(PooledConnection::new(&self.inner, object, site.into(), pass))
    }

    /// What looks like a leak at `now`.
    #[must_use]
    pub fn leaks(&self, now: Instant) -> LeakReport {
        self.inner.leaks(now)
    }

    /// The pool's report, with advice.
    #[must_use]
    pub fn stats(&self) -> PoolStats {
        self.inner.stats(Instant::now())
    }

    /// The name that the options gave it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.inner.options.name
    }

    /// Closes idle connections now, those on loan when they come back, and turns everybody else away.
    pub fn close(&self) {
        self.inner.gate.close();
        self.inner.connections.close();
    }
}

impl Inner {
    async fn take(self: &Arc<Self>) -> Result<(Object, Pass), AcquireError> {
        let after = self.options.acquire_timeout;
        let started = tokio::time::Instant::now();
        let pass = tokio::time::timeout(after, self.gate.enter())
            .await
            .map_err(|_| self.timed_out(after))?
            .map_err(|gate::Closed| AcquireError::Closed)?;
        let left = after.saturating_sub(started.elapsed());
        let object = tokio::time::timeout(left, self.connections.get()).await.unwrap_or_else(|_| {
            Err(deadpool_postgres::PoolError::Timeout(deadpool_postgres::TimeoutType::Create))
        });
        object.map(|object| (object, pass)).map_err(|error| self.not_opened(error, after))
    }

    fn timed_out(&self, after: Duration) -> AcquireError {
        AcquireError::Timeout {
            after,
            // The caller that gives up has left the line already.
            waiting: self.gate.waiting(),
            active: self.ledger.lock().active(),
            max: self.gate.max(),
        }
    }

    fn not_opened(&self, error: deadpool_postgres::PoolError, after: Duration) -> AcquireError {
        use deadpool_postgres::PoolError as Cause;
        match error {
            Cause::Closed => return AcquireError::Closed,
            _ => self.meters.errors.inc(),
        }
        match error {
            Cause::Backend(error) | Cause::PostCreateHook(HookError::Backend(error)) => {
                AcquireError::Connect(error)
            }
            _ => AcquireError::ConnectTimeout { after },
        }
    }

    fn returned(&self, id: u64) {
        self.ledger.lock().returned(Instant::now(), id);
        self.trim();
    }

    fn leaks(&self, now: Instant) -> LeakReport {
        self.ledger.lock().leaks(now, self.options.leak_after, self.options.hold_limit)
    }

    fn situation(&self, now: Instant, leaking: bool) -> Situation {
        let mut ledger = self.ledger.lock();
        Situation {
            min: self.options.min,
            max: self.gate.max(),
            ceiling: self.options.ceiling,
            active: ledger.active(),
            waiting: self.gate.waiting(),
            leaking,
            busy_p95: ledger.load.p95(now),
            peak: ledger.load.peak(now),
            observed: ledger.load.is_full(now),
        }
    }

    fn current(&self) -> Current {
        self.drop_broken();
        let active = self.ledger.lock().active();
        // A connection being opened or given back may be counted by one side only for an instant.
        let total = self.connections.status().size.max(active);
        Current { total, idle: total - active, active, waiting: self.gate.waiting() }
    }

    fn capacity(&self, active: usize) -> Capacity {
        let max = self.gate.max();
        Capacity { min: self.options.min, max, saturation: active as f64 / max.max(1) as f64 }
    }

    fn stats(&self, now: Instant) -> PoolStats {
        let current = self.current();
        let leaks = self.leaks(now);
        let situation = self.situation(now, !leaks.is_empty());
        let ledger = self.ledger.lock();
        PoolStats {
            current,
            capacity: self.capacity(current.active),
            performance: Performance {
                peak_usage: ledger.peak,
                average_connection_lifetime: ledger.holds.average().map(stats::ms),
                longest_connection_lifetime: stats::ms(ledger.holds.longest),
                busy_p95: situation.busy_p95,
            },
            recommendations: recommend(&situation, &leaks),
        }
    }

    /// Idle connections whose server is known to be gone are no capacity.
    fn drop_broken(&self) {
        let broken = self.connections.retain(|client, _| !client.is_closed()).removed.len();
        self.meters.errors.inc_by(broken as u64);
    }

    /// Closes idle connections beyond the present maximum, after a shrink.
    fn trim(&self) {
        let mut excess = self.connections.status().size.saturating_sub(self.gate.max());
        if excess > 0 {
            self.connections.retain(|_, _| {
                let keep = excess == 0;
                excess = excess.saturating_sub(1);
                keep
            });
        }
    }
}

fn connections<T>(
    config: tokio_postgres::Config,
    connector: Connector<T>,
    ceiling: usize,
    errors: &IntCounter,
) -> Result<deadpool_postgres::Pool, deadpool_postgres::BuildError>
where
    T: MakeTlsConnect<Socket> + Clone + Sync + Send + 'static,
    T::Stream: Sync + Send,
    T::TlsConnect: Sync + Send,
    <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
{
    // Fast recycling looks whether the line is open; the hook below asks where that is not enough.
    let method = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = Manager::from_connect(config, connector, method);
    deadpool_postgres::Pool::builder(manager)
        .max_size(ceiling)
        .queue_mode(QueueMode::Lifo)
        .pre_recycle(verify(errors.clone()))
        .build()
}

fn verify(errors: IntCounter) -> Hook {
    Hook::async_fn(move |client, metrics| {
        let errors = errors.clone();
        Box::pin(async move {
            let alive = if client.is_closed() {
                false
            } else if metrics.last_used() < VERIFY_AFTER {
                true
            } else {
                let answer = tokio::time::timeout(VERIFY_WITHIN, client.simple_query(""));
                matches!(answer.await, Ok(Ok(_)))
            };
            if alive {
                return Ok(());
            }
            errors.inc();
            Err(HookError::message("the connection is broken"))
        })
    })
}

fn show_when_rendered(inner: &Arc<Inner>, registry: &Registry) {
    let watched = Arc::downgrade(inner);
    let exposed = inner.meters.exposed();
    registry.on_render(move || {
        let Some(inner) = watched.upgrade() else {
            exposed.withdraw();
            return false;
        };
        let current = inner.current();
        inner.meters.show(current, inner.capacity(current.active));
        true
    });
}

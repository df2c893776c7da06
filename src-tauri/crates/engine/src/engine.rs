//! The engine itself: what it owns, how it starts and how it ends.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::path::Path;
use std::sync::Arc;

use analysis::alerts::AlertBook;
use domain::{EngineEvent, Settings, SourceId};
use history::{AdviceStore, CacheStore, FlightRecorder, History, ReplayStore, SettingsStore, StatementStore};
use parking_lot::{Mutex, RwLock};
use runtime::coalesce::Coalescer;
use runtime::metrics::Registry;
use runtime::workers::{WorkerOptions, WorkerPool};
use sources::SourceContext;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::activity::Activities;
use crate::cache::Caches;
use crate::compression::Probes;
use crate::health::Healths;
use crate::index_advice::Advices;
use crate::index_build::Builds;
use crate::marks::Marks;
use crate::own_metrics::OwnMetrics;
use crate::passwords::Passwords;
use crate::polling::{PollKey, PollOutcome};
use crate::recorder::Recorder;
use crate::replay::Replays;
use crate::statements::Statements;
use crate::status::OwnProcess;
use crate::team_cache::TeamCache;
use crate::watched::Watched;
use crate::{Clock, EngineError, EngineOptions, HealthOptions};

/// Events that a slow listener may fall behind before it loses some.
const EVENT_BUFFER: usize = 1_024;

/// The console without a face. Cheap to clone; every shell holds one.
#[derive(Clone)]
pub struct Engine {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub clock: Arc<dyn Clock>,
    pub data_dir: std::path::PathBuf,
    pub history: History,
    pub store: SettingsStore,
    pub replay_store: ReplayStore,
    pub replays: Replays,
    pub advice_store: AdviceStore,
    pub advices: Advices,
    pub builds: Builds,
    pub caches: Caches,
    pub cache_store: CacheStore,
    pub probes: Probes,
    pub team_cache: TeamCache,
    pub flight_recorder: FlightRecorder,
    pub activities: Activities,
    pub look_at_activity_every: std::time::Duration,
    pub statement_store: StatementStore,
    pub statements: Statements,
    pub read_statements_every: std::time::Duration,
    pub healths: Healths,
    pub health_options: HealthOptions,
    pub workers: WorkerPool,
    pub passwords: Passwords,
    pub settings: RwLock<Settings>,
    pub sources: RwLock<BTreeMap<SourceId, Watched>>,
    pub book: Mutex<AlertBook>,
    pub marks: Mutex<Marks>,
    pub recorder: Recorder,
    pub context: SourceContext,
    pub polls: Coalescer<PollKey, Arc<PollOutcome>>,
    pub own_metrics: Mutex<OwnMetrics>,
    pub own_process: Mutex<OwnProcess>,
    pub events: broadcast::Sender<EngineEvent>,
    pub stop: CancellationToken,
    pub tasks: TaskTracker,
    /// Held while the engine lives: one engine for each data directory.
    _lock: File,
}

impl Engine {
    /// Opens the data directory and begins to poll every enabled source. Must be called within a Tokio runtime.
    pub async fn start(options: EngineOptions) -> Result<Engine, EngineError> {
        let look_every = options.look_for_due_advice_every;
        let opened = tokio::task::spawn_blocking(move || Inner::open(options));
        let inner = Arc::new(opened.await.map_err(|_| EngineError::Interrupted)??);
        let engine = Engine { inner };
        engine.start_all_pollers()?;
        engine.start_watchdog();
        engine.start_flight_recorder_upkeep();
        engine.start_statement_upkeep();
        engine.start_advice_schedule(look_every);
        engine.restart_metrics_endpoint().await;
        Ok(engine)
    }

    /// Everything that happens, from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<EngineEvent> {
        self.inner.events.subscribe()
    }

    /// The console's own metrics, as `GET /metrics` shows them.
    pub fn registry(&self) -> &Registry {
        &self.inner.context.registry
    }

    pub fn data_dir(&self) -> &Path {
        &self.inner.data_dir
    }

    pub fn now(&self) -> domain::Timestamp {
        self.inner.clock.now()
    }

    /// Ends every poller, lets connections go and writes what waits. The engine is of no use afterwards.
    pub async fn shutdown(&self) {
        self.inner.stop.cancel();
        self.inner.tasks.close();
        self.inner.tasks.wait().await;
        let inner = Arc::clone(&self.inner);
        self.keep_open_findings();
        let _ = tokio::task::spawn_blocking(move || inner.stop_recording()).await;
    }

    pub(crate) fn emit(&self, event: EngineEvent) {
        // An error only means that nobody listens.
        let _ = self.inner.events.send(event);
    }

    /// Runs work that reads the disk away from the tasks that poll.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Engine) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, EngineError> {
        let engine = self.clone();
        tokio::task::spawn_blocking(move || work(&engine)).await.map_err(|_| EngineError::Interrupted)?
    }
}

impl Inner {
    fn stop_recording(&self) {
        self.recorder.stop();
        if let Err(error) = self.statement_store.flush(self.clock.now()) {
            tracing::warn!(%error, "the last of what statements counted could not be kept");
        }
    }

    fn open(options: EngineOptions) -> Result<Inner, EngineError> {
        let lock = claim(&options.data_dir)?;
        let now = options.clock.now();
        let store = SettingsStore::open(&options.data_dir.join("settings.db"), now)?;
        let replay_store = ReplayStore::open(&options.data_dir.join("replays.db"), now)?;
        let advice_store = AdviceStore::open(&options.data_dir.join("index_advice.db"), now)?;
        let flight_recorder = FlightRecorder::open(&options.data_dir.join("flight_recorder.db"), now)?;
        let cache_store = CacheStore::open(&options.data_dir.join("caches.db"), now)?;
        let statement_store = StatementStore::open(&options.data_dir.join("statements.db"), now)?;
        let history = History::open(&options.data_dir.join("history.db"), now)?;
        let settings = store.settings()?;
        let registry = Registry::new();
        let recorder = Recorder::start(
            history.clone(),
            Arc::clone(&options.clock),
            settings.retention.clone(),
            options.record_every,
            options.maintain_every,
        )?;
        Ok(Inner {
            passwords: Passwords::open(&options.passwords, &options.data_dir)?,
            book: Mutex::new(AlertBook::restore(store.open_findings()?, store.next_finding_id()?)),
            polls: Coalescer::new(&registry, "poll")?,
            settings: RwLock::new(settings),
            sources: RwLock::new(BTreeMap::new()),
            marks: Mutex::new(Marks::new()),
            replays: Replays::restore(replay_store.statuses()?),
            replay_store,
            advices: Advices::restore(advice_store.statuses()?),
            advice_store,
            builds: Builds::restore(store.index_builds()?),
            caches: Caches::default(),
            cache_store,
            probes: Probes::default(),
            team_cache: TeamCache::default(),
            flight_recorder,
            activities: Activities::default(),
            look_at_activity_every: options.look_at_activity_every,
            statement_store,
            statements: Statements::default(),
            read_statements_every: options.read_statements_every,
            healths: Healths::new(now),
            health_options: options.health,
            workers: WorkerPool::new(WorkerOptions::default(), &registry)?,
            own_metrics: Mutex::new(OwnMetrics::default()),
            own_process: Mutex::new(OwnProcess::new()),
            events: broadcast::Sender::new(EVENT_BUFFER),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            context: SourceContext::new(registry),
            clock: options.clock,
            data_dir: options.data_dir,
            history,
            store,
            recorder,
            _lock: lock,
        })
    }
}

/// Makes the directory, for its owner only, and takes its lock.
fn claim(directory: &Path) -> Result<File, EngineError> {
    let fail = |reason: std::io::Error| EngineError::DataDirectory {
        path: directory.into(),
        reason: reason.to_string(),
    };
    std::fs::create_dir_all(directory).map_err(fail)?;
    restrict(directory).map_err(fail)?;
    let path = directory.join("console.lock");
    let lock = OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(fail)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(EngineError::DataDirectoryInUse { path: directory.into() })
        }
        Err(std::fs::TryLockError::Error(error)) => Err(fail(error)),
    }
}

#[cfg(unix)]
fn restrict(directory: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn restrict(_directory: &Path) -> std::io::Result<()> {
    Ok(())
}

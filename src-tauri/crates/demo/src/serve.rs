//! Runs the panel on threads of its own, so that it can be killed as a process is: at once, with everything it holds.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use runtime::{
    metrics::Registry,
    pool::{Pool, PoolOptions},
    workers::{WorkerOptions, WorkerPool},
};
use tokio::{net::TcpListener, runtime::Runtime, time::timeout};
use tokio_postgres::{Config, NoTls};
use tokio_util::sync::CancellationToken;

use crate::{
    DemoError, Scenario,
    data::World,
    load,
    misbehave::{Switchboard, pause_or_stop},
    panel::{Cache, Panel, Parts},
};

/// mPanel's DATABASE_POOL_MIN and DATABASE_POOL_MAX.
const POOL_MIN: usize = 2;
const POOL_MAX: usize = 10;
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
const MEASURE_EVERY: Duration = Duration::from_secs(2);
/// A Redis that does not answer at the start is done without.
const CACHE_TIMEOUT: Duration = Duration::from_secs(5);

/// What a panel needs to start, again and again.
#[derive(Clone)]
pub(crate) struct PanelOptions {
    /// Through PgBouncer where there is one.
    pub(crate) database: Option<Config>,
    /// Past PgBouncer.
    pub(crate) direct: Option<Config>,
    pub(crate) redis: Option<String>,
    pub(crate) load: Option<World>,
}

/// A running panel. Dropping it kills it.
pub(crate) struct PanelServer {
    panel: Arc<Panel>,
    port: u16,
    stop: CancellationToken,
    runtime: Option<Runtime>,
}

impl PanelServer {
    /// Starts on `port`, or on a free one.
    pub(crate) async fn start(options: PanelOptions, port: Option<u16>) -> Result<PanelServer, DemoError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("panel")
            .enable_all()
            .build()
            .map_err(DemoError::panel)?;
        let stop = CancellationToken::new();
        let started = runtime.spawn(start(options, port, runtime.handle().clone(), stop.clone())).await;
        match started.map_err(DemoError::panel).and_then(|outcome| outcome) {
            Ok((panel, port)) => Ok(PanelServer { panel, port, stop, runtime: Some(runtime) }),
            Err(error) => {
                runtime.shutdown_background();
                Err(error)
            }
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) async fn set(&self, scenario: Scenario, on: bool) -> Result<(), DemoError> {
        self.panel.set(scenario, on).await.map_err(|refusal| DemoError::Scenario { message: refusal.message })
    }

    pub(crate) async fn active(&self) -> Vec<Scenario> {
        self.panel.active().await
    }

    /// Ends the scenarios, then the panel.
    pub(crate) async fn stop(self) {
        for scenario in self.active().await {
            if let Err(error) = self.set(scenario, false).await {
                tracing::warn!(%error, %scenario, "scenario not ended");
            }
        }
        self.stop.cancel();
    }
}

impl Drop for PanelServer {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn start(
    options: PanelOptions,
    port: Option<u16>,
    handle: tokio::runtime::Handle,
    stop: CancellationToken,
) -> Result<(Arc<Panel>, u16), DemoError> {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, port.unwrap_or(0))).await.map_err(DemoError::panel)?;
    let port = listener.local_addr().map_err(DemoError::panel)?.port();
    let registry = Registry::new();
    let pool = options.database.map(|database| pool(database, &registry)).transpose()?;
    let workers = WorkerOptions { threads: 1, queue_limit: 64, default_timeout: REQUEST_TIMEOUT };
    let kept_warm = pool.clone();
    let parts = Parts {
        cache: cache(options.redis.as_deref()).await,
        pool,
        workers: WorkerPool::new(workers, &registry).map_err(DemoError::panel)?,
        registry,
        client: client()?,
        own_url: format!("http://127.0.0.1:{port}"),
        switchboard: Switchboard::new(handle, options.direct),
    };
    let panel = Arc::new(Panel::new(parts).map_err(DemoError::panel)?);
    let service = panel.router().into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, service).await {
            tracing::warn!(%error, "the panel stopped serving");
        }
    });
    if let Some(pool) = kept_warm {
        pool.maintain(MEASURE_EVERY, stop.clone());
    }
    tokio::spawn(measure(Arc::clone(&panel), stop.clone()));
    if let Some(world) = options.load {
        tokio::spawn(load::run(Arc::clone(&panel), world, stop));
    }
    Ok((panel, port))
}

fn pool(mut database: Config, registry: &Registry) -> Result<Pool, DemoError> {
    database.application_name("panel");
    let options = PoolOptions {
        name: "panel".to_owned(),
        min: POOL_MIN,
        max: POOL_MAX,
        ceiling: POOL_MAX,
        acquire_timeout: ACQUIRE_TIMEOUT,
        labelled: false,
        ..PoolOptions::default()
    };
    Pool::new(database, NoTls, options, registry).map_err(DemoError::panel)
}

async fn cache(url: Option<&str>) -> Option<Cache> {
    match timeout(CACHE_TIMEOUT, Cache::connect(url?)).await {
        Ok(Ok(cache)) => Some(cache),
        Ok(Err(error)) => {
            tracing::warn!(%error, "the panel runs without its cache");
            None
        }
        Err(_) => {
            tracing::warn!("the panel runs without its cache: Redis did not answer");
            None
        }
    }
}

/// A client for plain HTTP to the panel itself; it trusts no certificate because it needs none.
fn client() -> Result<reqwest::Client, DemoError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(DemoError::panel)?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .timeout(REQUEST_TIMEOUT)
        .build()
        .map_err(DemoError::panel)
}

async fn measure(panel: Arc<Panel>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        panel.usage();
        pause_or_stop(MEASURE_EVERY, &stop).await;
    }
}

//! The demo as a whole: servers, data, panel; started together, stopped together.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use servers::{
    Pgbouncer, PgbouncerOptions, Postgres, PostgresOptions, Program, Redis, RedisOptions, ServerError,
};
use tokio::task::JoinHandle;

use crate::{
    DemoError, DemoOptions, Endpoints, Missing, Scenario, SqlEndpoint, clock,
    data::World,
    database::{self, CONSOLE, CONSOLE_PLAIN, PANEL, Passwords},
    options::Progress,
    serve::{PanelOptions, PanelServer},
};

const PGBOUNCER_POOL_SIZE: u32 = 20;
/// The statement log starts over when it gets larger.
const LOG_LIMIT: u64 = 200 << 20;
const LOG_CHECK: Duration = Duration::from_secs(15);

/// A running demo. Dropping it ends everything at once; [`Demo::stop`] does it in order.
pub struct Demo {
    // In this order: the panel goes before the servers that it uses.
    panel: Option<PanelServer>,
    log_watch: Option<LogWatch>,
    pgbouncer: Option<Pgbouncer>,
    redis: Option<Redis>,
    postgres: Option<Postgres>,
    panel_options: PanelOptions,
    panel_port: u16,
    endpoints: Endpoints,
    plain: Option<SqlEndpoint>,
    missing: Vec<Missing>,
}

impl Demo {
    /// Starts what this machine has; what it lacks is in [`Demo::missing`].
    ///
    /// # Errors
    /// A server that is installed but does not start, data that cannot be loaded, a scenario whose server is missing.
    pub async fn start(options: DemoOptions) -> Result<Demo, DemoError> {
        let progress: Progress = options.progress.clone().unwrap_or_else(|| Arc::new(|_| {}));
        make_directory(options.dir.as_deref())?;
        let missing: Vec<Missing> = [Program::Postgres, Program::Pgbouncer, Program::Redis]
            .into_iter()
            .filter(|program| !options.has(*program))
            .map(Missing::new)
            .collect();
        for gone in &missing {
            progress(&format!(
                "{} is not installed (package {}). {}",
                gone.program.title(),
                gone.package,
                gone.lost
            ));
        }
        let redis = start_redis(&options, &progress).await?;
        let (postgres, passwords) = match start_postgres(&options, &progress).await? {
            Some((postgres, passwords)) => (Some(postgres), Some(passwords)),
            None => (None, None),
        };
        let pgbouncer = match (&postgres, &passwords) {
            (Some(postgres), Some(passwords)) => {
                start_pgbouncer(&options, postgres, passwords, &progress).await?
            }
            _ => None,
        };
        let world = World::new(options.seed, options.scale, clock::midnight());
        let panel_options =
            panel_options(&postgres, &pgbouncer, &redis, &passwords, options.load.then_some(world));
        progress("Starting the panel");
        let panel = PanelServer::start(panel_options.clone(), None).await?;
        let demo = Demo {
            endpoints: endpoints(&panel, &postgres, &pgbouncer, &redis, &passwords),
            plain: postgres
                .as_ref()
                .zip(passwords.as_ref())
                .map(|(server, known)| database::endpoint(server, CONSOLE_PLAIN, &known.console_plain)),
            log_watch: postgres.as_ref().map(|server| LogWatch::start(server.log_path().to_path_buf())),
            panel_port: panel.port(),
            panel: Some(panel),
            panel_options,
            pgbouncer,
            redis,
            postgres,
            missing,
        };
        for scenario in options.scenario {
            demo.set(scenario, true).await?;
        }
        Ok(demo)
    }

    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// PostgreSQL as the role `console_plain`, which is no member of `pg_monitor`.
    pub fn plain_console(&self) -> Option<&SqlEndpoint> {
        self.plain.as_ref()
    }

    /// Servers that this machine does not have.
    pub fn missing(&self) -> &[Missing] {
        &self.missing
    }

    /// Switches a scenario; returns when it has begun, or when what it did is undone.
    ///
    /// # Errors
    /// A scenario whose server is missing, or a panel that was killed.
    pub async fn set(&self, scenario: Scenario, on: bool) -> Result<(), DemoError> {
        match &self.panel {
            Some(panel) => panel.set(scenario, on).await,
            None => {
                Err(DemoError::Scenario { message: "the panel is not running; restart it first".to_owned() })
            }
        }
    }

    /// The scenarios that are on. A panel that was restarted begins with none.
    pub async fn active(&self) -> Vec<Scenario> {
        match &self.panel {
            Some(panel) => panel.active().await,
            None => Vec::new(),
        }
    }

    pub fn postgres(&self) -> Option<&Postgres> {
        self.postgres.as_ref()
    }

    pub fn postgres_mut(&mut self) -> Option<&mut Postgres> {
        self.postgres.as_mut()
    }

    pub fn pgbouncer(&self) -> Option<&Pgbouncer> {
        self.pgbouncer.as_ref()
    }

    pub fn pgbouncer_mut(&mut self) -> Option<&mut Pgbouncer> {
        self.pgbouncer.as_mut()
    }

    pub fn redis_mut(&mut self) -> Option<&mut Redis> {
        self.redis.as_mut()
    }

    /// Ends the panel without warning: connections break, scenarios end with it.
    pub fn kill_panel(&mut self) {
        self.panel = None;
    }

    /// Kills the panel and starts it again on the same port; its counters begin again.
    ///
    /// # Errors
    /// The port was taken in between.
    pub async fn restart_panel(&mut self) -> Result<(), DemoError> {
        self.kill_panel();
        self.panel = Some(PanelServer::start(self.panel_options.clone(), Some(self.panel_port)).await?);
        Ok(())
    }

    /// Ends the scenarios, the panel and the servers, in this order.
    pub async fn stop(mut self) {
        if let Some(panel) = self.panel.take() {
            panel.stop().await;
        }
        self.log_watch = None;
        if let Some(pgbouncer) = self.pgbouncer.take() {
            pgbouncer.stop().await;
        }
        if let Some(redis) = self.redis.take() {
            redis.stop().await;
        }
        if let Some(postgres) = self.postgres.take() {
            postgres.stop().await;
        }
    }
}

impl std::fmt::Debug for Demo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Demo").field("endpoints", &self.endpoints).finish_non_exhaustive()
    }
}

fn make_directory(dir: Option<&Path>) -> Result<(), DemoError> {
    let Some(dir) = dir else { return Ok(()) };
    std::fs::create_dir_all(dir)
        .map_err(|error| DemoError::Directory { path: dir.to_path_buf(), reason: error.to_string() })
}

fn part(options: &DemoOptions, name: &str) -> Option<PathBuf> {
    options.dir.as_ref().map(|dir| dir.join(name))
}

/// A server that is not installed is none, not an error.
fn unless_missing<S>(started: Result<S, ServerError>) -> Result<Option<S>, DemoError> {
    match started {
        Ok(server) => Ok(Some(server)),
        Err(ServerError::Missing { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

async fn start_redis(options: &DemoOptions, progress: &Progress) -> Result<Option<Redis>, DemoError> {
    if !options.has(Program::Redis) {
        return Ok(None);
    }
    progress("Starting Redis");
    unless_missing(
        Redis::start(RedisOptions { dir: part(options, "redis"), ..RedisOptions::default() }).await,
    )
}

async fn start_postgres(
    options: &DemoOptions,
    progress: &Progress,
) -> Result<Option<(Postgres, Passwords)>, DemoError> {
    if !options.has(Program::Postgres) {
        return Ok(None);
    }
    progress("Starting PostgreSQL");
    let setting = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let server = PostgresOptions {
        dir: part(options, "postgres"),
        database: Some(database::DATABASE.to_owned()),
        log_statements: true,
        settings: vec![
            setting("shared_buffers", "256MB"),
            setting("maintenance_work_mem", "128MB"),
            setting("max_wal_size", "2GB"),
            setting("synchronous_commit", "off"),
            setting("max_parallel_workers_per_gather", "0"),
            setting("jit", "off"),
            setting("track_activity_query_size", "4096"),
        ],
        ..PostgresOptions::default()
    };
    let Some(server) = unless_missing(Postgres::start(server).await)? else { return Ok(None) };
    let passwords = database::prepare(&server, options, progress).await?;
    Ok(Some((server, passwords)))
}

async fn start_pgbouncer(
    options: &DemoOptions,
    postgres: &Postgres,
    passwords: &Passwords,
    progress: &Progress,
) -> Result<Option<Pgbouncer>, DemoError> {
    if !options.has(Program::Pgbouncer) {
        return Ok(None);
    }
    progress("Starting PgBouncer");
    let mut pgbouncer = PgbouncerOptions::in_front_of(postgres);
    pgbouncer.dir = part(options, "pgbouncer");
    pgbouncer.users.push((PANEL.to_owned(), passwords.panel.clone()));
    pgbouncer.default_pool_size = PGBOUNCER_POOL_SIZE;
    unless_missing(Pgbouncer::start(pgbouncer).await)
}

fn panel_options(
    postgres: &Option<Postgres>,
    pgbouncer: &Option<Pgbouncer>,
    redis: &Option<Redis>,
    passwords: &Option<Passwords>,
    load: Option<World>,
) -> PanelOptions {
    let to = |host: &str, port: u16| {
        passwords.as_ref().map(|known| database::config(host, port, PANEL, &known.panel))
    };
    let direct = postgres.as_ref().and_then(|server| to(server.host(), server.port()));
    let pooled = pgbouncer.as_ref().and_then(|server| to(server.host(), server.port()));
    PanelOptions {
        database: pooled.or_else(|| direct.clone()),
        load: load.filter(|_| direct.is_some()),
        direct,
        redis: redis.as_ref().map(Redis::url),
    }
}

fn endpoints(
    panel: &PanelServer,
    postgres: &Option<Postgres>,
    pgbouncer: &Option<Pgbouncer>,
    redis: &Option<Redis>,
    passwords: &Option<Passwords>,
) -> Endpoints {
    Endpoints {
        panel: Some(format!("http://127.0.0.1:{}", panel.port())),
        postgres: postgres
            .as_ref()
            .zip(passwords.as_ref())
            .map(|(server, known)| database::endpoint(server, CONSOLE, &known.console)),
        pgbouncer: pgbouncer.as_ref().map(|server| SqlEndpoint {
            host: server.host().to_owned(),
            port: server.port(),
            database: "pgbouncer".to_owned(),
            user: server.stats_user().to_owned(),
            password: server.stats_password().to_owned(),
        }),
        redis: redis.as_ref().map(Redis::url),
        statement_log: postgres.as_ref().map(|server| server.log_path().to_path_buf()),
    }
}

/// Keeps the statement log bounded. PostgreSQL appends, so a log cut to nothing goes on from there.
struct LogWatch(JoinHandle<()>);

impl LogWatch {
    fn start(path: PathBuf) -> LogWatch {
        LogWatch(tokio::spawn(async move {
            loop {
                if let Err(error) = cut(&path, LOG_LIMIT).await {
                    tracing::debug!(%error, "the statement log was not looked at");
                }
                tokio::time::sleep(LOG_CHECK).await;
            }
        }))
    }
}

impl Drop for LogWatch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn cut(path: &Path, limit: u64) -> std::io::Result<()> {
    if tokio::fs::metadata(path).await?.len() > limit {
        tokio::fs::OpenOptions::new().write(true).open(path).await?.set_len(0).await?;
    }
    Ok(())
}

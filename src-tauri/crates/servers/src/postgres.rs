//! A PostgreSQL server of its own: initialised when new, reused when its directory already holds one.

mod data;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio_postgres::NoTls;

use crate::account::{Account, account_for};
use crate::place::{Place, random_password};
use crate::process::{Launch, Process, Signal};
use crate::running::Running;
use crate::start::Startable;
use crate::{Program, ServerError, find};
use data::Origin;

const USER: &str = "postgres";
const HOST: &str = "127.0.0.1";
const LOG_FILE: &str = "postgresql.log";
const LOG_DEADLINE: Duration = Duration::from_secs(10);

#[derive(Clone, Default)]
pub struct PostgresOptions {
    /// Kept after the end and reused at the next start; a temporary directory when absent.
    pub dir: Option<PathBuf>,
    /// A free port when absent.
    pub port: Option<u16>,
    /// Any settings of `postgresql.conf`; they win over those chosen here.
    pub settings: Vec<(String, String)>,
    /// 100 when absent.
    pub max_connections: Option<u32>,
    /// Of the superuser `postgres`; random, and remembered in a reused directory, when absent.
    pub password: Option<String>,
    /// Created if it is not there; `postgres` when absent.
    pub database: Option<String>,
    /// Logs every statement with its duration to [`Postgres::log_path`].
    pub log_statements: bool,
    /// Files for the data directory (certificates, say), readable by the server only.
    pub files: Vec<(String, String)>,
}

/// A running server, or one that was killed and may be started again. Dropping it stops it at once.
pub struct Postgres(Running<Home>);

struct Home {
    place: Place,
    data: PathBuf,
    executable: PathBuf,
    account: Option<Account>,
    password: String,
    database: String,
    settings: Vec<(String, String)>,
    log: PathBuf,
    has_statements: bool,
}

impl Postgres {
    /// Starts a server and waits until it answers.
    pub async fn start(options: PostgresOptions) -> Result<Postgres, ServerError> {
        let server = Postgres::begin(options, Origin::New).await?;
        server.create_database().await?;
        Ok(server)
    }

    /// Starts a standby that streams from this server and may be read, and waits until it answers. It has this server's roles,
    /// password and databases; `max_connections` must be no less than here.
    pub async fn standby(&self, options: PostgresOptions) -> Result<Postgres, ServerError> {
        let options = PostgresOptions {
            password: Some(self.0.home.password.clone()),
            database: options.database.or_else(|| Some(self.0.home.database.clone())),
            ..options
        };
        Postgres::begin(options, Origin::CopyOf { port: self.0.port }).await
    }

    async fn begin(options: PostgresOptions, origin: Origin) -> Result<Postgres, ServerError> {
        let port = options.port;
        let home = tokio::task::spawn_blocking(move || Home::prepare(options, origin))
            .await
            .map_err(|error| client_error(format!("preparing its directory failed: {error}")))??;
        Running::start(home, port).await.map(Postgres)
    }

    pub fn host(&self) -> &str {
        HOST
    }

    pub fn port(&self) -> u16 {
        self.0.port
    }

    /// The superuser.
    pub fn user(&self) -> &str {
        USER
    }

    pub fn password(&self) -> &str {
        &self.0.home.password
    }

    pub fn database(&self) -> &str {
        &self.0.home.database
    }

    /// A URL for the superuser, with the password.
    pub fn dsn(&self) -> String {
        format!("postgres://{USER}:{}@{HOST}:{}/{}", self.0.home.password, self.0.port, self.0.home.database)
    }

    /// Where the server logs; with `log_statements` every statement is in it.
    pub fn log_path(&self) -> &Path {
        &self.0.home.log
    }

    /// What the server has logged, once `text` stands in it: its collector writes a moment after it has answered.
    pub async fn logged(&self, text: &str) -> Result<String, ServerError> {
        let deadline = Instant::now() + LOG_DEADLINE;
        loop {
            // A log in another encoding is still searched.
            let log = fs::read(&self.0.home.log).unwrap_or_default();
            let log = String::from_utf8_lossy(&log).into_owned();
            if log.contains(text) {
                return Ok(log);
            }
            if Instant::now() > deadline {
                return Err(client_error(format!("{text:?} was not logged within {LOG_DEADLINE:?}")));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The server's directory; `data` in it is PostgreSQL's.
    pub fn dir(&self) -> &Path {
        self.0.home.place.path()
    }

    /// The postmaster, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.0.pid()
    }

    /// A connection as the superuser to the default database.
    pub async fn connect(&self) -> Result<tokio_postgres::Client, ServerError> {
        self.connect_as(USER, &self.0.home.password, &self.0.home.database).await
    }

    pub async fn connect_as(
        &self,
        user: &str,
        password: &str,
        database: &str,
    ) -> Result<tokio_postgres::Client, ServerError> {
        connect(self.0.port, user, password, database).await.map_err(|error| client_error(describe(&error)))
    }

    /// A fast shutdown and a start on the same port, with the same data.
    pub async fn restart(&mut self) -> Result<(), ServerError> {
        self.0.end(Signal::Interrupt).await;
        self.start_again().await
    }

    /// Ends the postmaster without warning, as a crash would.
    pub async fn kill(&mut self) {
        self.0.end(Signal::Kill).await;
    }

    /// Starts a killed server on the same port, with the same data.
    pub async fn start_again(&mut self) -> Result<(), ServerError> {
        self.0.start_again().await
    }

    /// A fast shutdown: sessions are ended, data is written.
    pub async fn stop(mut self) {
        self.0.end(Signal::Interrupt).await;
    }

    async fn create_database(&self) -> Result<(), ServerError> {
        let failed = |error: tokio_postgres::Error| client_error(describe(&error));
        let database = &self.0.home.database;
        let admin = connect(self.0.port, USER, &self.0.home.password, "postgres").await.map_err(failed)?;
        let known = admin
            .query_opt("SELECT FROM pg_database WHERE datname = $1", &[database])
            .await
            .map_err(failed)?;
        if known.is_none() {
            let name = database.replace('"', "\"\"");
            admin.batch_execute(&format!("CREATE DATABASE \"{name}\"")).await.map_err(failed)?;
        }
        if self.0.home.has_statements {
            let client = connect(self.0.port, USER, &self.0.home.password, database).await.map_err(failed)?;
            client
                .batch_execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
                .await
                .map_err(failed)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres")
            .field("port", &self.0.port)
            .field("pid", &self.pid())
            .finish_non_exhaustive()
    }
}

impl Home {
    fn prepare(options: PostgresOptions, origin: Origin) -> Result<Home, ServerError> {
        let executable =
            find(Program::Postgres).ok_or(ServerError::Missing { program: Program::Postgres })?;
        let account = account_for(Program::Postgres)?;
        let place = Place::new(options.dir, "postgres-", account)?;
        let data = place.path().join("data");
        let password_file = place.path().join("superuser-password");
        let kept = fs::read_to_string(&password_file).ok();
        let password = options.password.or(kept).unwrap_or_else(random_password);
        place.write(&password_file, &password)?;
        if !data.join("PG_VERSION").is_file() {
            data::make(origin, &executable, &place, &data, &password_file, account)?;
        }
        for (name, contents) in &options.files {
            place.write(&data.join(name), contents)?;
        }
        let logs = place.folder("log")?;
        let has_statements = has_library(&executable, "pg_stat_statements");
        let mut settings = base_settings(&logs, options.max_connections.unwrap_or(100), has_statements);
        if options.log_statements {
            settings.push(setting("log_min_duration_statement", "0"));
        }
        settings.extend(options.settings);
        Ok(Home {
            log: logs.join(LOG_FILE),
            database: options.database.unwrap_or_else(|| USER.to_owned()),
            place,
            data,
            executable,
            account,
            password,
            settings,
            has_statements,
        })
    }
}

impl Startable for Home {
    const PROGRAM: Program = Program::Postgres;

    fn spawn(&self, port: u16) -> Result<Process, ServerError> {
        let mut arguments =
            vec!["-D".to_owned(), self.data.display().to_string(), "-p".to_owned(), port.to_string()];
        for (name, value) in &self.settings {
            arguments.extend(["-c".to_owned(), format!("{name}={value}")]);
        }
        let launch = Launch {
            program: Program::Postgres,
            executable: &self.executable,
            arguments,
            account: self.account,
            folder: self.place.path(),
            log: &self.place.path().join("output.log"),
            death_signal: "INT",
        };
        // SIGQUIT is PostgreSQL's immediate shutdown.
        Process::start(launch, Signal::Quit)
    }

    async fn probe(&self, port: u16) -> Result<(), String> {
        let client =
            connect(port, USER, &self.password, "postgres").await.map_err(|error| describe(&error))?;
        client.simple_query("SELECT 1").await.map(drop).map_err(|error| describe(&error))
    }

    fn logs(&self) -> Vec<&Path> {
        vec![&self.log]
    }
}

/// Small and quick, on loopback only; what a power failure would lose is given up, what a crash of the process would is not.
fn base_settings(logs: &Path, max_connections: u32, has_statements: bool) -> Vec<(String, String)> {
    let mut settings = vec![
        setting("listen_addresses", HOST),
        setting("unix_socket_directories", ""),
        setting("max_connections", max_connections.to_string()),
        setting("shared_buffers", "32MB"),
        setting("fsync", "off"),
        setting("full_page_writes", "off"),
        setting("password_encryption", "scram-sha-256"),
        setting("log_destination", "stderr"),
        setting("logging_collector", "on"),
        setting("log_directory", logs.display().to_string()),
        setting("log_filename", LOG_FILE),
        setting("log_file_mode", "0644"),
        setting("log_rotation_age", "0"),
        setting("log_rotation_size", "0"),
        setting("log_timezone", "UTC"),
        setting("log_line_prefix", "%m [%p] %q%u@%d app=%a vxid=%v "),
    ];
    if has_statements {
        settings.push(setting("shared_preload_libraries", "pg_stat_statements"));
    }
    settings
}

fn setting(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

/// Whether the server can load `name`, judged by the places where distributions keep its libraries.
fn has_library(executable: &Path, name: &str) -> bool {
    // Homebrew's bin holds links into its cellar.
    let executable = fs::canonicalize(executable).unwrap_or_else(|_| executable.to_path_buf());
    let root = executable.parent().and_then(Path::parent).unwrap_or(Path::new("/usr"));
    ["lib", "lib/postgresql", "lib64/pgsql", "lib/pgsql"]
        .iter()
        .flat_map(|folder| ["so", "dylib"].map(|ending| root.join(folder).join(name).with_extension(ending)))
        .any(|path| path.is_file())
}

async fn connect(
    port: u16,
    user: &str,
    password: &str,
    database: &str,
) -> Result<tokio_postgres::Client, tokio_postgres::Error> {
    let mut config = tokio_postgres::Config::new();
    config.host(HOST).port(port).user(user).password(password).dbname(database);
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to PostgreSQL ended");
        }
    });
    Ok(client)
}

/// The server's own words where it spoke, else the whole chain of causes.
pub(crate) fn describe(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(told) => told.message().to_owned(),
        None => {
            let mut text = error.to_string();
            let mut source = std::error::Error::source(error);
            while let Some(cause) = source {
                text = format!("{text}: {cause}");
                source = cause.source();
            }
            text
        }
    }
}

fn client_error(reason: String) -> ServerError {
    ServerError::Client { program: Program::Postgres, reason }
}

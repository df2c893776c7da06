//! A PgBouncer of its own, in front of any PostgreSQL.

use std::fmt;
use std::path::{Path, PathBuf};

use tokio_postgres::NoTls;

use crate::account::{Account, account_for};
use crate::place::{Place, random_password};
use crate::postgres::describe;
use crate::process::{Launch, Process, Signal};
use crate::running::Running;
use crate::start::Startable;
use crate::{Postgres, Program, ServerError, find};

const HOST: &str = "127.0.0.1";
const ADMIN: &str = "admin";
const STATS: &str = "stats";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PoolMode {
    #[default]
    Session,
    Transaction,
    Statement,
}

/// `auth_type`. With each of them the passwords of `users` are passed on to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PgbouncerAuth {
    #[default]
    ScramSha256,
    Md5,
    Plain,
    Trust,
}

#[derive(Clone)]
pub struct PgbouncerOptions {
    /// Kept after the end; a temporary directory when absent.
    pub dir: Option<PathBuf>,
    /// A free port when absent.
    pub port: Option<u16>,
    pub upstream_host: String,
    pub upstream_port: u16,
    /// Names and passwords of those who may log in, the same as PostgreSQL knows.
    pub users: Vec<(String, String)>,
    pub pool_mode: PoolMode,
    pub default_pool_size: u32,
    pub max_client_conn: u32,
    pub auth: PgbouncerAuth,
    /// Of `users`: those who may read the console's statistics, besides `stats`.
    pub stats_users: Vec<String>,
    /// Any settings of `[pgbouncer]`; they win over those chosen here.
    pub settings: Vec<(String, String)>,
}

impl PgbouncerOptions {
    /// In front of any server at `host`:`port`.
    pub fn new(host: &str, port: u16) -> PgbouncerOptions {
        PgbouncerOptions {
            dir: None,
            port: None,
            upstream_host: host.to_owned(),
            upstream_port: port,
            users: Vec::new(),
            pool_mode: PoolMode::default(),
            default_pool_size: 20,
            max_client_conn: 100,
            auth: PgbouncerAuth::default(),
            stats_users: Vec::new(),
            settings: Vec::new(),
        }
    }

    /// In front of `postgres`, whose superuser may log in.
    pub fn in_front_of(postgres: &Postgres) -> PgbouncerOptions {
        let mut options = PgbouncerOptions::new(postgres.host(), postgres.port());
        options.users.push((postgres.user().to_owned(), postgres.password().to_owned()));
        options
    }
}

/// A running PgBouncer, or one that was killed and may be started again. Dropping it stops it at once.
pub struct Pgbouncer(Running<Home>);

struct Home {
    place: Place,
    executable: PathBuf,
    account: Option<Account>,
    options: PgbouncerOptions,
    admin_password: String,
    stats_password: String,
}

impl Pgbouncer {
    /// Starts a PgBouncer and waits until its console answers; the server behind it need not.
    pub async fn start(options: PgbouncerOptions) -> Result<Pgbouncer, ServerError> {
        let executable =
            find(Program::Pgbouncer).ok_or(ServerError::Missing { program: Program::Pgbouncer })?;
        let account = account_for(Program::Pgbouncer)?;
        let place = Place::new(options.dir.clone(), "pgbouncer-", account)?;
        let wanted = options.port;
        let home = Home {
            place,
            executable,
            account,
            options,
            admin_password: random_password(),
            stats_password: random_password(),
        };
        Running::start(home, wanted).await.map(Pgbouncer)
    }

    pub fn host(&self) -> &str {
        HOST
    }

    pub fn port(&self) -> u16 {
        self.0.port
    }

    /// May PAUSE, RESUME and so on.
    pub fn admin_user(&self) -> &str {
        ADMIN
    }

    pub fn admin_password(&self) -> &str {
        &self.0.home.admin_password
    }

    /// May only read statistics.
    pub fn stats_user(&self) -> &str {
        STATS
    }

    pub fn stats_password(&self) -> &str {
        &self.0.home.stats_password
    }

    /// A URL for the first of `users` to `database`, with the password.
    pub fn dsn(&self, database: &str) -> String {
        let (user, password) =
            self.0.home.options.users.first().map_or(("", ""), |(u, p)| (u.as_str(), p.as_str()));
        format!("postgres://{user}:{password}@{HOST}:{}/{database}", self.0.port)
    }

    pub fn log_path(&self) -> PathBuf {
        self.0.home.log()
    }

    pub fn pid(&self) -> Option<u32> {
        self.0.pid()
    }

    /// A stop and a start on the same port; counters begin again.
    pub async fn restart(&mut self) -> Result<(), ServerError> {
        self.0.end(Signal::Terminate).await;
        self.start_again().await
    }

    /// Ends it without warning, as a crash would.
    pub async fn kill(&mut self) {
        self.0.end(Signal::Kill).await;
    }

    /// Starts a killed one on the same port.
    pub async fn start_again(&mut self) -> Result<(), ServerError> {
        self.0.start_again().await
    }

    pub async fn stop(mut self) {
        self.0.end(Signal::Terminate).await;
    }
}

impl fmt::Debug for Pgbouncer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pgbouncer")
            .field("port", &self.0.port)
            .field("pid", &self.pid())
            .finish_non_exhaustive()
    }
}

impl Home {
    fn log(&self) -> PathBuf {
        self.place.path().join("pgbouncer.log")
    }

    fn user_list(&self) -> String {
        let own = [(ADMIN, self.admin_password.as_str()), (STATS, self.stats_password.as_str())];
        let given = self.options.users.iter().map(|(user, password)| (user.as_str(), password.as_str()));
        let quote = |text: &str| text.replace('"', "\"\"");
        own.into_iter()
            .chain(given)
            .map(|(user, password)| format!("\"{}\" \"{}\"\n", quote(user), quote(password)))
            .collect()
    }

    fn configuration(&self, port: u16, user_list: &Path) -> String {
        let options = &self.options;
        let stats_users: Vec<&str> =
            std::iter::once(STATS).chain(options.stats_users.iter().map(String::as_str)).collect();
        let chosen = [
            ("listen_addr", HOST.to_owned()),
            ("listen_port", port.to_string()),
            ("unix_socket_dir", String::new()),
            ("auth_type", auth_type(options.auth).to_owned()),
            ("auth_file", user_list.display().to_string()),
            ("admin_users", ADMIN.to_owned()),
            ("stats_users", stats_users.join(", ")),
            ("pool_mode", pool_mode(options.pool_mode).to_owned()),
            ("default_pool_size", options.default_pool_size.to_string()),
            ("max_client_conn", options.max_client_conn.to_string()),
            ("ignore_startup_parameters", "extra_float_digits,options".to_owned()),
            // Fail fast and come back fast: the defaults of 15 s suit production, not a test.
            ("server_login_retry", "1".to_owned()),
        ];
        let given = options.settings.iter().map(|(name, value)| (name.as_str(), value.clone()));
        let settings: String = chosen
            .into_iter()
            .filter(|(name, _)| !options.settings.iter().any(|(given, _)| given == name))
            .chain(given)
            .map(|(name, value)| format!("{name} = {value}\n"))
            .collect();
        let (host, upstream) = (&options.upstream_host, options.upstream_port);
        format!("[databases]\n* = host={host} port={upstream}\n\n[pgbouncer]\n{settings}")
    }
}

impl Startable for Home {
    const PROGRAM: Program = Program::Pgbouncer;

    fn spawn(&self, port: u16) -> Result<Process, ServerError> {
        let user_list = self.place.path().join("userlist.txt");
        let configuration = self.place.path().join("pgbouncer.ini");
        self.place.write(&user_list, self.user_list())?;
        self.place.write(&configuration, self.configuration(port, &user_list))?;
        let launch = Launch {
            program: Program::Pgbouncer,
            executable: &self.executable,
            arguments: vec![configuration.display().to_string()],
            account: self.account,
            folder: self.place.path(),
            log: &self.log(),
            death_signal: "TERM",
        };
        // A drop cannot wait for clients to leave; there is no data to lose.
        Process::start(launch, Signal::Kill)
    }

    async fn probe(&self, port: u16) -> Result<(), String> {
        let mut config = tokio_postgres::Config::new();
        config.host(HOST).port(port).user(STATS).password(&self.stats_password).dbname("pgbouncer");
        let (client, connection) = config.connect(NoTls).await.map_err(|error| describe(&error))?;
        let running = tokio::spawn(connection);
        let answer = client.simple_query("SHOW VERSION").await.map(drop).map_err(|error| describe(&error));
        drop(client);
        running.abort();
        answer
    }
}

fn auth_type(auth: PgbouncerAuth) -> &'static str {
    match auth {
        PgbouncerAuth::ScramSha256 => "scram-sha-256",
        PgbouncerAuth::Md5 => "md5",
        PgbouncerAuth::Plain => "plain",
        PgbouncerAuth::Trust => "trust",
    }
}

fn pool_mode(mode: PoolMode) -> &'static str {
    match mode {
        PoolMode::Session => "session",
        PoolMode::Transaction => "transaction",
        PoolMode::Statement => "statement",
    }
}

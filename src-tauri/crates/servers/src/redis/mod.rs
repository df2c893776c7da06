//! A Redis server of its own: alone, as a replica of another, or as a node of a cluster.

mod cluster;
mod sentinel;
mod wire;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::account::{Account, account_for};
use crate::place::Place;
use crate::process::{Launch, Process, Signal};
use crate::running::Running;
use crate::start::Startable;
use crate::{Program, ServerError, find};
use wire::Conversation;

pub use cluster::RedisCluster;
pub use sentinel::{Sentinel, SentinelOptions};

const HOST: &str = "127.0.0.1";
/// A node of a cluster listens for the others that far above its port.
const BUS_OFFSET: u16 = 10_000;
/// What every system takes for the path of a socket.
const SOCKET_PATH_BYTES: usize = 100;

#[derive(Clone, Default)]
pub struct RedisOptions {
    /// Kept after the end, with its data; a temporary directory when absent.
    pub dir: Option<PathBuf>,
    /// A free port when absent.
    pub port: Option<u16>,
    /// None lets everyone on this machine in.
    pub password: Option<String>,
    /// The port then takes encrypted connections only, and the bus of a cluster too.
    pub tls: Option<RedisTls>,
    /// Any settings of `redis.conf`; they win over those chosen here.
    pub settings: Vec<(String, String)>,
}

/// PEM texts.
#[derive(Clone)]
pub struct RedisTls {
    pub certificate: String,
    pub key: String,
    /// Of the authority that signed it: nodes trust each other by it.
    pub authority: String,
}

/// A running Redis, or one that was killed and may be started again. Dropping it stops it at once.
pub struct Redis(Running<Home>);

struct Home {
    place: Place,
    executable: PathBuf,
    account: Option<Account>,
    options: RedisOptions,
    role: Role,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Alone,
    /// Follows the server on this port.
    ReplicaOf(u16),
    InCluster,
}

impl Redis {
    /// Starts a server and waits until it answers PING.
    pub async fn start(options: RedisOptions) -> Result<Redis, ServerError> {
        Redis::begin(options, Role::Alone).await
    }

    /// Starts a replica of this server, with its password, and waits until it answers PING.
    pub async fn replica(&self, options: RedisOptions) -> Result<Redis, ServerError> {
        let password = self.0.home.options.password.clone();
        Redis::begin(RedisOptions { password, ..options }, Role::ReplicaOf(self.port())).await
    }

    async fn begin(options: RedisOptions, role: Role) -> Result<Redis, ServerError> {
        let executable = find(Program::Redis).ok_or(ServerError::Missing { program: Program::Redis })?;
        let account = account_for(Program::Redis)?;
        let place = Place::new(options.dir.clone(), "redis-", account)?;
        let port = options.port;
        Running::start(Home { place, executable, account, options, role }, port).await.map(Redis)
    }

    pub fn host(&self) -> &str {
        HOST
    }

    pub fn port(&self) -> u16 {
        self.0.port
    }

    pub fn password(&self) -> Option<&str> {
        self.0.home.options.password.as_deref()
    }

    /// A URL with the password, if there is one.
    pub fn url(&self) -> String {
        let scheme = if self.0.home.options.tls.is_some() { "rediss" } else { "redis" };
        match self.password() {
            Some(password) => format!("{scheme}://:{password}@{HOST}:{}/0", self.port()),
            None => format!("{scheme}://{HOST}:{}/0", self.port()),
        }
    }

    /// The Unix socket that it listens on too; none where the path to its directory is too long for one.
    pub fn socket(&self) -> Option<PathBuf> {
        self.0.home.socket()
    }

    pub fn pid(&self) -> Option<u32> {
        self.0.pid()
    }

    /// Saves, stops and starts on the same port, with the same data.
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

    /// Lets it run, but answer nobody, until [`Redis::thaw`].
    pub fn freeze(&mut self) {
        self.0.signal(Signal::Stop);
    }

    pub fn thaw(&mut self) {
        self.0.signal(Signal::Continue);
    }

    pub async fn stop(mut self) {
        self.0.end(Signal::Terminate).await;
    }

    async fn ask(&self, words: &[&str]) -> Result<String, ServerError> {
        let asked = async { self.0.home.talk(self.port()).await?.ask(words).await };
        asked.await.map_err(|error| client_error(error.to_string()))
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").field("port", &self.port()).field("pid", &self.pid()).finish_non_exhaustive()
    }
}

impl Home {
    fn socket(&self) -> Option<PathBuf> {
        let path = self.place.path().join("redis.sock");
        (cfg!(unix) && path.as_os_str().len() <= SOCKET_PATH_BYTES).then_some(path)
    }

    fn configuration(&self, port: u16) -> String {
        // One save point that no load reaches by chance: a clean stop then writes the data.
        let mut lines = vec![
            format!("bind {HOST}"),
            "protected-mode yes".to_owned(),
            "daemonize no".to_owned(),
            format!("dir {}", path(self.place.path())),
            "save 86400 1".to_owned(),
            "appendonly no".to_owned(),
            // The default waits 5 s for more replicas to come.
            "repl-diskless-sync-delay 0".to_owned(),
        ];
        lines.extend(self.socket().map(|socket| format!("unixsocket {}", path(&socket))));
        lines.extend(self.listening(port));
        if let Some(password) = &self.options.password {
            lines.extend(["requirepass", "masterauth"].map(|name| format!("{name} {}", quoted(password))));
        }
        match self.role {
            Role::Alone => {}
            Role::ReplicaOf(port) => lines.push(format!("replicaof {HOST} {port}")),
            Role::InCluster => {
                lines.extend(["cluster-enabled yes", "cluster-node-timeout 2000"].map(str::to_owned));
            }
        }
        lines.extend(self.options.settings.iter().map(|(name, value)| format!("{name} {value}")));
        lines.join("\n") + "\n"
    }

    fn listening(&self, port: u16) -> Vec<String> {
        if self.options.tls.is_none() {
            return vec![format!("port {port}")];
        }
        let [certificate, key, authority] = self.tls_files();
        vec![
            "port 0".to_owned(),
            format!("tls-port {port}"),
            format!("tls-cert-file {}", path(&certificate)),
            format!("tls-key-file {}", path(&key)),
            format!("tls-ca-cert-file {}", path(&authority)),
            "tls-auth-clients no".to_owned(),
            "tls-replication yes".to_owned(),
            "tls-cluster yes".to_owned(),
        ]
    }

    fn tls_files(&self) -> [PathBuf; 3] {
        ["tls.crt", "tls.key", "authority.crt"].map(|name| self.place.path().join(name))
    }

    async fn talk(&self, port: u16) -> std::io::Result<Conversation> {
        let mut conversation = match self.socket().filter(|_| self.options.tls.is_some()) {
            Some(socket) => Conversation::with_socket(&socket).await?,
            None => Conversation::with_port(port).await?,
        };
        if let Some(password) = &self.options.password {
            conversation.ask(&["AUTH", password]).await?;
        }
        Ok(conversation)
    }
}

impl Startable for Home {
    const PROGRAM: Program = Program::Redis;

    fn spawn(&self, port: u16) -> Result<Process, ServerError> {
        if let Some(tls) = &self.options.tls {
            let texts = [&tls.certificate, &tls.key, &tls.authority];
            for (file, text) in self.tls_files().iter().zip(texts) {
                self.place.write(file, text)?;
            }
        }
        let configuration = self.place.path().join("redis.conf");
        self.place.write(&configuration, self.configuration(port))?;
        let launch = Launch {
            program: Program::Redis,
            executable: &self.executable,
            arguments: vec![configuration.display().to_string()],
            account: self.account,
            folder: self.place.path(),
            log: &self.place.path().join("redis.log"),
            death_signal: "TERM",
        };
        Process::start(launch, Signal::Terminate)
    }

    async fn probe(&self, port: u16) -> Result<(), String> {
        pong(self.talk(port).await).await
    }

    fn highest_port(&self) -> u16 {
        if self.role == Role::InCluster { u16::MAX - BUS_OFFSET } else { u16::MAX }
    }
}

async fn pong(conversation: std::io::Result<Conversation>) -> Result<(), String> {
    let asked = async { conversation?.ask(&["PING"]).await };
    match asked.await {
        Ok(answer) if answer == "PONG" => Ok(()),
        Ok(answer) => Err(answer),
        Err(error) => Err(error.to_string()),
    }
}

fn client_error(reason: String) -> ServerError {
    ServerError::Client { program: Program::Redis, reason }
}

fn path(path: &Path) -> String {
    quoted(&path.display().to_string())
}

/// A value for `redis.conf`.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

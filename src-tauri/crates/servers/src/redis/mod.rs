//! A Redis server of its own: alone, as a replica of another, or as a node of a cluster.

mod cluster;
mod home;
mod sentinel;
mod wire;

use std::fmt;
use std::path::PathBuf;

use crate::account::account_for;
use crate::place::Place;
use crate::process::Signal;
use crate::running::Running;
use crate::{Program, ServerError, find};
use home::{Home, Role};

pub use cluster::RedisCluster;
pub use sentinel::{Sentinel, SentinelOptions};

const HOST: &str = "127.0.0.1";

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

fn client_error(reason: String) -> ServerError {
    ServerError::Client { program: Program::Redis, reason }
}

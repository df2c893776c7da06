//! A Sentinel of its own, which watches a Redis and promotes a replica when it is gone.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::home::{pong, quoted};
use super::wire::Conversation;
use super::{HOST, Redis};
use crate::account::{Account, account_for};
use crate::place::Place;
use crate::process::{Launch, Process, Signal};
use crate::running::Running;
use crate::start::Startable;
use crate::{Program, ServerError, find};

#[derive(Clone)]
pub struct SentinelOptions {
    /// Under which the primary is known.
    pub service: String,
    /// Sentinels that must agree that the primary is gone.
    pub quorum: u32,
    /// Without an answer for that long, the primary counts as gone. It is asked each second, so less than 2 s makes a Sentinel
    /// fail over for no reason.
    pub down_after: Duration,
    /// None lets everyone on this machine in.
    pub password: Option<String>,
}

impl Default for SentinelOptions {
    /// One that decides alone, and soon: the default of 30 s suits production, not a test.
    fn default() -> Self {
        SentinelOptions {
            service: "mymaster".to_owned(),
            quorum: 1,
            down_after: Duration::from_secs(2),
            password: None,
        }
    }
}

/// A running Sentinel. Dropping it stops it at once.
pub struct Sentinel(Running<Home>);

struct Home {
    place: Place,
    executable: PathBuf,
    account: Option<Account>,
    options: SentinelOptions,
    primary_port: u16,
    primary_password: Option<String>,
}

impl Sentinel {
    /// Starts a Sentinel that watches `primary`, and waits until it answers.
    pub async fn start(primary: &Redis, options: SentinelOptions) -> Result<Sentinel, ServerError> {
        let executable = find(Program::Redis).ok_or(ServerError::Missing { program: Program::Redis })?;
        let account = account_for(Program::Redis)?;
        let home = Home {
            place: Place::new(None, "sentinel-", account)?,
            executable,
            account,
            options,
            primary_port: primary.port(),
            primary_password: primary.password().map(str::to_owned),
        };
        Running::start(home, None).await.map(Sentinel)
    }

    pub fn host(&self) -> &str {
        HOST
    }

    pub fn port(&self) -> u16 {
        self.0.port
    }

    pub fn service(&self) -> &str {
        &self.0.home.options.service
    }

    pub fn pid(&self) -> Option<u32> {
        self.0.pid()
    }

    pub async fn stop(mut self) {
        self.0.end(Signal::Terminate).await;
    }
}

impl fmt::Debug for Sentinel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sentinel")
            .field("port", &self.port())
            .field("pid", &self.pid())
            .finish_non_exhaustive()
    }
}

impl Home {
    fn configuration(&self, port: u16) -> String {
        let SentinelOptions { service, quorum, down_after, password } = &self.options;
        let mut lines = vec![
            format!("bind {HOST}"),
            format!("port {port}"),
            "protected-mode yes".to_owned(),
            "daemonize no".to_owned(),
            format!("dir {}", quoted(&self.place.path().display().to_string())),
            format!("sentinel monitor {service} {HOST} {} {quorum}", self.primary_port),
            format!("sentinel down-after-milliseconds {service} {}", down_after.as_millis()),
            format!("sentinel failover-timeout {service} 5000"),
        ];
        lines.extend(password.iter().map(|password| format!("requirepass {}", quoted(password))));
        let of_primary = self.primary_password.iter();
        lines.extend(of_primary.map(|password| format!("sentinel auth-pass {service} {}", quoted(password))));
        lines.join("\n") + "\n"
    }

    async fn talk(&self, port: u16) -> std::io::Result<Conversation> {
        let mut conversation = Conversation::with_port(port).await?;
        if let Some(password) = &self.options.password {
            conversation.ask(&["AUTH", password]).await?;
        }
        Ok(conversation)
    }
}

impl Startable for Home {
    const PROGRAM: Program = Program::Redis;

    fn spawn(&self, port: u16) -> Result<Process, ServerError> {
        // It keeps what it learns in this file.
        let configuration = self.place.path().join("sentinel.conf");
        self.place.write(&configuration, self.configuration(port))?;
        let launch = Launch {
            program: Program::Redis,
            executable: &self.executable,
            arguments: vec![configuration.display().to_string(), "--sentinel".to_owned()],
            account: self.account,
            folder: self.place.path(),
            log: &self.place.path().join("sentinel.log"),
            death_signal: "TERM",
        };
        Process::start(launch, Signal::Terminate)
    }

    async fn probe(&self, port: u16) -> Result<(), String> {
        pong(self.talk(port).await).await
    }
}

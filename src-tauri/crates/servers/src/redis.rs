//! A Redis server of its own.

use std::fmt;
use std::path::PathBuf;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::account::{Account, account_for};
use crate::place::Place;
use crate::process::{Launch, Process, Signal};
use crate::start::{Port, Startable, start};
use crate::{Program, ServerError, find};

const HOST: &str = "127.0.0.1";

#[derive(Clone, Default)]
pub struct RedisOptions {
    /// Kept after the end, with its data; a temporary directory when absent.
    pub dir: Option<PathBuf>,
    /// A free port when absent.
    pub port: Option<u16>,
    /// None lets everyone on this machine in.
    pub password: Option<String>,
    /// Any settings of `redis.conf`; they win over those chosen here.
    pub settings: Vec<(String, String)>,
}

/// A running Redis, or one that was killed and may be started again. Dropping it stops it at once.
pub struct Redis {
    // Before `home`: the process ends before its directory goes.
    process: Option<Process>,
    home: Home,
    port: u16,
}

struct Home {
    place: Place,
    executable: PathBuf,
    account: Option<Account>,
    options: RedisOptions,
}

impl Redis {
    /// Starts a server and waits until it answers PING.
    pub async fn start(options: RedisOptions) -> Result<Redis, ServerError> {
        let executable = find(Program::Redis).ok_or(ServerError::Missing { program: Program::Redis })?;
        let account = account_for(Program::Redis)?;
        let place = Place::new(options.dir.clone(), "redis-", account)?;
        let wanted = options.port.map_or(Port::Any, Port::Fixed);
        let home = Home { place, executable, account, options };
        let (process, port) = start(&home, wanted).await?;
        Ok(Redis { process: Some(process), home, port })
    }

    pub fn host(&self) -> &str {
        HOST
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn password(&self) -> Option<&str> {
        self.home.options.password.as_deref()
    }

    /// A URL with the password, if there is one.
    pub fn url(&self) -> String {
        match self.password() {
            Some(password) => format!("redis://:{password}@{HOST}:{}/0", self.port),
            None => format!("redis://{HOST}:{}/0", self.port),
        }
    }

    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Process::pid)
    }

    /// Saves, stops and starts on the same port, with the same data.
    pub async fn restart(&mut self) -> Result<(), ServerError> {
        self.end(Signal::Terminate).await;
        self.start_again().await
    }

    /// Ends it without warning, as a crash would.
    pub async fn kill(&mut self) {
        self.end(Signal::Kill).await;
    }

    /// Starts a killed one on the same port.
    pub async fn start_again(&mut self) -> Result<(), ServerError> {
        if self.process.is_none() {
            let (process, _) = start(&self.home, Port::Fixed(self.port)).await?;
            self.process = Some(process);
        }
        Ok(())
    }

    pub async fn stop(mut self) {
        self.end(Signal::Terminate).await;
    }

    async fn end(&mut self, signal: Signal) {
        if let Some(mut process) = self.process.take() {
            process.end(signal).await;
        }
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").field("port", &self.port).field("pid", &self.pid()).finish_non_exhaustive()
    }
}

impl Home {
    fn configuration(&self, port: u16) -> String {
        // One save point that no load reaches by chance: a clean stop then writes the data.
        let mut lines = vec![
            format!("bind {HOST}"),
            format!("port {port}"),
            "protected-mode yes".to_owned(),
            "daemonize no".to_owned(),
            format!("dir {}", quoted(&self.place.path().display().to_string())),
            "save 86400 1".to_owned(),
            "appendonly no".to_owned(),
        ];
        lines
            .extend(self.options.password.iter().map(|password| format!("requirepass {}", quoted(password))));
        lines.extend(self.options.settings.iter().map(|(name, value)| format!("{name} {value}")));
        lines.join("\n") + "\n"
    }

    async fn ping(&self, port: u16) -> std::io::Result<String> {
        let mut stream = TcpStream::connect((HOST, port)).await?;
        let mut request = Vec::new();
        if let Some(password) = &self.options.password {
            request.extend(command(&["AUTH", password]));
        }
        request.extend(command(&["PING"]));
        stream.write_all(&request).await?;
        let mut answer = vec![0; 512];
        let mut text = String::new();
        while !text.contains("+PONG") && !text.contains("-") {
            let read = stream.read(&mut answer).await?;
            if read == 0 {
                break;
            }
            text.push_str(&String::from_utf8_lossy(answer.get(..read).unwrap_or_default()));
        }
        Ok(text)
    }
}

impl Startable for Home {
    const PROGRAM: Program = Program::Redis;

    fn spawn(&self, port: u16) -> Result<Process, ServerError> {
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
        match self.ping(port).await {
            Ok(answer) if answer.ends_with("+PONG\r\n") => Ok(()),
            Ok(answer) => Err(answer.trim_end().to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// A command in the wire's form.
fn command(words: &[&str]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend(format!("${}\r\n{word}\r\n", word.len()).into_bytes());
    }
    bytes
}

/// A value for `redis.conf`.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

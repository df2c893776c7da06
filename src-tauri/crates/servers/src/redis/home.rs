//! How one Redis is configured, spawned and asked whether it answers.

use std::path::{Path, PathBuf};

use super::wire::Conversation;
use super::{HOST, RedisOptions};
use crate::account::Account;
use crate::place::Place;
use crate::process::{Launch, Process, Signal};
use crate::start::Startable;
use crate::{Program, ServerError};

/// A node of a cluster listens for the others that far above its port.
pub(super) const BUS_OFFSET: u16 = 10_000;
/// What every system takes for the path of a socket.
const SOCKET_PATH_BYTES: usize = 100;

pub(super) struct Home {
    pub(super) place: Place,
    pub(super) executable: PathBuf,
    pub(super) account: Option<Account>,
    pub(super) options: RedisOptions,
    pub(super) role: Role,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Alone,
    /// Follows the server on this port.
    ReplicaOf(u16),
    InCluster,
}

impl Home {
    pub(super) fn socket(&self) -> Option<PathBuf> {
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

    pub(super) async fn talk(&self, port: u16) -> std::io::Result<Conversation> {
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

pub(super) async fn pong(conversation: std::io::Result<Conversation>) -> Result<(), String> {
    let asked = async { conversation?.ask(&["PING"]).await };
    match asked.await {
        Ok(answer) if answer == "PONG" => Ok(()),
        Ok(answer) => Err(answer),
        Err(error) => Err(error.to_string()),
    }
}

fn path(path: &Path) -> String {
    quoted(&path.display().to_string())
}

/// A value for `redis.conf`.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

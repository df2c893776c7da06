//! Every command that leaves this module; a test on a real server proves that no other does.

use redis::{Cmd, ToRedisArgs, cmd};

/// As an ACL names them. All but the last only read, and nothing is ever reset.
pub const COMMANDS: [&str; 16] = [
    "auth",
    "hello",
    "select",
    "client|setname",
    "info",
    "ping",
    "slowlog|get",
    "latency|latest",
    "client|list",
    "config|get",
    "cluster|slots",
    "sentinel|get-master-addr-by-name",
    "sentinel|replicas",
    "scard",
    "sscan",
    "unlink",
];

/// Under which the console's connections are seen in CLIENT LIST.
pub const CLIENT_NAME: &str = "mpanel-console";

/// Entries of the slow log asked for at once; the log keeps 128 unless changed.
pub(super) const SLOW_ENTRIES: usize = 128;

pub(super) fn auth(user: Option<&str>, password: &str) -> Cmd {
    let mut command = cmd("AUTH");
    command.arg(user).arg(password);
    command
}

pub(super) fn select(database: u32) -> Cmd {
    words("SELECT", database)
}

/// Asks for the protocol's third version.
pub(super) fn hello() -> Cmd {
    words("HELLO", 3)
}

pub(super) fn set_name() -> Cmd {
    words("CLIENT", &["SETNAME", CLIENT_NAME])
}

/// One argument: servers before 7.0 take no more.
pub(super) fn info() -> Cmd {
    words("INFO", "all")
}

pub(super) fn ping() -> Cmd {
    cmd("PING")
}

pub(super) fn slow_log() -> Cmd {
    let mut command = cmd("SLOWLOG");
    command.arg("GET").arg(SLOW_ENTRIES);
    command
}

pub(super) fn latency() -> Cmd {
    words("LATENCY", "LATEST")
}

pub(super) fn client_list() -> Cmd {
    words("CLIENT", "LIST")
}

/// One pattern: servers before 7.0 take no more.
pub(super) fn setting(name: &str) -> Cmd {
    words("CONFIG", &["GET", name])
}

pub(super) fn slots() -> Cmd {
    words("CLUSTER", "SLOTS")
}

pub(super) fn primary_of(service: &str) -> Cmd {
    words("SENTINEL", &["GET-MASTER-ADDR-BY-NAME", service])
}

pub(super) fn replicas_of(service: &str) -> Cmd {
    words("SENTINEL", &["REPLICAS", service])
}

pub(super) fn members(key: &str) -> Cmd {
    words("SCARD", key)
}

pub(super) fn scan_members(key: &str, cursor: &[u8], count: usize) -> Cmd {
    let mut command = cmd("SSCAN");
    command.arg(key).arg(cursor).arg("COUNT").arg(count);
    command
}

/// The only write. Memory is freed in the background, so that no client waits for it.
pub(super) fn unlink(keys: &[Vec<u8>]) -> Cmd {
    words("UNLINK", keys)
}

fn words(name: &str, arguments: impl ToRedisArgs) -> Cmd {
    let mut command = cmd(name);
    command.arg(arguments);
    command
}

//! What went wrong with a Redis, in a plain sentence with what to do about it.

mod told;

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use domain::{Problem, ProblemCode, TlsMode};
use redis::{ErrorKind, RedisError};

use super::bounded::TooLarge;
use crate::problem::{Reach, unreached};
pub(super) use crate::problem::{invalid_address, problem};
use crate::tls;

/// Who was spoken to, for the sentences.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    /// `host:port` or a path
    pub(super) place: String,
    /// The name that a certificate must carry.
    pub(super) host: String,
    /// As an ACL names it.
    pub(super) user: String,
    pub(super) has_password: bool,
    pub(super) tls: TlsMode,
}

const REACH: Reach =
    Reach { listens: "bind", socket: "the path of the socket (unixsocket)", permissions: "unixsocketperm" };

/// The command that gives `user` the rights in `rights`: "+slowlog|get +ping".
pub(super) fn grant(user: &str, rights: &str) -> String {
    format!("ACL SETUSER {user} {rights}")
}

impl Peer {
    fn at(&self) -> String {
        format!("Redis at {}", self.place)
    }

    pub(super) fn timeout(&self, after: Duration) -> Problem {
        problem(
            ProblemCode::Timeout,
            format!("{} did not answer within {} s.", self.at(), after.as_secs()),
            "Check whether a slow command or script holds the server, and the network between; the console keeps trying.",
        )
    }

    /// It speaks, but nothing that a Redis says.
    pub(super) fn not_redis(&self, seen: &str) -> Problem {
        problem(
            ProblemCode::NotRedis,
            format!("The server at {} is no Redis: {seen}.", self.place),
            "Check the port: a Redis listens on 6379 unless changed.",
        )
    }

    pub(super) fn unexpected(&self, what: &str) -> Problem {
        problem(
            ProblemCode::Protocol,
            format!("{} gave an answer that could not be read: {what}.", self.at()),
            "Check that no proxy changes its answers.",
        )
    }

    pub(super) fn loading(&self, progress: &str) -> Problem {
        problem(
            ProblemCode::StartingUp,
            format!("{} is loading its data{progress} and answers no one yet (LOADING).", self.at()),
            "Wait until it has loaded; the console keeps trying.",
        )
    }

    /// Judges an error of `command` ("slowlog|get"): the server's own answer first, then the network.
    pub(super) fn problem(&self, command: &str, error: &RedisError) -> Problem {
        if let Some(code) = error.code() {
            return self.told(command, code, error.detail().unwrap_or_default());
        }
        if error.kind() == ErrorKind::Parse {
            return self.not_redis("its answer is not in the protocol of Redis");
        }
        if error.is_timeout() {
            return problem(
                ProblemCode::Timeout,
                format!("{} did not answer in time.", self.at()),
                "Check whether a slow command or script holds the server; the console keeps trying.",
            );
        }
        match beneath(error).and_then(|cause| cause.downcast_ref::<io::Error>()) {
            Some(found) => self.network(found),
            None if error.is_connection_dropped() => self.lost(),
            None => self.unexpected(error.category()),
        }
    }

    fn lost(&self) -> Problem {
        problem(
            ProblemCode::Unreachable,
            format!("{} closed the connection.", self.at()),
            if self.tls == TlsMode::Disable {
                "It may be restarting, or it wants TLS on this port; the console keeps trying."
            } else {
                "It may be restarting, or a proxy or firewall cut the connection; the console keeps trying."
            },
        )
    }

    /// An error of connecting, of encryption, or of a connection that broke.
    pub(super) fn network(&self, error: &io::Error) -> Problem {
        let wrapped = error.get_ref();
        if let Some(refused) = wrapped.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return self.encryption(refused);
        }
        if let Some(TooLarge(_)) = wrapped.and_then(|inner| inner.downcast_ref::<TooLarge>()) {
            return problem(
                ProblemCode::TooLarge,
                format!("{} gave up: {error}.", self.at()),
                "Check what lies behind this address; the console asks for nothing that large.",
            );
        }
        let host = format!("{:?}", self.host);
        unreached(error, &self.at(), &host, &REACH).unwrap_or_else(|| self.lost())
    }

    pub(super) fn no_tls(&self) -> Problem {
        problem(
            ProblemCode::TlsInvalid,
            format!("{} does not speak TLS on this port.", self.at()),
            "Use its tls-port. On loopback or through a tunnel, set the encryption of this source to none.",
        )
    }

    fn encryption(&self, error: &rustls::Error) -> Problem {
        match error {
            rustls::Error::InvalidMessage(_) => self.no_tls(),
            other => tls::refused(other, &self.at(), &format!("{:?}", self.host), self.tls),
        }
    }
}

/// What the driver wraps, twice over.
fn beneath(error: &RedisError) -> Option<&(dyn StdError + 'static)> {
    let source = error.source()?;
    match source.downcast_ref::<Arc<dyn StdError + Send + Sync>>() {
        Some(shared) => Some(shared.as_ref()),
        None => Some(source),
    }
}

#[cfg(test)]
mod tests;

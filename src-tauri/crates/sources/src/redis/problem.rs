//! What went wrong with a Redis, in a plain sentence with what to do about it.

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use domain::{Problem, ProblemCode, TlsMode};
use redis::{ErrorKind, RedisError};

use super::bounded::TooLarge;
use crate::tls;

/// Of the server's own words, which may be long.
const QUOTED: usize = 200;

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

pub(super) fn invalid_address(message: impl Into<String>, remedy: impl Into<String>) -> Problem {
    problem(ProblemCode::InvalidAddress, message, remedy)
}

pub(super) fn problem(code: ProblemCode, message: impl Into<String>, remedy: impl Into<String>) -> Problem {
    Problem { code, message: message.into(), remedy: Some(remedy.into()) }
}

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

    /// What the server said instead of an answer.
    fn told(&self, command: &str, code: &str, detail: &str) -> Problem {
        let at = self.at();
        let wait = "Nothing, if this passes; the console keeps trying.";
        match code {
            "NOAUTH" if self.has_password => self.refused_login(),
            "NOAUTH" => problem(
                ProblemCode::SecretMissing,
                format!("{at} asks for a password, and there is none."),
                "Type the password into the password field of this source, and the user, if it is not `default`.",
            ),
            "WRONGPASS" => self.refused_login(),
            "NOPERM" => self.not_permitted(command, detail),
            "LOADING" => self.loading(""),
            "MASTERDOWN" => problem(
                ProblemCode::ServerError,
                format!(
                    "{at} is a replica that has lost its primary and does not serve what may be stale (MASTERDOWN)."
                ),
                "Bring its primary back or promote it; the console keeps trying and asks for its role again.",
            ),
            "BUSY" => problem(
                ProblemCode::ServerError,
                format!("{at} is busy with a script and answers no one (BUSY)."),
                "Wait, or end the script with SCRIPT KILL or FUNCTION KILL; the console keeps trying.",
            ),
            "READONLY" => problem(
                ProblemCode::ServerError,
                format!("{at} is a replica and takes no writes (READONLY)."),
                "Name the primary in this source, or the Sentinels, which know where it is.",
            ),
            "CLUSTERDOWN" | "TRYAGAIN" => problem(
                ProblemCode::ServerError,
                format!("{at} is part of a cluster that cannot serve every key now ({code})."),
                "Look at CLUSTER INFO and CLUSTER NODES; the console keeps trying.",
            ),
            "MISCONF" => problem(
                ProblemCode::ServerError,
                format!("{at} takes no writes because it cannot save to disk (MISCONF)."),
                "Look at its log and the space on its disk.",
            ),
            "WRONGTYPE" => problem(
                ProblemCode::ServerError,
                format!("{at} keeps something other than a set there (WRONGTYPE)."),
                "Look at it with TYPE; the console changes nothing.",
            ),
            "DENIED" => problem(
                ProblemCode::Permission,
                format!("{at} is in protected mode and lets in nobody from elsewhere."),
                "Give it a password or an ACL and switch protected-mode off, or connect from its own machine.",
            ),
            _ => self.told_in_words(code, detail, wait),
        }
    }

    /// A right to a command, or to a key that it names, is missing. `command` is empty where the server says which.
    fn not_permitted(&self, command: &str, detail: &str) -> Problem {
        let (at, user) = (self.at(), &self.user);
        let named = Some(command).filter(|command| !command.is_empty()).or_else(|| quoted(detail));
        let saving = "(then ACL SAVE, where the rights are in a file)";
        match named {
            Some(command) if !detail.contains(" key") => problem(
                ProblemCode::Permission,
                format!("{at} does not allow the user {user} {}.", command.replace('|', " ").to_uppercase()),
                format!("{} {saving}", grant(user, &format!("+{command}"))),
            ),
            _ => problem(
                ProblemCode::Permission,
                format!("{at} does not let the user {user} at these keys."),
                format!("{} {saving}", grant(user, "~query:* ~cache:tag:*")),
            ),
        }
    }

    fn told_in_words(&self, code: &str, detail: &str, wait: &str) -> Problem {
        let at = self.at();
        if detail.contains("max number of clients") {
            return problem(
                ProblemCode::TooManyConnections,
                format!("{at} has no connection left (maxclients)."),
                "Close connections or raise maxclients; the console keeps trying.",
            );
        }
        if detail.contains("without any password configured") || detail.contains("no password is set") {
            return problem(
                ProblemCode::Authentication,
                format!("{at} has no password, and this source gives one."),
                "Remove the password from this source, or check that this is the right server.",
            );
        }
        if detail.contains("arguments for 'auth'") {
            return problem(
                ProblemCode::Authentication,
                format!("{at} knows no users: it is older than 6.0."),
                "Leave the user of this source empty.",
            );
        }
        if detail.contains("DB index is out of range") {
            return invalid_address(
                format!("{at} has no database of that number."),
                "Correct the database; there are 16, from 0, unless `databases` is set, and only 0 in a cluster.",
            );
        }
        if detail.contains("cluster support disabled") {
            return invalid_address(
                format!("{at} is no cluster."),
                "Choose a single server for this source.",
            );
        }
        let words: String = detail.chars().filter(|c| !c.is_control()).take(QUOTED).collect();
        problem(ProblemCode::ServerError, format!("{at} answered with an error: {code} {words}."), wait)
    }

    fn refused_login(&self) -> Problem {
        problem(
            ProblemCode::Authentication,
            format!("{} refuses the login of {}.", self.at(), self.user),
            "Check user and password (ACL LIST shows the users). The console does not try again by itself.",
        )
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
        let (code, what, remedy) = match error.kind() {
            io::ErrorKind::ConnectionRefused => (
                ProblemCode::Refused,
                "refused the connection",
                "Check the port, that the server runs, and that it listens on this address (bind).",
            ),
            io::ErrorKind::NotFound => (
                ProblemCode::Unreachable,
                "has no socket there",
                "Check the path of the socket (unixsocket), and that the server runs.",
            ),
            io::ErrorKind::PermissionDenied => (
                ProblemCode::Permission,
                "may not be connected to by this account",
                "Check the permissions of the socket (unixsocketperm).",
            ),
            io::ErrorKind::TimedOut => (
                ProblemCode::Timeout,
                "could not be reached in time",
                "Check host and port, and that no firewall drops the connection.",
            ),
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => return self.lost(),
            _ if error.to_string().contains("lookup") => {
                return problem(
                    ProblemCode::NameNotFound,
                    format!("The host name {:?} was not found.", self.host),
                    "Check its spelling, the VPN and the name server.",
                );
            }
            _ => {
                return problem(
                    ProblemCode::Unreachable,
                    format!("{} cannot be reached: {error}.", self.at()),
                    "Check host and port and the network between.",
                );
            }
        };
        problem(code, format!("{} {what}.", self.at()), remedy)
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

/// The name of the command in "has no permissions to run the 'get' command".
fn quoted(detail: &str) -> Option<&str> {
    detail.split('\'').nth(1).filter(|name| !name.is_empty())
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
mod tests {
    use super::*;

    fn peer(has_password: bool) -> Peer {
        Peer {
            place: "cache:6379".into(),
            host: "cache".into(),
            user: "console".into(),
            has_password,
            tls: TlsMode::Disable,
        }
    }

    /// What a server says, whether a password was given, and what it comes to.
    const TOLD: [(&str, bool, ProblemCode); 14] = [
        ("-NOAUTH Authentication required.", false, ProblemCode::SecretMissing),
        ("-NOAUTH Authentication required.", true, ProblemCode::Authentication),
        ("-WRONGPASS invalid username-password pair", true, ProblemCode::Authentication),
        ("-ERR Client sent AUTH, but no password is set", true, ProblemCode::Authentication),
        ("-NOPERM this user has no permissions to run the 'info' command", true, ProblemCode::Permission),
        ("-LOADING Redis is loading the dataset in memory", false, ProblemCode::StartingUp),
        ("-MASTERDOWN Link with MASTER is down", false, ProblemCode::ServerError),
        ("-BUSY Redis is busy running a script.", false, ProblemCode::ServerError),
        ("-READONLY You can't write against a read only replica.", false, ProblemCode::ServerError),
        ("-ERR max number of clients reached", false, ProblemCode::TooManyConnections),
        ("-ERR DB index is out of range", false, ProblemCode::InvalidAddress),
        ("-ERR This instance has cluster support disabled", false, ProblemCode::InvalidAddress),
        ("-DENIED Redis is running in protected mode", false, ProblemCode::Permission),
        ("-ERR something new", false, ProblemCode::ServerError),
    ];

    #[test]
    fn every_refusal_has_its_code_and_a_remedy() {
        for (told, has_password, code) in TOLD {
            let value = redis::parse_redis_value(format!("{told}\r\n").as_bytes()).unwrap();
            let error = value.extract_error().unwrap_err();
            let found = peer(has_password).problem("info", &error);
            assert_eq!(found.code, code, "{told}: {found:?}");
            assert!(found.remedy.is_some_and(|remedy| !remedy.is_empty()), "{told}");
        }
    }

    #[test]
    fn a_missing_right_comes_with_the_command_that_gives_it() {
        let value = redis::parse_redis_value(b"-NOPERM no permissions\r\n").unwrap();
        let found = peer(true).problem("slowlog|get", &value.extract_error().unwrap_err());
        assert!(found.remedy.unwrap().starts_with("ACL SETUSER console +slowlog|get"));
        assert!(found.message.contains("SLOWLOG GET"), "{}", found.message);
    }

    #[test]
    fn the_network_is_told_apart() {
        let cases = [
            (io::ErrorKind::ConnectionRefused, ProblemCode::Refused),
            (io::ErrorKind::ConnectionReset, ProblemCode::Unreachable),
            (io::ErrorKind::TimedOut, ProblemCode::Timeout),
            (io::ErrorKind::PermissionDenied, ProblemCode::Permission),
        ];
        for (kind, code) in cases {
            assert_eq!(peer(false).problem("ping", &RedisError::from(io::Error::from(kind))).code, code);
        }
        let large = RedisError::from(io::Error::other(TooLarge(1)));
        assert_eq!(peer(false).problem("ping", &large).code, ProblemCode::TooLarge);
        let wrong = io::Error::other(rustls::Error::InvalidCertificate(rustls::CertificateError::Expired));
        assert_eq!(peer(false).problem("ping", &wrong.into()).code, ProblemCode::TlsInvalid);
    }
}

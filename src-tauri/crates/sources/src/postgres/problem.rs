//! What went wrong with a database connection, in a plain sentence with what to do about it.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use domain::{Degradation, Problem, ProblemCode};
use tokio_postgres::error::{DbError, SqlState};

use super::target::{Host, Target};
pub(crate) use crate::problem::invalid_address;
use crate::problem::{Reach, problem, unreached};
use crate::tls::refused;

/// Who was spoken to, for the sentences.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer<'a> {
    /// "PostgreSQL", "PgBouncer"
    pub(crate) product: &'static str,
    pub(crate) target: &'a Target,
}

const REACH: Reach = Reach {
    listens: "listen_addresses",
    socket: "the directory of the socket (unix_socket_directories)",
    permissions: "unix_socket_permissions",
};

impl Peer<'_> {
    fn at(&self) -> String {
        format!("{} at {}", self.product, self.target.place())
    }

    /// The whole poll, or its connection, took too long.
    pub(crate) fn timeout(&self, after: Duration) -> Problem {
        problem(
            ProblemCode::Timeout,
            format!("{} did not answer within {} s.", self.at(), after.as_secs()),
            "Check the load on the server and the network between; the console keeps trying.",
        )
    }

    /// It answered, with something else than was asked for.
    pub(crate) fn unexpected(&self, what: &str) -> Problem {
        problem(
            ProblemCode::Protocol,
            format!("{} gave an answer that could not be read: {what}.", self.at()),
            format!("Check that the address is that of {}.", self.product),
        )
    }

    /// Judges an error of the driver: the server's own answer first, then TLS, then the network.
    pub(crate) fn problem(&self, error: &tokio_postgres::Error) -> Problem {
        if let Some(told) = error.as_db_error() {
            return self.told_by_server(told);
        }
        let causes = causes(error);
        if let Some(found) = causes.iter().find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
            return self.tls(found);
        }
        if let Some(found) = causes.iter().find_map(|cause| cause.downcast_ref::<io::Error>()) {
            return self.network(found);
        }
        let text = causes.iter().map(|cause| cause.to_string()).collect::<Vec<_>>().join(": ");
        match text.as_str() {
            text if text.contains("server does not support TLS") => problem(
                ProblemCode::TlsInvalid,
                format!("{} does not offer encryption.", self.at()),
                "Switch on ssl on the server. On loopback or through a tunnel, set the encryption of this source to none.",
            ),
            text if text.contains("password missing") => self.password_missing(),
            text if text.starts_with("timeout waiting for server") => problem(
                ProblemCode::Timeout,
                format!("{} could not be reached in time.", self.at()),
                "Check host and port, and that no firewall drops the connection.",
            ),
            text if error.is_closed() || text.contains("unexpected EOF") => self.lost(),
            text if text.starts_with("authentication error") => problem(
                ProblemCode::Authentication,
                format!("{} and the console could not agree on a login: {text}.", self.at()),
                "Use password authentication (scram-sha-256) for this role in pg_hba.conf.",
            ),
            text => self.unexpected(text),
        }
    }

    fn password_missing(&self) -> Problem {
        if let Some(reason) = &self.target.password_file_problem {
            let message = format!("{} asks for a password. {}", self.at(), reason.message);
            return Problem { message, ..reason.clone() };
        }
        problem(
            ProblemCode::SecretMissing,
            format!("{} asks for a password for {:?}, and there is none.", self.at(), self.target.user),
            "Type the password into the password field of this source, or add a line to the password file.",
        )
    }

    fn lost(&self) -> Problem {
        problem(
            ProblemCode::Unreachable,
            format!("{} closed the connection.", self.at()),
            "The server may be restarting, or a proxy or firewall cut the connection; the console keeps trying.",
        )
    }

    fn told_by_server(&self, told: &DbError) -> Problem {
        let Target { user, database, .. } = self.target;
        let (code, sentence, remedy) = match *told.code() {
            SqlState::INVALID_PASSWORD | SqlState::INVALID_AUTHORIZATION_SPECIFICATION => (
                ProblemCode::Authentication,
                format!("{} refuses the login of {user:?}", self.at()),
                "Check user and password, and the line for this role in pg_hba.conf. The console does not try again by \
                 itself, so that the account is not locked."
                    .to_owned(),
            ),
            SqlState::INVALID_CATALOG_NAME => (
                ProblemCode::InvalidAddress,
                format!("{} has no database {database:?}", self.at()),
                "Correct the name of the database; SELECT datname FROM pg_database lists those that there are.".to_owned(),
            ),
            SqlState::INSUFFICIENT_PRIVILEGE => (
                ProblemCode::Permission,
                format!("{} does not allow {user:?} to do this", self.at()),
                grant_monitor(user),
            ),
            SqlState::TOO_MANY_CONNECTIONS => (
                ProblemCode::TooManyConnections,
                format!("{} has no connection left for {user:?}", self.at()),
                "Free connections or raise max_connections. A role with pg_use_reserved_connections gets in when \
                 reserved_connections is set (PostgreSQL 16 and later)."
                    .to_owned(),
            ),
            SqlState::ADMIN_SHUTDOWN | SqlState::CRASH_SHUTDOWN => (
                ProblemCode::ShuttingDown,
                format!("{} is shutting down, or its administrator ended the session", self.at()),
                "Nothing, if this is planned; the console keeps trying.".to_owned(),
            ),
            SqlState::CANNOT_CONNECT_NOW => (
                ProblemCode::StartingUp,
                format!("{} is not ready for sessions yet", self.at()),
                "Wait until it has started or recovered; the console keeps trying.".to_owned(),
            ),
            SqlState::QUERY_CANCELED | SqlState::LOCK_NOT_AVAILABLE => (
                ProblemCode::Timeout,
                format!("{} cancelled the console's query", self.at()),
                "Check the load on the server, and who holds locks on its catalogs.".to_owned(),
            ),
            _ => (
                ProblemCode::ServerError,
                format!("{} answered with error {}", self.at(), told.code().code()),
                "See the server's log for the whole of it; the console keeps trying.".to_owned(),
            ),
        };
        problem(code, format!("{sentence}: {}.", told.message().trim_end_matches('.')), remedy)
    }

    fn network(&self, error: &io::Error) -> Problem {
        unreached(error, &self.at(), &self.host_name(), &REACH).unwrap_or_else(|| self.lost())
    }

    fn host_name(&self) -> String {
        match &self.target.host {
            Host::Tcp { name, .. } => format!("{name:?}"),
            Host::Socket(folder) => format!("{:?}", folder.display().to_string()),
        }
    }

    fn tls(&self, error: &rustls::Error) -> Problem {
        refused(error, &self.at(), &self.host_name(), self.target.tls)
    }
}

/// The grant that lets a role see everybody's sessions.
pub(crate) fn grant_monitor(role: &str) -> String {
    format!("GRANT pg_monitor TO {};", quoted(role))
}

/// The grant that lets a role signal other people's sessions, superusers' excepted.
pub(crate) fn grant_signal(role: &str) -> String {
    format!("GRANT pg_signal_backend TO {};", quoted(role))
}

/// What is missing where a role sees only its own sessions: `what` is unknown.
pub(crate) fn hidden_sessions(role: &str, what: &str) -> Degradation {
    Degradation {
        code: "missing_privilege".to_owned(),
        message: format!("The role {role:?} does not see other people's sessions, so {what}."),
        remedy: Some(grant_monitor(role)),
    }
}

/// A name as SQL writes it, whatever is in it.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// An error with everything beneath it; `io::Error` hides what it wraps from `source()`, so it is looked into.
fn causes<'a>(error: &'a (dyn StdError + 'static)) -> Vec<&'a (dyn StdError + 'static)> {
    let mut found: Vec<&'a (dyn StdError + 'static)> = Vec::new();
    let mut next = Some(error);
    while let Some(cause) = next {
        found.push(cause);
        let wrapped = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match wrapped {
            Some(inner) => Some(inner as &(dyn StdError + 'static)),
            None => cause.source(),
        };
    }
    found
}

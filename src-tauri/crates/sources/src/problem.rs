//! What is in the way of a server, in a plain sentence with what to do about it: what is the same for every product.

use std::io;

use domain::{Problem, ProblemCode};

pub(crate) fn problem(code: ProblemCode, message: impl Into<String>, remedy: impl Into<String>) -> Problem {
    Problem { code, message: message.into(), remedy: Some(remedy.into()) }
}

pub(crate) fn invalid_address(message: impl Into<String>, remedy: impl Into<String>) -> Problem {
    problem(ProblemCode::InvalidAddress, message, remedy)
}

/// Settings of a server that decide who reaches it, as its own configuration names them.
pub(crate) struct Reach {
    /// "listen_addresses"
    pub listens: &'static str,
    /// "the directory of the socket (unix_socket_directories)"
    pub socket: &'static str,
    /// "unix_socket_permissions"
    pub permissions: &'static str,
}

/// Why connecting failed; none where a connection was there and was lost. `at` is "Redis at 10.0.0.5:6379", `host` the name in
/// quotation marks.
pub(crate) fn unreached(error: &io::Error, at: &str, host: &str, reach: &Reach) -> Option<Problem> {
    let (code, what, remedy) = match error.kind() {
        io::ErrorKind::ConnectionRefused => (
            ProblemCode::Refused,
            "refused the connection",
            format!(
                "Check the port, that the server runs, and that it listens on this address ({}).",
                reach.listens
            ),
        ),
        io::ErrorKind::NotFound => (
            ProblemCode::Unreachable,
            "has no socket there",
            format!("Check {}, and that the server runs.", reach.socket),
        ),
        io::ErrorKind::PermissionDenied => (
            ProblemCode::Permission,
            "may not be connected to by this account",
            format!("Check the permissions of the socket ({}).", reach.permissions),
        ),
        io::ErrorKind::TimedOut => (
            ProblemCode::Timeout,
            "could not be reached in time",
            "Check host and port, and that no firewall drops the connection.".to_owned(),
        ),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown => (
            ProblemCode::Unreachable,
            "cannot be reached from this network",
            "Check the address, the VPN and the route to it.".to_owned(),
        ),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => return None,
        _ if error.to_string().contains("lookup") => {
            return Some(problem(
                ProblemCode::NameNotFound,
                format!("The host name {host} was not found."),
                "Check its spelling, the VPN and the name server.",
            ));
        }
        _ => {
            return Some(problem(
                ProblemCode::Unreachable,
                format!("{at} cannot be reached: {error}."),
                "Check host and port and the network between.",
            ));
        }
    };
    Some(problem(code, format!("{at} {what}."), remedy))
}

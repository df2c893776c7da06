//! Which errors pass by themselves and which need a person.

use std::error::Error as _;
use std::io;

/// What an error asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorClass {
    /// Likely to pass: trying again is worth it.
    Transient,
    /// Will be the same next time, or (authentication, permission) do harm by repetition.
    Permanent,
}

use ErrorClass::{Permanent, Transient};

/// Network errors: reset, refusal, timeout, a closed line and a name that does not resolve pass; the rest,
/// permission and bad input among it, does not.
#[must_use]
pub fn classify_io(error: &io::Error) -> ErrorClass {
    use io::ErrorKind as Kind;
    match error.kind() {
        Kind::ConnectionReset
        | Kind::ConnectionAborted
        | Kind::ConnectionRefused
        | Kind::NotConnected
        | Kind::BrokenPipe
        | Kind::TimedOut
        | Kind::WouldBlock
        | Kind::Interrupted
        | Kind::UnexpectedEof
        | Kind::HostUnreachable
        | Kind::NetworkUnreachable
        | Kind::NetworkDown => Transient,
        // Failed name resolution (ENOTFOUND) has no kind of its own; its message is the only mark it bears.
        _ if error.to_string().contains("failed to lookup address information") => Transient,
        _ => Permanent,
    }
}

/// HTTP status codes: 408, 429, 500, 502, 503 and 504 pass.
#[must_use]
pub fn classify_http_status(status: u16) -> ErrorClass {
    match status {
        408 | 429 | 500 | 502 | 503 | 504 => Transient,
        _ => Permanent,
    }
}

/// SQLSTATE codes of PostgreSQL: a broken connection (08), too many of them (53300), a server that stops or
/// starts (57P01 to 57P03), and transactions that lost a race (40001, 40P01) pass; everything else does not,
/// credentials (28), rights (42501) and a missing database (3D000) least of all.
#[must_use]
pub fn classify_sqlstate(sqlstate: &str) -> ErrorClass {
    match sqlstate {
        "53300" | "57P01" | "57P02" | "57P03" | "40001" | "40P01" => Transient,
        code if code.starts_with("08") => Transient,
        _ => Permanent,
    }
}

/// An error of the PostgreSQL driver: by SQLSTATE where the server answered, else by what the network did.
#[must_use]
pub fn classify_postgres(error: &tokio_postgres::Error) -> ErrorClass {
    if let Some(answer) = error.as_db_error() {
        // PgBouncer passes a refused login on as 08P01, which alone would look like a broken line.
        if is_refused_login(answer.message()) {
            return Permanent;
        }
        return classify_sqlstate(answer.code().code());
    }
    match error.source().and_then(|cause| cause.downcast_ref::<io::Error>()) {
        Some(network) => classify_io(network),
        None if error.is_closed() => Transient,
        None => Permanent,
    }
}

pub(super) fn is_refused_login(message: &str) -> bool {
    ["authentication failed", "login failed", "no such user", "not allowed"]
        .iter()
        .any(|mark| message.contains(mark))
}

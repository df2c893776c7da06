//! Why a walk could not go on, in plain words. What the server wrote is left out: it may quote a key's name.

use domain::{Problem, ProblemCode};
use redis::{ErrorKind, RedisError, ServerErrorKind};

use super::command::Command;

pub(super) fn problem(address: &str, error: &RedisError) -> Problem {
    let (code, what, remedy) = match error.kind() {
        _ if error.is_timeout() => return timed_out(address),
        ErrorKind::AuthenticationFailed => {
            (ProblemCode::Authentication, "refused the login", "Check user and password of the source.")
        }
        ErrorKind::Io => (ProblemCode::Unreachable, "ended the connection during the walk", WALK_AGAIN),
        ErrorKind::Server(ServerErrorKind::BusyLoading) => {
            (ProblemCode::StartingUp, "still loads its data", WALK_AGAIN)
        }
        ErrorKind::Server(ServerErrorKind::NoPerm) => (
            ProblemCode::Permission,
            "does not allow what the walk needs",
            "Grant the user +scan and +select.",
        ),
        ErrorKind::Server(_) | ErrorKind::Extension => match error.code() {
            Some("NOAUTH") => {
                (ProblemCode::Authentication, "asks for a password", "Give the source its password.")
            }
            Some("BUSY") => (ProblemCode::ServerError, "is busy with a script", WALK_AGAIN),
            _ => (ProblemCode::ServerError, "refused a step of the walk", WALK_AGAIN),
        },
        _ => (ProblemCode::Protocol, "gave an answer that is none of Redis", WALK_AGAIN),
    };
    told(code, address, what, remedy)
}

pub(super) fn timed_out(address: &str) -> Problem {
    told(ProblemCode::Timeout, address, "did not answer a step of the walk in time", WALK_AGAIN)
}

pub(super) fn not_understood(address: &str, command: Command) -> Problem {
    let what = format!("answered {} in a form that is not known", command.name());
    told(
        ProblemCode::Protocol,
        address,
        &what,
        "Check that the address is a Redis, and not a proxy without this command.",
    )
}

const WALK_AGAIN: &str = "Walk again once it answers; what was seen until then stays.";

fn told(code: ProblemCode, address: &str, what: &str, remedy: &str) -> Problem {
    Problem { code, message: format!("Redis at {address} {what}."), remedy: Some(remedy.to_owned()) }
}

//! PgBouncer's refusals, which it tells in words more than in codes.

use domain::{Problem, ProblemCode};
use tokio_postgres::error::SqlState;

use crate::postgres::{Peer, Target};

pub(super) const PRODUCT: &str = "PgBouncer";

/// Judges an error of connecting to the console or of asking it.
pub(super) fn problem(target: &Target, error: &tokio_postgres::Error) -> Problem {
    let common = Peer { product: PRODUCT, target }.problem(error);
    let Some(told) = error.as_db_error() else { return common };
    if *told.code() == SqlState::INVALID_CATALOG_NAME {
        return not_pgbouncer(target);
    }
    match refusal(told.message()) {
        Some(code) => Problem { code, remedy: remedy(code, target).or(common.remedy), ..common },
        None => common,
    }
}

/// The target answered as PostgreSQL does.
pub(super) fn not_pgbouncer(target: &Target) -> Problem {
    Problem {
        code: ProblemCode::NotPgbouncer,
        message: format!("The server at {} is not a PgBouncer.", target.place()),
        remedy: Some(
            "Use PgBouncer's own port (6432 unless changed), or add this address as a PostgreSQL source."
                .to_owned(),
        ),
    }
}

/// Before 1.20 nearly every refusal has the code 08P01, so the words decide.
fn refusal(message: &str) -> Option<ProblemCode> {
    const WORDS: [(&str, ProblemCode); 11] = [
        ("not allowed", ProblemCode::Permission),
        ("admin access needed", ProblemCode::Permission),
        ("authentication failed", ProblemCode::Authentication),
        ("no such user", ProblemCode::Authentication),
        ("auth failed", ProblemCode::Authentication),
        ("login rejected", ProblemCode::Authentication),
        ("no more connections allowed", ProblemCode::TooManyConnections),
        ("shutting down", ProblemCode::ShuttingDown),
        ("shut down", ProblemCode::ShuttingDown),
        ("server conn crashed", ProblemCode::ShuttingDown),
        ("query_wait_timeout", ProblemCode::Timeout),
    ];
    WORDS.iter().find(|(words, _)| message.contains(words)).map(|(_, code)| *code)
}

fn remedy(code: ProblemCode, target: &Target) -> Option<String> {
    let user = &target.user;
    match code {
        ProblemCode::Permission => {
            Some(format!("In the [pgbouncer] section of pgbouncer.ini: stats_users = {user} (then RELOAD)."))
        }
        ProblemCode::Authentication => Some(format!(
            "Check user and password, and the line for {user:?} in auth_file. The console does not try again by itself."
        )),
        ProblemCode::TooManyConnections => Some("Raise max_client_conn, or close clients.".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_tell_what_the_code_does_not() {
        let cases = [
            ("not allowed", Some(ProblemCode::Permission)),
            ("SASL authentication failed", Some(ProblemCode::Authentication)),
            ("password authentication failed", Some(ProblemCode::Authentication)),
            ("no such user: ada", Some(ProblemCode::Authentication)),
            ("no more connections allowed (max_client_conn)", Some(ProblemCode::TooManyConnections)),
            ("the database system is shutting down", Some(ProblemCode::ShuttingDown)),
            ("something else", None),
        ];
        for (message, wanted) in cases {
            assert_eq!(refusal(message), wanted, "{message}");
        }
    }
}

//! What advice is short of for reasons of its own, each with what mends it.

use domain::{Degradation, Problem};

fn lack(code: &str, message: String, remedy: Option<String>) -> Degradation {
    Degradation { code: code.to_owned(), message, remedy }
}

pub(super) fn catalog_from_file() -> Degradation {
    lack(
        "catalog_from_file",
        "The catalog comes from a file and no server was asked, so costs are estimated instead of verified."
            .to_owned(),
        Some("Name the database where it can be reached.".to_owned()),
    )
}

pub(super) fn catalog_not_read() -> Degradation {
    lack(
        "catalog_not_read",
        "It was cancelled before the database had told its tables and indexes.".to_owned(),
        Some("Look again, and wait a little longer.".to_owned()),
    )
}

pub(super) fn connection_lost(problem: &Problem) -> Degradation {
    lack(
        "connection_lost",
        format!(
            "The server stopped answering while it was asked, so costs are estimated instead of verified. {}",
            problem.message
        ),
        Some(problem.remedy.clone().unwrap_or_else(|| "Look again once it answers.".to_owned())),
    )
}

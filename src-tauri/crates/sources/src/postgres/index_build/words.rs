//! What is in the way of a build, in plain sentences, each with what to do.

use domain::{Problem, ProblemCode};
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use super::look::FoundIndex;
use super::work::IndexPlace;
use crate::postgres::Peer;
use crate::postgres::problem::quoted;
use crate::problem::problem;

pub(super) fn not_allowed() -> Problem {
    problem(
        ProblemCode::Permission,
        "This source does not allow the console to create or drop indexes.".to_owned(),
        "Allow it where the source is edited, on the Sources page.".to_owned(),
    )
}

pub(super) fn refused(peer: Peer<'_>, error: &Error) -> Problem {
    let told = peer.problem(error);
    let remedy = match error.code() {
        Some(&SqlState::INSUFFICIENT_PRIVILEGE) => format!(
            "Only its owner may create or drop the indexes of a table: connect this source as the owner, or GRANT the \
             owner's role TO {}.",
            quoted(&peer.target.user)
        ),
        Some(&SqlState::LOCK_NOT_AVAILABLE) => {
            "A transaction holds a lock on the table, and others were not to wait behind the console. Try again when it \
             has ended."
                .to_owned()
        }
        _ => return told,
    };
    Problem { remedy: Some(remedy), ..told }
}

/// Something of that name is there, and is not what was to be created.
pub(super) fn in_the_way(place: &IndexPlace, found: &FoundIndex, table: &str) -> Problem {
    let name = place.quoted();
    let (what, remedy) = match found {
        FoundIndex { is_index: false, .. } => {
            ("is there already, and is no index".to_owned(), "Look for indexes again.".to_owned())
        }
        FoundIndex { table: Some(other), .. } if other != table => (
            format!("is there already, on the table {}", quoted(other)),
            "Look for indexes again.".to_owned(),
        ),
        FoundIndex { builder: Some(pid), .. } => (
            format!("is being built by another session, {pid}"),
            "Wait for its end, then try again.".to_owned(),
        ),
        _ => (
            "is there already, and invalid: an earlier build failed".to_owned(),
            format!("If nobody builds it now, run {}; then try again.", place.clean_up()),
        ),
    };
    problem(ProblemCode::ServerError, format!("{name} {what}. It was left as it is."), remedy)
}

pub(super) fn another(place: &IndexPlace) -> Problem {
    problem(
        ProblemCode::ServerError,
        format!(
            "The index {} is no longer the one that was to be dropped. It was left as it is.",
            place.quoted()
        ),
        format!("Look at it; to drop it all the same, run {}.", place.clean_up()),
    )
}

pub(super) fn being_built(place: &IndexPlace, pid: i32) -> Problem {
    problem(
        ProblemCode::ServerError,
        format!("The index {} is being built by the session {pid}. It was left as it is.", place.quoted()),
        "Wait for its end, then look for indexes again.".to_owned(),
    )
}

/// The statement ended well, and yet the index is not as it was to be.
pub(super) fn not_there(place: &IndexPlace) -> Problem {
    problem(
        ProblemCode::ServerError,
        format!("The index {} is not there, or not valid, after it was created.", place.quoted()),
        format!("Somebody else may have changed it. If it is invalid, run {}.", place.clean_up()),
    )
}

/// The drop was broken off after the server had stopped using the index.
pub(super) fn half_dropped(place: &IndexPlace) -> Problem {
    problem(
        ProblemCode::ServerError,
        format!(
            "The drop of {} was broken off while it waited for other transactions: the index is no longer used, but \
             still there.",
            place.quoted()
        ),
        format!(
            "To finish, run {}; to have it back, run REINDEX INDEX CONCURRENTLY {}.",
            place.clean_up(),
            place.quoted()
        ),
    )
}

/// Why a build ended, and that something of it is left.
pub(super) fn left_over(place: &IndexPlace, why: &str, in_the_way: &Problem) -> Problem {
    problem(
        in_the_way.code,
        format!(
            "{why} An invalid index may be left, because it could not be removed: {}",
            in_the_way.message
        ),
        format!("When the server answers and no long transaction is open, run {}.", place.clean_up()),
    )
}

/// The connection went, and with it the knowledge how a statement ended.
pub(super) fn unknown_end(why: &Problem) -> Problem {
    problem(
        why.code,
        format!("{} Whether the statement was carried out is not known.", why.message),
        "Look for indexes again: that tells what there is.".to_owned(),
    )
}

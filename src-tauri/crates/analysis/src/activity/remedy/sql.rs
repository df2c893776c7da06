//! What a person would type to look at or to end what blocks.

use crate::quoting::literal;

pub(super) fn cancel(pid: i32) -> String {
    format!("SELECT pg_cancel_backend({pid});")
}

pub(super) fn terminate(pid: i32) -> String {
    format!("SELECT pg_terminate_backend({pid});")
}

pub(super) fn look(pid: i32) -> String {
    format!(
        "SELECT pid, usename, application_name, state, xact_start, query FROM pg_stat_activity WHERE pid = {pid};"
    )
}

pub(super) fn vacuum_progress(pid: i32) -> String {
    format!("SELECT * FROM pg_stat_progress_vacuum WHERE pid = {pid};")
}

pub(super) fn roll_back_prepared(gid: &str) -> String {
    format!("ROLLBACK PREPARED {};", literal(gid))
}

pub(super) fn prepared_transactions() -> String {
    "SELECT gid, prepared, owner, database FROM pg_prepared_xacts ORDER BY prepared;".to_owned()
}

//! Why statements are not counted or not shown, each with what mends it.

use domain::{Degradation, Problem, ProblemCode};

use super::extension::Extension;
use crate::postgres::problem::quoted;

const CREATE: &str = "CREATE EXTENSION pg_stat_statements;";

pub(super) fn not_created(database: &str) -> Problem {
    Problem {
        code: ProblemCode::ServerError,
        message: format!("pg_stat_statements is not installed in the database {database:?}."),
        remedy: Some(CREATE.to_owned()),
    }
}

/// Its library comes with the start of the server only.
pub(super) fn not_loaded(created: bool) -> Problem {
    let load = "Add pg_stat_statements to shared_preload_libraries and restart the server";
    Problem {
        code: ProblemCode::ServerError,
        message: "The server does not count statements: pg_stat_statements is not loaded.".to_owned(),
        remedy: Some(if created { format!("{load}.") } else { format!("{load}; then run: {CREATE}") }),
    }
}

pub(super) fn not_usable(schema: &str, role: &str) -> Problem {
    Problem {
        code: ProblemCode::Permission,
        message: format!(
            "The role {role:?} may not use pg_stat_statements, which is in the schema {schema}."
        ),
        remedy: Some(format!("GRANT USAGE ON SCHEMA {schema} TO {};", quoted(role))),
    }
}

pub(super) fn outdated((major, minor): (u32, u32)) -> Problem {
    Problem {
        code: ProblemCode::VersionTooOld,
        message: format!("pg_stat_statements is version {major}.{minor}; the console needs 1.8 or later."),
        remedy: Some("ALTER EXTENSION pg_stat_statements UPDATE;".to_owned()),
    }
}

pub(super) fn lacks(extension: &Extension, hidden: usize, all: usize) -> Vec<Degradation> {
    let lack = |code: &str, message: String, remedy: String| Degradation {
        code: code.to_owned(),
        message,
        remedy: Some(remedy),
    };
    let mut lacks = Vec::new();
    if hidden > 0 {
        lacks.push(lack(
            "statements_hidden",
            format!(
                "The role {:?} may not see {hidden} of {all} statements: others ran them.",
                extension.role
            ),
            format!("GRANT pg_read_all_stats TO {};", quoted(&extension.role)),
        ));
    }
    for (counts, setting, value) in [
        (extension.tracks, "pg_stat_statements.track", "top"),
        (extension.identifies, "compute_query_id", "auto"),
    ] {
        if !counts {
            lacks.push(lack(
                "statements_not_counted",
                format!("New statements are not counted: {setting} is off."),
                format!("ALTER SYSTEM SET {setting} = '{value}'; SELECT pg_reload_conf();"),
            ));
        }
    }
    lacks
}

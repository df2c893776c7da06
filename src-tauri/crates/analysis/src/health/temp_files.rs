//! Sorts and hashes that did not fit into memory.

use domain::{Part, Severity};

use super::Look;
use super::conflicts::items;
use super::told::{Told, grade};
use crate::words;

const GB: f64 = 1_073_741_824.0;
/// A gigabyte an hour is a statement a minute that sorts 17 MB on disk; a hundred times that keeps a disk busy.
const WARNING_PER_HOUR: f64 = GB;
const CRITICAL_PER_HOUR: f64 = 100.0 * GB;

pub(super) fn check(look: &Look<'_>) -> Part<Told> {
    let counted = look.databases()?;
    let (files, bytes) = (counted.rise.temp_files, counted.rise.temp_bytes);
    if files == 0.0 {
        return Ok(Told::fine(format!("No temporary file {}.", counted.when)));
    }
    let hourly = counted.per_hour(bytes).unwrap_or(0.0);
    let severity = grade(hourly, WARNING_PER_HOUR, CRITICAL_PER_HOUR).max(Severity::Info);
    let seen = format!(
        "{} of {} {}.",
        words::count(files, "temporary file", "temporary files"),
        words::bytes(bytes),
        counted.when
    );
    Ok(Told::new(severity, seen)
        .items(items(look, |one| one.temp_files, "file", "files"))
        .remedy(
            "Find the statements with most temporary blocks on the Queries page; give them an index or, for their role or session only, more work_mem.",
        )
        .sql("-- For one role; 64 MB for each sort or hash of a statement.\nALTER ROLE application SET work_mem = '64MB';")
        .evidence("Written", words::bytes(bytes), format!("pg_stat_database.temp_bytes, {}", counted.when)))
}

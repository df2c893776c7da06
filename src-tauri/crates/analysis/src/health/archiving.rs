//! Whether finished log files are archived.

use domain::{Part, Severity};

use super::Look;
use super::told::Told;
use crate::words;

/// Log that waits for its archive: 64 files of 16 MB are a burst, 640 are a fault.
const WARNING_BYTES: f64 = 1_073_741_824.0;
const CRITICAL_BYTES: f64 = 10.0 * WARNING_BYTES;

pub(super) fn check(look: &Look<'_>) -> Part<Told> {
    let facts = look.facts.quick.archiver.as_ref().map_err(Clone::clone)?;
    if !facts.on {
        return Ok(Told::new(
            Severity::Info,
            "archive_mode is off: a restore can only go back to the last full backup, unless a tool streams the log.",
        ));
    }
    // After a success, an earlier failure is history.
    let failing = facts.last_failed_at > facts.last_archived_at;
    let behind = facts.behind_bytes.unwrap_or(0.0);
    let severity = match () {
        () if failing || behind >= CRITICAL_BYTES => Severity::Critical,
        () if behind >= WARNING_BYTES || look.archive_failures().is_some_and(|failures| failures > 0.0) => {
            Severity::Warning
        }
        () => Severity::Ok,
    };
    let ago = |at| words::duration(look.now.seconds_since(at));
    let mut seen = match (failing, facts.last_failed_at, facts.last_archived_at) {
        (true, Some(failed), _) => format!(
            "Archiving has failed {}, last {} ago with {}",
            words::count(facts.failed, "time", "times"),
            ago(failed),
            facts.last_failed_file.as_deref().unwrap_or("a file of unknown name")
        ),
        (_, _, Some(archived)) => {
            format!(
                "{} archived, the last {} ago",
                words::count(facts.archived, "file", "files"),
                ago(archived)
            )
        }
        _ => "No file has been archived yet".to_owned(),
    };
    if facts.behind_bytes.is_some_and(|behind| behind >= WARNING_BYTES) {
        seen.push_str(&format!("; {} of log wait", words::bytes(behind)));
    }
    let told = Told::new(severity, format!("{seen}.")).evidence(
        "Failures",
        words::number(facts.failed),
        "pg_stat_archiver.failed_count, since its reset",
    );
    Ok(if severity == Severity::Ok {
        told
    } else {
        told.remedy("The server's log holds what archive_command or archive_library answered. Mend that; waiting files are then archived by themselves.")
    })
}

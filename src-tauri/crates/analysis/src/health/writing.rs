//! Checkpoints and the write-ahead log.

use domain::{Part, Severity};

use super::Look;
use super::settings::Known;
use super::told::Told;
use crate::words;

/// Checkpoints that the log's size asked for, of all; the manual wants nearly all of them by time.
const REQUESTED_WARNING: f64 = 0.5;
const REQUESTED_INFO: f64 = 0.2;
/// Fewer say nothing: a backup or CREATE DATABASE asks for one too.
const CHECKPOINTS: f64 = 10.0;
const CHECKPOINTS_IN_WINDOW: f64 = 4.0;

pub(super) fn checkpoints(look: &Look<'_>) -> Part<Told> {
    let counted = look.checkpoints()?;
    let (timed, requested) = (counted.rise.timed, counted.rise.requested);
    let all = timed + requested;
    let enough = if counted.when.starts_with("in ") { CHECKPOINTS_IN_WINDOW } else { CHECKPOINTS };
    let seen = format!(
        "{} of {} were asked for by the size of the log {}.",
        words::number(requested),
        words::count(all, "checkpoint", "checkpoints"),
        counted.when
    );
    let severity = match requested / all.max(1.0) {
        _ if all < enough => Severity::Ok,
        share if share >= REQUESTED_WARNING => Severity::Warning,
        share if share >= REQUESTED_INFO => Severity::Info,
        _ => Severity::Ok,
    };
    let told = Told::new(severity, seen)
        .evidence("By time", words::number(timed), format!("checkpoints, {}", counted.when))
        .evidence("Asked for", words::number(requested), format!("checkpoints, {}", counted.when));
    if severity == Severity::Ok {
        return Ok(told);
    }
    let told = told.remedy(
        "Let the log grow further between checkpoints. After a crash, recovery then takes longer, and the log more of the disk.",
    );
    let size = Known::of(look).and_then(|known| known.bytes("max_wal_size"));
    Ok(match size {
        Some(size) => told.sql(format!(
            "-- It is {} now.\nALTER SYSTEM SET max_wal_size = '{}MB';\nSELECT pg_reload_conf();",
            words::bytes(size),
            (size * 2.0 / 1_048_576.0).max(4_096.0)
        )),
        None => told,
    })
}

/// How fast the log grows, and whether it would fill max_wal_size before a checkpoint is due by time.
pub(super) fn wal_rate(look: &Look<'_>) -> Part<Told> {
    let Some(counted) = look.wal_bytes()? else {
        return Ok(Told::fine("How fast the log grows is known after the next reading."));
    };
    let Some(rate) = counted.per_hour(counted.rise).map(|hourly| hourly / 3_600.0) else {
        return Ok(Told::fine(format!("{} of log {}.", words::bytes(counted.rise), counted.when)));
    };
    let seen = format!("{} of log each second {}", words::bytes(rate), counted.when);
    let origin = format!("pg_current_wal_lsn(), {}", counted.when);
    let known = Known::of(look);
    let limits =
        known.and_then(|known| Some((known.bytes("max_wal_size")?, known.seconds("checkpoint_timeout")?)));
    let Some((size, timeout)) = limits else {
        return Ok(Told::fine(format!("{seen}.")).evidence("Written", words::bytes(counted.rise), origin));
    };
    let fills = rate * timeout > size;
    let severity = if fills { Severity::Warning } else { Severity::Ok };
    let seen = if fills {
        format!(
            "{seen}: max_wal_size ({}) is full after {}, before a checkpoint is due ({}).",
            words::bytes(size),
            words::duration(size / rate),
            words::duration(timeout)
        )
    } else {
        format!("{seen}.")
    };
    let told = Told::new(severity, seen).evidence("Written", words::bytes(counted.rise), origin);
    Ok(if fills {
        told.remedy(
            "Let the log grow further between checkpoints, or look on the Queries page for what writes most.",
        )
        .sql(format!(
            "ALTER SYSTEM SET max_wal_size = '{}MB';\nSELECT pg_reload_conf();",
            (rate * timeout * 1.5 / 1_048_576.0).ceil()
        ))
    } else {
        told
    })
}

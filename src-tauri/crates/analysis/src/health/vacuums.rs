//! Vacuums that run now.

use domain::{HealthItem, Part, Severity, VacuumFacts};

use super::Look;
use super::told::{Told, item};
use crate::words;

/// A vacuum of an hour is usual for a large table; of a day it is throttled too much.
const LONG_SECONDS: f64 = 24.0 * 3_600.0;

pub(super) fn check(look: &Look<'_>) -> Part<Told> {
    let facts = look.facts.quick.vacuums.as_ref().map_err(Clone::clone)?;
    let workers = facts.running.iter().filter(|vacuum| vacuum.automatic).count() as f64;
    if facts.running.is_empty() {
        return Ok(Told::fine(format!(
            "No vacuum runs; there may be {} workers.",
            words::number(facts.workers_max)
        )));
    }
    let all_busy = facts.workers_max > 0.0 && workers >= facts.workers_max;
    let long = facts.running.iter().any(|vacuum| vacuum.seconds >= Some(LONG_SECONDS));
    let wraparound = facts.running.iter().any(|vacuum| vacuum.to_prevent_wraparound);
    let severity = match () {
        () if all_busy || long => Severity::Warning,
        () if wraparound => Severity::Info,
        () => Severity::Ok,
    };
    let mut seen = format!(
        "{} of {} autovacuum workers are busy",
        words::number(workers),
        words::number(facts.workers_max)
    );
    let by_hand = facts.running.len() as f64 - workers;
    if by_hand > 0.0 {
        seen.push_str(&format!(", {} by hand", words::count(by_hand, "vacuum runs", "vacuums run")));
    }
    if wraparound {
        seen.push_str(
            "; at least one freezes old rows to prevent wraparound, and does not give way to locks",
        );
    }
    let told = Told::new(severity, format!("{seen}."))
        .items(facts.running.iter().map(vacuum_item).collect())
        .evidence(
            "Running",
            words::number(facts.running.len() as f64),
            "pg_stat_progress_vacuum, one reading",
        );
    Ok(if severity >= Severity::Warning {
        told.remedy("Let vacuum work faster; more workers alone share the same budget of I/O.")
            .sql("ALTER SYSTEM SET autovacuum_vacuum_cost_limit = 2000;\nSELECT pg_reload_conf();")
    } else {
        told
    })
}

fn vacuum_item(vacuum: &VacuumFacts) -> HealthItem {
    let mut figure = vacuum.phase.clone();
    if let Some(done) = vacuum.done {
        figure.push_str(&format!(", {} of the table scanned", words::percent(done, 1.0)));
    }
    if let Some(seconds) = vacuum.seconds {
        figure.push_str(&format!(", for {}", words::duration(seconds)));
    }
    if vacuum.to_prevent_wraparound {
        figure.push_str(", to prevent wraparound");
    }
    let name = format!("{} in {} (pid {})", vacuum.table, vacuum.database, vacuum.pid);
    let long = vacuum.seconds >= Some(LONG_SECONDS);
    item(name, figure, if long { Severity::Warning } else { Severity::Ok }, None)
}

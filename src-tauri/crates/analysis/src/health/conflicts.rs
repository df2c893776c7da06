//! Transactions that came to nothing: rollbacks and deadlocks.

use domain::{DatabaseFacts, Part, Severity};

use super::Look;
use super::told::{Told, grade, item};
use crate::words;

/// One in twenty is seen where unique violations are part of the plan; one in five means that something fails.
const ROLLBACKS_WARNING: f64 = 0.05;
const ROLLBACKS_CRITICAL: f64 = 0.20;
const TRANSACTIONS: f64 = 100.0;

/// A deadlock is a fault of the application, however seldom; one a minute breaks it.
const DEADLOCKS_PER_HOUR: f64 = 1.0;
const DEADLOCKS_PER_HOUR_CRITICAL: f64 = 60.0;

pub(super) fn rollbacks(look: &Look<'_>) -> Part<Told> {
    let counted = look.databases()?;
    let (commits, rolled_back) = (counted.rise.commits, counted.rise.rollbacks);
    let all = commits + rolled_back;
    if all < TRANSACTIONS {
        let text = format!("{} ended {}: too few to judge.", transactions(all), counted.when);
        return Ok(Told::fine(text));
    }
    let severity = grade(rolled_back / all, ROLLBACKS_WARNING, ROLLBACKS_CRITICAL).min(Severity::Warning);
    let seen = format!(
        "{} of {} were rolled back {} ({}).",
        words::number(rolled_back),
        transactions(all),
        counted.when,
        words::percent(rolled_back, all)
    );
    let told =
        Told::new(severity, seen).items(items(look, |one| one.rollbacks, "rollback", "rollbacks")).evidence(
            "Rollbacks",
            words::number(rolled_back),
            format!("pg_stat_database.xact_rollback, {}", counted.when),
        );
    Ok(if severity == Severity::Ok {
        told
    } else {
        told.remedy(
            "Look into the server's log for the errors before the rollbacks, and into the application's.",
        )
    })
}

pub(super) fn deadlocks(look: &Look<'_>) -> Part<Told> {
    let counted = look.databases()?;
    let deadlocks = counted.rise.deadlocks;
    if deadlocks == 0.0 {
        return Ok(Told::fine(format!("No deadlock {}.", counted.when)));
    }
    // Over a short window one is one an hour at least; over months, one a month.
    let hourly = match counted.seconds {
        Some(seconds) => deadlocks / (seconds / 3_600.0).max(1.0),
        None => 0.0,
    };
    let severity = grade(hourly, DEADLOCKS_PER_HOUR, DEADLOCKS_PER_HOUR_CRITICAL).max(Severity::Info);
    let seen = format!("{} {}.", words::count(deadlocks, "deadlock", "deadlocks"), counted.when);
    Ok(Told::new(severity, seen)
        .items(items(look, |one| one.deadlocks, "deadlock", "deadlocks"))
        .remedy(
            "The server's log names both statements. Let all transactions take their locks in the same order, and keep them short.",
        )
        .sql("ALTER SYSTEM SET log_lock_waits = on;\nSELECT pg_reload_conf();")
        .evidence(
            "Deadlocks",
            words::number(deadlocks),
            format!("pg_stat_database.deadlocks, {}", counted.when),
        ))
}

fn transactions(count: f64) -> String {
    words::count(count, "transaction", "transactions")
}

/// Databases with any, most first; their counters go back to their own reset.
pub(super) fn items(
    look: &Look<'_>,
    figure: impl Fn(&DatabaseFacts) -> f64,
    one: &str,
    many: &str,
) -> Vec<domain::HealthItem> {
    let mut found: Vec<(&str, f64)> = look
        .facts
        .quick
        .databases
        .iter()
        .flatten()
        .map(|database| (database.name.as_str(), figure(database)))
        .filter(|(_, count)| *count > 0.0)
        .collect();
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    found
        .into_iter()
        .map(|(name, count)| {
            let name = if name.is_empty() { "(shared tables)" } else { name };
            item(name, format!("{} in all", words::count(count, one, many)), Severity::Info, None)
        })
        .collect()
}

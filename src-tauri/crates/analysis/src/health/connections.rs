//! Connections in use against the limit.

use domain::{Part, Severity};

use super::Look;
use super::told::{Told, grade};
use crate::words;

/// The document's thresholds for connections in use over those that ordinary users may open.
const WARNING: f64 = 0.75;
const CRITICAL: f64 = 0.90;

pub(super) fn check(look: &Look<'_>) -> Part<Told> {
    let facts = look.facts.quick.connections.as_ref().map_err(Clone::clone)?;
    let limit = (facts.max - facts.reserved).max(1.0);
    let severity = grade(facts.used / limit, WARNING, CRITICAL);
    let mut seen = format!(
        "{} of {} are in use ({})",
        words::number(facts.used),
        words::connections(limit),
        words::percent(facts.used, limit)
    );
    if let Some(idle) = facts.idle {
        seen.push_str(&format!(", {} of them idle", words::number(idle)));
    }
    if let Some(open) = facts.idle_in_transaction.filter(|open| *open > 0.0) {
        seen.push_str(&format!(", {} idle in a transaction", words::number(open)));
    }
    let told = Told::new(severity, format!("{seen}."))
        .evidence("Client backends", words::number(facts.used), "pg_stat_activity, one reading")
        .evidence("max_connections", words::number(facts.max), "pg_settings")
        .evidence("Reserved for administrators", words::number(facts.reserved), "pg_settings");
    if severity == Severity::Ok {
        return Ok(told);
    }
    Ok(told
        .remedy("Close what is idle, make pools smaller, or let PgBouncer share connections; a higher max_connections costs memory for each.")
        .sql(
            "SELECT application_name, state, count(*)\n  FROM pg_stat_activity\n WHERE backend_type = 'client backend'\n GROUP BY 1, 2\n ORDER BY 3 DESC;",
        ))
}

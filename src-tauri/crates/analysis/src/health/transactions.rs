//! Transactions that stay open, and prepared ones that wait for their coordinator.

use domain::{HealthItem, Part, PreparedFacts, Severity, TransactionFacts};

use super::Look;
use super::told::{Told, grade, item, worst};
use crate::quoting::literal;
use crate::words;

const MINUTE: f64 = 60.0;
const HOUR: f64 = 3_600.0;
/// Work of a request ends within seconds. What is open for an hour holds vacuum back noticeably; for six it is a fault.
const LONG_WARNING: f64 = HOUR;
const LONG_CRITICAL: f64 = 6.0 * HOUR;
/// Idle in its transaction, it does nothing but hold.
const IDLE_WARNING: f64 = 5.0 * MINUTE;
const IDLE_CRITICAL: f64 = HOUR;
/// A coordinator commits what it prepared within seconds.
const PREPARED_WARNING: f64 = 5.0 * MINUTE;
const PREPARED_CRITICAL: f64 = HOUR;

pub(super) fn long(look: &Look<'_>) -> Part<Told> {
    let open = look.facts.quick.transactions.as_ref().map_err(Clone::clone)?;
    if open.is_empty() {
        return Ok(Told::fine("No transaction has been open for a minute."));
    }
    let items: Vec<HealthItem> = open.iter().map(transaction_item).collect();
    let severity = worst(&items);
    let longest = open.iter().map(|one| one.seconds).fold(0.0, f64::max);
    let seen = format!(
        "{} open for a minute or longer, the longest for {}.",
        if open.len() == 1 {
            "1 transaction is".to_owned()
        } else {
            format!("{} transactions are", open.len())
        },
        words::duration(longest)
    );
    let sql = items.iter().filter(|item| item.severity == severity).find_map(|item| item.sql.clone());
    let told = Told::new(severity, seen).items(items).evidence(
        "Longest",
        words::duration(longest),
        "pg_stat_activity.xact_start, one reading",
    );
    Ok(match sql {
        Some(sql) => told
            .remedy("End it where it is forgotten; its session sees an error. Against the next one, set idle_in_transaction_session_timeout.")
            .sql(sql),
        None => told,
    })
}

fn transaction_item(one: &TransactionFacts) -> HealthItem {
    let idle = one.state.starts_with("idle in transaction");
    let severity = if idle {
        grade(one.seconds, IDLE_WARNING, IDLE_CRITICAL)
    } else {
        grade(one.seconds, LONG_WARNING, LONG_CRITICAL)
    };
    let mut figure = format!("{} for {}", one.state, words::duration(one.seconds));
    if let Some(age) = one.xmin_age.filter(|age| *age > 0.0) {
        figure.push_str(&format!(
            ", holds vacuum back by {}",
            words::count(age, "transaction", "transactions")
        ));
    }
    let who = if one.application.is_empty() { &one.user } else { &one.application };
    let sql = (severity > Severity::Ok).then(|| format!("SELECT pg_terminate_backend({});", one.pid));
    item(format!("{who} in {} (pid {})", one.database, one.pid), figure, severity, sql)
}

pub(super) fn prepared(look: &Look<'_>) -> Part<Told> {
    let waiting = look.facts.quick.prepared.as_ref().map_err(Clone::clone)?;
    if waiting.is_empty() {
        return Ok(Told::fine("No prepared transaction waits."));
    }
    let items: Vec<HealthItem> = waiting.iter().map(prepared_item).collect();
    let severity = worst(&items);
    let oldest = waiting.iter().map(|one| one.seconds).fold(0.0, f64::max);
    let seen = format!(
        "{}, the oldest for {}.",
        words::count(waiting.len() as f64, "prepared transaction waits", "prepared transactions wait"),
        words::duration(oldest)
    );
    let sql = items.iter().filter(|item| item.severity > Severity::Ok).find_map(|item| item.sql.clone());
    let told = Told::new(severity, seen).items(items).evidence(
        "Oldest",
        words::duration(oldest),
        "pg_prepared_xacts, one reading",
    );
    Ok(match sql {
        Some(sql) => told
            .remedy("Ask its coordinator first: it may have promised the commit. If nobody knows of it, end it, connected to its database.")
            .sql(sql),
        None => told,
    })
}

fn prepared_item(one: &PreparedFacts) -> HealthItem {
    let severity = grade(one.seconds, PREPARED_WARNING, PREPARED_CRITICAL);
    let figure = format!(
        "by {} in {} for {}, holds vacuum back by {}",
        one.owner,
        one.database,
        words::duration(one.seconds),
        words::count(one.xid_age, "transaction", "transactions")
    );
    item(&one.gid, figure, severity, Some(format!("ROLLBACK PREPARED {};", literal(&one.gid))))
}

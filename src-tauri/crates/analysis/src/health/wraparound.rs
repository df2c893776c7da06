//! How near transaction and multixact ids are to their end, and how long they last at the present rate.

use domain::{AgeFacts, DatabaseAge, HealthItem, Part, Severity, TableAge};

use super::Look;
use super::told::{Told, grade, item, qualified};
use crate::words;

/// The server refuses writes three million ids before half of the circle of 2^32 is used (varsup.c, multixact.c).
const LIMIT: f64 = 2_147_483_648.0 - 3_000_000.0;
/// Half of the ids used: what autovacuum alone should never let happen.
const WARNING: f64 = 1_000_000_000.0;
/// vacuum_failsafe_age and its twin for multixacts: from here on vacuum drops everything else to freeze in time.
const CRITICAL: f64 = 1_600_000_000.0;
/// However young they are: at the present rate they are used up so soon.
const WARNING_SECONDS: f64 = 30.0 * 86_400.0;
const CRITICAL_SECONDS: f64 = 3.0 * 86_400.0;
/// A burst of a minute says nothing on the days to come; a rate counts once this share of ids is used.
const RATE_COUNTS_FROM: f64 = 0.25;

/// Of one of the two kinds of ids.
struct Kind {
    what: &'static str,
    column: &'static str,
    setting: &'static str,
    of: fn(&DatabaseAge) -> f64,
    of_table: fn(&TableAge) -> f64,
    freeze: fn(&AgeFacts) -> f64,
}

const XIDS: Kind = Kind {
    what: "transaction ids",
    column: "pg_database.datfrozenxid",
    setting: "autovacuum_freeze_max_age",
    of: |age| age.xid_age,
    of_table: |age| age.xid_age,
    freeze: |facts| facts.freeze_max_age,
};
const MXIDS: Kind = Kind {
    what: "multixact ids",
    column: "pg_database.datminmxid",
    setting: "autovacuum_multixact_freeze_max_age",
    of: |age| age.mxid_age,
    of_table: |age| age.mxid_age,
    freeze: |facts| facts.multixact_freeze_max_age,
};

pub(super) fn transaction_ids(look: &Look<'_>) -> Part<Told> {
    check(look, &XIDS, look.xids_per_second())
}

pub(super) fn multixacts(look: &Look<'_>) -> Part<Told> {
    check(look, &MXIDS, look.mxids_per_second())
}

fn check(look: &Look<'_>, kind: &Kind, rate: Option<f64>) -> Part<Told> {
    let facts = look.facts.quick.ages.as_ref().map_err(Clone::clone)?;
    let oldest = facts.databases.iter().max_by(|a, b| (kind.of)(a).total_cmp(&(kind.of)(b)));
    let Some(oldest) = oldest else { return Ok(Told::fine("There is no database.")) };
    let age = (kind.of)(oldest);
    let freeze = (kind.freeze)(facts);
    let left = rate.filter(|rate| *rate > 0.0).map(|rate| (LIMIT - age).max(0.0) / rate);
    let soon = match left.filter(|_| age >= LIMIT * RATE_COUNTS_FROM) {
        Some(left) if left <= CRITICAL_SECONDS => Severity::Critical,
        Some(left) if left <= WARNING_SECONDS => Severity::Warning,
        _ => Severity::Ok,
    };
    let due = if age > freeze { Severity::Info } else { Severity::Ok };
    let severity = grade(age, WARNING, CRITICAL).max(soon).max(due);
    let mut seen = format!(
        "{} of {} {} are used ({}), in the database {}",
        words::number(age),
        words::number(LIMIT),
        kind.what,
        words::percent(age, LIMIT),
        oldest.name
    );
    if let Some((left, rate)) = left.zip(rate) {
        seen.push_str(&format!(
            "; at {} each second they last {}, were nothing frozen",
            words::figure(rate),
            words::duration(left)
        ));
    }
    let told = Told::new(severity, format!("{seen}."))
        .items(items(look, facts, kind))
        .evidence("Oldest", words::number(age), format!("{}, one reading", kind.column))
        .evidence(kind.setting, words::number(freeze), "pg_settings");
    if severity == Severity::Ok {
        return Ok(told);
    }
    let told = told.remedy(
        "Autovacuum freezes old rows by itself from this age on. See that it runs and that nothing holds it back: long and prepared transactions, slots, standbys. Freeze the oldest tables by hand where it does not keep up.",
    );
    let sql = freeze_sql(look, kind);
    Ok(if sql.is_empty() { told } else { told.sql(sql) })
}

fn items(look: &Look<'_>, facts: &AgeFacts, kind: &Kind) -> Vec<HealthItem> {
    let severity = |age: f64| {
        let due = if age > (kind.freeze)(facts) { Severity::Info } else { Severity::Ok };
        grade(age, WARNING, CRITICAL).max(due)
    };
    let mut databases: Vec<&DatabaseAge> = facts.databases.iter().collect();
    databases.sort_by(|a, b| (kind.of)(b).total_cmp(&(kind.of)(a)));
    let databases = databases.into_iter().map(|database| {
        let age = (kind.of)(database);
        item(
            format!("database {}", database.name),
            format!("{} old", words::number(age)),
            severity(age),
            None,
        )
    });
    let tables = oldest_tables(look, kind).into_iter().take(20).map(|table| {
        let age = (kind.of_table)(table);
        let name = qualified(&table.schema, &table.name);
        let figure = format!("{} old, {}", words::number(age), words::bytes(table.bytes));
        let sql = (severity(age) > Severity::Ok).then(|| format!("VACUUM (FREEZE, VERBOSE) {name};"));
        item(name, figure, severity(age), sql)
    });
    databases.chain(tables).collect()
}

/// Of the database that was asked, oldest first.
fn oldest_tables<'a>(look: &Look<'a>, kind: &Kind) -> Vec<&'a TableAge> {
    let slow = look.facts.slow.as_ref();
    let mut tables: Vec<&TableAge> =
        slow.and_then(|slow| slow.oldest_tables.as_ref().ok()).into_iter().flatten().collect();
    tables.sort_by(|a, b| (kind.of_table)(b).total_cmp(&(kind.of_table)(a)));
    tables
}

fn freeze_sql(look: &Look<'_>, kind: &Kind) -> String {
    let oldest = oldest_tables(look, kind).into_iter().take(5);
    let lines: Vec<String> = oldest
        .map(|table| format!("VACUUM (FREEZE, VERBOSE) {};", qualified(&table.schema, &table.name)))
        .collect();
    lines.join("\n")
}

//! Dead rows, and tables for which autovacuum is due.

use std::cmp::Reverse;

use domain::{HealthItem, Part, Severity, TableFacts};

use super::Look;
use super::told::{Told, grade, item, qualified, worst};
use crate::words;

/// autovacuum_vacuum_scale_factor is 0.2 by default: beyond that share autovacuum does not keep up, or may not.
const DEAD_WARNING: f64 = 0.2;
const DEAD_CRITICAL: f64 = 0.5;
/// In smaller tables dead rows cost nothing.
const DEAD_ROWS: f64 = 10_000.0;
const DEAD_ROWS_CRITICAL: f64 = 1_000_000.0;
/// Autovacuum looks each minute; at twice its threshold it has been late for a while, at ten times it does not come.
const LATE: f64 = 2.0;
const VERY_LATE: f64 = 10.0;

pub(super) fn dead(look: &Look<'_>) -> Part<Told> {
    let facts = look.slow()?.tables.as_ref().map_err(Clone::clone)?;
    let items: Vec<HealthItem> = facts.tables.iter().filter_map(|table| dead_item(look, table)).collect();
    let severity = worst(&items);
    if items.is_empty() {
        let tables = words::count(facts.total, "table", "tables");
        return Ok(Told::fine(format!("{tables}, none with many dead rows.")));
    }
    let seen = format!(
        "{} than autovacuum should let them: {}.",
        if items.len() == 1 {
            "1 table holds more dead rows".to_owned()
        } else {
            format!("{} tables hold more dead rows", items.len())
        },
        items.iter().take(3).map(|item| item.name.as_str()).collect::<Vec<_>>().join(", ")
    );
    let sql = items.first().and_then(|item| item.sql.clone());
    let told = Told::new(severity, seen)
        .items(items)
        .remedy("Vacuum them now, and let autovacuum come sooner to tables that change much. If rows stay dead, something holds vacuum back: see long transactions and slots.")
        .evidence("Dead rows", "by table", "pg_stat_all_tables.n_dead_tup, one reading");
    Ok(match sql {
        Some(sql) => told.sql(sql),
        None => told,
    })
}

fn dead_item(look: &Look<'_>, table: &TableFacts) -> Option<HealthItem> {
    let all = table.live + table.dead;
    let share = if all > 0.0 { table.dead / all } else { 0.0 };
    let critical = if table.dead >= DEAD_ROWS_CRITICAL { DEAD_CRITICAL } else { f64::INFINITY };
    let severity = grade(share, DEAD_WARNING, critical);
    if table.dead < DEAD_ROWS || severity == Severity::Ok {
        return None;
    }
    let name = qualified(&table.schema, &table.name);
    let figure = format!(
        "{} of {} rows are dead ({}), {}",
        words::number(table.dead),
        words::number(all),
        words::percent(table.dead, all),
        vacuumed(look, table)
    );
    let sql = format!(
        "VACUUM (ANALYZE, VERBOSE) {name};\n\nALTER TABLE {name}\n  SET (autovacuum_vacuum_scale_factor = 0.02);"
    );
    Some(item(name, figure, severity, Some(sql)))
}

pub(super) fn due(look: &Look<'_>) -> Part<Told> {
    let facts = look.slow()?.tables.as_ref().map_err(Clone::clone)?;
    let mut items: Vec<HealthItem> = facts.tables.iter().filter_map(|table| due_item(look, table)).collect();
    items.sort_by_key(|item| Reverse(item.severity));
    let severity = worst(&items);
    let bad = items.iter().filter(|item| item.severity >= Severity::Warning).count();
    let seen = match (facts.due, bad) {
        (0.0, 0) => "Autovacuum is due for no table.".to_owned(),
        (due, 0) => format!(
            "Autovacuum is due for {} of {}; it comes to them in turn.",
            words::number(due),
            words::count(facts.total, "table", "tables")
        ),
        (_, bad) => format!(
            "{} long overdue for autovacuum: {}.",
            if bad == 1 { "1 table is".to_owned() } else { format!("{bad} tables are") },
            items.iter().take(bad.min(3)).map(|item| item.name.as_str()).collect::<Vec<_>>().join(", ")
        ),
    };
    let sql =
        items.iter().filter(|item| item.severity >= Severity::Warning).find_map(|item| item.sql.clone());
    let left_out = facts.due - items.len() as f64;
    let told = Told::new(severity, seen).items(items).and_left_out(left_out).evidence(
        "Due",
        words::number(facts.due),
        "pg_stat_all_tables against autovacuum's thresholds, table options included",
    );
    Ok(match sql {
        Some(sql) => told
            .remedy("See whether autovacuum is switched off for them, all its workers are busy, or a lock keeps it away; vacuum them by hand meanwhile.")
            .sql(sql),
        None => told,
    })
}

fn due_item(look: &Look<'_>, table: &TableFacts) -> Option<HealthItem> {
    let by_dead = table.dead / table.vacuum_at.max(1.0);
    let by_inserts = table.insert_at.map_or(0.0, |at| table.inserted_since_vacuum / at.max(1.0));
    let late = by_dead.max(by_inserts);
    if late <= 1.0 {
        return None;
    }
    let large = table.dead >= DEAD_ROWS || table.inserted_since_vacuum >= 100.0 * DEAD_ROWS;
    let severity = match () {
        () if !large => Severity::Info,
        () if !table.autovacuum || late >= VERY_LATE => Severity::Warning,
        // Inserts alone only delay freezing.
        () if by_dead >= LATE => Severity::Warning,
        () => Severity::Info,
    };
    let name = qualified(&table.schema, &table.name);
    let (what, count, at) = if by_dead >= by_inserts {
        ("dead", table.dead, table.vacuum_at)
    } else {
        ("new", table.inserted_since_vacuum, table.insert_at.unwrap_or(0.0))
    };
    let figure = format!(
        "{} {what} rows, due at {}, {}",
        words::number(count),
        words::number(at),
        if table.autovacuum { vacuumed(look, table) } else { "autovacuum is off for it".to_owned() }
    );
    let sql = if table.autovacuum {
        format!("VACUUM (ANALYZE, VERBOSE) {name};")
    } else {
        format!("ALTER TABLE {name} RESET (autovacuum_enabled);\nVACUUM (ANALYZE, VERBOSE) {name};")
    };
    Some(item(name, figure, severity, Some(sql)))
}

fn vacuumed(look: &Look<'_>, table: &TableFacts) -> String {
    match table.last_vacuum {
        Some(at) => format!("vacuumed {} ago", words::duration(look.now.seconds_since(at))),
        None => "never vacuumed since statistics began".to_owned(),
    }
}

//! What the catalog could not be told, each with what mends it.

use domain::{Catalog, Degradation};

use super::tables::SeenTable;
use crate::postgres::problem::{grant_monitor, quoted};

/// Tables that a message or a GRANT names one by one.
const NAMED: usize = 10;
const LATER: &str = "Ask again when no migration is running.";

pub(super) struct Seen<'a> {
    pub(super) role: &'a str,
    pub(super) tables: &'a [SeenTable],
    pub(super) locked: &'a [String],
    /// Those that were left out too.
    pub(super) all_tables: u64,
    pub(super) views_read: bool,
}

pub(super) fn lacks(catalog: &Catalog, seen: &Seen<'_>) -> Vec<Degradation> {
    let role = quoted(seen.role);
    let mut lacks = Vec::new();
    let unreadable: Vec<&SeenTable> = seen.tables.iter().filter(|table| !table.readable).collect();
    if !unreadable.is_empty() {
        lacks.push(Degradation {
            code: "statistics_hidden".to_owned(),
            message: format!(
                "The role {:?} may not read {}, so their statistics are unknown and statements on them cannot be planned.",
                seen.role,
                tables(&unreadable, seen.tables.len())
            ),
            remedy: Some(grant_reading(&unreadable, &role, catalog.version_number)),
        });
    }
    let filtered: Vec<&SeenTable> =
        seen.tables.iter().filter(|table| table.readable && table.filtered).collect();
    if !filtered.is_empty() {
        lacks.push(Degradation {
            code: "statistics_filtered".to_owned(),
            message: format!(
                "Row security hides the statistics of {} from the role {:?}.",
                tables(&filtered, seen.tables.len()),
                seen.role
            ),
            remedy: Some(format!("ALTER ROLE {role} BYPASSRLS;")),
        });
    }
    if catalog.replicas.is_none() {
        lacks.push(Degradation {
            code: "standbys_hidden".to_owned(),
            message: format!(
                "The role {:?} does not see standbys, on which an index that looks unused here may be in use.",
                seen.role
            ),
            remedy: Some(grant_monitor(seen.role)),
        });
    }
    if !seen.locked.is_empty() {
        lacks.push(Degradation {
            code: "tables_locked".to_owned(),
            message: format!(
                "{} tables are locked by somebody else and were left out ({}).",
                seen.locked.len(),
                some(seen.locked)
            ),
            remedy: Some(LATER.to_owned()),
        });
    }
    let read = u64::try_from(seen.tables.len() + seen.locked.len()).unwrap_or(u64::MAX);
    if seen.all_tables > read {
        lacks.push(Degradation {
            code: "tables_left_out".to_owned(),
            message: format!("Only the {read} largest of {} tables were read.", seen.all_tables),
            remedy: None,
        });
    }
    if !seen.views_read {
        lacks.push(Degradation {
            code: "views_unread".to_owned(),
            message: "The views could not be read in time: a table of one of them is locked.".to_owned(),
            remedy: Some(LATER.to_owned()),
        });
    }
    lacks
}

fn tables(found: &[&SeenTable], all: usize) -> String {
    let names: Vec<String> = found.iter().map(|table| format!("{}.{}", table.schema, table.name)).collect();
    format!("{} of {all} tables ({})", names.len(), some(&names))
}

/// The first of them.
fn some(names: &[String]) -> String {
    let first: Vec<&str> = names.iter().take(3).map(String::as_str).collect();
    let more = if names.len() > first.len() { ", …" } else { "" };
    format!("{}{more}", first.join(", "))
}

/// `pg_stats` shows the columns that may be read, and the planner asks for the same; no role that reads statistics only has it.
fn grant_reading(tables: &[&SeenTable], role: &str, version: i32) -> String {
    let mut schemas: Vec<String> = tables.iter().map(|table| quoted(&table.schema)).collect();
    schemas.sort_unstable();
    schemas.dedup();
    let schemas = schemas.join(", ");
    if tables.len() <= NAMED {
        let names: Vec<String> =
            tables.iter().map(|table| format!("{}.{}", quoted(&table.schema), quoted(&table.name))).collect();
        return format!(
            "GRANT USAGE ON SCHEMA {schemas} TO {role}; GRANT SELECT ON {} TO {role};",
            names.join(", ")
        );
    }
    // Version 14 brought a role for it.
    if version >= 140_000 {
        return format!("GRANT pg_read_all_data TO {role};");
    }
    format!(
        "GRANT USAGE ON SCHEMA {schemas} TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA {schemas} TO {role};"
    )
}

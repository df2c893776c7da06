//! Extensions that the console makes use of.

use domain::{ExtensionFacts, HealthItem, Part, Severity};

use super::Look;
use super::told::{Told, item, worst};

/// Each with what it is for.
const WANTED: [(&str, &str); 2] = [
    ("pg_stat_statements", "counts every statement: the Queries page and index advice read it"),
    (
        "hypopg",
        "lets the planner judge indexes that are not there: index advice proves by it what it suggests",
    ),
];

pub(super) fn check(look: &Look<'_>) -> Part<Told> {
    let found = look.slow()?.extensions.as_ref().map_err(Clone::clone)?;
    let items: Vec<HealthItem> = WANTED
        .iter()
        .map(|(name, purpose)| extension_item(name, purpose, found.iter().find(|one| one.name == *name)))
        .collect();
    let severity = worst(&items);
    let missing: Vec<&str> =
        items.iter().filter(|item| item.severity > Severity::Ok).map(|item| item.name.as_str()).collect();
    let database = &look.facts.quick.server.database;
    let seen = match missing.as_slice() {
        [] => format!("pg_stat_statements and hypopg are there, in the database {database}."),
        missing => format!("{} cannot be used in the database {database}.", missing.join(" and ")),
    };
    let sql: Vec<String> = items.iter().filter_map(|item| item.sql.clone()).collect();
    let told = Told::new(severity, seen).items(items);
    Ok(if sql.is_empty() {
        told
    } else {
        told.remedy("A superuser runs this, connected to that database.").sql(sql.join("\n\n"))
    })
}

fn extension_item(name: &str, purpose: &str, found: Option<&ExtensionFacts>) -> HealthItem {
    let Some(found) = found else {
        let figure = format!("not available on the server: install its package; it {purpose}");
        return item(name, figure, Severity::Info, None);
    };
    let create = format!("CREATE EXTENSION {name};");
    let load = "-- Then restart the server. Keep what is there already: SHOW shared_preload_libraries;\nALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements';";
    match (&found.installed, found.loaded) {
        (Some(version), Some(true) | None) => item(name, format!("version {version}"), Severity::Ok, None),
        (Some(version), Some(false)) => item(
            name,
            format!("version {version}, but its library is not loaded"),
            Severity::Warning,
            Some(load.to_owned()),
        ),
        (None, Some(false)) => {
            let sql = format!("{load}\n{create}");
            item(name, format!("neither loaded nor created; it {purpose}"), Severity::Info, Some(sql))
        }
        (None, Some(true) | None) => {
            item(name, format!("not created; it {purpose}"), Severity::Info, Some(create))
        }
    }
}

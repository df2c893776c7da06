//! Indexes that a failed build left.

use domain::{HealthItem, InvalidIndex, Part, Severity};

use super::Look;
use super::told::{Told, item, qualified, worst};
use crate::words;

/// How REINDEX CONCURRENTLY names what it has not finished, and what it has replaced.
const LEFT_OVERS: [&str; 2] = ["_ccnew", "_ccold"];

pub(super) fn check(look: &Look<'_>) -> Part<Told> {
    let indexes = look.slow()?.invalid_indexes.as_ref().map_err(Clone::clone)?;
    if indexes.is_empty() {
        return Ok(Told::fine("Every index is valid."));
    }
    let items: Vec<HealthItem> = indexes.iter().map(index_item).collect();
    let severity = worst(&items);
    let left = indexes.iter().filter(|index| !index.being_built).count();
    let names: Vec<String> =
        indexes.iter().filter(|index| !index.being_built).take(3).map(|index| index.name.clone()).collect();
    let seen = if left == 0 {
        format!(
            "{} being built.",
            if indexes.len() == 1 {
                "1 index is".to_owned()
            } else {
                format!("{} indexes are", indexes.len())
            }
        )
    } else {
        format!(
            "{} invalid: {}.",
            if left == 1 { "1 index is".to_owned() } else { format!("{left} indexes are") },
            names.join(", ")
        )
    };
    let sql = items.iter().find_map(|item| item.sql.clone());
    let told = Told::new(severity, seen).items(items).evidence(
        "Not valid or not ready",
        words::number(indexes.len() as f64),
        "pg_index, one reading",
    );
    Ok(match sql {
        Some(sql) => told
            .remedy("A build that failed or was broken off left it. Build it again, or drop it where another serves; nothing uses it now.")
            .sql(sql),
        None => told,
    })
}

fn index_item(index: &InvalidIndex) -> HealthItem {
    let name = qualified(&index.schema, &index.name);
    let figure = format!("{} on {}", words::bytes(index.bytes), index.table);
    if index.being_built {
        return item(name, format!("{figure}, may be being built now"), Severity::Info, None);
    }
    let left_over = LEFT_OVERS
        .iter()
        .any(|end| index.name.trim_end_matches(|last: char| last.is_ascii_digit()).ends_with(end));
    let sql = if left_over {
        format!("DROP INDEX CONCURRENTLY {name};")
    } else {
        format!("REINDEX INDEX CONCURRENTLY {name};\n-- or: DROP INDEX CONCURRENTLY {name};")
    };
    item(name, figure, Severity::Warning, Some(sql))
}

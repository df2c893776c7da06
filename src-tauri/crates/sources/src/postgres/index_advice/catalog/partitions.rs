//! What a partitioned table holds is what its partitions hold.

use domain::{CatalogTable, TableActivity, TableKind};

use super::rows::Tables;

/// Partitions within partitions; deeper ones would be a circle.
const DEEPEST: usize = 32;

struct Part {
    whole: u32,
    rows: Option<f64>,
    pages: u64,
    visible_pages: u64,
    bytes: u64,
    activity: TableActivity,
}

/// Adds every partition to the tables that it is part of.
pub(super) fn sum(tables: &mut Tables) {
    let parts: Vec<Part> = tables
        .iter()
        .filter(|table| table.kind != TableKind::Partitioned)
        .flat_map(|table| ancestors(tables, table).map(|whole| part(whole, table)))
        .collect();
    for part in parts {
        if let Some(whole) = tables.get_mut(part.whole) {
            add(whole, &part);
        }
    }
}

fn ancestors(tables: &Tables, table: &CatalogTable) -> impl Iterator<Item = u32> {
    std::iter::successors(table.parent, |parent| tables.get(*parent)?.parent).take(DEEPEST)
}

fn part(whole: u32, table: &CatalogTable) -> Part {
    let CatalogTable { rows, pages, visible_pages, bytes, activity, .. } = *table;
    Part { whole, rows, pages, visible_pages, bytes, activity }
}

fn add(whole: &mut CatalogTable, part: &Part) {
    // The server's own count of a partitioned table is as old as its last ANALYZE, which only people run.
    whole.rows = part.rows.into_iter().chain(whole.rows).reduce(|a, b| a + b);
    whole.pages = whole.pages.saturating_add(part.pages);
    whole.visible_pages = whole.visible_pages.saturating_add(part.visible_pages);
    whole.bytes = whole.bytes.saturating_add(part.bytes);
    let (all, one) = (&mut whole.activity, &part.activity);
    for (all, one) in [
        (&mut all.sequential_scans, one.sequential_scans),
        (&mut all.sequential_rows, one.sequential_rows),
        (&mut all.index_scans, one.index_scans),
        (&mut all.inserted, one.inserted),
        (&mut all.updated, one.updated),
        (&mut all.hot_updated, one.hot_updated),
        (&mut all.deleted, one.deleted),
    ] {
        *all = all.saturating_add(one);
    }
}

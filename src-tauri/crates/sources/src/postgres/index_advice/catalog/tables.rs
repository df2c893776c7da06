//! Tables with their sizes and counters.

use std::collections::HashMap;

use domain::{CatalogTable, TableActivity, TableKind};
use tokio_postgres::types::Type;
use tokio_postgres::{Error, Row};

use super::relations::SAVEPOINT_QUERY;
use super::rows::{Tables, about, count, moment};
use crate::postgres::own_queries::{Asking, OwnQueryName};

const TABLES: &str = include_str!("../../sql/index_advice/tables.sql");
const SIZES: &str = include_str!("../../sql/index_advice/sizes.sql");
const TABLES_QUERY: OwnQueryName = OwnQueryName {
    name: "catalog.tables",
    purpose: "Tables with their sizes and counters, for index advice",
};
const SIZES_QUERY: OwnQueryName =
    OwnQueryName { name: "catalog.sizes", purpose: "Sizes of tables that were never analysed" };
/// More are left out, the smallest first, and the catalog says so.
const MOST: i64 = 10_000;
/// Never counted tables and indexes whose files are measured; each takes a lock for a moment.
const MEASURED: usize = 2_000;

pub(super) struct Found {
    pub(super) tables: Tables,
    pub(super) seen: Vec<SeenTable>,
    /// Locked for nobody else to look at.
    pub(super) locked: Vec<String>,
    /// Those that are not read too.
    pub(super) all: u64,
}

/// What the role may see of a table's values.
pub(super) struct SeenTable {
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) readable: bool,
    /// Row security hides statistics too.
    pub(super) filtered: bool,
}

pub(super) async fn read(asking: Asking<'_>, block_size: u32) -> Result<Found, Error> {
    let rows = asking.rows(TABLES_QUERY, TABLES, &[(&MOST, Type::INT8)]).await?;
    let mut found = Found { tables: Tables::new(Vec::new()), seen: Vec::new(), locked: Vec::new(), all: 0 };
    let mut tables = Vec::with_capacity(rows.len());
    for row in &rows {
        let table = table(row, u64::from(block_size))?;
        found.all = count(row, "all_tables")?;
        if row.try_get("locked")? {
            found.locked.push(format!("{}.{}", table.schema, table.name));
            continue;
        }
        found.seen.push(SeenTable {
            schema: table.schema.clone(),
            name: table.name.clone(),
            readable: row.try_get("readable")?,
            filtered: row.try_get("filtered")?,
        });
        tables.push(table);
    }
    found.tables = Tables::new(tables);
    Ok(found)
}

fn table(row: &Row, block_size: u64) -> Result<CatalogTable, Error> {
    let pages = count(row, "pages")?;
    Ok(CatalogTable {
        oid: row.try_get("oid")?,
        schema: row.try_get("schema")?,
        name: row.try_get("name")?,
        kind: match row.try_get("kind")? {
            "p" => TableKind::Partitioned,
            "m" => TableKind::MaterializedView,
            "f" => TableKind::Foreign,
            _ => TableKind::Table,
        },
        temporary: false,
        parent: row.try_get("parent")?,
        partition_key: row.try_get("partition_key")?,
        rows: row.try_get("rows")?,
        pages,
        visible_pages: count(row, "visible_pages")?,
        bytes: pages.saturating_add(count(row, "outside_pages")?).saturating_mul(block_size),
        columns: Vec::new(),
        indexes: Vec::new(),
        foreign_keys: Vec::new(),
        extended_statistics: Vec::new(),
        dependencies: Vec::new(),
        activity: TableActivity {
            sequential_scans: count(row, "sequential_scans")?,
            sequential_rows: count(row, "sequential_rows")?,
            index_scans: count(row, "index_scans")?,
            inserted: count(row, "inserted")?,
            updated: count(row, "updated")?,
            hot_updated: count(row, "hot_updated")?,
            deleted: count(row, "deleted")?,
            last_vacuum: moment(row, "last_vacuum")?,
            last_analyze: moment(row, "last_analyze")?,
        },
    })
}

/// Of tables that were never vacuumed or analysed the catalog knows no size, so their files are asked for.
pub(super) async fn measure(asking: Asking<'_>, block_size: u32, tables: &mut Tables) -> Result<(), Error> {
    let has_files =
        |table: &&CatalogTable| matches!(table.kind, TableKind::Table | TableKind::MaterializedView);
    let never_counted: Vec<(u32, u32)> = tables
        .iter()
        .filter(|table| table.rows.is_none())
        .filter(has_files)
        .flat_map(|table| {
            let indexes = table.indexes.iter().map(|index| (index.oid, table.oid));
            std::iter::once((table.oid, table.oid)).chain(indexes)
        })
        .take(MEASURED)
        .collect();
    if never_counted.is_empty() {
        return Ok(());
    }
    asking.run(SAVEPOINT_QUERY, "SAVEPOINT sizes").await?;
    let oids: Vec<u32> = never_counted.iter().map(|(oid, _)| *oid).collect();
    // A lock that was taken meanwhile costs the sizes, not the catalog. Going back gives up the locks.
    let measured = about(asking, SIZES_QUERY, SIZES, &oids).await;
    asking.run(SAVEPOINT_QUERY, "ROLLBACK TO SAVEPOINT sizes").await?;
    let Ok(measured) = measured else { return Ok(()) };
    let owners: HashMap<u32, u32> = never_counted.into_iter().collect();
    for row in &measured {
        let (oid, bytes): (u32, Option<i64>) = (row.try_get("oid")?, row.try_get("bytes")?);
        let bytes = bytes.and_then(|bytes| u64::try_from(bytes).ok());
        let table = owners.get(&oid).and_then(|owner| tables.get_mut(*owner));
        if let (Some(bytes), Some(table)) = (bytes, table) {
            match table.indexes.iter_mut().find(|index| index.oid == oid) {
                Some(index) => index.bytes = bytes,
                None => {
                    table.bytes = bytes;
                    table.pages = bytes / u64::from(block_size.max(1));
                }
            }
        }
    }
    Ok(())
}

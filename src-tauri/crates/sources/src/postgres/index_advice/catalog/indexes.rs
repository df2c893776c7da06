//! Existing indexes, their keys, and whether they are being built.

use std::collections::{HashMap, HashSet};

use domain::{CatalogIndex, CatalogIndexKey};
use tokio_postgres::{Error, Row};

use super::rows::{Tables, about, count, moment};
use super::values::without_parentheses;
use crate::postgres::own_queries::{Asking, OwnQueryName};

const INDEXES: &str = include_str!("../../sql/index_advice/indexes.sql");
const KEYS: &str = include_str!("../../sql/index_advice/index_keys.sql");
const BUILDING: &str = include_str!("../../sql/index_advice/building.sql");
const INDEXES_QUERY: OwnQueryName =
    OwnQueryName { name: "catalog.indexes", purpose: "Indexes that are there, for index advice" };
const KEYS_QUERY: OwnQueryName =
    OwnQueryName { name: "catalog.index_keys", purpose: "Columns of indexes, for index advice" };
const BUILDING_QUERY: OwnQueryName =
    OwnQueryName { name: "catalog.building", purpose: "Whether an invalid index is being built" };

#[derive(Default)]
struct Keys {
    keys: Vec<CatalogIndexKey>,
    include: Vec<String>,
}

pub(super) async fn read(asking: Asking<'_>, block_size: u32, tables: &mut Tables) -> Result<(), Error> {
    let oids = tables.oids();
    let mut keys = keys(&about(asking, KEYS_QUERY, KEYS, &oids).await?)?;
    let rows = about(asking, INDEXES_QUERY, INDEXES, &oids).await?;
    let mut invalid: Vec<u32> = Vec::new();
    for row in &rows {
        // An index that was dropped since the picture was taken has no definition any more.
        let Some(index) = index(row, u64::from(block_size), &mut keys)? else { continue };
        if !index.valid {
            invalid.push(index.oid);
        }
        if let Some(table) = tables.get_mut(row.try_get("table")?) {
            table.indexes.push(index);
        }
    }
    if invalid.is_empty() {
        return Ok(());
    }
    let building = about(asking, BUILDING_QUERY, BUILDING, &invalid).await?;
    let building: HashSet<u32> = building.iter().map(|row| row.try_get("oid")).collect::<Result<_, _>>()?;
    tables.each_index(|index| index.being_built = building.contains(&index.oid));
    Ok(())
}

fn keys(rows: &[Row]) -> Result<HashMap<u32, Keys>, Error> {
    let mut keys: HashMap<u32, Keys> = HashMap::new();
    for row in rows {
        let entry = keys.entry(row.try_get("index")?).or_default();
        let column: Option<String> = row.try_get("column")?;
        if row.try_get("included")? {
            entry.include.extend(column);
        } else {
            entry.keys.push(CatalogIndexKey {
                column,
                expression: row.try_get("expression")?,
                operator_class: row.try_get("operator_class")?,
                collation: row.try_get("collation")?,
                descending: row.try_get("descending")?,
                nulls_first: row.try_get("nulls_first")?,
            });
        }
    }
    Ok(keys)
}

fn index(row: &Row, block_size: u64, keys: &mut HashMap<u32, Keys>) -> Result<Option<CatalogIndex>, Error> {
    let oid = row.try_get("oid")?;
    let Some(definition) = row.try_get("definition")? else { return Ok(None) };
    let Keys { keys, include } = keys.remove(&oid).unwrap_or_default();
    let predicate: Option<&str> = row.try_get("predicate")?;
    Ok(Some(CatalogIndex {
        oid,
        name: row.try_get("name")?,
        method: row.try_get("method")?,
        keys,
        include,
        predicate: predicate.map(|text| without_parentheses(text).to_owned()),
        unique: row.try_get("is_unique")?,
        primary: row.try_get("is_primary")?,
        exclusion: row.try_get("exclusion")?,
        constraint: row.try_get("constraint_name")?,
        valid: row.try_get("valid")?,
        being_built: false,
        replica_identity: row.try_get("replica_identity")?,
        parent: row.try_get("parent")?,
        bytes: count(row, "pages")?.saturating_mul(block_size),
        scans: count(row, "scans")?,
        last_scan: moment(row, "last_scan")?,
        definition,
    }))
}

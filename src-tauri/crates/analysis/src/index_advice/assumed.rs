//! A catalog of what the statements themselves name, for advice from a log alone.

use std::collections::BTreeMap;

use domain::{Catalog, CatalogIndex, CatalogIndexKey, CatalogTable, TableActivity, TableKind};

use super::workload::WorkloadStatement;
use crate::sql::statement_facts;

/// The column that is the key of its table by the convention of every framework.
const KEY: &str = "id";

/// Tables without columns, statistics or indexes, but for a primary key on `id`, which nobody needs to be told of.
pub fn assumed_catalog(statements: &[WorkloadStatement]) -> Catalog {
    let mut tables: BTreeMap<(String, String), CatalogTable> = BTreeMap::new();
    for statement in statements {
        for table in statement_facts(&statement.sql).tables {
            let name = (table.schema.unwrap_or_default(), table.name);
            let oid = u32::try_from(tables.len() + 1).unwrap_or(u32::MAX);
            tables.entry(name.clone()).or_insert_with(|| assumed(oid, name));
        }
    }
    Catalog { format: Catalog::FORMAT, tables: tables.into_values().collect(), ..Catalog::default() }
}

fn assumed(oid: u32, (schema, name): (String, String)) -> CatalogTable {
    CatalogTable {
        oid,
        schema,
        kind: TableKind::Table,
        temporary: false,
        parent: None,
        partition_key: Vec::new(),
        rows: None,
        pages: 0,
        visible_pages: 0,
        bytes: 0,
        columns: Vec::new(),
        indexes: vec![assumed_key(oid, &name)],
        foreign_keys: Vec::new(),
        extended_statistics: Vec::new(),
        dependencies: Vec::new(),
        activity: TableActivity::default(),
        name,
    }
}

fn assumed_key(oid: u32, table: &str) -> CatalogIndex {
    CatalogIndex {
        oid,
        name: format!("the primary key that {table} is assumed to have on {KEY}"),
        method: "btree".to_owned(),
        keys: vec![CatalogIndexKey { column: Some(KEY.to_owned()), ..CatalogIndexKey::default() }],
        include: Vec::new(),
        predicate: None,
        unique: true,
        primary: true,
        exclusion: false,
        constraint: None,
        valid: true,
        being_built: false,
        replica_identity: false,
        parent: None,
        bytes: 8_192,
        scans: 0,
        last_scan: None,
        definition: String::new(),
    }
}

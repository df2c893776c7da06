//! What the queries have in common: the tables that their rows belong to, counts, and moments.

use std::collections::HashMap;

use domain::{CatalogIndex, CatalogTable, Timestamp};
use tokio_postgres::types::Type;
use tokio_postgres::{Error, Row};

use crate::postgres::own_queries::{Asking, OwnQueryName};

/// The tables that were read, found by their number.
pub(super) struct Tables {
    tables: Vec<CatalogTable>,
    places: HashMap<u32, usize>,
}

impl Tables {
    pub(super) fn new(tables: Vec<CatalogTable>) -> Tables {
        let places = tables.iter().enumerate().map(|(place, table)| (table.oid, place)).collect();
        Tables { tables, places }
    }

    pub(super) fn get(&self, oid: u32) -> Option<&CatalogTable> {
        self.tables.get(*self.places.get(&oid)?)
    }

    pub(super) fn get_mut(&mut self, oid: u32) -> Option<&mut CatalogTable> {
        self.tables.get_mut(*self.places.get(&oid)?)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &CatalogTable> {
        self.tables.iter()
    }

    pub(super) fn each_index(&mut self, change: impl Fn(&mut CatalogIndex)) {
        self.tables.iter_mut().flat_map(|table| &mut table.indexes).for_each(change);
    }

    pub(super) fn oids(&self) -> Vec<u32> {
        self.tables.iter().map(|table| table.oid).collect()
    }

    pub(super) fn into_tables(mut self) -> Vec<CatalogTable> {
        self.tables.sort_by(|a, b| (&a.schema, &a.name).cmp(&(&b.schema, &b.name)));
        self.tables
    }
}

/// The rows of a query about `oids`.
pub(super) async fn about(
    asking: Asking<'_>,
    query: OwnQueryName,
    sql: &str,
    oids: &[u32],
) -> Result<Vec<Row>, Error> {
    asking.rows(query, sql, &[(&oids, Type::OID_ARRAY)]).await
}

/// A count as PostgreSQL keeps it; one that fell below zero is none.
pub(super) fn count(row: &Row, column: &str) -> Result<u64, Error> {
    Ok(u64::try_from(row.try_get::<_, i64>(column)?).unwrap_or(0))
}

pub(super) fn moment(row: &Row, column: &str) -> Result<Option<Timestamp>, Error> {
    Ok(row.try_get::<_, Option<i64>>(column)?.map(Timestamp))
}

//! Columns and what their types can do.

use domain::{CatalogColumn, ColumnStorage};
use tokio_postgres::{Error, Row};

use super::rows::{Tables, about};
use crate::postgres::own_queries::{Asking, OwnQueryName};

const COLUMNS: &str = include_str!("../../sql/index_advice/columns.sql");
const QUERY: OwnQueryName =
    OwnQueryName { name: "catalog.columns", purpose: "Columns and their types, for index advice" };

pub(super) async fn read(asking: Asking<'_>, tables: &mut Tables) -> Result<(), Error> {
    for row in &about(asking, QUERY, COLUMNS, &tables.oids()).await? {
        if let Some(table) = tables.get_mut(row.try_get("table")?) {
            table.columns.push(column(row)?);
        }
    }
    Ok(())
}

fn column(row: &Row) -> Result<CatalogColumn, Error> {
    Ok(CatalogColumn {
        name: row.try_get("name")?,
        type_name: row.try_get("type_name")?,
        category: row.try_get::<_, &str>("category")?.chars().next().unwrap_or('X'),
        nullable: row.try_get("nullable")?,
        byte_order: row.try_get("byte_order")?,
        orderable: row.try_get("orderable")?,
        storage: Some(ColumnStorage {
            length: row.try_get("length")?,
            alignment: u8::try_from(row.try_get::<_, i16>("alignment")?).unwrap_or(8),
            deduplicated: row.try_get("deduplicated")?,
        }),
        statistics: None,
    })
}

//! Columns and what their types can do.

use domain::CatalogColumn;
use tokio_postgres::{Client, Error, Row};

use super::rows::{Tables, about};

const COLUMNS: &str = include_str!("../../sql/index_advice/columns.sql");

pub(super) async fn read(client: &Client, tables: &mut Tables) -> Result<(), Error> {
    for row in &about(client, COLUMNS, &tables.oids()).await? {
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
        statistics: None,
    })
}

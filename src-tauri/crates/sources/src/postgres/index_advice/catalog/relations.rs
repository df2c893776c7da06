//! What ties tables together: foreign keys, extended statistics, views.

use domain::{CatalogForeignKey, CatalogView};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Error, Row};

use super::rows::{Tables, about};
use crate::postgres::own_queries::{Asking, OwnQueryName};

const FOREIGN_KEYS: &str = include_str!("../../sql/index_advice/foreign_keys.sql");
const EXTENDED: &str = include_str!("../../sql/index_advice/extended_statistics.sql");
const VIEWS: &str = include_str!("../../sql/index_advice/views.sql");
const FOREIGN_KEYS_QUERY: OwnQueryName =
    OwnQueryName { name: "catalog.foreign_keys", purpose: "Foreign keys, for index advice" };
const EXTENDED_QUERY: OwnQueryName =
    OwnQueryName { name: "catalog.extended_statistics", purpose: "Extended statistics, for index advice" };
const VIEWS_QUERY: OwnQueryName =
    OwnQueryName { name: "catalog.views", purpose: "Definitions of views, for index advice" };
pub(super) const SAVEPOINT_QUERY: OwnQueryName =
    OwnQueryName { name: "catalog.savepoint", purpose: "Gives up the locks of a query within the picture" };
const MOST_VIEWS: i64 = 5_000;
/// Bytes of a definition.
const LONGEST_VIEW: i32 = 100_000;

pub(super) async fn foreign_keys(asking: Asking<'_>, tables: &mut Tables) -> Result<(), Error> {
    for row in &about(asking, FOREIGN_KEYS_QUERY, FOREIGN_KEYS, &tables.oids()).await? {
        if let Some(table) = tables.get_mut(row.try_get("table")?) {
            table.foreign_keys.push(CatalogForeignKey {
                name: row.try_get("name")?,
                columns: row.try_get("columns")?,
                referenced: row.try_get("referenced")?,
                referenced_columns: row.try_get("referenced_columns")?,
            });
        }
    }
    Ok(())
}

pub(super) async fn extended_statistics(asking: Asking<'_>, tables: &mut Tables) -> Result<(), Error> {
    for row in &about(asking, EXTENDED_QUERY, EXTENDED, &tables.oids()).await? {
        if let Some(table) = tables.get_mut(row.try_get("table")?) {
            table.extended_statistics.push(row.try_get("columns")?);
        }
    }
    Ok(())
}

/// None where a lock on one of their tables was in the way: writing a definition takes a lock on each.
pub(super) async fn views(asking: Asking<'_>) -> Result<Option<Vec<CatalogView>>, Error> {
    asking.run(SAVEPOINT_QUERY, "SAVEPOINT views").await?;
    let bounds: [(&(dyn ToSql + Sync), Type); 2] = [(&MOST_VIEWS, Type::INT8), (&LONGEST_VIEW, Type::INT4)];
    let read = asking.rows(VIEWS_QUERY, VIEWS, &bounds).await;
    // The locks go with it. Of a session that ended this fails as well.
    asking.run(SAVEPOINT_QUERY, "ROLLBACK TO SAVEPOINT views").await?;
    let Ok(rows) = read else { return Ok(None) };
    rows.iter().map(view).collect::<Result<_, _>>().map(Some)
}

fn view(row: &Row) -> Result<CatalogView, Error> {
    Ok(CatalogView {
        schema: row.try_get("schema")?,
        name: row.try_get("name")?,
        definition: row.try_get("definition")?,
    })
}

//! What ties tables together: foreign keys, extended statistics, views.

use domain::{CatalogForeignKey, CatalogView};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error, Row};

use super::rows::{Tables, about};

const FOREIGN_KEYS: &str = include_str!("../../sql/index_advice/foreign_keys.sql");
const EXTENDED: &str = include_str!("../../sql/index_advice/extended_statistics.sql");
const VIEWS: &str = include_str!("../../sql/index_advice/views.sql");
const MOST_VIEWS: i64 = 5_000;
/// Bytes of a definition.
const LONGEST_VIEW: i32 = 100_000;

pub(super) async fn foreign_keys(client: &Client, tables: &mut Tables) -> Result<(), Error> {
    for row in &about(client, FOREIGN_KEYS, &tables.oids()).await? {
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

pub(super) async fn extended_statistics(client: &Client, tables: &mut Tables) -> Result<(), Error> {
    for row in &about(client, EXTENDED, &tables.oids()).await? {
        if let Some(table) = tables.get_mut(row.try_get("table")?) {
            table.extended_statistics.push(row.try_get("columns")?);
        }
    }
    Ok(())
}

/// None where a lock on one of their tables was in the way: writing a definition takes a lock on each.
pub(super) async fn views(client: &Client) -> Result<Option<Vec<CatalogView>>, Error> {
    client.batch_execute("SAVEPOINT views").await?;
    let read = client.query_typed(VIEWS, &[(&MOST_VIEWS, Type::INT8), (&LONGEST_VIEW, Type::INT4)]).await;
    // The locks go with it. Of a session that ended this fails as well.
    client.batch_execute("ROLLBACK TO SAVEPOINT views").await?;
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

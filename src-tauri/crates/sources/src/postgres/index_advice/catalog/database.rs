//! The database as a whole: the planner's settings, extensions, standbys, and since when it counts.

use domain::{Catalog, PlannerCosts};
use tokio_postgres::{Error, Row};

use super::rows::{count, moment};
use crate::postgres::own_queries::{Asking, OwnQueryName};

const DATABASE: &str = include_str!("../../sql/index_advice/database.sql");
const QUERY: OwnQueryName =
    OwnQueryName { name: "catalog.database", purpose: "Planner settings and extensions, for index advice" };

/// Fills in what is of the database, and tells the role.
pub(super) async fn read(asking: Asking<'_>, catalog: &mut Catalog) -> Result<String, Error> {
    let row = asking.row(QUERY, DATABASE, &[]).await?;
    catalog.database = row.try_get("database")?;
    catalog.search_path = row.try_get("search_path")?;
    catalog.costs = costs(&row)?;
    catalog.extensions = row.try_get("extensions")?;
    catalog.available_extensions = row.try_get("available")?;
    catalog.counted_since = moment(&row, "counted_since")?;
    catalog.in_recovery = row.try_get("in_recovery")?;
    catalog.replicas =
        row.try_get::<_, Option<i64>>("replicas")?.and_then(|replicas| u32::try_from(replicas).ok());
    row.try_get("role")
}

fn costs(row: &Row) -> Result<PlannerCosts, Error> {
    let block_size: i32 = row.try_get("block_size")?;
    Ok(PlannerCosts {
        block_size: u32::try_from(block_size).unwrap_or(PlannerCosts::default().block_size),
        seq_page_cost: row.try_get("seq_page_cost")?,
        random_page_cost: row.try_get("random_page_cost")?,
        cpu_tuple_cost: row.try_get("cpu_tuple_cost")?,
        cpu_index_tuple_cost: row.try_get("cpu_index_tuple_cost")?,
        cpu_operator_cost: row.try_get("cpu_operator_cost")?,
        effective_cache_size: count(row, "effective_cache_size")?,
        work_mem: count(row, "work_mem")?,
    })
}

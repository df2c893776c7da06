//! Statistics of columns, read row by row: their values become hashes at once, so that few are held at a time.

use domain::{ColumnStatistics, CommonValue, value_hash};
use tokio_postgres::types::Type;
use tokio_postgres::{Error, Row};

use super::rows::Tables;
use super::values;
use crate::postgres::own_queries::{Asking, OwnQueryName};

const STATISTICS: &str = include_str!("../../sql/index_advice/statistics.sql");
const QUERY: OwnQueryName =
    OwnQueryName { name: "catalog.statistics", purpose: "Statistics of columns, for index advice" };

pub(super) async fn read(asking: Asking<'_>, tables: &mut Tables) -> Result<(), Error> {
    let oids = tables.oids();
    let take = |row: &Row| take(row, tables);
    asking.each(QUERY, STATISTICS, &[(&oids, Type::OID_ARRAY)], take).await
}

fn take(row: &Row, tables: &mut Tables) -> Result<(), Error> {
    let name: &str = row.try_get("column")?;
    let column = tables
        .get_mut(row.try_get("table")?)
        .and_then(|table| table.columns.iter_mut().find(|column| column.name == name));
    let with_heirs: bool = row.try_get("inherited")?;
    // Of a table with heirs its own rows are what its indexes are about.
    if let Some(column) = column.filter(|column| !with_heirs || column.statistics.is_none()) {
        column.statistics = Some(statistics(row)?);
    }
    Ok(())
}

fn statistics(row: &Row) -> Result<ColumnStatistics, Error> {
    let common: Vec<Option<&str>> = row.try_get::<_, Option<_>>("common")?.unwrap_or_default();
    let ratios: Vec<f32> = row.try_get::<_, Option<_>>("ratios")?.unwrap_or_default();
    let bounds: Vec<Option<&str>> = row.try_get::<_, Option<_>>("bounds")?.unwrap_or_default();
    // A type whose arrays are not written with commas comes apart wrongly.
    let paired = common.len() == ratios.len();
    let common = common
        .iter()
        .zip(ratios)
        .filter(|_| paired)
        .filter_map(|(value, ratio)| {
            Some(CommonValue { hash: value_hash(value.as_ref()?), ratio: f64::from(ratio) })
        })
        .collect();
    let float = |column| Ok(f64::from(row.try_get::<_, f32>(column)?));
    Ok(ColumnStatistics {
        null_ratio: float("null_ratio")?,
        distinct: float("distinct")?,
        width: f64::from(row.try_get::<_, i32>("width")?),
        common,
        correlation: row.try_get::<_, Option<f32>>("correlation")?.map(f64::from),
        bounds: values::bounds(&bounds),
    })
}

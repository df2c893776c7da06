//! What holds the xmin horizon without a session of its own: prepared transactions and replication slots.

use domain::{ActivitySample, HorizonKind, PreparedTransaction, RemoteHorizon};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Error, Row};

use super::sessions::{age, seconds};
use crate::postgres::own_queries::{Asking, OwnQueryName};

pub(super) const SQL: &str = include_str!("../sql/activity/horizons.sql");
const QUERY: OwnQueryName = OwnQueryName {
    name: "activity.horizons",
    purpose: "Prepared transactions and slots that hold the xmin horizon",
};
/// A server that keeps more of them has other troubles.
const SLOTS: i64 = 200;

#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Horizons {
    pub(super) prepared: Vec<PreparedTransaction>,
    pub(super) slots: Vec<RemoteHorizon>,
}

pub(super) async fn read(asking: Asking<'_>) -> Result<Horizons, Error> {
    let most = i64::try_from(ActivitySample::PREPARED_LIMIT).unwrap_or(i64::MAX);
    let parameters: [(&(dyn ToSql + Sync), Type); 2] = [(&most, Type::INT8), (&SLOTS, Type::INT8)];
    let rows = asking.rows(QUERY, SQL, &parameters).await?;
    let mut horizons = Horizons::default();
    for row in &rows {
        match row.try_get("kind")? {
            "prepared" => horizons.prepared.push(prepared(row)?),
            _ => horizons.slots.extend(slot(row)?),
        }
    }
    Ok(horizons)
}

fn prepared(row: &Row) -> Result<PreparedTransaction, Error> {
    Ok(PreparedTransaction {
        gid: row.try_get("name")?,
        xid: row.try_get::<_, Option<String>>("xid")?.unwrap_or_default(),
        database: row.try_get("database")?,
        owner: row.try_get("owner")?,
        prepared_seconds: seconds(row, "seconds")?.unwrap_or_default(),
        xid_age: age(row.try_get("xmin_age")?).unwrap_or_default(),
    })
}

/// A slot of logical replication holds the horizon of the catalogs, one with feedback that of everything.
fn slot(row: &Row) -> Result<impl Iterator<Item = RemoteHorizon>, Error> {
    let name: String = row.try_get("name")?;
    let active = row.try_get("active")?;
    let retained_bytes: Option<f64> = row.try_get("retained_bytes")?;
    let ages = [
        (HorizonKind::SlotXmin, age(row.try_get("xmin_age")?)),
        (HorizonKind::SlotCatalogXmin, age(row.try_get("catalog_age")?)),
    ];
    Ok(ages.into_iter().filter_map(move |(kind, xmin_age)| {
        let retained_bytes = retained_bytes.map(|bytes| bytes.max(0.0));
        Some(RemoteHorizon { kind, name: name.clone(), xmin_age: xmin_age?, active, retained_bytes })
    }))
}

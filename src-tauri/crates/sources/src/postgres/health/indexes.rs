//! Indexes that are there but not valid.

use domain::{InvalidIndex, Part};
use tokio_postgres::{Error, Row};

use super::ask::Looker;
use crate::postgres::own_queries::OwnQueryName;

const INVALID: OwnQueryName =
    OwnQueryName { name: "health.invalid_indexes", purpose: "Indexes that a failed build left" };

pub(super) async fn invalid(looker: &Looker<'_>) -> Result<Part<Vec<InvalidIndex>>, Error> {
    let read = |row: &Row| {
        Ok(InvalidIndex {
            schema: row.try_get("schema")?,
            name: row.try_get("name")?,
            table: row.try_get("table_name")?,
            bytes: row.try_get("bytes")?,
            being_built: row.try_get("being_built")?,
        })
    };
    looker.rows(INVALID, include_str!("../sql/health/invalid_indexes.sql"), &[], read).await
}

//! The extensions that the console makes use of.

use domain::{ExtensionFacts, Part};
use tokio_postgres::{Error, Row};

use super::ask::Looker;
use crate::postgres::own_queries::OwnQueryName;

const EXTENSIONS: OwnQueryName =
    OwnQueryName { name: "health.extensions", purpose: "Extensions that the console makes use of" };

pub(super) async fn extensions(looker: &Looker<'_>) -> Result<Part<Vec<ExtensionFacts>>, Error> {
    let read = |row: &Row| {
        Ok(ExtensionFacts {
            name: row.try_get("name")?,
            installed: row.try_get("installed")?,
            available: row.try_get("available")?,
            loaded: row.try_get("loaded")?,
        })
    };
    looker.rows(EXTENSIONS, include_str!("../sql/health/extensions.sql"), &[], read).await
}

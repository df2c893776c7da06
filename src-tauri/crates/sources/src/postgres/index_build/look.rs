//! What has the name of an index in the database.

use std::time::Duration;

use domain::Problem;
use tokio_postgres::types::Type;
use tokio_postgres::{Error, Row};

use super::work::IndexPlace;
use crate::postgres::Peer;
use crate::postgres::own_queries::{Asking, OwnQueryName};

const INDEX: &str = include_str!("../sql/index_build/index.sql");
const QUERY: OwnQueryName = OwnQueryName {
    name: "index_build.index",
    purpose: "What has the name of an index that is built or dropped",
};
const DEADLINE: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, PartialEq)]
pub(super) struct FoundIndex {
    pub number: u32,
    /// False for a table, a view, …
    pub is_index: bool,
    pub valid: bool,
    pub table: Option<String>,
    pub definition: String,
    /// The session that builds it now, as far as the role sees it.
    pub builder: Option<i32>,
}

pub(super) async fn look(
    asking: Asking<'_>,
    peer: Peer<'_>,
    place: &IndexPlace,
) -> Result<Option<FoundIndex>, Problem> {
    let asked = async {
        let values: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 2] =
            [(&place.schema, Type::TEXT), (&place.name, Type::TEXT)];
        let rows = asking.rows(QUERY, INDEX, &values).await?;
        rows.first().map(found).transpose()
    };
    let answer = tokio::time::timeout(DEADLINE, asked).await.map_err(|_| peer.timeout(DEADLINE))?;
    answer.map_err(|error| peer.problem(&error))
}

fn found(row: &Row) -> Result<FoundIndex, Error> {
    Ok(FoundIndex {
        number: row.try_get("oid")?,
        is_index: row.try_get("is_index")?,
        valid: row.try_get("valid")?,
        table: row.try_get("table")?,
        definition: row.try_get("definition")?,
        builder: row.try_get("builder")?,
    })
}

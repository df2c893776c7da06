//! The texts of one statement, whoever ran it and in whichever database.

use domain::{Problem, StatementText};
use tokio_postgres::Error;
use tokio_postgres::types::Type;

use super::counters::identity;
use super::{extension, texts};
use crate::postgres::own_queries::{Asking, OwnQueryName};

const QUERY: OwnQueryName =
    OwnQueryName { name: "statements.one", purpose: "The text of a statement that is to be explained" };

/// None of them is masked; one as long as [`texts::LONGEST`] may have been cut.
pub(in crate::postgres) async fn texts_of_one(
    asking: Asking<'_>,
    queryid: i64,
) -> Result<Result<Vec<StatementText>, Problem>, Error> {
    let extension = match extension::find(asking).await? {
        Ok(extension) => extension,
        Err(problem) => return Ok(Err(problem)),
    };
    let sql = texts::sql(&extension.columns, &extension.schema);
    let longest = i32::try_from(texts::LONGEST).unwrap_or(i32::MAX);
    let ids = vec![queryid];
    let rows = asking.rows(QUERY, &sql, &[(&ids, Type::INT8_ARRAY), (&longest, Type::INT4)]).await?;
    rows.iter()
        .map(|row| texts::text(row, identity(row, queryid)?))
        .collect::<Result<Vec<_>, Error>>()
        .map(Ok)
}

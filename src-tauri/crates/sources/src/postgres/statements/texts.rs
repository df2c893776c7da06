//! Texts of statements, and whose they are: asked for once, for those that are not known yet.

use std::collections::BTreeSet;

use domain::{StatementIdentity, StatementText};
use tokio_postgres::types::Type;
use tokio_postgres::{Error, Row};

use super::counters::identity;
use super::extension::{Extension, top_level};
use crate::postgres::columns::Columns;
use crate::postgres::own_queries::{Asking, OWN_MARK, OwnQueryName};

const SQL: &str = include_str!("../sql/statements/texts.sql");
const QUERY: OwnQueryName =
    OwnQueryName { name: "statements.texts", purpose: "Texts of statements that are new to the console" };
/// Bytes of a text.
pub(in crate::postgres) const LONGEST: usize = 65_536;

pub(super) async fn read(
    asking: Asking<'_>,
    extension: &Extension,
    wanted: &[StatementIdentity],
) -> Result<Vec<StatementText>, Error> {
    let wanted: BTreeSet<StatementIdentity> = wanted.iter().copied().collect();
    let ids: Vec<i64> = wanted.iter().map(|identity| identity.queryid).collect();
    let longest = i32::try_from(LONGEST).unwrap_or(i32::MAX);
    let sql = sql(&extension.columns, &extension.schema);
    let rows = asking.rows(QUERY, &sql, &[(&ids, Type::INT8_ARRAY), (&longest, Type::INT4)]).await?;
    let mut texts = Vec::with_capacity(wanted.len());
    for row in &rows {
        let Some(queryid) = row.try_get("queryid")? else { continue };
        let identity = identity(row, queryid)?;
        if wanted.contains(&identity) {
            texts.push(text(row, identity)?);
        }
    }
    Ok(texts)
}

pub(super) fn sql(columns: &Columns, schema: &str) -> String {
    SQL.replace("{top_level}", &top_level(columns)).replace("{schema}", schema)
}

pub(super) fn text(row: &Row, identity: StatementIdentity) -> Result<StatementText, Error> {
    let text: Option<&str> = row.try_get("text")?;
    let text = text.map(|text| text.get(..text.floor_char_boundary(LONGEST)).unwrap_or(text));
    Ok(StatementText {
        identity,
        own: text.is_some_and(|text| text.contains(OWN_MARK)),
        text: text.map(str::to_owned),
        database: row.try_get("database")?,
        user: row.try_get("user")?,
    })
}

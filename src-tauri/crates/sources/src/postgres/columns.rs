//! The columns that this server's statistics views have: queries are put together from what is found, never by failing.

#[cfg(test)]
pub(super) mod recordings;

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::Error;
use tokio_postgres::types::Type;

use super::own_queries::{Asking, OwnQueryName};

const COLUMNS: OwnQueryName =
    OwnQueryName { name: "columns", purpose: "Which statistics columns this version has" };
const SQL: &str = "SELECT c.relname::text AS view, array_agg(a.attname::text) AS columns
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE c.relkind = 'v'
   AND (c.relnamespace = 'pg_catalog'::regnamespace OR c.relname LIKE 'pg\\_stat\\_statements%')
   AND (c.relname LIKE 'pg\\_stat%' OR c.relname IN ('pg_locks', 'pg_prepared_xacts', 'pg_replication_slots', 'pg_sequences', 'pg_settings'))
 GROUP BY c.relname";

/// View names with their columns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Columns {
    views: BTreeMap<String, BTreeSet<String>>,
}

impl Columns {
    pub(super) async fn read(asking: Asking<'_>) -> Result<Columns, Error> {
        let rows =
            asking.rows(COLUMNS, SQL, &[] as &[(&(dyn tokio_postgres::types::ToSql + Sync), Type)]).await?;
        let mut columns = Columns::default();
        for row in rows {
            let names: Vec<String> = row.try_get("columns")?;
            columns.views.entry(row.try_get("view")?).or_default().extend(names);
        }
        Ok(columns)
    }

    /// Views with each of their columns.
    pub(super) fn of<'a>(found: impl IntoIterator<Item = (&'a str, &'a str)>) -> Columns {
        let mut columns = Columns::default();
        for (view, column) in found {
            columns.views.entry(view.to_owned()).or_default().insert(column.to_owned());
        }
        columns
    }

    pub(super) fn has_view(&self, view: &str) -> bool {
        self.views.contains_key(view)
    }

    pub(super) fn has(&self, view: &str, column: &str) -> bool {
        self.views.get(view).is_some_and(|columns| columns.contains(column))
    }

    /// `alias.column` where the view has it, else `otherwise`: an expression of the same type.
    pub(super) fn or(&self, view: &str, alias: &str, column: &str, otherwise: &str) -> String {
        if self.has(view, column) { format!("{alias}.{column}") } else { otherwise.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_replaced() {
        let columns = Columns::recorded("pg_stat_activity: pid query_id\npg_locks: pid");
        assert!(columns.has_view("pg_locks") && !columns.has_view("pg_stat_io"));
        assert_eq!(columns.or("pg_stat_activity", "a", "query_id", "NULL::int8"), "a.query_id");
        assert_eq!(columns.or("pg_locks", "l", "waitstart", "NULL::timestamptz"), "NULL::timestamptz");
    }
}

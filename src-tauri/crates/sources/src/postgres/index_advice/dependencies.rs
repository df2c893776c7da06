//! Whether one column of a table follows from another, by a sample of the rows: no statistics tell before somebody asks for them.

use std::time::{Duration, Instant};

use domain::ColumnDependency;
use tokio_postgres::{Error, Row};

use crate::postgres::PostgresSource;
use crate::postgres::own_queries::{Asking, OwnQueryName};
use crate::postgres::problem::quoted;

const QUERY: OwnQueryName = OwnQueryName {
    name: "catalog.dependencies",
    purpose: "Whether a column follows from another, in a sample of the rows, for index advice",
};
const SETTINGS_QUERY: OwnQueryName =
    OwnQueryName { name: "catalog.dependencies_settings", purpose: "Ends a sample that takes too long" };
/// Pages of a sample, and rows of each, so that rows that were written together do not stand for all.
const PAGES: f64 = 3_000.0;
const ROWS_OF_A_PAGE: f64 = 4.0;
/// Rows that say something: fewer would be chance.
const FEWEST_ROWS: i64 = 300;
const EACH: Duration = Duration::from_secs(1);
/// Connecting included; what was not looked at by then stays unknown.
const ALL: Duration = Duration::from_secs(4);

/// Two columns of one table; whether the second follows from the first is the question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnPair {
    pub schema: String,
    pub table: String,
    pub from: String,
    pub to: String,
    /// As the catalog counts them.
    pub pages: u64,
    pub rows: u64,
}

impl PostgresSource {
    /// What a sample of at most 3,000 pages says of each pair, in their order; nothing where the role may not read the table,
    /// where time was up, or where too few rows have the same value. Reads rows and keeps none of their values.
    pub async fn dependencies(&self, pairs: &[ColumnPair]) -> Vec<Option<ColumnDependency>> {
        let mut found = vec![None; pairs.len()];
        if pairs.is_empty() {
            return found;
        }
        let until = Instant::now() + ALL;
        let opened = tokio::time::timeout(ALL, self.advice.open("samples for index advice")).await;
        let Ok(Ok(session)) = opened else { return found };
        if let Some(client) = session.client() {
            let asking = Asking { client, ledger: &self.ledger };
            let settings = format!("SET statement_timeout = {}; SET lock_timeout = 100", EACH.as_millis());
            let set = tokio::time::timeout(EACH, asking.run(SETTINGS_QUERY, &settings)).await;
            let ready = matches!(set, Ok(Ok(())));
            for (pair, place) in pairs.iter().zip(&mut found).filter(|_| ready) {
                let left = until.saturating_duration_since(Instant::now());
                // A sample that outlasts its time is the last one: nobody waits for its answer.
                match tokio::time::timeout(left.min(2 * EACH), sample(asking, pair)).await {
                    Ok(Ok(told)) => *place = told,
                    Ok(Err(_)) => {}
                    Err(_) => break,
                }
            }
        }
        session.discard();
        found
    }
}

async fn sample(asking: Asking<'_>, pair: &ColumnPair) -> Result<Option<ColumnDependency>, Error> {
    let rows = asking.rows_told(QUERY, &text(pair), "a sample of one table's columns", &[]).await?;
    Ok(rows.first().and_then(|row| told(pair, row)))
}

fn told(pair: &ColumnPair, row: &Row) -> Option<ColumnDependency> {
    let (together, following) = (row.try_get::<_, i64>(0).ok()?, row.try_get::<_, i64>(1).ok()?);
    (together >= FEWEST_ROWS).then(|| ColumnDependency {
        from: pair.from.clone(),
        to: pair.to.clone(),
        ratio: following as f64 / together as f64,
        rows: together.unsigned_abs(),
    })
}

fn text(pair: &ColumnPair) -> String {
    let (pages, rows) = (pair.pages.max(1) as f64, pair.rows as f64);
    let percent = (100.0 * PAGES / pages).min(100.0);
    // Small tables are read whole, for as many rows.
    let of_a_page = ROWS_OF_A_PAGE * (PAGES / pages).max(1.0);
    let every = (rows / pages / of_a_page).floor().max(1.0);
    let (from, to) = (quoted(&pair.from), quoted(&pair.to));
    let table = format!("{}.{}", quoted(&pair.schema), quoted(&pair.table));
    format!(
        "WITH sampled AS (
             SELECT {from} AS one, {to} AS other FROM {table} TABLESAMPLE SYSTEM ({percent})
              WHERE {from} IS NOT NULL AND ((ctid::text::point)[1])::int % {every} = 0 LIMIT 30000
         ), valued AS (
             SELECT count(*) AS rows, count(DISTINCT other) + max((other IS NULL)::int) AS others FROM sampled GROUP BY one
         )
         SELECT coalesce(sum(rows), 0)::bigint, coalesce(sum(rows) FILTER (WHERE others = 1), 0)::bigint
           FROM valued WHERE rows > 1"
    )
}

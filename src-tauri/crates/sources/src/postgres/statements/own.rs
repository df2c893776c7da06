//! What the console itself costs a server, as the server counts it.

use std::time::Duration;

use domain::{Problem, Timestamp};
use tokio_postgres::{Error, Row};

use super::extension::{Extension, find};
use super::not_loaded_is_no_failure;
use crate::postgres::PostgresSource;
use crate::postgres::own_queries::{Asking, OwnQueryName};

const CONNECTIONS: OwnQueryName =
    OwnQueryName { name: "own_cost.connections", purpose: "Connections that the console holds" };
const COUNTED: OwnQueryName =
    OwnQueryName { name: "own_cost.counted", purpose: "What the console's own queries cost the server" };
/// Connecting included; the texts of all statements are read for it.
const DEADLINE: Duration = Duration::from_secs(12);

/// What one server says about the console.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerCost {
    pub connections: u32,
    /// By query; why not, where `pg_stat_statements` is not there or not for this role.
    pub counted: Result<CountedCost, Problem>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct CountedCost {
    pub at: Timestamp,
    /// Of all statements, since when they are counted; version 1.9 and later.
    pub counted_since: Option<Timestamp>,
    pub queries: Vec<CountedQuery>,
}

/// One of the console's queries by its name, with totals since it is counted.
#[derive(Debug, Clone, PartialEq)]
pub struct CountedQuery {
    pub name: String,
    pub calls: f64,
    /// Planning included, where it is counted.
    pub ms: f64,
}

impl PostgresSource {
    /// Connections and, where statements are counted, what the console's own cost; `at` is now.
    ///
    /// # Errors
    /// A [`Problem`] where the server does not answer.
    pub async fn own_cost(&self, at: Timestamp) -> Result<ServerCost, Problem> {
        self.ask_live("own cost", DEADLINE, async |asking, _| {
            let row =
                asking.row(CONNECTIONS, include_str!("../sql/statements/own_connections.sql"), &[]).await?;
            let connections: f64 = row.try_get("connections")?;
            let counted = not_loaded_is_no_failure(counted(asking, at).await)?;
            Ok(ServerCost { connections: connections as u32, counted })
        })
        .await
    }
}

async fn counted(asking: Asking<'_>, at: Timestamp) -> Result<Result<CountedCost, Problem>, Error> {
    let extension = match find(asking).await? {
        Ok(extension) => extension,
        Err(problem) => return Ok(Err(problem)),
    };
    let counted_since = extension.info(asking).await?.counted_since;
    let rows = asking.rows(COUNTED, &sql(&extension), &[]).await?;
    let queries = rows.iter().map(query).collect::<Result<_, Error>>()?;
    Ok(Ok(CountedCost { at, counted_since, queries }))
}

fn sql(extension: &Extension) -> String {
    include_str!("../sql/statements/own.sql").replace("{schema}", &extension.schema)
}

fn query(row: &Row) -> Result<CountedQuery, Error> {
    Ok(CountedQuery { name: row.try_get("name")?, calls: row.try_get("calls")?, ms: row.try_get("ms")? })
}

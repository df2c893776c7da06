//! Which servers are copies of each other, and how often each of them scanned an index: every server counts its own scans.

use std::collections::HashMap;
use std::time::Duration;

use domain::{Problem, Replication, Timestamp};
use tokio_postgres::Error;
use tokio_postgres::types::Type;

use crate::postgres::own_queries::{Asking, OwnQueryName};
use crate::postgres::session::Sessions;
use crate::postgres::{PostgresSource, parameters};

const REPLICATION: OwnQueryName =
    OwnQueryName { name: "index_advice.replication", purpose: "Which other servers hold the same indexes" };
const SYSTEM: OwnQueryName =
    OwnQueryName { name: "index_advice.system", purpose: "Whether two servers are copies of each other" };
const SCANS: OwnQueryName =
    OwnQueryName { name: "index_advice.scans", purpose: "How often a standby scanned its indexes" };
/// Connecting included.
const DEADLINE: Duration = Duration::from_secs(8);

impl PostgresSource {
    /// How the server stands to others of its system, and since when it counts what `database` does.
    ///
    /// # Errors
    /// A [`Problem`] where it does not answer or refuses.
    pub async fn replication(&self, database: &str) -> Result<Replication, Problem> {
        self.ask_copy(&self.advice, async |asking| replication(asking, database).await).await
    }

    /// Scans of those of `indexes` that this server has scanned at all, whichever database it is asked in otherwise.
    ///
    /// # Errors
    /// A [`Problem`] where it does not answer or refuses.
    pub async fn index_scans(&self, database: &str, indexes: &[u32]) -> Result<HashMap<u32, u64>, Problem> {
        let other = match self.advice.target().database == database {
            true => None,
            false => Some(self.advice.in_database(database)?),
        };
        let sessions = other.as_ref().unwrap_or(&self.advice);
        let found = self.ask_copy(sessions, async |asking| scans(asking, indexes).await).await;
        if let Some(other) = other {
            other.close();
        }
        found
    }

    async fn ask_copy<T>(
        &self,
        sessions: &Sessions,
        work: impl AsyncFnOnce(Asking<'_>) -> Result<T, Error>,
    ) -> Result<T, Problem> {
        let peer = sessions.peer();
        let asked = async {
            let session = sessions.open("scans for index advice").await?;
            let Some(client) = session.client() else { return Err(peer.unexpected("no session")) };
            let found = work(Asking { client, ledger: &self.ledger }).await;
            session.discard();
            found.map_err(|error| peer.problem(&error))
        };
        tokio::time::timeout(DEADLINE, asked).await.unwrap_or_else(|_| Err(peer.timeout(DEADLINE)))
    }
}

async fn replication(asking: Asking<'_>, database: &str) -> Result<Replication, Error> {
    let sql = include_str!("../sql/index_advice/replication.sql");
    let row = asking.row(REPLICATION, sql, &[(&database, Type::TEXT)]).await?;
    let system = match row.try_get("system_visible")? {
        true => {
            let row = asking.row(SYSTEM, include_str!("../sql/index_advice/system.sql"), &[]).await?;
            Some(row.try_get("system")?)
        }
        false => None,
    };
    Ok(Replication {
        system,
        started: row.try_get("started")?,
        in_recovery: row.try_get("in_recovery")?,
        known_as: row.try_get::<_, Option<&str>>("upstream")?.and_then(known_as),
        standbys: row.try_get("standbys")?,
        counted_since: row.try_get::<_, Option<i64>>("counted_since")?.map(Timestamp),
    })
}

/// The name with which a standby introduces itself, of the parameters that it connects with.
fn known_as(upstream: &str) -> Option<String> {
    let words = parameters::words(upstream).ok()?;
    let named = |name: &str| words.iter().find(|(word, value)| word == name && !value.is_empty());
    let found = named("application_name").or_else(|| named("fallback_application_name"));
    found.map(|(_, value)| value.clone())
}

async fn scans(asking: Asking<'_>, indexes: &[u32]) -> Result<HashMap<u32, u64>, Error> {
    let sql = include_str!("../sql/index_advice/scans.sql");
    let rows = asking.rows(SCANS, sql, &[(&indexes, Type::OID_ARRAY)]).await?;
    let scan = |row: &tokio_postgres::Row| {
        let scans: i64 = row.try_get("scans")?;
        Ok((row.try_get("oid")?, u64::try_from(scans).unwrap_or(0)))
    };
    rows.iter().map(scan).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standby_is_known_by_the_name_that_it_connects_with() {
        let cases = [
            (
                "user=rep host=db port=5432 fallback_application_name=walreceiver sslmode=prefer",
                Some("walreceiver"),
            ),
            ("application_name='node 2' fallback_application_name=walreceiver", Some("node 2")),
            ("application_name='' password=******** fallback_application_name=x", Some("x")),
            ("host=db", None),
            ("'", None),
        ];
        for (upstream, wanted) in cases {
            assert_eq!(known_as(upstream).as_deref(), wanted, "{upstream}");
        }
    }
}

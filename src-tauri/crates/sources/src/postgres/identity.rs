//! Which server, database and role a connection leads to, whatever name it was reached by.

use std::time::Duration;

use domain::Problem;

use super::PostgresSource;
use super::own_queries::OwnQueryName;

const IDENTITY: OwnQueryName =
    OwnQueryName { name: "identity", purpose: "Whether two consoles mean the same server" };
const SYSTEM: OwnQueryName =
    OwnQueryName { name: "identity.system", purpose: "Which system a server belongs to" };
const DEADLINE: Duration = Duration::from_secs(8);

/// Two that are equal answer every reading alike, up to what happens in between.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ServerIdentity {
    /// Shared by a primary and its copies.
    pub system: String,
    /// Microseconds since 1970; tells copies apart.
    pub started: i64,
    pub database: String,
    pub role: String,
}

impl PostgresSource {
    /// None where the role may not know which system this is.
    ///
    /// # Errors
    /// A [`Problem`] where it does not answer or refuses.
    pub async fn identity(&self) -> Result<Option<ServerIdentity>, Problem> {
        self.ask_live("identity", DEADLINE, async |asking, _columns| {
            let row = asking.row(IDENTITY, include_str!("sql/identity.sql"), &[]).await?;
            if !row.try_get::<_, bool>("system_visible")? {
                return Ok(None);
            }
            let system = asking.row(SYSTEM, include_str!("sql/index_advice/system.sql"), &[]).await?;
            Ok(Some(ServerIdentity {
                system: system.try_get("system")?,
                started: row.try_get("started")?,
                database: row.try_get("database")?,
                role: row.try_get("role")?,
            }))
        })
        .await
    }
}

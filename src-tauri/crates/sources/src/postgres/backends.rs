//! One look at `pg_stat_activity`: its queries, and its rows as the console's own words.

use domain::{BackendGroup, BackendSession, BackendState, Backends};
use tokio_postgres::{Error, Row};

use super::own_queries::{Asking, OwnQueryName};
use super::percent;

const VERSION: &str = include_str!("sql/version.sql");
const SERVER: &str = include_str!("sql/server.sql");
const GROUPS: &str = include_str!("sql/groups.sql");
const SESSIONS: &str = include_str!("sql/sessions.sql");

const VERSION_QUERY: OwnQueryName =
    OwnQueryName { name: "backends.version", purpose: "Which version this is" };
const SERVER_QUERY: OwnQueryName =
    OwnQueryName { name: "backends.server", purpose: "How many connections there may be" };
const GROUPS_QUERY: OwnQueryName =
    OwnQueryName { name: "backends.groups", purpose: "Connections by application and state" };
const SESSIONS_QUERY: OwnQueryName =
    OwnQueryName { name: "backends.sessions", purpose: "The sessions longest in their state" };

/// The oldest `server_version_num` whose views the queries fit.
pub(super) const OLDEST: i32 = 130_000;

pub(super) struct Version {
    /// `server_version_num`: 150018.
    pub(super) number: i32,
    /// "15.18"
    pub(super) text: String,
}

/// Everything that one poll learns.
pub(super) struct Look {
    pub(super) backends: Backends,
    pub(super) role: String,
    pub(super) in_recovery: bool,
}

pub(super) async fn version(asking: Asking<'_>) -> Result<Version, Error> {
    let row = asking.row(VERSION_QUERY, VERSION, &[]).await?;
    Ok(Version { number: row.try_get("number")?, text: row.try_get("version")? })
}

pub(super) async fn look(asking: Asking<'_>) -> Result<Look, Error> {
    let server = asking.row(SERVER_QUERY, SERVER, &[]).await?;
    let groups = asking.rows(GROUPS_QUERY, GROUPS, &[]).await?;
    let sessions = asking.rows(SESSIONS_QUERY, SESSIONS, &[]).await?;
    let mut backends = Backends {
        max_connections: server.try_get("max_connections")?,
        reserved: server.try_get("reserved")?,
        states_visible: true,
        ..Backends::default()
    };
    for row in &groups {
        add_group(&mut backends, row)?;
    }
    if !backends.states_visible {
        // Those that are visible are only the role's own: a longest among them would mislead.
        backends.longest_idle_in_transaction_seconds = None;
    }
    backends.sessions = sessions.iter().map(session).collect::<Result<_, _>>()?;
    Ok(Look { backends, role: server.try_get("role")?, in_recovery: server.try_get("in_recovery")? })
}

fn add_group(backends: &mut Backends, row: &Row) -> Result<(), Error> {
    let state: Option<&str> = row.try_get("state")?;
    let hidden: bool = row.try_get("hidden")?;
    let longest: Option<f64> = row.try_get("longest_idle_in_transaction")?;
    backends.states_visible &= !hidden;
    backends.waiting_for_lock += row.try_get::<_, f64>("waiting_for_lock")?;
    backends.longest_idle_in_transaction_seconds =
        backends.longest_idle_in_transaction_seconds.into_iter().chain(longest).reduce(f64::max);
    backends.groups.push(BackendGroup {
        state: BackendState::from_postgres(state),
        database: row.try_get("database")?,
        user: row.try_get("username")?,
        application: row.try_get("application")?,
        count: row.try_get("backends")?,
    });
    Ok(())
}

fn session(row: &Row) -> Result<BackendSession, Error> {
    Ok(BackendSession {
        pid: row.try_get("pid")?,
        database: row.try_get("database")?,
        user: row.try_get("username")?,
        application: row.try_get("application")?,
        client: row.try_get("client")?,
        state: BackendState::from_postgres(row.try_get("state")?),
        state_seconds: row.try_get("state_seconds")?,
        transaction_seconds: row.try_get("transaction_seconds")?,
        waiting_for_lock: row.try_get("waiting_for_lock")?,
        route: row.try_get::<_, Option<&str>>("route")?.and_then(route),
    })
}

/// A route as sqlcommenter writes it: URL-encoded, with `\` before quotes. A malformed one is as good as none.
fn route(encoded: &str) -> Option<String> {
    percent::decode(encoded).filter(|route| !route.chars().any(char::is_control))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_decoded_or_left_out() {
        let cases = [
            ("%2Fapi%2Forders%2F%3Aid", Some("/api/orders/:id")),
            ("/plain", Some("/plain")),
            ("%2", None),
            ("a%0Ab", None),
        ];
        for (encoded, wanted) in cases {
            assert_eq!(route(encoded).as_deref(), wanted, "{encoded}");
        }
    }

    #[test]
    fn the_limit_in_sql_is_the_domains() {
        assert!(SESSIONS.contains(&format!("LIMIT {}", Backends::SESSION_LIMIT)));
    }
}

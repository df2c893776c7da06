//! Begins a session with HypoPG, or says why there is none.

use std::time::Duration;

use domain::{Problem, ProblemCode};

use super::{WhatIfSession, WhatIfUnavailable};
use crate::postgres::PostgresSource;
use crate::postgres::own_queries::{Asking, OwnQueryName};
use crate::postgres::problem::{Peer, quoted};

const HYPOPG: &str = include_str!("../../sql/index_advice/hypopg.sql");
const HYPOPG_QUERY: OwnQueryName =
    OwnQueryName { name: "what_if.hypopg", purpose: "Whether HypoPG is there, for index advice" };
const SETTINGS: &str = include_str!("../../sql/index_advice/what_if.sql");
const SETTINGS_QUERY: OwnQueryName =
    OwnQueryName { name: "what_if.settings", purpose: "Settings of a session that only asks for plans" };
/// Connecting included.
const DEADLINE: Duration = Duration::from_secs(10);

impl PostgresSource {
    /// A session in which the planner can be asked about indexes that do not exist.
    ///
    /// # Errors
    /// [`WhatIfUnavailable`] where HypoPG is not installed, may not be used, or the server does not answer.
    pub async fn what_if(&self) -> Result<WhatIfSession, WhatIfUnavailable> {
        let peer = self.advice.peer();
        let late = |_| Err(WhatIfUnavailable::Refused(peer.timeout(DEADLINE)));
        tokio::time::timeout(DEADLINE, self.open_what_if()).await.unwrap_or_else(late)
    }

    async fn open_what_if(&self) -> Result<WhatIfSession, WhatIfUnavailable> {
        let peer = self.advice.peer();
        let session = self.advice.open("what-if of indexes").await.map_err(WhatIfUnavailable::Refused)?;
        let asked = match session.client() {
            Some(client) => ask(Asking { client, ledger: &self.ledger }, peer).await,
            None => Err(WhatIfUnavailable::Refused(peer.unexpected("no session"))),
        };
        match asked {
            Ok(Found { schema, can_hide }) => Ok(WhatIfSession {
                session: Some(session),
                target: peer.target.clone(),
                ledger: self.ledger.clone(),
                schema,
                can_hide,
                candidates: Vec::new(),
                statements: Vec::new(),
                kept: 0,
                read: None,
                names: 0,
                built: Default::default(),
                hidden_wanted: Default::default(),
                hidden: Default::default(),
                unsure: false,
                lost: None,
                calls: 0,
            }),
            Err(unavailable) => {
                session.discard();
                Err(unavailable)
            }
        }
    }
}

struct Found {
    schema: String,
    can_hide: bool,
}

async fn ask(asking: Asking<'_>, peer: Peer<'_>) -> Result<Found, WhatIfUnavailable> {
    let refused = |error| WhatIfUnavailable::Refused(peer.problem(&error));
    let row = asking.row(HYPOPG_QUERY, HYPOPG, &[]).await.map_err(refused)?;
    let version: i32 = row.try_get("version").map_err(refused)?;
    let Some(schema) = row.try_get::<_, Option<String>>("schema").map_err(refused)? else {
        let available = row.try_get("available").map_err(refused)?;
        return Err(WhatIfUnavailable::NotInstalled { available, major: version / 10_000 });
    };
    let role: String = row.try_get("role").map_err(refused)?;
    if row.try_get::<_, Option<bool>>("usable").map_err(refused)? != Some(true) {
        return Err(WhatIfUnavailable::Refused(hidden_schema(&schema, &role)));
    }
    asking.run(SETTINGS_QUERY, SETTINGS).await.map_err(refused)?;
    Ok(Found { schema, can_hide: row.try_get("can_hide").map_err(refused)? })
}

fn hidden_schema(schema: &str, role: &str) -> Problem {
    Problem {
        code: ProblemCode::Permission,
        message: format!("The role {role:?} may not use HypoPG, which is in the schema {schema}."),
        remedy: Some(format!("GRANT USAGE ON SCHEMA {schema} TO {};", quoted(role))),
    }
}

//! PostgreSQL: its client backends against its limits, read-only and with bounded cost.

mod activity;
mod backends;
mod columns;
mod driver;
mod explain;
mod health;
mod identity;
mod index_advice;
mod index_build;
mod own_queries;
mod parameters;
mod percent;
mod pgpass;
mod planner;
mod problem;
mod samples;
mod service;
mod session;
mod signal;
mod statements;
mod surroundings;
mod target;

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use domain::{
    Backends, Degradation, Facts, PollResult, Problem, ProblemCode, Reading, SourceConfig, SourceId,
    Timestamp,
};
use parking_lot::Mutex;

pub use activity::{ActivityReading, RawStatement};
pub use explain::{ExplainError, ExplainLimits, Explanation, How as ExplainedHow};
pub use identity::ServerIdentity;
pub use index_advice::{ColumnPair, Planned, WhatIfError, WhatIfSession, WhatIfUnavailable};
pub use index_build::{ExpectedIndex, IndexBuilder, IndexEffect, IndexOutcome, IndexPlace, IndexWork};

pub use own_queries::{OWN_MARK, OwnQueries, OwnQueryCount, OwnQueryName};
pub use statements::{
    CountedCost, CountedQuery, CountedStatements, ServerCost, StatementCount, StatementEntry, StatementKey,
    StatementsChange, StatementsReading, since as statements_since,
};

pub(crate) use driver::config;
pub(crate) use percent::decode as percent_decoded;
pub(crate) use problem::Peer;
pub(crate) use samples::gauge;
pub(crate) use surroundings::Surroundings;
pub(crate) use target::{Defaults, Target};

use crate::{Source, SourceContext};
use backends::{Look, Version};
use columns::Columns;
use own_queries::{Asking, Ledger};

use session::Sessions;

const PRODUCT: &str = "PostgreSQL";
const DEFAULTS: Defaults = Defaults { port: 5432, database: None };
/// For a whole poll, connecting included.
const DEADLINE: Duration = Duration::from_secs(8);

/// One PostgreSQL server.
pub struct PostgresSource {
    id: SourceId,
    sessions: Sessions,
    /// Index advice takes its time; polls do not wait for it.
    advice: Sessions,
    /// Sessions and locks are looked at each second, statements and health now and then: never behind a slow poll.
    live: Sessions,
    ledger: Ledger,
    /// What the server's views have; looked up anew after any failure, for it may have been upgraded.
    columns: Mutex<Option<Arc<Columns>>>,
    allow_signals: bool,
    allow_index_builds: bool,
}

impl PostgresSource {
    /// Works out where to connect, without connecting.
    ///
    /// # Errors
    /// A [`Problem`] where the address or the root certificate cannot be used.
    pub fn new(
        config: &SourceConfig,
        password: Option<String>,
        context: &SourceContext,
    ) -> Result<PostgresSource, Problem> {
        let around = Surroundings::of_this_machine();
        let target = Target::resolve(&config.connection, password, DEFAULTS, &around)?;
        let named = |name: String, target: Target| Sessions::new(name, target, context.registry.clone());
        let advice = named(format!("{} index advice", config.id.0), target.clone())?;
        let live = named(format!("{} live", config.id.0), target.clone())?;
        let sessions = named(config.id.0.clone(), target)?;
        Ok(PostgresSource {
            id: config.id.clone(),
            sessions,
            advice,
            live,
            ledger: context.own_queries.ledger(&config.id),
            columns: Mutex::new(None),
            allow_index_builds: config.allow_index_builds,
            allow_signals: config.allow_signals,
        })
    }

    /// Runs `work` on a session of [`PostgresSource::live`], with the deadline; the session is given up after a failure.
    async fn ask_live<T>(
        &self,
        site: &'static str,
        deadline: Duration,
        work: impl AsyncFnOnce(Asking<'_>, Arc<Columns>) -> Result<T, tokio_postgres::Error>,
    ) -> Result<T, Problem> {
        let peer = self.live.peer();
        let asked = async {
            let session = self.live.open(site).await?;
            let Some(client) = session.client() else { return Err(peer.unexpected("no session")) };
            let asking = Asking { client, ledger: &self.ledger };
            let result = match self.columns_of(asking).await {
                Ok(columns) => work(asking, columns).await,
                Err(error) => Err(error),
            };
            match result {
                Ok(found) => {
                    session.keep();
                    Ok(found)
                }
                Err(error) => {
                    session.discard();
                    *self.columns.lock() = None;
                    Err(peer.problem(&error))
                }
            }
        };
        tokio::time::timeout(deadline, asked).await.unwrap_or_else(|_| Err(peer.timeout(deadline)))
    }

    async fn columns_of(&self, asking: Asking<'_>) -> Result<Arc<Columns>, tokio_postgres::Error> {
        let known = self.columns.lock().clone();
        if let Some(known) = known {
            return Ok(known);
        }
        let read = Arc::new(Columns::read(asking).await?);
        *self.columns.lock() = Some(Arc::clone(&read));
        Ok(read)
    }

    fn reading(&self, version: &str, look: Look, begun: Instant) -> Reading {
        let Look { backends, role, in_recovery } = look;
        let poll_ms = begun.elapsed().as_secs_f64() * 1000.0;
        let visible = if backends.states_visible { "every session" } else { "only the role's own sessions" };
        Reading {
            samples: samples::samples(&self.id, &backends, poll_ms),
            version: Some(format!("{PRODUCT} {version}")),
            degraded: degraded(&backends, &role),
            found: vec![
                format!("Backends: {} of {}", backends.total(), backends.max_connections),
                format!("Visible: {visible}"),
                format!("Server: {}", if in_recovery { "standby" } else { "primary" }),
                format!("Encryption: {}", self.sessions.target().encryption()),
            ],
            facts: Facts::Backends(backends),
        }
    }
}

fn degraded(backends: &Backends, role: &str) -> Vec<Degradation> {
    if backends.states_visible {
        return Vec::new();
    }
    vec![problem::hidden_sessions(role, "counts by state, idle transactions and locks are unknown")]
}

fn too_old(place: &str, version: &str) -> Problem {
    Problem {
        code: ProblemCode::VersionTooOld,
        message: format!("The server at {place} is PostgreSQL {version}; the console needs 13 or later."),
        remedy: Some("Upgrade the server: versions before 13 no longer receive fixes.".to_owned()),
    }
}

async fn read(asking: Asking<'_>, peer: Peer<'_>) -> Result<(Version, Look), Problem> {
    let version = backends::version(asking).await.map_err(|error| peer.problem(&error))?;
    if version.number < backends::OLDEST {
        return Err(too_old(&peer.target.place(), &version.text));
    }
    let look = backends::look(asking).await.map_err(|error| peer.problem(&error))?;
    Ok((version, look))
}

#[async_trait]
impl Source for PostgresSource {
    async fn poll(&self, _now: Timestamp) -> PollResult {
        let begun = Instant::now();
        let peer = self.sessions.peer();
        let work = async {
            let session = self.sessions.open("poll of backends").await?;
            let Some(client) = session.client() else { return Err(peer.unexpected("no session")) };
            match read(Asking { client, ledger: &self.ledger }, peer).await {
                Ok(read) => {
                    session.keep();
                    Ok(read)
                }
                Err(problem) => {
                    session.discard();
                    Err(problem)
                }
            }
        };
        let (version, look) =
            tokio::time::timeout(DEADLINE, work).await.unwrap_or_else(|_| Err(peer.timeout(DEADLINE)))?;
        Ok(self.reading(&version.text, look, begun))
    }

    async fn close(&self) {
        self.sessions.close();
        self.advice.close();
        self.live.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_privilege_comes_with_its_grant() {
        let hidden = Backends { states_visible: false, ..Backends::default() };
        let found = degraded(&hidden, "Ada \"the\" first");
        assert_eq!(found[0].code, "missing_privilege");
        assert_eq!(found[0].remedy.as_deref(), Some("GRANT pg_monitor TO \"Ada \"\"the\"\" first\";"));
        assert!(degraded(&Backends { states_visible: true, ..hidden }, "x").is_empty());
    }
}

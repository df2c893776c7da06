//! Reads what a server's health is judged by: a quick reading for each minute, and a slow one for now and then.

mod ask;
mod bloat;
mod counters;
mod extensions;
mod indexes;
mod replication;
mod sequences;
mod sessions;
mod settings;
mod tables;
mod versions;

use std::sync::Arc;
use std::time::Duration;

use domain::{HealthFacts, Problem, QuickHealth, ServerFacts, SlowHealth, Timestamp};
use tokio_postgres::Error;

use super::columns::Columns;
use super::own_queries::{Asking, OwnQueryName};
use super::{PostgresSource, backends, too_old};
use ask::{Looker, moment};

/// Connecting included; each query has the shorter limit of the session.
const QUICK_DEADLINE: Duration = Duration::from_secs(15);
const SLOW_DEADLINE: Duration = Duration::from_secs(40);

const SERVER: OwnQueryName =
    OwnQueryName { name: "health.server", purpose: "Which server this is, and what the role may see" };
const SERVER_SQL: &str = include_str!("../sql/health/server.sql");

impl PostgresSource {
    /// Everything at once.
    ///
    /// # Errors
    /// A [`Problem`] where the server does not answer. What the role may not see is no problem: each part says so.
    pub async fn health(&self, now: Timestamp) -> Result<HealthFacts, Problem> {
        let quick = self.quick_health(now).await?;
        let slow = self.slow_health(now).await?;
        Ok(HealthFacts { quick, slow: Some(slow) })
    }

    /// Counters, sessions and settings: some twenty short queries.
    ///
    /// # Errors
    /// As [`PostgresSource::health`].
    pub async fn quick_health(&self, now: Timestamp) -> Result<QuickHealth, Problem> {
        let asked = self.ask_live("quick health reading", QUICK_DEADLINE, async |asking, columns| {
            quick(asking, &columns, now).await
        });
        let (server, quick) = asked.await?;
        quick.ok_or_else(|| self.too_old(&server))
    }

    /// Tables, indexes and sequences of this database, the largest of them where there are many.
    ///
    /// # Errors
    /// As [`PostgresSource::health`].
    pub async fn slow_health(&self, now: Timestamp) -> Result<SlowHealth, Problem> {
        let asked = self.ask_live("slow health reading", SLOW_DEADLINE, async |asking, columns| {
            slow(asking, &columns, now).await
        });
        let (server, slow) = asked.await?;
        slow.ok_or_else(|| self.too_old(&server))
    }

    fn too_old(&self, server: &ServerFacts) -> Problem {
        too_old(&self.live.peer().target.place(), &server.version)
    }
}

async fn server(asking: Asking<'_>) -> Result<ServerFacts, Error> {
    let row = asking.row(SERVER, SERVER_SQL, &[]).await?;
    Ok(ServerFacts {
        version_number: row.try_get("version_number")?,
        version: row.try_get("version")?,
        role: row.try_get("role")?,
        database: row.try_get("database")?,
        started_at: moment(&row, "started_at")?.unwrap_or_default(),
        in_recovery: row.try_get("in_recovery")?,
        sees_all: row.try_get("sees_all")?,
    })
}

/// Without a reading where the server is too old for the queries.
async fn quick(
    asking: Asking<'_>,
    columns: &Arc<Columns>,
    at: Timestamp,
) -> Result<(ServerFacts, Option<QuickHealth>), Error> {
    let server = server(asking).await?;
    if server.version_number < backends::OLDEST {
        return Ok((server, None));
    }
    let looker = Looker { asking, columns, server: &server };
    let quick = QuickHealth {
        at,
        connections: sessions::connections(&looker).await?,
        databases: counters::databases(&looker).await?,
        checkpoints: counters::checkpoints(&looker).await?,
        wal: counters::wal(&looker).await?,
        archiver: counters::archiver(&looker).await?,
        standbys: replication::standbys(&looker).await?,
        recovery: replication::recovery(&looker).await?,
        slots: replication::slots(&looker).await?,
        vacuums: sessions::vacuums(&looker).await?,
        ages: counters::ages(&looker).await?,
        transactions: sessions::transactions(&looker).await?,
        prepared: sessions::prepared(&looker).await?,
        settings: settings::settings(&looker).await?,
        server: server.clone(),
    };
    Ok((server, Some(quick)))
}

async fn slow(
    asking: Asking<'_>,
    columns: &Arc<Columns>,
    at: Timestamp,
) -> Result<(ServerFacts, Option<SlowHealth>), Error> {
    let server = server(asking).await?;
    if server.version_number < backends::OLDEST {
        return Ok((server, None));
    }
    let looker = Looker { asking, columns, server: &server };
    let slow = SlowHealth {
        at,
        database_bytes: tables::database_bytes(&looker).await?,
        tables: tables::tables(&looker).await?,
        oldest_tables: tables::oldest(&looker).await?,
        table_bloat: bloat::tables(&looker).await?,
        index_bloat: bloat::indexes(&looker).await?,
        invalid_indexes: indexes::invalid(&looker).await?,
        sequences: sequences::sequences(&looker).await?,
        extensions: extensions::extensions(&looker).await?,
    };
    Ok((server, Some(slow)))
}

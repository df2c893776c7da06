//! After a statement that failed or was cancelled: what it left half-made is found out and removed.

use std::time::Duration;

use domain::Problem;
use tokio_postgres::error::{DbError, Severity};
use tokio_postgres::types::{ToSql, Type};

use super::connection::{APPLICATION, BuildConnection};
use super::look::FoundIndex;
use super::run::{IndexBuilder, Ran};
use super::words::{half_dropped, left_over, refused, unknown_end};
use super::work::{IndexEffect, IndexOutcome, IndexPlace, IndexWork};
use crate::postgres::own_queries::OwnQueryName;

const CANCEL: &str = include_str!("../sql/index_build/cancel.sql");
const CANCEL_QUERY: OwnQueryName =
    OwnQueryName { name: "index_build.cancel", purpose: "Stops what a lost session of a build still does" };
/// The removal waits for the transactions that are older than itself, as the build did.
const LOCK_TIMEOUT: &str = "SET lock_timeout = '60s'";
/// It waits two times.
const DEADLINE: Duration = Duration::from_secs(150);

impl IndexBuilder<'_> {
    pub(super) async fn mend(&mut self, work: &IndexWork, ran: Ran) -> Result<IndexOutcome, Problem> {
        let why = self.why(&ran);
        let lost = is_lost(&ran) || self.connection.client.is_closed();
        let former = self.connection.pid;
        if lost && let Err(problem) = self.reconnect(former).await {
            return Err(match &work.effect {
                IndexEffect::Creates { index, .. } => left_over(index, &why.message, &problem),
                IndexEffect::Drops { .. } | IndexEffect::Other => unknown_end(&why),
            });
        }
        let given_up = if ran.cancelled && !lost { Ok(IndexOutcome::Cancelled) } else { Err(why.clone()) };
        match &work.effect {
            IndexEffect::Creates { index, table, valid } => {
                let found = self.look(index).await.map_err(|other| left_over(index, &why.message, &other))?;
                let Some(found) = found else { return given_up };
                if !is_ours(&found, table, former, ran.seen) {
                    return given_up;
                }
                if found.valid || !valid {
                    // It was carried out; only the answer was lost, or came before the wish to stop.
                    return Ok(IndexOutcome::Created { number: found.number });
                }
                self.remove(index).await.map_err(|other| left_over(index, &why.message, &other))?;
                given_up
            }
            IndexEffect::Drops { index, .. } => match self.look(index).await? {
                None => Ok(IndexOutcome::Dropped),
                Some(found) if found.valid => given_up,
                Some(_) => Err(half_dropped(index)),
            },
            IndexEffect::Other if lost => Err(unknown_end(&why)),
            IndexEffect::Other => given_up,
        }
    }

    /// A new session; what the former may still do is stopped.
    async fn reconnect(&mut self, former: i32) -> Result<(), Problem> {
        self.connection = BuildConnection::open(self.source).await?;
        let parameters: [(&(dyn ToSql + Sync), Type); 2] =
            [(&former, Type::INT4), (&APPLICATION, Type::TEXT)];
        let stopped = self.asking().rows(CANCEL_QUERY, CANCEL, &parameters).await;
        if let Err(error) = stopped {
            tracing::warn!(%error, "what a lost session did could not be stopped");
        }
        Ok(())
    }

    async fn remove(&self, index: &IndexPlace) -> Result<(), Problem> {
        let peer = self.source.advice.peer();
        let client = &self.connection.client;
        let removed = async {
            client.batch_execute(LOCK_TIMEOUT).await?;
            client.batch_execute(&index.clean_up()).await
        };
        match tokio::time::timeout(DEADLINE, removed).await {
            Ok(removed) => removed.map_err(|error| refused(peer, &error)),
            Err(_) => {
                self.connection.cancel().await;
                Err(peer.timeout(DEADLINE))
            }
        }
    }
}

/// The end of a session is told before its connection closes.
fn is_lost(ran: &Ran) -> bool {
    let Some(Err(error)) = &ran.result else { return true };
    let severity = error.as_db_error().map(DbError::parsed_severity);
    !matches!(severity, Some(Some(Severity::Error)))
}

/// Nothing of that name was there before, so what is there now was made meanwhile: by this session, unless it is seen to
/// be another's.
fn is_ours(found: &FoundIndex, table: &str, former: i32, seen: Option<u32>) -> bool {
    found.is_index
        && found.table.as_deref() == Some(table)
        && found.builder.is_none_or(|builder| builder == former)
        && seen.is_none_or(|seen| seen == found.number)
}

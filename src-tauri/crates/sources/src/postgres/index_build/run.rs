//! Runs one statement at a time: looked at before, watched meanwhile, proven after.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use domain::{IndexBuildProgress, Problem};
use tokio::time::MissedTickBehavior;

use super::connection::BuildConnection;
use super::look::{FoundIndex, look};
use super::progress::Watcher;
use super::words::{another, being_built, in_the_way, not_there, refused};
use super::work::{ExpectedIndex, IndexEffect, IndexOutcome, IndexPlace, IndexWork};
use crate::postgres::PostgresSource;
use crate::postgres::own_queries::Asking;

const ASK_EVERY: Duration = Duration::from_secs(1);
/// A server that does not even cancel within this is taken for lost.
const CANCEL_DEADLINE: Duration = Duration::from_secs(30);

/// A session that may write, for one build.
pub struct IndexBuilder<'a> {
    pub(super) source: &'a PostgresSource,
    pub(super) connection: BuildConnection,
}

/// How a statement ended.
pub(super) struct Ran {
    /// No answer at all where absent.
    pub result: Option<Result<(), tokio_postgres::Error>>,
    pub cancelled: bool,
    /// The index that it was seen to build.
    pub seen: Option<u32>,
}

impl PostgresSource {
    /// A session that may create and drop indexes.
    ///
    /// # Errors
    /// A [`Problem`] where the source does not allow it, is a standby, or does not answer.
    pub async fn index_builder(&self) -> Result<IndexBuilder<'_>, Problem> {
        Ok(IndexBuilder { source: self, connection: BuildConnection::open(self).await? })
    }
}

impl IndexBuilder<'_> {
    /// The database that it writes to.
    pub fn database(&self) -> &str {
        &self.connection.database
    }

    /// Runs a statement until it ends or `cancel` does. What it leaves half-made is removed; an index that was there before
    /// under the same name is never touched.
    ///
    /// # Errors
    /// A [`Problem`] with the cause, which says so where something is left, and how to remove it.
    pub async fn run(
        &mut self,
        work: &IndexWork,
        cancel: impl Future<Output = ()> + Send,
        tell: &mut (dyn FnMut(IndexBuildProgress) + Send),
    ) -> Result<IndexOutcome, Problem> {
        if let Some(outcome) = self.before(work).await? {
            return Ok(outcome);
        }
        if let Some(value) = &work.lock_timeout {
            let set = self.connection.client.batch_execute(&format!("SET lock_timeout = {value}")).await;
            set.map_err(|error| self.source.advice.peer().problem(&error))?;
        }
        self.connection.skipped.store(false, Ordering::Release);
        let ran = self.watched(&work.sql, cancel, tell).await;
        match &ran.result {
            Some(Ok(())) => self.after(work).await,
            _ => self.mend(work, ran).await,
        }
    }

    /// The outcome where there is nothing to do.
    async fn before(&self, work: &IndexWork) -> Result<Option<IndexOutcome>, Problem> {
        Ok(match &work.effect {
            IndexEffect::Creates { index, table, .. } => match self.look(index).await? {
                None => None,
                Some(found) if found.valid && found.table.as_ref() == Some(table) => {
                    Some(IndexOutcome::Unchanged)
                }
                Some(found) => return Err(in_the_way(index, &found, table)),
            },
            IndexEffect::Drops { index, expected } => match self.look(index).await? {
                None => Some(IndexOutcome::Unchanged),
                Some(FoundIndex { builder: Some(pid), .. }) => return Err(being_built(index, pid)),
                Some(found) if is_expected(&found, expected) => None,
                Some(_) => return Err(another(index)),
            },
            IndexEffect::Other => None,
        })
    }

    async fn watched(
        &self,
        sql: &str,
        cancel: impl Future<Output = ()> + Send,
        tell: &mut (dyn FnMut(IndexBuildProgress) + Send),
    ) -> Ran {
        let mut watcher = Watcher::new(self.source, self.connection.pid);
        let mut statement = pin!(self.connection.client.batch_execute(sql));
        let mut cancel = pin!(cancel);
        let mut cancelled: Option<Instant> = None;
        let mut ask = tokio::time::interval(ASK_EVERY);
        ask.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let result = loop {
            tokio::select! {
                biased;
                result = &mut statement => break Some(result),
                () = &mut cancel, if cancelled.is_none() => {
                    cancelled = Some(Instant::now());
                    self.connection.cancel().await;
                }
                _ = ask.tick() => {
                    if let Some(since) = cancelled {
                        if since.elapsed() > CANCEL_DEADLINE {
                            break None;
                        }
                        // The first may have come before the server began the statement.
                        self.connection.cancel().await;
                    }
                    if let Some(progress) = watcher.ask().await {
                        tell(progress);
                    }
                }
            }
        };
        Ran { result, cancelled: cancelled.is_some(), seen: watcher.end() }
    }

    async fn after(&self, work: &IndexWork) -> Result<IndexOutcome, Problem> {
        match &work.effect {
            IndexEffect::Creates { index, table, valid } => match self.look(index).await? {
                Some(found) if found.table.as_ref() == Some(table) && (found.valid || !valid) => {
                    // Someone else was quicker: it is not ours.
                    let skipped = self.connection.skipped.load(Ordering::Acquire);
                    let created = IndexOutcome::Created { number: found.number };
                    Ok(if skipped { IndexOutcome::Unchanged } else { created })
                }
                _ => Err(not_there(index)),
            },
            IndexEffect::Drops { .. } => Ok(IndexOutcome::Dropped),
            IndexEffect::Other => Ok(IndexOutcome::Done),
        }
    }

    pub(super) fn asking(&self) -> Asking<'_> {
        Asking { client: &self.connection.client, ledger: &self.source.ledger }
    }

    pub(super) async fn look(&self, index: &IndexPlace) -> Result<Option<FoundIndex>, Problem> {
        look(self.asking(), self.source.advice.peer(), index).await
    }

    /// Why a statement failed.
    pub(super) fn why(&self, ran: &Ran) -> Problem {
        let peer = self.source.advice.peer();
        match &ran.result {
            Some(Err(error)) => refused(peer, error),
            _ => peer.timeout(CANCEL_DEADLINE),
        }
    }
}

fn is_expected(found: &FoundIndex, expected: &ExpectedIndex) -> bool {
    match expected {
        ExpectedIndex::Definition(definition) => found.definition == *definition,
        ExpectedIndex::Number(number) => found.number == *number,
    }
}

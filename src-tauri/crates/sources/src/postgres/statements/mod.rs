//! `pg_stat_statements`: totals for the Queries page, texts of what is new, and the workload for index advice.

mod counters;
mod extension;
mod missing;
mod one;
mod own;
mod texts;
mod workload;

#[cfg(test)]
mod versions;

use std::time::Duration;

use domain::{
    Degradation, Problem, StatementColumns, StatementIdentity, StatementText, StatementTotals, Timestamp,
};
use tokio_postgres::Error;

use super::PostgresSource;
use super::own_queries::Asking;

pub(super) use one::texts_of_one;
pub use own::{CountedCost, CountedQuery, ServerCost};
pub(super) use texts::LONGEST;
pub use workload::{
    StatementCount, StatementEntry, StatementKey, StatementsChange, StatementsReading, since,
};

/// Connecting included.
const DEADLINE: Duration = Duration::from_secs(8);

/// What a server has counted, with what is missing.
#[derive(Debug, Clone, PartialEq)]
pub struct CountedStatements {
    pub totals: StatementTotals,
    pub columns: StatementColumns,
    pub lacks: Vec<Degradation>,
}

impl PostgresSource {
    /// What the statements of every database have counted, without their texts; `at` is now.
    ///
    /// # Errors
    /// A [`Problem`] where `pg_stat_statements` is not there or not for this role, with what mends it.
    pub async fn read_statements(&self, at: Timestamp) -> Result<CountedStatements, Problem> {
        self.ask_live("statements", DEADLINE, async |asking, _| {
            not_loaded_is_no_failure(count(asking, at).await)
        })
        .await?
    }

    /// The texts of these statements, masked nowhere yet; at most [`Self::MOST_TEXTS`] of them are asked for.
    /// Those that the server has lost, or hides, are not among the answers.
    ///
    /// # Errors
    /// As [`Self::read_statements`].
    pub async fn statement_texts(&self, wanted: &[StatementIdentity]) -> Result<Vec<StatementText>, Problem> {
        let wanted = wanted.get(..Self::MOST_TEXTS).unwrap_or(wanted);
        self.ask_live("texts of statements", DEADLINE, async |asking, _| {
            not_loaded_is_no_failure(texts_of(asking, wanted).await)
        })
        .await?
    }

    /// Each may take 64 kB.
    pub const MOST_TEXTS: usize = 500;
}

async fn count(asking: Asking<'_>, at: Timestamp) -> Result<Result<CountedStatements, Problem>, Error> {
    let extension = match extension::find(asking).await? {
        Ok(extension) => extension,
        Err(problem) => return Ok(Err(problem)),
    };
    let info = extension.info(asking).await?;
    let totals = counters::read(asking, &extension, &info, at).await?;
    let lacks = missing::lacks(&extension, totals.hidden, totals.entries.len() + totals.hidden);
    Ok(Ok(CountedStatements { totals, columns: extension.counted(), lacks }))
}

async fn texts_of(
    asking: Asking<'_>,
    wanted: &[StatementIdentity],
) -> Result<Result<Vec<StatementText>, Problem>, Error> {
    match extension::find(asking).await? {
        Ok(extension) => texts::read(asking, &extension, wanted).await.map(Ok),
        Err(problem) => Ok(Err(problem)),
    }
}

/// A server without the library says so with an error of its own; the session is as good as before.
pub(super) fn not_loaded_is_no_failure<T>(
    outcome: Result<Result<T, Problem>, Error>,
) -> Result<Result<T, Problem>, Error> {
    match outcome {
        Err(error) if extension::is_not_loaded(&error) => Ok(Err(missing::not_loaded(true))),
        outcome => outcome,
    }
}

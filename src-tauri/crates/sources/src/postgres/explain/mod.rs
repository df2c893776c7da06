//! Plans of single statements: without values, for given values, or measured in a transaction that is rolled back.

mod ask;
mod error;
mod how;
mod lookup;
mod refusal;
mod session;
mod statement;
mod values;

use std::time::Duration;

use domain::ExplainMode;

pub use error::ExplainError;
pub use how::How;

use super::PostgresSource;

/// How long a statement may run, and wait for a lock, when it is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExplainLimits {
    pub statement: Duration,
    pub lock: Duration,
}

impl Default for ExplainLimits {
    fn default() -> ExplainLimits {
        ExplainLimits { statement: Duration::from_secs(60), lock: Duration::from_secs(2) }
    }
}

/// A plan as the server wrote it, and how it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// It holds the statement's constants and the values.
    pub json: String,
    pub how: How,
    pub placeholders: usize,
}

impl PostgresSource {
    /// The plan of `sql`, one statement that reads or changes rows. Only [`ExplainMode::Analyze`] runs it, after the
    /// database's name was typed, and takes back what it did.
    ///
    /// # Errors
    /// See [`ExplainError`].
    pub async fn explain(
        &self,
        sql: &str,
        mode: &ExplainMode,
        limits: ExplainLimits,
    ) -> Result<Explanation, ExplainError> {
        let statement = statement::Statement::read(sql, mode)?;
        session::explain(self, &statement, mode, limits).await
    }
}

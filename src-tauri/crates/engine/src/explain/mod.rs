//! Plans of statements: asked of the server, read, judged, and told without a constant.

use analysis::explain::read_plan;
use analysis::sql::{mask, statements};
use domain::{Degradation, ExplainMode, ExplainRequest, ExplainedStatement};
use sources::postgres::{ExplainError, Explanation, PostgresSource};

pub use sources::postgres::ExplainLimits;

use crate::index_advice::AdviceDatabase;
use crate::{Engine, EngineError};

/// Which statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExplainWhat {
    /// One that `pg_stat_statements` counted in this database.
    Counted {
        queryid: String,
    },
    Sql {
        text: String,
    },
}

/// Explains one statement. Only [`ExplainMode::Analyze`] runs it, and what it did is rolled back.
///
/// # Errors
/// `no_database_to_ask` without a server, `invalid_statement_id`, `plan_unreadable`, and the codes of [`ExplainError`].
pub async fn explain(
    database: &AdviceDatabase,
    what: &ExplainWhat,
    mode: &ExplainMode,
    limits: ExplainLimits,
) -> Result<ExplainedStatement, EngineError> {
    let server = database.server().ok_or(EngineError::NoDatabaseToAsk)?;
    let text = text(&server.source, what).await?;
    if statements(&text).nth(1).is_some() {
        return Err(several().into());
    }
    let explanation = server.source.explain(&text, mode, limits).await?;
    told(&text, &explanation)
}

impl Engine {
    /// The plan of a statement that a source has counted.
    ///
    /// # Errors
    /// `source_not_found`, `not_a_database`, and those of [`explain`].
    pub async fn explain_statement(
        &self,
        request: ExplainRequest,
    ) -> Result<ExplainedStatement, EngineError> {
        let ExplainRequest { source, queryid, mode } = request;
        let database = self.advice_database(source).await?;
        explain(&database, &ExplainWhat::Counted { queryid }, &mode, ExplainLimits::default()).await
    }
}

async fn text(source: &PostgresSource, what: &ExplainWhat) -> Result<String, EngineError> {
    match what {
        ExplainWhat::Sql { text } => Ok(text.clone()),
        ExplainWhat::Counted { queryid } => {
            let id = queryid.parse().map_err(|_| EngineError::InvalidStatementId(queryid.clone()))?;
            Ok(source.explained_text(id).await?)
        }
    }
}

fn several() -> ExplainError {
    ExplainError::NotExplained {
        reason: "it is more than one statement".to_owned(),
        remedy: Some("Explain one after the other.".to_owned()),
    }
}

fn told(text: &str, explanation: &Explanation) -> Result<ExplainedStatement, EngineError> {
    let Explanation { json, how, placeholders } = explanation;
    let plan = read_plan(json).map_err(EngineError::PlanUnreadable)?;
    let statement = mask(text.as_bytes());
    Ok(ExplainedStatement {
        placeholders: u32::try_from(*placeholders).unwrap_or(u32::MAX),
        sql: how.sql(&statement),
        generic: how.is_generic() && *placeholders > 0,
        analyzed: how.is_analyzed(),
        root: plan.root,
        total_cost: plan.total_cost,
        planning_ms: plan.planning_ms,
        execution_ms: plan.execution_ms,
        observations: plan.observations,
        text: plan.text,
        lacks: if how.has_written() { vec![not_rolled_back()] } else { Vec::new() },
        statement,
    })
}

fn not_rolled_back() -> Degradation {
    Degradation {
        code: "not_rolled_back".to_owned(),
        message: "It was run and rolled back. What no transaction takes back stays: numbers taken from sequences, dead \
                  rows until the next VACUUM, and what functions did elsewhere, through dblink for instance."
            .to_owned(),
        remedy: None,
    }
}

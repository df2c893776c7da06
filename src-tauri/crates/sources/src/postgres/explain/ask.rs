//! One plan asked for within a transaction that is rolled back whatever happens.

use domain::ExplainMode;
use tokio_postgres::Error;
use tokio_postgres::types::{ToSql, Type};

use super::how::{self, How, NAME};
use super::statement::Statement;
use super::values::{Json, Value};
use crate::postgres::own_queries::{Asking, OwnQueryName};
use crate::postgres::planner::plan;

const BEGIN: OwnQueryName =
    OwnQueryName { name: "explain.begin", purpose: "The transaction in which a statement is explained" };
const PREPARE: OwnQueryName =
    OwnQueryName { name: "explain.prepare", purpose: "Whether a text is one statement that has a plan" };
const PLAN: OwnQueryName = OwnQueryName { name: "explain.plan", purpose: "The plan of a statement" };
const RUN: OwnQueryName = OwnQueryName {
    name: "explain.run",
    purpose: "A statement that is run and rolled back, to measure its plan",
};
const END: OwnQueryName =
    OwnQueryName { name: "explain.end", purpose: "Ends what was begun to explain a statement" };
/// Else partitions that the NULLs do not match vanish from the plan.
const ALL_PARTITIONS: &str = "DISCARD PLANS;\nSET LOCAL enable_partition_pruning = off";
/// Stands for the statement where the console shows what it sent: its own may hold constants.
const STATEMENT: &str = "…";

/// The plan, or what the server says against it; either way nothing is left of it, unless even that fails.
pub(super) async fn ask(
    asking: Asking<'_>,
    statement: &Statement,
    how: How,
    mode: &ExplainMode,
) -> Result<Result<String, Error>, Error> {
    let asked = match begin(asking, how).await {
        Ok(()) => plan(asking, statement, how, mode).await,
        Err(error) => Err(error),
    };
    if asked.as_ref().is_err_and(|error| error.as_db_error().is_none()) {
        return Ok(asked);
    }
    asking.run(END, "ROLLBACK").await?;
    Ok(asked)
}

async fn begin(asking: Asking<'_>, how: How) -> Result<(), Error> {
    asking.run(BEGIN, &how.begin()).await
}

async fn plan(
    asking: Asking<'_>,
    statement: &Statement,
    how: How,
    mode: &ExplainMode,
) -> Result<String, Error> {
    let values = match mode {
        ExplainMode::Generic => return generic(asking, statement, how).await,
        ExplainMode::Values { values } | ExplainMode::Analyze { values, .. } => values,
    };
    let values: Vec<Value> = values.iter().map(|value| Value(value.as_deref())).collect();
    let parameters: Vec<(&(dyn ToSql + Sync), Type)> =
        values.iter().map(|value| (value as &(dyn ToSql + Sync), Type::UNKNOWN)).collect();
    let query = if how.is_analyzed() { RUN } else { PLAN };
    // This protocol admits no second statement.
    let rows =
        asking.rows_told(query, &how.explain(&statement.sql), &how.explain(STATEMENT), &parameters).await?;
    match rows.first() {
        Some(row) => Ok(row.try_get::<_, Json>(0)?.0),
        None => Ok(String::new()),
    }
}

async fn generic(asking: Asking<'_>, statement: &Statement, how: How) -> Result<String, Error> {
    // Neither this protocol nor the grammar of PREPARE admits a second statement; the one that explains does.
    asking.rows_told(PREPARE, &how::prepare(&statement.sql), &how::prepare(STATEMENT), &[]).await?;
    let mut json = simple(asking, &how.explain(&statement.sql), &how.explain(STATEMENT)).await?;
    let hidden = || plan::read(&json).is_some_and(|plan| plan.partitions_left_out);
    if matches!(how, How::Prepared { .. }) && hidden() {
        asking.run(BEGIN, ALL_PARTITIONS).await?;
        json = simple(asking, &how.explain(&statement.sql), &how.explain(STATEMENT)).await?;
    }
    asking.run(END, &format!("DEALLOCATE {NAME}")).await?;
    Ok(json)
}

async fn simple(asking: Asking<'_>, sql: &str, told: &str) -> Result<String, Error> {
    let rows = asking.simple_told(PLAN, sql, told).await?;
    // Text in as many rows as it has lines in one format, in one row in another.
    let lines = rows.iter().filter_map(|row| row.try_get(0).ok().flatten());
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

//! Index advice as scripts, as migrations, and as reports for a terminal, a pull request and programs.
//!
//! All of it is made from the advice alone: no clock, no database.

mod chosen;
mod clause;
mod document;
mod header;
mod markdown;
mod migrations;
mod planned;
mod psql;
mod sql;
mod steps;
mod summary;
mod text;

#[cfg(test)]
mod cases;

use domain::{AdviceFormat, IndexAdvice, ScriptChoice, ScriptFile, ScriptKind};

use crate::ReportError;
use chosen::Chosen;
pub use document::document;
pub use planned::{IndexName, IndexStep, StepEffect, plan};

/// The files that create and drop what is chosen, in the order in which they run.
pub fn script(
    advice: &IndexAdvice,
    choice: &ScriptChoice,
    kind: ScriptKind,
) -> Result<Vec<ScriptFile>, ReportError> {
    let chosen = Chosen::of(advice, choice)?;
    match kind {
        ScriptKind::Apply => Ok(vec![psql::apply(&chosen)]),
        ScriptKind::RollBack => Ok(vec![psql::roll_back(&chosen)]),
        ScriptKind::Prisma => Ok(migrations::prisma(&chosen)),
        ScriptKind::Knex => migrations::knex(&chosen).map(|file| vec![file]),
        ScriptKind::Rails => Ok(vec![migrations::rails(&chosen)]),
        ScriptKind::Django => Ok(vec![migrations::django(&chosen)]),
        ScriptKind::Flyway => Ok(migrations::flyway(&chosen)),
        ScriptKind::GolangMigrate => Ok(migrations::golang_migrate(&chosen)),
    }
}

pub fn render(advice: &IndexAdvice, format: AdviceFormat) -> Result<String, ReportError> {
    match format {
        AdviceFormat::Text => Ok(text::render(advice)),
        AdviceFormat::Json => json(advice),
        AdviceFormat::Document => json(&document(advice)),
        AdviceFormat::Sql => Ok(psql::selected(advice)),
        AdviceFormat::Markdown => Ok(markdown::render(advice)),
    }
}

fn json(value: &impl serde::Serialize) -> Result<String, ReportError> {
    let mut text = serde_json::to_string_pretty(value).map_err(|error| ReportError::json(&error))?;
    text.push('\n');
    Ok(text)
}

//! A migration of Knex.

use domain::{CodeLanguage, ScriptFile, ScriptKind};

use super::literals::javascript;
use super::{comment, heading, version};
use crate::ReportError;
use crate::index_advice::chosen::Chosen;
use crate::index_advice::sql::Statement;
use crate::index_advice::steps::{in_session, steps, undos};

const RUN: &str = "\
// All statements on one connection of the pool, because the settings are the connection's.
async function run(knex, statements) {
  const connection = await knex.client.acquireConnection();
  try {
    for (const statement of statements) {
      await knex.raw(statement).connection(connection);
    }
  } finally {
    await knex.raw('RESET lock_timeout').connection(connection).catch(() => {});
    await knex.raw('RESET statement_timeout').connection(connection).catch(() => {});
    await knex.client.releaseConnection(connection);
  }
}
";

pub(in super::super) fn knex(chosen: &Chosen<'_>) -> Result<ScriptFile, ReportError> {
    let steps = steps(chosen);
    let mut out = comment(&heading(chosen, ScriptKind::Knex, &steps, &[]), "//");
    out.push_str(
        "\n// CONCURRENTLY is refused in a transaction.\nexports.config = { transaction: false };\n\n",
    );
    out.push_str(RUN);
    let ups: Vec<_> = steps.iter().map(|step| &step.run).collect();
    for (name, statements) in [("up", ups), ("down", undos(&steps))] {
        out.push_str(&function(name, &statements)?);
    }
    let path = format!("migrations/{}_advised_indexes.js", version(chosen.advice.made_at, 0));
    Ok(ScriptFile { path, language: CodeLanguage::JavaScript, contents: out })
}

fn function(name: &str, statements: &[&Statement]) -> Result<String, ReportError> {
    let mut out = format!("\nexports.{name} = (knex) =>\n  run(knex, [\n");
    for statement in in_session(statements.iter().copied()) {
        out.push_str(&format!("    {},\n", javascript(&escaped(&statement)?)));
    }
    out.push_str("  ]);\n");
    Ok(out)
}

/// A question mark is a binding for Knex, unless a backslash stands before it, and then no other may.
fn escaped(statement: &str) -> Result<String, ReportError> {
    if statement.contains("\\?") {
        return Err(ReportError::NotWritable {
            tool: "Knex",
            index: charts::text::clip(statement, 80),
            reason: "it takes a backslash before a question mark for its own",
        });
    }
    Ok(statement.replace('?', "\\?"))
}

//! A migration of Django.

use domain::{CodeLanguage, ScriptFile, ScriptKind};

use super::literals::python;
use super::{comment, heading, version};
use crate::index_advice::chosen::Chosen;
use crate::index_advice::sql::Statement;
use crate::index_advice::steps::{RESETS, SET, steps};

const ADVICE: &str = "FILL IN below: the label of the app and the name of its newest migration. Move the file into the \
                      migrations of that app.";
const STATE: &str = "It runs SQL, because AddIndexConcurrently wants the model and its fields, which are not known here. \
                     For an index that Meta.indexes lists, add state_operations=[migrations.AddIndex(…)] with the same \
                     name, or makemigrations wants to create it again.";

pub(in super::super) fn django(chosen: &Chosen<'_>) -> ScriptFile {
    let steps = steps(chosen);
    let mut out = comment(&heading(chosen, ScriptKind::Django, &steps, &[ADVICE, STATE]), "#");
    out.push_str(
        "\nfrom django.db import migrations\n\n\nclass Migration(migrations.Migration):\n    # CONCURRENTLY is refused \
         in a transaction.\n    atomic = False\n\n    dependencies = [\n        (\"FILL_IN_APP_LABEL\", \
         \"FILL_IN_NEWEST_MIGRATION\"),\n    ]\n\n    operations = [\n",
    );
    // Django takes operations back from the last to the first, so the last sets what the way back needs.
    let set = || vec![SET.to_owned()];
    let reset = || RESETS.map(str::to_owned).to_vec();
    operation(&mut out, &set(), &reset());
    for step in &steps {
        operation(&mut out, &sql(Some(&step.run)), &sql(step.undo.as_ref()));
    }
    operation(&mut out, &reset(), &set());
    out.push_str("    ]\n");
    let version = version(chosen.advice.made_at, 0);
    let path = format!("FILL_IN_APP_LABEL/migrations/advised_indexes_{version}.py");
    ScriptFile { path, language: CodeLanguage::Python, contents: out }
}

/// Each operation sets its own lock_timeout: forwards and backwards another stands before it.
fn sql(statement: Option<&Statement>) -> Vec<String> {
    let Some(statement) = statement else { return Vec::new() };
    let set = statement.kind.lock_timeout().map(|value| format!("SET lock_timeout = {value}"));
    set.into_iter().chain([statement.one_line()]).collect()
}

/// Lists, because Django may split a text at its semicolons.
fn operation(out: &mut String, forwards: &[String], backwards: &[String]) {
    out.push_str("        migrations.RunSQL(\n");
    for (name, statements) in [("sql", forwards), ("reverse_sql", backwards)] {
        if statements.is_empty() {
            out.push_str(&format!("            {name}=[],\n"));
            continue;
        }
        out.push_str(&format!("            {name}=[\n"));
        for statement in statements {
            out.push_str(&format!("                {},\n", python(statement)));
        }
        out.push_str("            ],\n");
    }
    out.push_str("        ),\n");
}

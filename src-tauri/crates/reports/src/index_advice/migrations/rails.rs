//! A migration of Rails: `add_index` where it can say what is wanted, SQL where it cannot.

use domain::{CodeLanguage, IndexDefinition, IndexMethod, IndexSuggestion, ScriptFile, ScriptKind};

use super::literals::ruby;
use super::{comment, heading, version};
use crate::index_advice::chosen::Chosen;
use crate::index_advice::sql::{Statement, StatementKind, key, order};
use crate::index_advice::steps::{Group, RESETS, SET, Subject, groups, set_lock_timeout, undos};

pub(in super::super) fn rails(chosen: &Chosen<'_>) -> ScriptFile {
    let groups = groups(chosen);
    let up = up(&groups);
    let steps: Vec<_> = groups.into_iter().flat_map(|group| group.steps).collect();
    let mut out = comment(&heading(chosen, ScriptKind::Rails, &steps, &[]), "#");
    out.push_str("\nclass AdvisedIndexes");
    let version = version(chosen.advice.made_at, 0);
    // A class of that name may be there from the advice before.
    out.push_str(&format!("{version} < ActiveRecord::Migration[7.1]\n"));
    out.push_str("  # CONCURRENTLY is refused in a transaction.\n  disable_ddl_transaction!\n");
    method(&mut out, "up", &up);
    let mut timeout = None;
    let mut down = Vec::new();
    for undo in undos(&steps) {
        down.extend(set_lock_timeout(&mut timeout, undo.kind).map(|set| execute(&set)));
        down.push(execute(&undo.one_line()));
    }
    method(&mut out, "down", &down);
    out.push_str("end\n");
    let path = format!("db/migrate/{version}_advised_indexes{version}.rb");
    ScriptFile { path, language: CodeLanguage::Ruby, contents: out }
}

fn up(groups: &[Group<'_>]) -> Vec<String> {
    let mut timeout = None;
    let mut lines = Vec::new();
    for group in groups {
        for step in &group.steps {
            lines.extend(set_lock_timeout(&mut timeout, step.run.kind).map(|set| execute(&set)));
            lines.push(call(group.subject, &step.run));
        }
    }
    lines
}

fn method(out: &mut String, name: &str, lines: &[String]) {
    out.push_str(&format!("\n  def {name}\n"));
    let before = execute(SET);
    let after = RESETS.map(execute);
    for line in std::iter::once(&before).chain(lines).chain(&after) {
        out.push_str(&format!("    {line}\n"));
    }
    out.push_str("  end\n");
}

fn execute(sql: &str) -> String {
    format!("execute {}", ruby(sql))
}

fn call(subject: Subject<'_>, statement: &Statement) -> String {
    match subject {
        Subject::Create(one)
            if statement.kind == StatementKind::CreateConcurrently && one.partitions.is_empty() =>
        {
            add_index(one).unwrap_or_else(|| execute(&statement.one_line()))
        }
        _ => execute(&statement.one_line()),
    }
}

/// None where a name holds what Rails would read as something else than a name.
fn add_index(one: &IndexSuggestion) -> Option<String> {
    let definition = &one.definition;
    let names = [&one.name, &definition.table];
    let names = names.into_iter().chain(&definition.schema).chain(&definition.include);
    let mut columns = definition.keys.iter().filter_map(|key| key.column.as_ref());
    if !names.into_iter().all(|name| is_word(name)) || !columns.all(|name| is_word(name)) {
        return None;
    }
    let table = match &definition.schema {
        Some(schema) => format!("{schema}.{}", definition.table),
        None => definition.table.clone(),
    };
    let mut options = vec![format!("name: {}", ruby(&one.name))];
    options.extend(["algorithm: :concurrently".to_owned(), "if_not_exists: true".to_owned()]);
    let columns = columns_and_options(definition, &mut options)?;
    if definition.method != IndexMethod::Btree {
        options.push(format!("using: :{}", definition.method.name()));
    }
    if !definition.include.is_empty() {
        options.push(format!("include: {}", array(&definition.include)));
    }
    options.extend(definition.predicate.as_ref().map(|sql| format!("where: {}", ruby(sql.trim()))));
    Some(format!("add_index {}, {columns}, {}", ruby(&table), options.join(", ")))
}

fn is_word(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|one| one.is_ascii_alphanumeric() || one == '_')
}

/// With an expression among them, Rails takes all keys as one text of SQL.
fn columns_and_options(definition: &IndexDefinition, options: &mut Vec<String>) -> Option<String> {
    let names: Option<Vec<String>> = definition.keys.iter().map(|key| key.column.clone()).collect();
    let Some(names) = names else {
        let keys: Vec<_> = definition.keys.iter().map(|one| key(one, definition.method)).collect();
        return Some(ruby(&keys.join(", ")));
    };
    // Orders and classes are told by the column's name.
    let twice =
        names.iter().enumerate().any(|(at, name)| names.iter().skip(at + 1).any(|other| other == name));
    if twice {
        return None;
    }
    let by_column = |value: &dyn Fn(&domain::IndexKey) -> Option<String>| {
        let pairs = definition.keys.iter().filter_map(|key| {
            let value = value(key)?;
            Some(format!("{} => {}", ruby(key.column.as_deref()?), ruby(&value)))
        });
        pairs.collect::<Vec<_>>().join(", ")
    };
    let orders = by_column(&|key| order(key, definition.method).map(str::to_owned));
    if !orders.is_empty() {
        options.push(format!("order: {{ {orders} }}"));
    }
    let classes = by_column(&|key| key.operator_class.clone());
    if !classes.is_empty() {
        options.push(format!("opclass: {{ {classes} }}"));
    }
    Some(array(&names))
}

fn array(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| ruby(name)).collect();
    format!("[{}]", names.join(", "))
}

//! One DELETE for all keys.

use sqlparser::ast::{Delete, FromTable, SelectItem, Statement};

use super::expressions::Equality;
use super::keys::Keys;
use super::marks::{Mark, with_marks};
use super::outputs::is_star;
use super::predicates;
use super::statement::{Read, Rewrite};

pub(super) fn rewrite(read: &Read, keys: &Keys) -> Option<Rewrite> {
    let Statement::Delete(delete) = &read.tree else { return None };
    if delete.limit.is_some() || keys.numbers.iter().any(|number| read.occurrences(*number) != 1) {
        return None;
    }
    let mut delete = delete.clone();
    let Delete { selection, from, returning, .. } = &mut delete;
    let (FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables)) = from;
    let replaced = predicates::replace(selection, tables, &keys.numbers, read.highest() + 1)?;
    show_keys(returning, &replaced.equalities);
    let marks: Vec<Mark> = read.lists.iter().chain(&replaced.marks).copied().collect();
    let mut rewrite = Rewrite::new("One DELETE for all keys", &with_marks(&delete.to_string(), &marks));
    rewrite.note(collected(keys));
    rewrite.notes.extend(keys.assumed.clone());
    Some(rewrite)
}

pub(super) fn collected(keys: &Keys) -> &'static str {
    if keys.numbers.len() > 1 {
        "Write one row of placeholders for each key."
    } else {
        "All keys are passed as one array."
    }
}

/// RETURNING tells for which key a row is.
pub(super) fn show_keys(returning: &mut Option<Vec<SelectItem>>, keys: &[Equality]) {
    let Some(items) = returning else { return };
    if items.iter().any(is_star) {
        return;
    }
    let names: Vec<String> = items.iter().filter_map(super::outputs::output_name).collect();
    for key in keys {
        let shown = super::expressions::column_name(&key.column).map(super::expressions::folded);
        if shown.is_none_or(|name| !names.contains(&name)) {
            items.push(SelectItem::UnnamedExpr(key.column.clone()));
        }
    }
}

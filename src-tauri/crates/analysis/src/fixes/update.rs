//! One UPDATE for all rows: by a list of keys where they get the same values, else joined to the new ones.

use sqlparser::ast::{Assignment, Statement, Update};

use super::delete::{collected, show_keys};
use super::expressions::columns;
use super::keys::{self, Keys};
use super::marks::{Mark, with_marks};
use super::predicates;
use super::statement::{Read, Rewrite};
use super::{text, update_rows};

/// Best first; two where the executions do not tell whether the values change.
pub(super) fn rewrites(read: &Read, varying: &[u32]) -> Vec<Rewrite> {
    let Statement::Update(update) = &read.tree else { return Vec::new() };
    if update.limit.is_some() || !update.table.joins.is_empty() {
        return Vec::new();
    }
    let Some(keys) = keys::keys(read, varying) else { return Vec::new() };
    let set: Vec<u32> =
        update.assignments.iter().flat_map(|one| text::placeholders(&one.value.to_string())).collect();
    if keys.assumed.is_none() {
        let same = !keys.numbers.iter().any(|number| set.contains(number));
        let same = same.then(|| for_all(read, update, &keys)).flatten();
        return same.or_else(|| update_rows::rewrite(read, update, &keys)).into_iter().collect();
    }
    let mut all = keys.clone();
    all.numbers.extend(&set);
    all.numbers.sort_unstable();
    all.numbers.dedup();
    let mut found: Vec<Rewrite> =
        update_rows::rewrite(read, update, &all).into_iter().filter(|_| !set.is_empty()).collect();
    found.extend(for_all(read, update, &keys));
    found
}

/// Every key gets the same values.
fn for_all(read: &Read, update: &Update, keys: &Keys) -> Option<Rewrite> {
    if keys.numbers.iter().any(|number| read.occurrences(*number) != 1) {
        return None;
    }
    let mut update = update.clone();
    let replaced = predicates::replace(&mut update.selection, &mut [], &keys.numbers, read.highest() + 1)?;
    show_keys(&mut update.returning, &replaced.equalities);
    let marks: Vec<Mark> = read.lists.iter().chain(&replaced.marks).copied().collect();
    let mut rewrite = Rewrite::new("One UPDATE for all keys", &with_marks(&update.to_string(), &marks));
    rewrite.note(collected(keys));
    let set: String = update.assignments.iter().map(|one| format!("{}, ", one.value)).collect();
    if !text::placeholders(&set).is_empty() {
        rewrite.note("For rows that all get the same values.");
    }
    if update.assignments.iter().any(changes_itself) {
        rewrite.note("A key that occurs twice changes its row once, not twice.");
    }
    rewrite.notes.extend(keys.assumed.clone());
    Some(rewrite)
}

/// `stock = stock - $1`
pub(super) fn changes_itself(assignment: &Assignment) -> bool {
    columns(&assignment.value).is_none_or(|columns| !columns.is_empty())
}

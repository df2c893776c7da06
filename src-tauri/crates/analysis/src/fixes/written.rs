//! A plain write to one table in the terms of frameworks: what is set, for which keys, on which conflict.

use sqlparser::ast::{
    AssignmentTarget, ConflictTarget, FromTable, Ident, Insert, ObjectName, OnConflictAction, OnInsert,
    SetExpr, Statement, TableFactor, TableObject,
};

use super::expressions::{column_name, conjuncts, equality, folded, placeholder};
use super::keys::{Keys, is_unique};
use super::names::is_reserved;
use super::pairing::own_name;
use super::statement::Read;

pub(super) enum Conflict {
    Fails,
    DoesNothing,
    /// Columns that tell rows apart, and those that are updated.
    Updates {
        by: Vec<String>,
        set: Vec<String>,
    },
}

pub(super) enum Action {
    Insert {
        columns: Vec<String>,
        conflict: Conflict,
        returning: bool,
    },
    /// The same values for all keys.
    UpdateAll {
        set: Vec<String>,
    },
    /// A value for each key.
    UpdateEach {
        set: Vec<String>,
    },
    Delete,
}

pub(super) struct Written {
    pub(super) table: String,
    pub(super) action: Action,
    /// The column that tells which row; empty for INSERT.
    pub(super) key: String,
    /// Other columns that are compared with a value.
    pub(super) equal: Vec<String>,
}

impl Written {
    /// Frameworks find the rows that they update by their primary key, and by nothing else.
    pub(super) fn is_by_id(&self) -> bool {
        is_unique(&self.key) && self.equal.is_empty()
    }
}

/// None for what frameworks cannot say in one statement.
pub(super) fn written(read: &Read, keys: Option<&Keys>, varying: &[u32]) -> Option<Written> {
    match &read.tree {
        Statement::Insert(insert) => inserted(insert),
        Statement::Update(update) => {
            let keys = keys?;
            let mut set = Vec::new();
            let mut changes = false;
            for assignment in &update.assignments {
                let AssignmentTarget::ColumnName(name) = &assignment.target else { return None };
                // Computed from the old value, or by a function: the framework's own expressions are needed.
                let (number, _) = placeholder(&assignment.value)?;
                changes |= keys.assumed.is_some() || varying.contains(&number);
                set.push(last(name)?);
            }
            let numbers: Vec<u32> = keys.numbers.clone();
            let (key, equal) = conditions(update.selection.clone()?, &numbers)?;
            let action = if changes { Action::UpdateEach { set } } else { Action::UpdateAll { set } };
            let plain = update.from.is_none() && update.table.joins.is_empty();
            let table = table(&update.table.relation).filter(|_| plain)?;
            Some(Written { table, action, key, equal })
        }
        Statement::Delete(delete) => {
            let (FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables)) = &delete.from;
            let [only] = tables.as_slice() else { return None };
            let (key, equal) = conditions(delete.selection.clone()?, &keys?.numbers)?;
            let plain = only.joins.is_empty() && delete.using.is_none();
            let table = table(&only.relation).filter(|_| plain)?;
            Some(Written { table, action: Action::Delete, key, equal })
        }
        _ => None,
    }
}

fn inserted(insert: &Insert) -> Option<Written> {
    let TableObject::TableName(name) = &insert.table else { return None };
    let SetExpr::Values(values) = insert.source.as_ref()?.body.as_ref() else { return None };
    let [_] = values.rows.as_slice() else { return None };
    let columns: Vec<String> = insert.columns.iter().map(last).collect::<Option<_>>()?;
    let conflict = match &insert.on {
        None => Conflict::Fails,
        Some(OnInsert::OnConflict(conflict)) => match &conflict.action {
            OnConflictAction::DoNothing => Conflict::DoesNothing,
            OnConflictAction::DoUpdate(update) => {
                let Some(ConflictTarget::Columns(by)) = &conflict.conflict_target else { return None };
                let set = update.assignments.iter().map(|assignment| {
                    let AssignmentTarget::ColumnName(name) = &assignment.target else { return None };
                    let name = last(name)?;
                    let from_row = column_name(&assignment.value).is_some_and(|value| folded(value) == name);
                    (from_row || placeholder(&assignment.value).is_some()).then_some(name)
                });
                let set = set.collect::<Option<_>>().filter(|_| update.selection.is_none())?;
                Conflict::Updates { by: by.iter().map(folded).collect(), set }
            }
        },
        Some(_) => return None,
    };
    let returning = insert.returning.is_some();
    let action = Action::Insert { columns, conflict, returning };
    Some(Written { table: last(name)?, action, key: String::new(), equal: Vec::new() })
}

/// The one key, and the columns of the other conditions.
fn conditions(selection: sqlparser::ast::Expr, keys: &[u32]) -> Option<(String, Vec<String>)> {
    let (mut found, mut equal) = (Vec::new(), Vec::new());
    for condition in conjuncts(selection) {
        let equality = equality(&condition)?;
        let column = folded(column_name(&equality.column).filter(|name| !is_reserved(&name.value))?);
        let of = if keys.contains(&equality.number) { &mut found } else { &mut equal };
        of.push(column);
    }
    match found.as_slice() {
        [only] => Some((only.clone(), equal)),
        _ => None,
    }
}

fn last(name: &ObjectName) -> Option<String> {
    name.0.last()?.as_ident().map(|name: &Ident| folded(name)).filter(|name| !is_reserved(name))
}

fn table(factor: &TableFactor) -> Option<String> {
    own_name(factor).map(|name| folded(&name))
}

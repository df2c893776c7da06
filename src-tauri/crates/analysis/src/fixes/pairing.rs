//! Which column of the parent's rows a repeated query follows, told by the names of columns and tables.

use sqlparser::ast::{Ident, Query, Select, SelectItem, SetExpr, Statement, TableFactor};

use super::expressions::{column_name, folded};
use super::keys::{Keys, is_unique, keys, possible};
use super::names;
use super::outputs::{is_star, only_table};
use super::plurals::singular;
use super::statement::{Read, read};

/// Which table refers to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// `orders.customer_id` is the parent's `id`: each parent has many.
    HasMany,
    /// `customers.id` is the parent's `customer_id`: each parent belongs to one.
    BelongsTo,
    /// Both have a column by the same name.
    Shared,
}

/// A column of the parent's table, and its name in the parent's rows.
pub(super) struct Column {
    /// None for what is computed.
    pub(super) source: Option<Ident>,
    pub(super) output: Ident,
}

impl Column {
    pub(super) fn name(&self) -> String {
        folded(self.source.as_ref().unwrap_or(&self.output))
    }
}

pub(super) struct Parent {
    pub(super) read: Read,
    /// The parent's table, by its own name.
    pub(super) table: String,
    /// The column that the key follows.
    pub(super) column: Column,
    pub(super) direction: Direction,
}

impl Parent {
    pub(super) fn query(&self) -> Option<&Query> {
        match &self.read.tree {
            Statement::Query(query) => Some(query),
            _ => None,
        }
    }
}

/// What the loop went over, and its parent where it is evident.
pub(super) fn keys_and_parent(
    child: &Read,
    varying: &[u32],
    statement: Option<&str>,
) -> Option<(Keys, Option<Parent>)> {
    let keys = keys(child, varying)?;
    if let Some(parent) = parent(child, &keys, statement) {
        return Some((keys, Some(parent)));
    }
    // Where the executions do not tell what changes, the parent may.
    let others = if keys.assumed.is_some() { possible(child) } else { Vec::new() };
    let followed = others
        .into_iter()
        .find_map(|keys| parent(child, &keys, statement).map(|parent| (keys, Some(parent))));
    Some(followed.unwrap_or((keys, None)))
}

/// None where it is not evident: the parent is not known, reads several tables, or does not show the column.
fn parent(child: &Read, keys: &Keys, statement: Option<&str>) -> Option<Parent> {
    let read = read(statement?, &[])?.without_offset(&[]);
    let [number] = keys.numbers.as_slice() else { return None };
    let comparison = child.comparison(*number)?;
    let key = column_name(&comparison.column)?;
    let Statement::Query(query) = &read.tree else { return None };
    let SetExpr::Select(select) = query.body.as_ref() else { return None };
    let table = folded(&own_name(only_table(select)?)?);
    let child_table = comparison.table.as_deref().map(bare_table);
    let (column, direction) = pair(select, &table, key, child_table.as_deref())?;
    Some(Parent { table, column, direction, read })
}

fn pair(parent: &Select, table: &str, key: &Ident, child: Option<&str>) -> Option<(Column, Direction)> {
    let words = names::words(&key.value);
    let (last, stem) = words.split_last()?;
    let refers = matches!(last.as_str(), "id" | "uuid" | "guid" | "fk") && !stem.is_empty();
    if refers && names::words(&singular(table)).ends_with(stem) {
        let wanted = Ident { value: if last == "fk" { "id" } else { last }.to_owned(), ..key.clone() };
        return found(parent, |name| folded(name) == folded(&wanted), &wanted, Direction::HasMany);
    }
    if is_unique(&key.value) {
        let mut wanted = names::words(&singular(child?));
        wanted.push(last.clone());
        // By the table's whole name or the end of it: `shop_customer` is a `customer`.
        let refers = |name: &Ident| {
            let words = names::words(&name.value);
            words.len() > 1 && wanted.ends_with(&words)
        };
        let usual = Ident { value: wanted.join("_"), ..key.clone() };
        return found(parent, refers, &usual, Direction::BelongsTo);
    }
    let same = |name: &Ident| folded(name) == folded(key);
    let column = listed(parent).into_iter().find(|column| same(&column.output))?;
    Some((column, Direction::Shared))
}

/// A column that the parent gives by name, or what it is usually called where the parent gives all.
fn found(
    parent: &Select,
    wanted: impl Fn(&Ident) -> bool,
    usual: &Ident,
    direction: Direction,
) -> Option<(Column, Direction)> {
    let named = |column: &Column| column.source.as_ref().is_some_and(&wanted) || wanted(&column.output);
    let column = listed(parent).into_iter().find(named).or_else(|| {
        let all = parent.projection.iter().any(is_star);
        all.then(|| Column { source: Some(usual.clone()), output: usual.clone() })
    });
    Some((column?, direction))
}

/// Columns that the parent gives by name.
fn listed(select: &Select) -> Vec<Column> {
    let named = |item: &SelectItem| match item {
        SelectItem::UnnamedExpr(expr) => {
            let output = column_name(expr)?.clone();
            Some(Column { source: Some(output.clone()), output })
        }
        SelectItem::ExprWithAlias { expr, alias } => {
            Some(Column { source: column_name(expr).cloned(), output: alias.clone() })
        }
        _ => None,
    };
    select.projection.iter().filter_map(named).collect()
}

pub(super) fn own_name(table: &TableFactor) -> Option<Ident> {
    match table {
        TableFactor::Table { name, .. } => name.0.last()?.as_ident().cloned(),
        _ => None,
    }
}

/// `shop.orders AS o` is `orders`.
pub(super) fn bare_table(written: &str) -> String {
    let name = written.split_whitespace().next().unwrap_or_default();
    name.rsplit('.').next().unwrap_or_default().trim_matches('"').to_owned()
}

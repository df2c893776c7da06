//! One query for all keys: `= $1` becomes `= ANY($1)`, and the key stands in the result.

use sqlparser::ast::{
    Distinct, Expr, GroupByExpr, Ident, LimitClause, OrderBy, OrderByExpr, OrderByKind, OrderByOptions,
    Query, Select, SetExpr, Statement,
};

use super::calls::{Calls, calls};
use super::existence;
use super::expressions::{Equality, column_name};
use super::keys::{Keys, is_unique};
use super::marks::with_marks;
use super::outputs::{self, is_constant, only_table};
use super::predicates::{self, Replaced};
use super::statement::{Answer, Read, Rewrite};

const TITLE: &str = "One query for all keys";
const MIXED: &str = "Rows of one key keep their order; those of several keys are mixed.";
const HIDDEN_POSITION: &str =
    "ORDER BY named a column by its position, which masking has hidden: write the position there.";
const MISSING: &str =
    "Keys without rows are missing from the result: a count of theirs is 0, other aggregates are NULL.";

/// None where one condition on many keys would give other rows than one query for each.
pub(super) fn rewrite(read: &Read, keys: &Keys) -> Option<Rewrite> {
    let Statement::Query(query) = &read.tree else { return None };
    if keys.numbers.iter().any(|number| read.occurrences(*number) != 1) {
        return None;
    }
    let query = query.as_ref().clone();
    if let Some(inner) = existence::asked(&query) {
        return existence::rewrite(read, keys, inner);
    }
    many(read, keys, query)
}

fn many(read: &Read, keys: &Keys, mut query: Query) -> Option<Rewrite> {
    let mut notes = Vec::new();
    let order = ordered(&query);
    let SetExpr::Select(select) = query.body.as_mut() else { return None };
    let found = calls(&select.to_string());
    if found.window || !select.named_window.is_empty() || select.into.is_some() || counts_columns(select) {
        return None;
    }
    let replaced =
        predicates::replace(&mut select.selection, &mut select.from, &keys.numbers, read.highest() + 1)?;
    let grouped = group(select, found, &replaced, &mut notes)?;
    if limited(&query) {
        without_limit(&mut query, &replaced, found, grouped, &mut notes)?;
    }
    let SetExpr::Select(select) = query.body.as_mut() else { return None };
    let last = order == Order::ByPosition;
    let columns: Vec<&Expr> = replaced.equalities.iter().map(|equality| &equality.column).collect();
    let key_columns: Vec<String> = columns
        .iter()
        .rev()
        .map(|key| outputs::holding(select, key).unwrap_or_else(|| outputs::add(select, key, last)))
        .collect();
    if let Some(Distinct::On(items)) = &mut select.distinct {
        let keys = columns.iter().filter(|key| !items.contains(key)).map(|key| (*key).clone());
        let keys: Vec<Expr> = keys.collect();
        items.splice(0..0, keys);
        if order != Order::None {
            order_by_first(&mut query, &columns)?;
        }
    }
    if !query.locks.is_empty() {
        if order == Order::None {
            query.order_by = Some(ordering(&columns));
        }
        notes.push("All rows are locked by one statement, in its order: that avoids deadlocks.".to_owned());
    }
    match order {
        Order::ByPosition => notes.push(HIDDEN_POSITION.to_owned()),
        Order::Columns => notes.push(MIXED.to_owned()),
        Order::None => {}
    }
    let SetExpr::Select(select) = query.body.as_ref() else { return None };
    let total = found.aggregate && group_is_key(select, &replaced);
    let unique = unique_key(select, &replaced).is_some();
    let mut rewrite = finished(read, keys, &query, &replaced, key_columns.into_iter().rev().collect(), notes);
    rewrite.answer = match (total, unique) {
        (true, _) => Answer::Total,
        (false, true) => Answer::One,
        (false, false) => Answer::Many,
    };
    Some(rewrite)
}

pub(super) fn finished(
    read: &Read,
    keys: &Keys,
    query: &Query,
    replaced: &Replaced,
    key_columns: Vec<String>,
    notes: Vec<String>,
) -> Rewrite {
    let marks: Vec<_> = read.lists.iter().chain(&replaced.marks).copied().collect();
    let mut rewrite = Rewrite::new(TITLE, &with_marks(&query.to_string(), &marks));
    rewrite.key_columns = key_columns;
    let arguments = |equality: &Equality| {
        let place = rewrite.arguments.iter().position(|number| *number == equality.number);
        place.map(|place| format!("`${}`", place + 1))
    };
    if let [only] = replaced.equalities.as_slice()
        && let Some(place) = arguments(only)
    {
        rewrite.note(format!("{place} takes all keys as one array."));
    } else {
        rewrite.note("Write one row of placeholders for each key; each key once.");
    }
    rewrite.notes.extend(notes);
    rewrite.notes.extend(keys.assumed.clone());
    rewrite
}

/// GROUP BY gets the keys where rows are summed up. Returns whether they are.
fn group(select: &mut Select, found: Calls, replaced: &Replaced, notes: &mut Vec<String>) -> Option<bool> {
    let GroupByExpr::Expressions(items, modifiers) = &mut select.group_by else { return None };
    let sets = |item: &Expr| matches!(item, Expr::GroupingSets(_) | Expr::Cube(_) | Expr::Rollup(_));
    if !modifiers.is_empty() || items.iter().any(sets) {
        return None;
    }
    let plain = items.is_empty();
    if plain && !found.aggregate && select.having.is_none() {
        return Some(false);
    }
    let keys = replaced.equalities.iter().map(|equality| &equality.column);
    let keys: Vec<Expr> = keys.filter(|key| !items.contains(key)).cloned().collect();
    items.splice(0..0, keys);
    if plain {
        notes.push(MISSING.to_owned());
    }
    Some(true)
}

/// GROUP BY with a position, which masking has hidden.
pub(super) fn counts_columns(select: &Select) -> bool {
    match &select.group_by {
        GroupByExpr::Expressions(items, _) => items.iter().any(is_constant),
        GroupByExpr::All(_) => true,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    None,
    Columns,
    ByPosition,
}

fn ordered(query: &Query) -> Order {
    match query.order_by.as_ref().map(|order| &order.kind) {
        None => Order::None,
        Some(OrderByKind::Expressions(items)) if items.iter().any(|item| is_constant(&item.expr)) => {
            Order::ByPosition
        }
        Some(_) => Order::Columns,
    }
}

fn ordering(columns: &[&Expr]) -> OrderBy {
    OrderBy { kind: OrderByKind::Expressions(columns.iter().map(|key| by(key)).collect()), interpolate: None }
}

fn by(key: &Expr) -> OrderByExpr {
    OrderByExpr { expr: key.clone(), options: OrderByOptions::default(), with_fill: None }
}

fn order_by_first(query: &mut Query, columns: &[&Expr]) -> Option<()> {
    let Some(OrderBy { kind: OrderByKind::Expressions(items), .. }) = &mut query.order_by else {
        return None;
    };
    let keys: Vec<OrderByExpr> = columns.iter().map(|key| by(key)).collect();
    items.splice(0..0, keys);
    Some(())
}

pub(super) fn limited(query: &Query) -> bool {
    query.limit_clause.is_some() || query.fetch.is_some()
}

/// A limit counts the rows of one key. It may go where there is only one.
fn without_limit(
    query: &mut Query,
    replaced: &Replaced,
    found: Calls,
    grouped: bool,
    notes: &mut Vec<String>,
) -> Option<()> {
    if let Some(LimitClause::LimitOffset { offset: Some(_), .. } | LimitClause::OffsetCommaLimit { .. }) =
        &query.limit_clause
    {
        return None;
    }
    let SetExpr::Select(select) = query.body.as_ref() else { return None };
    match unique_key(select, replaced) {
        Some(name) if !grouped => {
            notes.push(format!("LIMIT is gone: `{}` is taken to be unique.", name.value));
        }
        // One row came from each run, whatever the limit.
        _ if found.aggregate && group_is_key(select, replaced) => {}
        _ => return None,
    }
    (query.limit_clause, query.fetch) = (None, None);
    Some(())
}

/// The key, where it tells one row of the only table from all others.
fn unique_key<'r>(select: &Select, replaced: &'r Replaced) -> Option<&'r Ident> {
    match replaced.equalities.as_slice() {
        [only] => {
            column_name(&only.column).filter(|name| only_table(select).is_some() && is_unique(&name.value))
        }
        _ => None,
    }
}

fn group_is_key(select: &Select, replaced: &Replaced) -> bool {
    match &select.group_by {
        GroupByExpr::Expressions(items, _) => items.len() == replaced.equalities.len(),
        GroupByExpr::All(_) => false,
    }
}

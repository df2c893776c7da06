//! One query for the keys that have rows, instead of asking for each whether it has one.

use sqlparser::ast::{Distinct, Expr, LimitClause, Query, SelectItem, SetExpr, Value};

use super::batch::{finished, limited};
use super::calls::row_by_row;
use super::keys::Keys;
use super::outputs::{self, is_constant};
use super::predicates;
use super::statement::{Answer, Read, Rewrite};

/// `SELECT EXISTS (SELECT …)`, and `SELECT 1 … LIMIT 1`.
pub(super) fn asked(query: &Query) -> Option<Query> {
    let SetExpr::Select(select) = query.body.as_ref() else { return None };
    let [SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }] =
        select.projection.as_slice()
    else {
        return None;
    };
    match expr {
        Expr::Exists { subquery, negated: false } if select.from.is_empty() && query.with.is_none() => {
            Some(subquery.as_ref().clone())
        }
        constant if is_constant(constant) && limited(query) && !takes_several(query) => Some(query.clone()),
        _ => None,
    }
}

/// A limit other than 1 that masking has not hidden.
fn takes_several(query: &Query) -> bool {
    let Some(LimitClause::LimitOffset { limit: Some(Expr::Value(limit)), .. }) = &query.limit_clause else {
        return false;
    };
    matches!(&limit.value, Value::Number(number, _) if number != "1")
}

pub(super) fn rewrite(read: &Read, keys: &Keys, mut query: Query) -> Option<Rewrite> {
    if matches!(query.limit_clause, Some(LimitClause::LimitOffset { offset: Some(_), .. }))
        || !query.locks.is_empty()
    {
        return None;
    }
    let SetExpr::Select(select) = query.body.as_mut() else { return None };
    if !row_by_row(select) {
        return None;
    }
    let replaced =
        predicates::replace(&mut select.selection, &mut select.from, &keys.numbers, read.highest() + 1)?;
    select.distinct = Some(Distinct::Distinct);
    select.projection.clear();
    let columns = replaced.equalities.iter().rev();
    let key_columns: Vec<String> = columns.map(|key| outputs::add(select, &key.column, false)).collect();
    (query.limit_clause, query.fetch, query.order_by) = (None, None, None);
    let notes = vec!["Only keys that have rows come back: the others do not exist.".to_owned()];
    let mut rewrite = finished(read, keys, &query, &replaced, key_columns.into_iter().rev().collect(), notes);
    "One query for the keys that exist".clone_into(&mut rewrite.title);
    rewrite.answer = Answer::Exists;
    Some(rewrite)
}

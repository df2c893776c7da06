//! ORDER BY and LIMIT: the order that an index could give.

use sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, LimitClause, OrderBy, OrderByExpr, OrderByKind,
    OrderBySort, Query, Select, SelectItem,
};

use super::OrderKey;
use super::outputs::named_output;
use super::walk::Walk;
use crate::sql::names;

impl Walk<'_> {
    /// An index gives the order only where all of it is of one table; `first` is the first need of this query.
    pub(super) fn ordering(&mut self, query: &Query, select: &Select, first: usize) {
        let limited = is_limited(query);
        match &query.order_by {
            Some(OrderBy { kind: OrderByKind::Expressions(items), .. }) => {
                self.ordered(items, select, limited);
            }
            _ => self.extreme(select, first),
        }
    }

    fn ordered(&mut self, items: &[OrderByExpr], select: &Select, limited: bool) {
        let mut keys = Vec::new();
        for item in items {
            let expr = named_output(&item.expr, select).unwrap_or(&item.expr);
            self.visit(expr);
            let descending = matches!(item.options.sort, Some(OrderBySort::Desc));
            let nulls_first = item.options.nulls_first.unwrap_or(descending);
            match self.key(expr) {
                Ok((need, key)) => keys.push((need, OrderKey { key, descending, nulls_first })),
                Err(_) => return,
            }
        }
        let Some((need, _)) = keys.first() else { return };
        if keys.iter().all(|(other, _)| other == need)
            && let Some(need) = self.needs.get_mut(*need)
        {
            need.order = keys.into_iter().map(|(_, key)| key).collect();
            need.limited = limited;
        }
    }

    /// `SELECT max(x) FROM …`, which the planner answers from the end of an index.
    fn extreme(&mut self, select: &Select, first: usize) {
        let [item] = select.projection.as_slice() else { return };
        let (SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) = item else { return };
        let Expr::Function(function) = expr else { return };
        let descending = match names(&function.name).pop().as_deref() {
            Some("max") => true,
            Some("min") => false,
            _ => return,
        };
        let FunctionArguments::List(list) = &function.args else { return };
        let [FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))] = list.args.as_slice() else { return };
        let Ok((index, key)) = self.key(argument) else { return };
        if index < first {
            return;
        }
        if let Some(need) = self.needs.get_mut(index)
            && need.order.is_empty()
        {
            need.order = vec![OrderKey { key, descending, nulls_first: descending }];
            need.limited = true;
        }
    }
}

fn is_limited(query: &Query) -> bool {
    let clause = match &query.limit_clause {
        Some(LimitClause::LimitOffset { limit, .. }) => limit.is_some(),
        Some(LimitClause::OffsetCommaLimit { .. }) => true,
        None => false,
    };
    clause || query.fetch.is_some()
}

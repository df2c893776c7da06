//! What a query gives, what it groups by, and which of its columns are a table's own for whoever reads from it.

use sqlparser::ast::{
    Distinct, Expr, GroupByExpr, Query, Select, SelectItem, SelectItemQualifiedWildcardKind, Value,
};

use super::Key;
use super::relations::Place;
use super::walk::Walk;
use crate::sql::{aggregates, folded, names};

type Output = (String, Option<Place>);

impl Walk<'_> {
    /// The columns of SELECT, in order; everything in them counts as read.
    pub(super) fn outputs(&mut self, select: &Select) -> Vec<Output> {
        let mut outputs = Vec::new();
        for item in &select.projection {
            match item {
                SelectItem::UnnamedExpr(expr) => {
                    self.visit(expr);
                    outputs.push((output_name(expr), self.place(expr)));
                }
                SelectItem::ExprWithAlias { expr, alias } => {
                    self.visit(expr);
                    outputs.push((folded(alias), self.place(expr)));
                }
                SelectItem::Wildcard(_) => outputs.extend(self.all_columns(None)),
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                    let name = names(name).pop().unwrap_or_default();
                    outputs.extend(self.all_columns(Some(&name)));
                }
                _ => {}
            }
        }
        outputs
    }

    /// The table's column that an expression is, bare.
    pub(super) fn place(&self, expr: &Expr) -> Option<Place> {
        match expr {
            Expr::Identifier(name) => self.resolve(None, name),
            Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [.., table, column] => self.resolve(Some(table), column),
                _ => None,
            },
            Expr::Nested(inner) => self.place(inner),
            _ => None,
        }
    }

    /// GROUP BY and DISTINCT, where all of it is of one table.
    pub(super) fn grouping(&mut self, select: &Select, outputs: &[Output]) {
        let mut keys = Vec::new();
        match (&select.group_by, &select.distinct) {
            (GroupByExpr::Expressions(items, _), _) if !items.is_empty() => {
                for item in items {
                    let item = named_output(item, select).unwrap_or(item);
                    self.visit(item);
                    keys.push(self.key(item).ok());
                }
            }
            (_, Some(Distinct::Distinct)) => {
                keys = outputs
                    .iter()
                    .map(|(_, place)| place.clone().map(|(need, column)| (need, Key::Column(column))))
                    .collect();
            }
            (_, Some(Distinct::On(items))) => {
                for item in items {
                    self.visit(item);
                    keys.push(self.key(item).ok());
                }
            }
            _ => return,
        }
        let Some(keys) = keys.into_iter().collect::<Option<Vec<_>>>() else { return };
        let Some((need, _)) = keys.first() else { return };
        if keys.iter().all(|(other, _)| other == need)
            && let Some(need) = self.needs.get_mut(*need)
        {
            need.groups = keys.into_iter().map(|(_, key)| key).collect();
        }
    }

    /// Columns on which a condition from outside holds for the table itself: not behind LIMIT, and of a grouped query
    /// only those that it groups by.
    pub(super) fn passed_on(
        &self,
        select: &Select,
        around: Option<&Query>,
        outputs: Vec<Output>,
    ) -> Vec<Output> {
        let limited = around.is_some_and(|query| query.limit_clause.is_some() || query.fetch.is_some());
        let windowed = select.projection.iter().any(|item| match item {
            SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => has_window(expr),
            _ => false,
        });
        let grouped: Option<Vec<Option<Place>>> = match &select.group_by {
            GroupByExpr::Expressions(items, _) if !items.is_empty() => Some(
                items.iter().map(|item| self.place(named_output(item, select).unwrap_or(item))).collect(),
            ),
            _ => select.projection.iter().any(is_aggregate).then(Vec::new),
        };
        let keep = |place: &Option<Place>| {
            !limited
                && !windowed
                && grouped.as_ref().is_none_or(|grouped| place.is_some() && grouped.contains(place))
        };
        outputs.into_iter().map(|(name, place)| (name, place.clone().filter(|_| keep(&place)))).collect()
    }
}

fn is_aggregate(item: &SelectItem) -> bool {
    match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => aggregates(expr),
        _ => false,
    }
}

fn has_window(expr: &Expr) -> bool {
    match expr {
        Expr::Function(function) => function.over.is_some(),
        Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => has_window(inner),
        Expr::BinaryOp { left, right, .. } => has_window(left) || has_window(right),
        _ => false,
    }
}

/// The expression that a number or an output's name stands for in GROUP BY and ORDER BY.
pub(super) fn named_output<'s>(item: &Expr, select: &'s Select) -> Option<&'s Expr> {
    let expr_of = |item: &'s SelectItem| match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
        _ => None,
    };
    match item {
        Expr::Value(value) => match &value.value {
            Value::Number(number, _) => {
                let position: usize = number.parse().ok()?;
                select.projection.get(position.checked_sub(1)?).and_then(expr_of)
            }
            _ => None,
        },
        Expr::Identifier(name) => select.projection.iter().find_map(|output| match output {
            SelectItem::ExprWithAlias { expr, alias } if folded(alias) == folded(name) => Some(expr),
            _ => None,
        }),
        _ => None,
    }
}

fn output_name(expr: &Expr) -> String {
    match expr {
        Expr::Identifier(name) => folded(name),
        Expr::CompoundIdentifier(parts) => parts.last().map(folded).unwrap_or_default(),
        Expr::Function(function) => names(&function.name).pop().unwrap_or_default(),
        Expr::Cast { expr, .. } | Expr::Nested(expr) => output_name(expr),
        _ => String::new(),
    }
}

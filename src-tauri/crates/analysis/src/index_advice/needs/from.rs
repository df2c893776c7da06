//! What a query's FROM brings into reach, and where each table stands in it.

use sqlparser::ast::{
    GroupByExpr, Join, JoinConstraint, JoinOperator, Query, Select, SelectItem, TableFactor, TableWithJoins,
};

use super::Leading;
use super::relations::Source;
use super::walk::{Walk, renamed};
use crate::sql::{aggregates, folded, names};

impl Walk<'_> {
    pub(super) fn from(&mut self, select: &Select, around: Option<&Query>) {
        let outermost = std::mem::take(&mut self.outermost);
        let merged = !outermost && is_merged(select, around);
        let mut place = 0;
        for table in &select.from {
            for join in 0..=table.joins.len() {
                self.next = match place {
                    0 if merged => Leading::Never,
                    0 => Leading::Perhaps,
                    place if outermost => Leading::After(place),
                    _ => Leading::Never,
                };
                place += 1;
                match join.checked_sub(1).and_then(|join| table.joins.get(join)) {
                    Some(join) => self.join(join),
                    None => self.factor(&table.relation),
                }
            }
        }
        self.next = Leading::Perhaps;
    }

    /// A table and what is joined to it; `leading` is where the table stands.
    pub(super) fn joined(&mut self, table: &TableWithJoins, leading: Leading) {
        self.next = leading;
        self.factor(&table.relation);
        for join in &table.joins {
            self.next = Leading::Never;
            self.join(join);
        }
    }

    fn join(&mut self, join: &Join) {
        let before = self.scopes.last().map_or(0, Vec::len);
        self.factor(&join.relation);
        let Some(constraint) = constraint(&join.join_operator) else { return };
        match constraint {
            JoinConstraint::On(condition) => self.condition(condition),
            JoinConstraint::Using(columns) => {
                for column in columns.iter().filter_map(|column| names(column).pop()) {
                    self.same_column(&column, before);
                }
            }
            JoinConstraint::Natural => {
                for column in self.shared_columns(before) {
                    self.same_column(&column, before);
                }
            }
            JoinConstraint::None => {}
        }
    }

    pub(super) fn factor(&mut self, factor: &TableFactor) {
        let leading = std::mem::take(&mut self.next);
        match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                let alias = alias.as_ref().map(|alias| {
                    let columns = alias.columns.iter().map(|column| folded(&column.name)).collect();
                    (folded(&alias.name), columns)
                });
                if let Some(need) = self.table(name, alias).and_then(|need| self.needs.get_mut(need)) {
                    need.leading = leading;
                }
            }
            TableFactor::Derived { subquery, alias, .. } => {
                let outputs = self.query(subquery);
                let Some(alias) = alias else { return };
                let columns: Vec<String> = alias.columns.iter().map(|column| folded(&column.name)).collect();
                self.bring_in(folded(&alias.name), Source::Query(renamed(outputs, &columns)));
            }
            TableFactor::NestedJoin { table_with_joins, .. } => {
                let first = if leading == Leading::Perhaps { leading } else { Leading::Never };
                self.joined(table_with_joins, first);
            }
            TableFactor::Table { alias, .. }
            | TableFactor::Function { alias, .. }
            | TableFactor::TableFunction { alias, .. }
            | TableFactor::UNNEST { alias, .. } => {
                let name = alias.as_ref().map(|alias| folded(&alias.name)).unwrap_or_default();
                self.bring_in(name, Source::Unknown);
            }
            _ => {}
        }
    }
}

/// Whether the planner plans a subquery as a part of the query around it (`is_simple_subquery` of prepjointree.c).
fn is_merged(select: &Select, around: Option<&Query>) -> bool {
    let grouped = match &select.group_by {
        GroupByExpr::All(_) => true,
        GroupByExpr::Expressions(keys, _) => !keys.is_empty(),
    };
    let cut = around.is_some_and(|query| {
        query.limit_clause.is_some()
            || query.fetch.is_some()
            || query.order_by.is_some()
            || query.with.is_some()
    });
    let aggregated = select.projection.iter().any(|item| match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => aggregates(expr),
        _ => false,
    });
    !grouped && !aggregated && !cut && select.distinct.is_none() && select.having.is_none()
}

fn constraint(operator: &JoinOperator) -> Option<&JoinConstraint> {
    match operator {
        JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint)
        | JoinOperator::Right(constraint)
        | JoinOperator::RightOuter(constraint)
        | JoinOperator::FullOuter(constraint)
        | JoinOperator::Semi(constraint)
        | JoinOperator::Anti(constraint)
        | JoinOperator::CrossJoin(constraint) => Some(constraint),
        _ => None,
    }
}

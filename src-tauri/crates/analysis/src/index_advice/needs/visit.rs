//! Every column that an expression reads, and the queries that it holds, each read once.

use sqlparser::ast::{Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Query};

use super::relations::Place;
use super::walk::Walk;
use crate::sql::folded;

impl Walk<'_> {
    /// Notes every column that an expression reads, and reads the queries in it, once.
    pub(super) fn visit(&mut self, expr: &Expr) {
        match expr {
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
                let place = self.place(expr);
                self.read(place.as_ref());
            }
            Expr::Subquery(query) => drop(self.inner(query)),
            Expr::Exists { subquery, .. } => drop(self.inner(subquery)),
            Expr::InSubquery { expr, subquery, .. } => {
                self.visit(expr);
                let output = self.inner(subquery);
                self.remember(subquery, output);
            }
            Expr::AnyOp { left, right, .. } | Expr::AllOp { left, right, .. } => {
                self.visit(left);
                self.visit(right);
            }
            Expr::Case { operand, conditions, else_result, .. } => {
                operand.iter().chain(else_result).for_each(|expr| self.visit(expr));
                for case in conditions {
                    self.visit(&case.condition);
                    self.visit(&case.result);
                }
            }
            Expr::Function(function) => {
                if let FunctionArguments::List(list) = &function.args {
                    for argument in &list.args {
                        match argument {
                            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => self.visit(expr),
                            // count(t.*) and row_to_json(t) read the whole row.
                            FunctionArg::Unnamed(FunctionArgExpr::QualifiedWildcard(_)) => {
                                self.all_columns(None);
                            }
                            _ => {}
                        }
                    }
                }
                function.filter.iter().for_each(|filter| self.visit(filter));
                self.whole_rows(function);
            }
            Expr::BinaryOp { left, right, .. }
            | Expr::IsDistinctFrom(left, right)
            | Expr::IsNotDistinctFrom(left, right) => {
                self.visit(left);
                self.visit(right);
            }
            Expr::Between { expr, low, high, .. } => {
                [expr, low, high].into_iter().for_each(|expr| self.visit(expr));
            }
            Expr::Like { expr, pattern, .. }
            | Expr::ILike { expr, pattern, .. }
            | Expr::SimilarTo { expr, pattern, .. } => {
                self.visit(expr);
                self.visit(pattern);
            }
            Expr::InList { expr, list, .. } => {
                self.visit(expr);
                list.iter().for_each(|expr| self.visit(expr));
            }
            Expr::Tuple(items) => items.iter().for_each(|expr| self.visit(expr)),
            Expr::Array(array) => array.elem.iter().for_each(|expr| self.visit(expr)),
            Expr::Substring { expr, substring_from, substring_for, .. } => {
                self.visit(expr);
                substring_from.iter().chain(substring_for).for_each(|expr| self.visit(expr));
            }
            Expr::Nested(inner)
            | Expr::UnaryOp { expr: inner, .. }
            | Expr::Cast { expr: inner, .. }
            | Expr::Collate { expr: inner, .. }
            | Expr::Extract { expr: inner, .. }
            | Expr::Trim { expr: inner, .. }
            | Expr::Ceil { expr: inner, .. }
            | Expr::Floor { expr: inner, .. }
            | Expr::AtTimeZone { timestamp: inner, .. }
            | Expr::CompoundFieldAccess { root: inner, .. }
            | Expr::IsNull(inner)
            | Expr::IsNotNull(inner)
            | Expr::IsTrue(inner)
            | Expr::IsNotTrue(inner)
            | Expr::IsFalse(inner)
            | Expr::IsNotFalse(inner) => self.visit(inner),
            _ => {}
        }
    }

    fn inner(&mut self, query: &Query) -> Option<Place> {
        let outputs = self.query(query);
        match outputs.as_slice() {
            [(_, place)] => place.clone(),
            _ => None,
        }
    }

    /// A condition is looked at twice: its columns are noted, then it is taken apart. Its queries are read once.
    fn remember(&mut self, query: &Query, output: Option<Place>) {
        self.seen.push((std::ptr::from_ref(query) as usize, output));
    }

    pub(super) fn remembered(&self, query: &Query) -> Option<Place> {
        let address = std::ptr::from_ref(query) as usize;
        self.seen.iter().rev().find(|(seen, _)| *seen == address).and_then(|(_, output)| output.clone())
    }

    /// `row_to_json(t)`: a table's name as an argument is its whole row.
    fn whole_rows(&mut self, function: &Function) {
        let FunctionArguments::List(list) = &function.args else { return };
        for argument in &list.args {
            if let FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Identifier(name))) = argument
                && self.place(&Expr::Identifier(name.clone())).is_none()
            {
                self.all_columns(Some(&folded(name)));
            }
        }
    }
}

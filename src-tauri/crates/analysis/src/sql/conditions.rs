//! WHERE and ON, taken apart into filters on columns and joins between them.

use sqlparser::ast::{
    BinaryOperator as Op, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, UnaryOperator, Value,
};

use super::facts::{Filter, FilterOperator as Is, FilterValue, JoinColumns};
use super::walk::Walk;

impl Walk {
    /// `required`: every row of the result meets the condition.
    pub(super) fn condition(&mut self, expr: &Expr, required: bool) {
        match expr {
            Expr::BinaryOp { left, op: Op::And, right } => {
                self.condition(left, required);
                self.condition(right, required);
            }
            Expr::BinaryOp { left, op: Op::Or, right } => {
                self.condition(left, false);
                self.condition(right, false);
            }
            Expr::Nested(inner) => self.condition(inner, required),
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => match self.column(expr) {
                Some(_) => self.filter(expr, Is::IsFalse, FilterValue::Nothing, required),
                None => self.condition(expr, false),
            },
            Expr::BinaryOp { left, op, right } => self.comparison(left, op, right, required),
            Expr::AnyOp { left, compare_op, right, .. } => {
                let operator = if *compare_op == Op::Eq { Is::Any } else { Is::Other };
                self.filter(left, operator, value(right), required);
                self.queries_in(right);
            }
            Expr::InList { expr, list, negated } => {
                self.filter(expr, if *negated { Is::NotEqual } else { Is::In }, list_value(list), required);
                self.expressions(list);
            }
            Expr::InSubquery { expr, subquery, negated } => {
                let operator = if *negated { Is::NotEqual } else { Is::InQuery };
                self.filter(expr, operator, FilterValue::Expression, required);
                self.inner(subquery);
            }
            Expr::Between { expr, negated, low, high } => {
                let operator = if *negated { Is::NotEqual } else { Is::Range };
                self.filter(expr, operator, value(low).max_with(value(high)), required);
                self.expressions([low.as_ref(), high.as_ref()]);
            }
            Expr::Like { negated, expr, pattern, .. } => {
                let operator = if *negated { Is::Other } else { Is::Like { anchored: anchored(pattern) } };
                self.filter(expr, operator, value(pattern), required);
            }
            Expr::ILike { negated, expr, pattern, .. } => {
                let operator = if *negated { Is::Other } else { Is::ILike { anchored: anchored(pattern) } };
                self.filter(expr, operator, value(pattern), required);
            }
            Expr::SimilarTo { expr, pattern, .. } => self.filter(expr, Is::Regex, value(pattern), required),
            Expr::IsNull(expr) => self.filter(expr, Is::IsNull, FilterValue::Nothing, required),
            Expr::IsNotNull(expr) => self.filter(expr, Is::IsNotNull, FilterValue::Nothing, required),
            Expr::IsTrue(expr) => self.filter(expr, Is::IsTrue, FilterValue::Nothing, required),
            Expr::IsFalse(expr) => self.filter(expr, Is::IsFalse, FilterValue::Nothing, required),
            Expr::IsNotDistinctFrom(left, right) => self.comparison(left, &Op::Eq, right, required),
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
                self.filter(expr, Is::IsTrue, FilterValue::Nothing, required);
            }
            _ => self.queries_in(expr),
        }
    }

    fn comparison(&mut self, left: &Expr, op: &Op, right: &Expr, required: bool) {
        self.expressions([left, right]);
        let (one, other) = (self.column(left), self.column(right));
        match (one, other) {
            (Some(one), Some(other)) if *op == Op::Eq => {
                let apart = one.column.table != other.column.table || one.column.table.is_none();
                if apart && one.wrapped.is_none() && other.wrapped.is_none() {
                    self.facts.joins.push(JoinColumns { one: one.column, other: other.column });
                } else {
                    self.filter(left, Is::Equal, FilterValue::Expression, required);
                }
            }
            (Some(_), _) => self.filter(left, operator(op), value(right), required),
            (None, Some(_)) => self.filter(right, mirrored(operator(op)), value(left), required),
            (None, None) => self.rows(left, op, right, required),
        }
    }

    /// `(a, b) = (1, 2)` is one filter a column; keyset pages compare `(a, b) > (1, 2)`.
    fn rows(&mut self, left: &Expr, op: &Op, right: &Expr, required: bool) {
        if let (Expr::Tuple(columns), Expr::Tuple(values)) = (left, right) {
            for (column, constant) in columns.iter().zip(values) {
                self.filter(column, operator(op), value(constant), required);
            }
        }
    }

    fn filter(&mut self, expr: &Expr, operator: Is, value: FilterValue, required: bool) {
        match (expr, self.column(expr)) {
            (_, Some(found)) => {
                self.facts.filters.push(Filter {
                    column: found.column,
                    operator,
                    value,
                    required,
                    wrapped: found.wrapped,
                });
            }
            (Expr::Tuple(columns), None) => {
                for column in columns {
                    self.filter(column, operator, value, required);
                }
            }
            _ => self.queries_in(expr),
        }
    }

    /// Follows an expression into the queries that it holds.
    pub(super) fn queries_in(&mut self, expr: &Expr) {
        match expr {
            Expr::Subquery(query) | Expr::Exists { subquery: query, .. } => self.inner(query),
            Expr::InSubquery { expr, subquery, .. } => {
                self.queries_in(expr);
                self.inner(subquery);
            }
            Expr::Nested(inner) | Expr::UnaryOp { expr: inner, .. } | Expr::Cast { expr: inner, .. } => {
                self.queries_in(inner);
            }
            Expr::BinaryOp { left, right, .. }
            | Expr::AnyOp { left, right, .. }
            | Expr::AllOp { left, right, .. } => self.expressions([left.as_ref(), right.as_ref()]),
            Expr::Case { operand, conditions, else_result, .. } => {
                self.expressions(operand.as_deref());
                for case in conditions {
                    self.expressions([&case.condition, &case.result]);
                }
                self.expressions(else_result.as_deref());
            }
            Expr::Tuple(items) => self.expressions(items),
            Expr::Array(array) => self.expressions(&array.elem),
            Expr::Function(function) => self.arguments(&function.args),
            _ => {}
        }
    }

    fn arguments(&mut self, arguments: &FunctionArguments) {
        match arguments {
            FunctionArguments::Subquery(query) => self.inner(query),
            FunctionArguments::List(list) => {
                for argument in &list.args {
                    if let FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) = argument {
                        self.queries_in(expr);
                    }
                }
            }
            FunctionArguments::None => {}
        }
    }
}

fn operator(op: &Op) -> Is {
    match op {
        Op::Eq => Is::Equal,
        Op::NotEq => Is::NotEqual,
        Op::Lt | Op::LtEq | Op::Gt | Op::GtEq => Is::Range,
        Op::AtArrow => Is::Contains,
        Op::ArrowAt => Is::ContainedBy,
        Op::PGOverlap => Is::Overlaps,
        Op::Question | Op::QuestionAnd | Op::QuestionPipe => Is::HasKey,
        Op::AtAt | Op::AtQuestion => Is::Matches,
        Op::PGRegexMatch | Op::PGRegexIMatch => Is::Regex,
        Op::PGLikeMatch => Is::Like { anchored: None },
        Op::PGILikeMatch => Is::ILike { anchored: None },
        _ => Is::Other,
    }
}

/// The operator read from the other side.
fn mirrored(operator: Is) -> Is {
    match operator {
        Is::Contains => Is::ContainedBy,
        Is::ContainedBy => Is::Contains,
        Is::Equal | Is::NotEqual | Is::Range | Is::Overlaps => operator,
        _ => Is::Other,
    }
}

fn value(expr: &Expr) -> FilterValue {
    match expr {
        Expr::Value(value) => match value.value {
            Value::Placeholder(_) => FilterValue::Parameter,
            _ => FilterValue::Constant,
        },
        Expr::TypedString(_) | Expr::Interval(_) => FilterValue::Constant,
        Expr::Nested(inner) | Expr::Cast { expr: inner, .. } | Expr::UnaryOp { expr: inner, .. } => {
            value(inner)
        }
        Expr::Tuple(items) => list_value(items),
        Expr::Array(array) => list_value(&array.elem),
        _ => FilterValue::Expression,
    }
}

fn list_value(items: &[Expr]) -> FilterValue {
    items.iter().map(value).fold(FilterValue::Constant, FilterValue::max_with)
}

impl FilterValue {
    /// What both sides of a range, or all items of a list, are at most.
    fn max_with(self, other: Self) -> Self {
        match (self, other) {
            (Self::Expression, _) | (_, Self::Expression) => Self::Expression,
            (Self::Parameter, _) | (_, Self::Parameter) => Self::Parameter,
            _ => Self::Constant,
        }
    }
}

/// Whether a pattern begins with text rather than with a wildcard.
pub(crate) fn anchored(pattern: &Expr) -> Option<bool> {
    let Expr::Value(value) = pattern else { return None };
    let text = match &value.value {
        Value::SingleQuotedString(text) | Value::EscapedStringLiteral(text) => text,
        _ => return None,
    };
    Some(!text.starts_with(['%', '_']) && !text.is_empty())
}

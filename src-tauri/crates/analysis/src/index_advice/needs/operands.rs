//! What a condition compares with: a constant of the text, a parameter, or something worked out.

use sqlparser::ast::{Expr, Value};

use super::Operand;
use super::walk::Walk;

impl Walk<'_> {
    pub(super) fn operand(&self, expr: &Expr) -> Operand {
        match expr {
            Expr::Value(value) => match &value.value {
                Value::Placeholder(_) => Operand::Parameter,
                Value::SingleQuotedString(text) | Value::EscapedStringLiteral(text) => {
                    Operand::Constant(Some(text.clone()))
                }
                Value::Number(text, _) => Operand::Constant(Some(text.clone())),
                Value::Boolean(value) => Operand::Constant(Some(if *value { "t" } else { "f" }.to_owned())),
                _ => Operand::Constant(None),
            },
            Expr::TypedString(typed) => Operand::Constant(typed.value.clone().into_string()),
            Expr::Interval(_) => Operand::Constant(None),
            Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => self.operand(inner),
            Expr::UnaryOp { expr: inner, .. } => self.operand(inner).without_text(),
            Expr::BinaryOp { left, right, .. } => {
                self.operand(left).widest(self.operand(right)).without_text()
            }
            Expr::Array(array) => array
                .elem
                .iter()
                .map(|item| self.operand(item))
                .reduce(Operand::widest)
                .unwrap_or(Operand::Constant(None))
                .without_text(),
            _ => Operand::Expression,
        }
    }
}

impl Operand {
    /// Of the two ends of a range or of all items of a list: what is known of them together.
    pub(super) fn widest(self, other: Operand) -> Operand {
        match (self, other) {
            (Operand::Expression, _) | (_, Operand::Expression) => Operand::Expression,
            (Operand::Parameter, _) | (_, Operand::Parameter) => Operand::Parameter,
            (Operand::Nothing, Operand::Nothing) => Operand::Nothing,
            _ => Operand::Constant(None),
        }
    }

    pub(super) fn without_text(self) -> Operand {
        match self {
            Operand::Constant(_) => Operand::Constant(None),
            other => other,
        }
    }
}

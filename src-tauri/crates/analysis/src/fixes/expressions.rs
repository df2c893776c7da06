//! Expressions taken apart: conditions, the columns that they name, the placeholders compared with.

use sqlparser::ast::{
    BinaryOperator, CaseWhen, DataType, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, Value,
};

use super::text;
pub(super) use crate::sql::folded;

/// The expressions that one is made of. None for one that holds a query, and for kinds not known here.
pub(super) fn operands(expr: &mut Expr) -> Option<Vec<&mut Expr>> {
    Some(match expr {
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::Value(_) | Expr::TypedString(_) => {
            Vec::new()
        }
        Expr::Nested(inner)
        | Expr::UnaryOp { expr: inner, .. }
        | Expr::Cast { expr: inner, .. }
        | Expr::Collate { expr: inner, .. }
        | Expr::Extract { expr: inner, .. }
        | Expr::AtTimeZone { timestamp: inner, .. }
        | Expr::IsNull(inner)
        | Expr::IsNotNull(inner)
        | Expr::IsTrue(inner)
        | Expr::IsNotTrue(inner)
        | Expr::IsFalse(inner)
        | Expr::IsNotFalse(inner) => vec![inner],
        Expr::BinaryOp { left, right, .. }
        | Expr::AnyOp { left, right, .. }
        | Expr::AllOp { left, right, .. }
        | Expr::IsDistinctFrom(left, right)
        | Expr::IsNotDistinctFrom(left, right) => vec![left, right],
        Expr::Like { expr, pattern, escape_char: None, .. }
        | Expr::ILike { expr, pattern, escape_char: None, .. }
        | Expr::SimilarTo { expr, pattern, escape_char: None, .. } => vec![expr, pattern],
        Expr::Between { expr, low, high, .. } => vec![expr, low, high],
        Expr::InList { expr, list, .. } => std::iter::once(expr.as_mut()).chain(list).collect(),
        Expr::Tuple(items) => items.iter_mut().collect(),
        Expr::Array(array) => array.elem.iter_mut().collect(),
        Expr::Interval(interval) => vec![&mut interval.value],
        Expr::Case { operand, conditions, else_result, .. } => {
            let results =
                conditions.iter_mut().flat_map(|CaseWhen { condition, result }| [condition, result]);
            let ends = operand.iter_mut().chain(else_result).map(AsMut::as_mut);
            results.chain(ends).collect()
        }
        Expr::Function(function) => {
            if function.over.is_some() || !function.within_group.is_empty() {
                return None;
            }
            let filter = function.filter.iter_mut().map(AsMut::as_mut);
            match &mut function.args {
                FunctionArguments::None => filter.collect(),
                FunctionArguments::Subquery(_) => return None,
                FunctionArguments::List(list) if list.clauses.is_empty() => {
                    let mut found: Vec<&mut Expr> = filter.collect();
                    for argument in &mut list.args {
                        match argument {
                            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => found.push(expr),
                            FunctionArg::Unnamed(FunctionArgExpr::Wildcard) => {}
                            _ => return None,
                        }
                    }
                    found
                }
                FunctionArguments::List(_) => return None,
            }
        }
        _ => return None,
    })
}

/// The columns that an expression names, as it names them.
pub(super) fn columns(expr: &Expr) -> Option<Vec<Vec<Ident>>> {
    let mut found = Vec::new();
    let mut expr = expr.clone();
    each_column(&mut expr, &mut |column| {
        found.push(path(column)?);
        Some(())
    })?;
    Some(found)
}

fn path(column: &Expr) -> Option<Vec<Ident>> {
    match column {
        Expr::Identifier(name) => Some(vec![name.clone()]),
        Expr::CompoundIdentifier(parts) => Some(parts.clone()),
        _ => None,
    }
}

/// Read like columns, but what they give belongs to no table.
const NO_COLUMNS: &[&str] = &[
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "default",
    "localtime",
    "localtimestamp",
    "session_user",
    "user",
];

fn is_no_column(expr: &Expr) -> bool {
    matches!(expr, Expr::Identifier(name)
        if name.quote_style.is_none() && NO_COLUMNS.contains(&folded(name).as_str()))
}

fn each_column(expr: &mut Expr, see: &mut impl FnMut(&mut Expr) -> Option<()>) -> Option<()> {
    if is_no_column(expr) {
        return Some(());
    }
    if matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_)) {
        return see(expr);
    }
    operands(expr)?.into_iter().try_for_each(|operand| each_column(operand, see))
}

/// With every column under the name `to`, where all belong to the table `from`.
pub(super) fn under(expr: &Expr, from: &str, to: &Ident) -> Option<Expr> {
    let mut expr = expr.clone();
    each_column(&mut expr, &mut |column| {
        let path = path(column)?;
        let (name, tables) = path.split_last()?;
        if tables.last().is_some_and(|table| folded(table) != from) {
            return None;
        }
        *column = Expr::CompoundIdentifier(vec![to.clone(), name.clone()]);
        Some(())
    })?;
    Some(expr)
}

/// A bare column's own name.
pub(super) fn column_name(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Identifier(name) => Some(name),
        Expr::CompoundIdentifier(parts) => parts.last(),
        Expr::Nested(inner) => column_name(inner),
        _ => None,
    }
}

/// The conditions that all have to be met. `(a, b) = ($1, $2)` is two.
pub(super) fn conjuncts(condition: Expr) -> Vec<Expr> {
    match condition {
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            let mut all = conjuncts(*left);
            all.extend(conjuncts(*right));
            all
        }
        Expr::Nested(inner) if matches!(*inner, Expr::BinaryOp { op: BinaryOperator::And, .. }) => {
            conjuncts(*inner)
        }
        Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => match (*left, *right) {
            (Expr::Tuple(one), Expr::Tuple(other)) if one.len() == other.len() => {
                one.into_iter().zip(other).map(|(one, other)| equal(one, other)).collect()
            }
            (left, right) => vec![equal(left, right)],
        },
        other => vec![other],
    }
}

pub(super) fn equal(left: Expr, right: Expr) -> Expr {
    Expr::BinaryOp { left: Box::new(left), op: BinaryOperator::Eq, right: Box::new(right) }
}

/// The condition that all are met; none for no conditions.
pub(super) fn all_of(conditions: Vec<Expr>) -> Option<Expr> {
    let several = conditions.len() > 1;
    let bracketed = |condition: Expr| match condition {
        Expr::BinaryOp { op: BinaryOperator::Or | BinaryOperator::Xor, .. } if several => {
            Expr::Nested(Box::new(condition))
        }
        _ => condition,
    };
    conditions.into_iter().map(bracketed).reduce(|left, right| Expr::BinaryOp {
        left: Box::new(left),
        op: BinaryOperator::And,
        right: Box::new(right),
    })
}

/// `$n`, with the type it is cast to.
pub(super) fn placeholder(expr: &Expr) -> Option<(u32, Option<&DataType>)> {
    match expr {
        Expr::Nested(inner) => placeholder(inner),
        Expr::Cast { expr, data_type, .. } => match placeholder(expr)? {
            (number, None) => Some((number, Some(data_type))),
            // Of `$1::text::uuid` no array can be made by one cast.
            _ => None,
        },
        Expr::Value(value) => match &value.value {
            Value::Placeholder(text) => Some((text.strip_prefix('$')?.parse().ok()?, None)),
            _ => None,
        },
        _ => None,
    }
}

/// What is compared with a placeholder for equality.
#[derive(Clone, Debug)]
pub(super) struct Equality {
    pub(super) number: u32,
    pub(super) column: Expr,
    pub(super) cast: Option<DataType>,
}

/// `column = $n`, in either order; the column may be inside a function.
pub(super) fn equality(condition: &Expr) -> Option<Equality> {
    match condition {
        Expr::Nested(inner) => equality(inner),
        Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => {
            let sides = [(left, right), (right, left)];
            sides.into_iter().find_map(|(column, value)| {
                let (number, cast) = placeholder(value)?;
                let named = columns(column).is_some_and(|columns| !columns.is_empty());
                let equality = Equality { number, column: column.as_ref().clone(), cast: cast.cloned() };
                (named && !text::holds(&column.to_string(), number)).then_some(equality)
            })
        }
        _ => None,
    }
}

//! Which table a column name belongs to, query by query.

use sqlparser::ast::{Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, ObjectName};

use super::facts::ColumnRef;
use super::walk::Walk;

/// The names that FROM brings in, innermost query last.
#[derive(Default)]
pub(super) struct Scopes {
    stack: Vec<Vec<(String, Option<usize>)>>,
    /// Names of the common table expressions in reach.
    pub(super) common: Vec<String>,
}

impl Scopes {
    pub(super) fn open(&mut self) {
        self.stack.push(Vec::new());
    }

    pub(super) fn close(&mut self) {
        self.stack.pop();
    }

    /// `None` for what is no table: a subquery, a function.
    pub(super) fn name(&mut self, name: String, table: Option<usize>) {
        if let Some(scope) = self.stack.last_mut() {
            scope.push((name, table));
        }
    }

    fn qualified(&self, name: &str) -> Option<usize> {
        let mut scopes = self.stack.iter().rev();
        scopes.find_map(|scope| scope.iter().find(|(known, _)| known == name)).and_then(|(_, table)| *table)
    }

    /// A column without a table name belongs to the only table there is.
    fn only(&self) -> Option<usize> {
        match self.stack.last()?.as_slice() {
            [(_, table)] => *table,
            _ => None,
        }
    }

    /// The two tables that came in last, for USING.
    fn last_two(&self) -> (Option<usize>, Option<usize>) {
        let scope = self.stack.last().map(Vec::as_slice).unwrap_or_default();
        match scope {
            [.., (_, one), (_, other)] => (*one, *other),
            _ => (None, None),
        }
    }
}

/// A column, bare or inside something that hides it from a plain index.
pub(super) struct Found {
    pub(super) column: ColumnRef,
    pub(super) wrapped: Option<String>,
}

impl Walk {
    pub(super) fn column(&self, expr: &Expr) -> Option<Found> {
        let wrap = |inner: &Expr, name: &str| {
            let found = self.column(inner)?;
            Some(Found { wrapped: Some(found.wrapped.unwrap_or_else(|| name.to_string())), ..found })
        };
        match expr {
            Expr::Identifier(name) => {
                let column = ColumnRef { table: self.scopes.only(), name: folded(name) };
                Some(Found { column, wrapped: None })
            }
            Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [.., table, name] => {
                    let table = self.scopes.qualified(&folded(table));
                    Some(Found { column: ColumnRef { table, name: folded(name) }, wrapped: None })
                }
                _ => None,
            },
            Expr::Nested(inner) | Expr::Collate { expr: inner, .. } => self.column(inner),
            Expr::Cast { expr, .. } => wrap(expr, "cast"),
            Expr::AtTimeZone { timestamp, .. } => wrap(timestamp, "at time zone"),
            Expr::Extract { expr, .. } => wrap(expr, "extract"),
            Expr::BinaryOp { left, op, .. }
                if matches!(op.to_string().as_str(), "->" | "->>" | "#>" | "#>>") =>
            {
                wrap(left, &op.to_string())
            }
            Expr::Function(function) => match &function.args {
                FunctionArguments::List(list) => match list.args.as_slice() {
                    [FunctionArg::Unnamed(FunctionArgExpr::Expr(only))] => {
                        wrap(only, &names(&function.name).pop().unwrap_or_default())
                    }
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        }
    }

    pub(super) fn joined_using(&mut self, column: &ObjectName) {
        let Some(name) = names(column).pop() else { return };
        let (one, other) = self.scopes.last_two();
        self.facts.joins.push(super::facts::JoinColumns {
            one: ColumnRef { table: one, name: name.clone() },
            other: ColumnRef { table: other, name },
        });
    }
}

/// A name as PostgreSQL folds it: unquoted ones to lower case.
pub(crate) fn folded(name: &Ident) -> String {
    if name.quote_style.is_some() { name.value.clone() } else { name.value.to_lowercase() }
}

pub(crate) fn names(name: &ObjectName) -> Vec<String> {
    name.0.iter().filter_map(|part| part.as_ident()).map(folded).collect()
}

//! Which column each placeholder of a statement is compared with, and where that column can be read.

use sqlparser::ast::{
    BinaryOperator as Op, DataType, Delete, Expr, FromTable, Insert, Join, JoinConstraint, JoinOperator,
    Query, Select, SelectItem, SetExpr, Statement, TableFactor, TableWithJoins, Update, UpdateTableFromKind,
};

use super::expressions::{columns, folded, operands, placeholder};

/// A placeholder beside the column that tells its type.
#[derive(Clone, Debug)]
pub(super) struct Comparison {
    pub(super) number: u32,
    /// As written: `o.customer_id`, `lower(email)`.
    pub(super) column: Expr,
    /// The table with its alias, as FROM writes it; none when it cannot be told or is no plain table.
    pub(super) table: Option<String>,
    pub(super) cast: Option<DataType>,
    pub(super) equal: bool,
    /// `IN (…)` or `= ANY(…)`.
    pub(super) list: bool,
}

/// Every comparison with a placeholder, in the order of the statement.
pub(super) fn comparisons(statement: &Statement) -> Vec<Comparison> {
    let mut walk = Walk::default();
    match statement.clone() {
        Statement::Query(mut query) => walk.query(&mut query),
        Statement::Insert(mut insert) => walk.insert(&mut insert),
        Statement::Update(mut update) => walk.update(&mut update),
        Statement::Delete(mut delete) => walk.delete(&mut delete),
        _ => {}
    }
    walk.found
}

#[derive(Default)]
struct Walk {
    /// The names that FROM brings in with their text, innermost query last.
    scopes: Vec<Vec<(String, Option<String>)>>,
    /// Names of common table expressions.
    common: Vec<String>,
    found: Vec<Comparison>,
}

impl Walk {
    fn query(&mut self, query: &mut Query) {
        if let Some(with) = &mut query.with {
            for common in &mut with.cte_tables {
                self.common.push(folded(&common.alias.name));
                self.query(&mut common.query);
            }
        }
        self.body(&mut query.body);
    }

    fn body(&mut self, body: &mut SetExpr) {
        match body {
            SetExpr::Select(select) => self.select(select),
            SetExpr::Query(query) => self.query(query),
            SetExpr::SetOperation { left, right, .. } => {
                self.body(left);
                self.body(right);
            }
            _ => {}
        }
    }

    fn select(&mut self, select: &mut Select) {
        self.scopes.push(Vec::new());
        select.from.iter_mut().for_each(|table| self.from(table));
        for item in &mut select.projection {
            if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } = item {
                self.expression(expr);
            }
        }
        select.selection.iter_mut().chain(&mut select.having).for_each(|expr| self.expression(expr));
        self.scopes.pop();
    }

    fn insert(&mut self, insert: &mut Insert) {
        if let Some(source) = &mut insert.source {
            self.query(source);
        }
    }

    fn update(&mut self, update: &mut Update) {
        self.scopes.push(Vec::new());
        self.from(&mut update.table);
        if let Some(UpdateTableFromKind::BeforeSet(tables) | UpdateTableFromKind::AfterSet(tables)) =
            &mut update.from
        {
            tables.iter_mut().for_each(|table| self.from(table));
        }
        update.selection.iter_mut().for_each(|expr| self.expression(expr));
        self.scopes.pop();
    }

    fn delete(&mut self, delete: &mut Delete) {
        self.scopes.push(Vec::new());
        let (FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables)) = &mut delete.from;
        tables.iter_mut().chain(delete.using.iter_mut().flatten()).for_each(|table| self.from(table));
        delete.selection.iter_mut().for_each(|expr| self.expression(expr));
        self.scopes.pop();
    }

    fn from(&mut self, table: &mut TableWithJoins) {
        self.factor(&mut table.relation);
        table.joins.iter_mut().for_each(|join| self.factor(&mut join.relation));
        for join in &mut table.joins {
            if let Some(on) = on(join) {
                self.expression(on);
            }
        }
    }

    fn factor(&mut self, factor: &mut TableFactor) {
        let written = factor.to_string();
        let (name, text) = match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                let table = name.0.last().and_then(|part| part.as_ident()).map(folded).unwrap_or_default();
                let common = name.0.len() == 1 && self.common.contains(&table);
                let plain = alias.as_ref().is_none_or(|alias| alias.columns.is_empty());
                let shown = alias.as_ref().map_or(table, |alias| folded(&alias.name));
                (shown, (!common && plain).then_some(written))
            }
            TableFactor::Derived { subquery, alias, .. } => {
                self.query(subquery);
                (alias.as_ref().map(|alias| folded(&alias.name)).unwrap_or_default(), None)
            }
            TableFactor::NestedJoin { table_with_joins, .. } => return self.from(table_with_joins),
            _ => (String::new(), None),
        };
        if let Some(scope) = self.scopes.last_mut() {
            scope.push((name, text));
        }
    }

    fn expression(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Subquery(query) | Expr::Exists { subquery: query, .. } => self.query(query),
            Expr::InSubquery { expr, subquery, .. } => {
                self.expression(expr);
                self.query(subquery);
            }
            Expr::BinaryOp { left, op, right } => {
                match op {
                    Op::Eq => self.compared(left, right, true),
                    Op::NotEq | Op::Lt | Op::LtEq | Op::Gt | Op::GtEq => self.compared(left, right, false),
                    _ => {}
                }
                self.expression(left);
                self.expression(right);
            }
            Expr::AnyOp { left, compare_op, right, .. } => {
                self.listed(left, right, *compare_op == Op::Eq);
                self.expression(left);
                self.expression(right);
            }
            other => {
                match other {
                    Expr::IsNotDistinctFrom(one, other) => self.compared(one, other, true),
                    Expr::IsDistinctFrom(one, other) => self.compared(one, other, false),
                    Expr::Like { expr, pattern, .. } | Expr::ILike { expr, pattern, .. } => {
                        self.compared(expr, pattern, false);
                    }
                    Expr::Between { expr, low, high, .. } => {
                        self.compared(expr, low, false);
                        self.compared(expr, high, false);
                    }
                    Expr::InList { expr, list, negated: false } => {
                        list.iter().for_each(|item| self.listed(expr, item, true));
                    }
                    _ => {}
                }
                if let Some(operands) = operands(other) {
                    operands.into_iter().for_each(|operand| self.expression(operand));
                }
            }
        }
    }

    fn compared(&mut self, left: &Expr, right: &Expr, equal: bool) {
        if let (Expr::Tuple(one), Expr::Tuple(other)) = (left, right) {
            one.iter().zip(other).for_each(|(one, other)| self.compared(one, other, equal));
        }
        for (column, value) in [(left, right), (right, left)] {
            self.beside(column, value, equal, false);
        }
    }

    fn listed(&mut self, column: &Expr, value: &Expr, equal: bool) {
        match value {
            Expr::Tuple(items) => items.iter().for_each(|item| self.listed(column, item, equal)),
            Expr::Array(array) => array.elem.iter().for_each(|item| self.listed(column, item, equal)),
            _ => self.beside(column, value, equal, true),
        }
    }

    fn beside(&mut self, column: &Expr, value: &Expr, equal: bool, list: bool) {
        let Some((number, cast)) = self::value(value) else { return };
        // A row of columns stands beside a row of values in a list.
        if let Expr::Tuple(_) = column {
            self.found.push(Comparison {
                number,
                column: column.clone(),
                table: None,
                cast: None,
                equal,
                list,
            });
        } else if columns(column).is_some_and(|columns| !columns.is_empty()) {
            let table = self.table(column);
            self.found.push(Comparison { number, column: column.clone(), table, cast, equal, list });
        }
    }

    /// The one table that all columns of an expression belong to.
    fn table(&self, column: &Expr) -> Option<String> {
        let mut tables = columns(column)?.into_iter().map(|path| match path.as_slice() {
            [.., table, _] => {
                let table = folded(table);
                let mut scopes = self.scopes.iter().rev();
                scopes.find_map(|scope| scope.iter().find(|(known, _)| *known == table))?.1.clone()
            }
            _ => match self.scopes.last()?.as_slice() {
                [(_, table)] => table.clone(),
                _ => None,
            },
        });
        let first = tables.next()??;
        tables.all(|table| table.as_ref() == Some(&first)).then_some(first)
    }
}

/// `$1`, `$1::uuid`, and `lower($1)` beside `lower(email)`.
fn value(expr: &Expr) -> Option<(u32, Option<DataType>)> {
    if let Some((number, cast)) = placeholder(expr) {
        return Some((number, cast.cloned()));
    }
    let Expr::Function(function) = expr else { return None };
    // Functions that give the type that they take.
    let same = ["lower", "upper", "trim", "btrim"];
    if !same.contains(&function.name.to_string().to_ascii_lowercase().as_str()) {
        return None;
    }
    let mut expr = expr.clone();
    let [argument] = operands(&mut expr)?.try_into().ok()?;
    placeholder(argument).map(|(number, cast)| (number, cast.cloned()))
}

/// The condition of a join.
pub(super) fn on(join: &mut Join) -> Option<&mut Expr> {
    use JoinOperator as J;
    match &mut join.join_operator {
        J::Join(JoinConstraint::On(on))
        | J::Inner(JoinConstraint::On(on))
        | J::Left(JoinConstraint::On(on))
        | J::LeftOuter(JoinConstraint::On(on))
        | J::Right(JoinConstraint::On(on))
        | J::RightOuter(JoinConstraint::On(on))
        | J::FullOuter(JoinConstraint::On(on)) => Some(on),
        _ => None,
    }
}

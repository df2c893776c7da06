//! Facts from a parse tree: which tables, and what queries and writes do with them.

use sqlparser::ast::{
    AssignmentTarget, Delete, Expr, FromTable, GroupByExpr, Insert, Join, JoinConstraint, JoinOperator,
    LimitClause, ObjectName, OnConflictAction, OnInsert, OrderByExpr, OrderByKind, OrderBySort, Query,
    Select, SelectItem, SetExpr, Statement, TableFactor, TableObject, TableWithJoins, Update,
    UpdateTableFromKind,
};

use super::facts::{Ordering, StatementFacts, StatementKind as Is, TableRef};
use super::scope::{Scopes, folded, names};

/// The facts of one statement.
pub(super) fn facts(statement: &Statement) -> StatementFacts {
    let mut walk = Walk { facts: StatementFacts::new(kind(statement)), scopes: Scopes::default() };
    walk.facts.parsed = true;
    match statement {
        Statement::Query(query) => walk.query(query, true),
        Statement::Insert(insert) => walk.insert(insert),
        Statement::Update(update) => walk.update(update),
        Statement::Delete(delete) => walk.delete(delete),
        // Their facts are their kind and tables, which the words tell as well.
        _ if matches!(walk.facts.kind, Is::Utility | Is::Merge) => walk.facts.kind = Is::Other,
        _ => {}
    }
    walk.facts
}

pub(super) fn is_transaction_control(statement: &Statement) -> bool {
    kind(statement) == Is::Transaction
}

fn kind(statement: &Statement) -> Is {
    match statement {
        Statement::Query(query) => match query.body.as_ref() {
            SetExpr::Insert(_) => Is::Insert,
            SetExpr::Update(_) => Is::Update,
            SetExpr::Delete(_) => Is::Delete,
            SetExpr::Merge(_) => Is::Merge,
            _ => Is::Select,
        },
        Statement::Insert(_) => Is::Insert,
        Statement::Update(_) => Is::Update,
        Statement::Delete(_) => Is::Delete,
        Statement::Merge(_) => Is::Merge,
        Statement::StartTransaction { .. }
        | Statement::Commit { .. }
        | Statement::Rollback { .. }
        | Statement::Savepoint { .. }
        | Statement::ReleaseSavepoint { .. } => Is::Transaction,
        Statement::Set(_)
        | Statement::ShowVariable { .. }
        | Statement::ShowVariables { .. }
        | Statement::Discard { .. }
        | Statement::Deallocate { .. } => Is::Session,
        _ => Is::Utility,
    }
}

pub(super) struct Walk {
    pub(super) facts: StatementFacts,
    pub(super) scopes: Scopes,
}

impl Walk {
    pub(super) fn query(&mut self, query: &Query, outermost: bool) {
        let known = self.scopes.common.len();
        if let Some(with) = &query.with {
            for common in &with.cte_tables {
                if with.recursive {
                    self.scopes.common.push(folded(&common.alias.name));
                }
                self.query(&common.query, false);
                if !with.recursive {
                    self.scopes.common.push(folded(&common.alias.name));
                }
            }
        }
        let opened = self.set_expr(&query.body, outermost);
        if outermost {
            self.order(query);
            self.limit(query);
        }
        self.facts.for_update |= !query.locks.is_empty();
        if opened {
            self.scopes.close();
        }
        self.scopes.common.truncate(known);
    }

    /// Returns whether it left a scope open, in which ORDER BY is to be read.
    fn set_expr(&mut self, body: &SetExpr, outermost: bool) -> bool {
        match body {
            SetExpr::Select(select) => {
                self.scopes.open();
                self.select(select, outermost);
                return true;
            }
            SetExpr::Query(query) => self.query(query, outermost),
            SetExpr::SetOperation { left, right, .. } => {
                for side in [left, right] {
                    if self.set_expr(side, outermost) {
                        self.scopes.close();
                    }
                }
            }
            SetExpr::Values(values) if outermost => self.facts.rows = values.rows.len(),
            SetExpr::Insert(statement) | SetExpr::Update(statement) | SetExpr::Delete(statement) => {
                self.written_inside(statement);
            }
            _ => {}
        }
        false
    }

    /// A write under WITH: `WITH gone AS (DELETE …) INSERT …`.
    fn written_inside(&mut self, statement: &Statement) {
        match statement {
            Statement::Insert(insert) => self.insert(insert),
            Statement::Update(update) => self.update(update),
            Statement::Delete(delete) => self.delete(delete),
            _ => {}
        }
    }

    fn select(&mut self, select: &Select, outermost: bool) {
        self.from(&select.from);
        if let Some(selection) = &select.selection {
            self.condition(selection, true);
        }
        if let Some(having) = &select.having {
            self.queries_in(having);
        }
        for item in &select.projection {
            self.projected(item, outermost);
        }
        if !outermost {
            return;
        }
        self.facts.distinct |= select.distinct.is_some();
        if let GroupByExpr::Expressions(items, _) = &select.group_by {
            let columns: Vec<_> = items.iter().filter_map(|item| self.column(item)).collect();
            self.facts.group_by.extend(columns.into_iter().filter(|c| c.wrapped.is_none()).map(|c| c.column));
        }
        self.facts.housekeeping = select.from.is_empty()
            && select.selection.is_none()
            && select.projection.iter().all(super::housekeeping::item);
    }

    fn projected(&mut self, item: &SelectItem, outermost: bool) {
        match item {
            SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => self.facts.star |= outermost,
            SelectItem::UnnamedExpr(expr)
            | SelectItem::ExprWithAlias { expr, .. }
            | SelectItem::ExprWithAliases { expr, .. } => {
                self.queries_in(expr);
                if !outermost {
                    return;
                }
                match self.column(expr) {
                    Some(found) if found.wrapped.is_none() => self.facts.projected.push(found.column),
                    _ => self.facts.aggregates |= super::housekeeping::aggregates(expr),
                }
            }
        }
    }

    pub(super) fn from(&mut self, tables: &[TableWithJoins]) {
        for table in tables {
            self.factor(&table.relation);
            for join in &table.joins {
                self.factor(&join.relation);
            }
            for join in &table.joins {
                self.join(join);
            }
        }
    }

    fn join(&mut self, join: &Join) {
        use JoinOperator as J;
        let (constraint, required) = match &join.join_operator {
            J::Join(c) | J::Inner(c) | J::CrossJoin(c) | J::Semi(c) | J::StraightJoin(c) => (c, true),
            J::Left(c) | J::LeftOuter(c) | J::Right(c) | J::RightOuter(c) | J::FullOuter(c) => (c, false),
            _ => return,
        };
        match constraint {
            JoinConstraint::On(on) => self.condition(on, required),
            JoinConstraint::Using(columns) => {
                for column in columns {
                    self.joined_using(column);
                }
            }
            JoinConstraint::Natural | JoinConstraint::None => {}
        }
    }

    fn factor(&mut self, factor: &TableFactor) {
        match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                let alias = alias.as_ref().map(|alias| folded(&alias.name));
                self.table(name, alias);
            }
            TableFactor::Derived { subquery, alias, .. } => {
                self.query(subquery, false);
                if let Some(alias) = alias {
                    self.scopes.name(folded(&alias.name), None);
                }
            }
            TableFactor::NestedJoin { table_with_joins, .. } => {
                self.from(std::slice::from_ref(table_with_joins))
            }
            TableFactor::Table { alias: Some(alias), .. }
            | TableFactor::Function { alias: Some(alias), .. }
            | TableFactor::TableFunction { alias: Some(alias), .. }
            | TableFactor::UNNEST { alias: Some(alias), .. } => self.scopes.name(folded(&alias.name), None),
            _ => {}
        }
    }

    /// Adds a table, unless the name is a common table expression's.
    fn table(&mut self, name: &ObjectName, alias: Option<String>) -> Option<usize> {
        let mut parts = names(name);
        let name = parts.pop()?;
        let schema = parts.pop();
        let shown = alias.clone().unwrap_or_else(|| name.clone());
        if schema.is_none() && self.scopes.common.contains(&name) {
            self.scopes.name(shown, None);
            return None;
        }
        let table = TableRef { schema, name, alias };
        let known = self.facts.tables.iter().position(|other| *other == table);
        let index = known.unwrap_or_else(|| {
            self.facts.tables.push(table);
            self.facts.tables.len() - 1
        });
        self.scopes.name(shown, Some(index));
        Some(index)
    }

    fn order(&mut self, query: &Query) {
        let Some(order) = &query.order_by else { return };
        let OrderByKind::Expressions(items) = &order.kind else {
            self.facts.order_by_expressions = true;
            return;
        };
        for item in items {
            self.ordering(item);
        }
    }

    fn ordering(&mut self, item: &OrderByExpr) {
        match self.column(&item.expr) {
            Some(found) if found.wrapped.is_none() => self.facts.order_by.push(Ordering {
                column: found.column,
                descending: matches!(item.options.sort, Some(OrderBySort::Desc)),
                nulls_first: item.options.nulls_first,
            }),
            _ => self.facts.order_by_expressions = true,
        }
    }

    fn limit(&mut self, query: &Query) {
        self.facts.limit |= query.fetch.is_some();
        match &query.limit_clause {
            Some(LimitClause::LimitOffset { limit, offset, .. }) => {
                self.facts.limit |= limit.is_some();
                self.facts.offset |= offset.is_some();
            }
            Some(LimitClause::OffsetCommaLimit { .. }) => {
                (self.facts.limit, self.facts.offset) = (true, true)
            }
            None => {}
        }
    }

    fn insert(&mut self, insert: &Insert) {
        self.scopes.open();
        if let TableObject::TableName(name) = &insert.table {
            let alias = insert.table_alias.as_ref().map(|alias| folded(&alias.alias));
            self.facts.target = self.table(name, alias);
        }
        self.facts.written = insert.columns.iter().filter_map(|column| names(column).pop()).collect();
        self.facts.returning |= insert.returning.is_some();
        self.facts.on_conflict = insert.on.is_some();
        if let Some(source) = &insert.source {
            if let SetExpr::Values(values) = source.body.as_ref() {
                self.facts.rows = values.rows.len();
            }
            self.query(source, false);
        }
        if let Some(OnInsert::OnConflict(conflict)) = &insert.on
            && let OnConflictAction::DoUpdate(update) = &conflict.action
            && let Some(selection) = &update.selection
        {
            self.queries_in(selection);
        }
        self.scopes.close();
    }

    fn update(&mut self, update: &Update) {
        self.scopes.open();
        let first = self.facts.tables.len();
        self.from(std::slice::from_ref(&update.table));
        self.facts.target = (self.facts.tables.len() > first).then_some(first);
        if let Some(UpdateTableFromKind::BeforeSet(tables) | UpdateTableFromKind::AfterSet(tables)) =
            &update.from
        {
            self.from(tables);
        }
        for assignment in &update.assignments {
            let targets = match &assignment.target {
                AssignmentTarget::ColumnName(name) => std::slice::from_ref(name),
                AssignmentTarget::Tuple(names) => names.as_slice(),
            };
            self.facts.written.extend(targets.iter().filter_map(|name| names(name).pop()));
            self.queries_in(&assignment.value);
        }
        if let Some(selection) = &update.selection {
            self.condition(selection, true);
        }
        self.facts.returning |= update.returning.is_some();
        self.scopes.close();
    }

    fn delete(&mut self, delete: &Delete) {
        self.scopes.open();
        let first = self.facts.tables.len();
        let (FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables)) = &delete.from;
        self.from(tables);
        self.facts.target = (self.facts.tables.len() > first).then_some(first);
        self.from(delete.using.as_deref().unwrap_or_default());
        if let Some(selection) = &delete.selection {
            self.condition(selection, true);
        }
        self.facts.returning |= delete.returning.is_some();
        self.scopes.close();
    }

    /// Conditions of a query inside an expression count for the whole statement's tables.
    pub(super) fn inner(&mut self, query: &Query) {
        self.query(query, false);
    }

    pub(super) fn expressions<'e>(&mut self, expressions: impl IntoIterator<Item = &'e Expr>) {
        for expression in expressions {
            self.queries_in(expression);
        }
    }
}

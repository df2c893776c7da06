//! A statement's queries, one after the other: what they read, and where their columns come from.

use std::rc::Rc;

use sqlparser::ast::{
    Delete, FromTable, Insert, Merge, ObjectName, Query, Select, SelectItem, SetExpr, Statement, TableObject,
    Update, UpdateTableFromKind,
};

use super::relations::{Outputs, Place, Relation, Source};
use super::{Key, Leading, Need, Needs};
use crate::index_advice::schema::{Named, Schema};
use crate::sql::{folded, names, parse};

/// Views upon views are followed so far.
const DEEPEST: usize = 16;
/// A statement that names more tables than this is no query of an application.
const MOST_NEEDS: usize = 200;

pub(in crate::index_advice) fn needs(sql: &str, schema: &Schema<'_>) -> Needs {
    let Some(statement) = parse(sql) else { return Needs { unreadable: true, ..Needs::default() } };
    let mut walk = Walk::new(schema);
    walk.statement(&statement);
    walk.spread_constants();
    let tables = walk.needs.iter().map(|need| need.table).chain(walk.target).collect();
    Needs { needs: walk.needs, tables, unknown: walk.unknown, target: walk.target, unreadable: false }
}

pub(super) struct Walk<'a> {
    pub(super) schema: &'a Schema<'a>,
    pub(super) needs: Vec<Need>,
    pub(super) scopes: Vec<Vec<Relation>>,
    common: Vec<(String, Outputs)>,
    unknown: std::collections::BTreeSet<String>,
    target: Option<usize>,
    depth: usize,
    /// The query that comes next is the statement itself.
    pub(super) outermost: bool,
    /// Where the table that comes next stands.
    pub(super) next: Leading,
    /// Keys that are equal in every row.
    pub(super) equal: Vec<((usize, Key), (usize, Key))>,
    /// Subqueries that were read, by where they stand, with what they give.
    pub(super) seen: Vec<(usize, Option<Place>)>,
}

impl<'a> Walk<'a> {
    fn new(schema: &'a Schema<'a>) -> Walk<'a> {
        Walk {
            schema,
            needs: Vec::new(),
            scopes: Vec::new(),
            common: Vec::new(),
            unknown: std::collections::BTreeSet::new(),
            target: None,
            depth: 0,
            outermost: false,
            next: Leading::Perhaps,
            equal: Vec::new(),
            seen: Vec::new(),
        }
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Query(query) => {
                self.outermost = true;
                self.query(query);
            }
            Statement::Insert(insert) => self.insert(insert),
            Statement::Update(update) => self.update(update),
            Statement::Delete(delete) => self.delete(delete),
            Statement::Merge(merge) => self.merge(merge),
            _ => {}
        }
    }

    /// A query with its own scope; what it gives is known by name to whoever reads from it.
    pub(super) fn query(&mut self, query: &Query) -> Outputs {
        let known = self.common.len();
        let outermost = std::mem::take(&mut self.outermost);
        for common in query.with.iter().flat_map(|with| &with.cte_tables) {
            let name = folded(&common.alias.name);
            let columns: Vec<String> =
                common.alias.columns.iter().map(|column| folded(&column.name)).collect();
            let recursive = query.with.as_ref().is_some_and(|with| with.recursive);
            if recursive {
                self.common.push((name.clone(), Rc::default()));
            }
            let outputs = renamed(self.query(&common.query), &columns);
            self.common.push((name, outputs));
        }
        self.outermost = outermost && matches!(*query.body, SetExpr::Select(_));
        let outputs = self.body(&query.body, Some(query));
        self.common.truncate(known);
        outputs
    }

    /// `around` is the query whose ORDER BY and LIMIT apply to this body itself.
    fn body(&mut self, body: &SetExpr, around: Option<&Query>) -> Outputs {
        match body {
            SetExpr::Select(select) => self.select(select, around),
            SetExpr::Query(query) => self.query(query),
            SetExpr::SetOperation { left, right, .. } => {
                let first = self.body(left, None);
                self.body(right, None);
                // A condition on the result is pushed into every branch; only the names are sure here.
                Rc::new(first.iter().map(|(name, _)| (name.clone(), None)).collect())
            }
            SetExpr::Insert(statement) | SetExpr::Update(statement) | SetExpr::Delete(statement) => {
                self.statement(statement);
                Rc::default()
            }
            SetExpr::Values(values) => {
                values.rows.iter().flat_map(|row| &row.content).for_each(|expr| self.visit(expr));
                Rc::default()
            }
            _ => Rc::default(),
        }
    }

    fn select(&mut self, select: &Select, around: Option<&Query>) -> Outputs {
        self.scopes.push(Vec::new());
        let first = self.needs.len();
        self.from(select, around);
        if let Some(selection) = &select.selection {
            self.condition(selection);
        }
        let outputs = self.outputs(select);
        if let Some(having) = &select.having {
            self.visit(having);
        }
        self.grouping(select, &outputs);
        if let Some(query) = around {
            self.ordering(query, select, first);
        }
        let passed_on = self.passed_on(select, around, outputs);
        self.scopes.pop();
        Rc::new(passed_on)
    }

    pub(super) fn bring_in(&mut self, name: String, source: Source) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.push(Relation { name, source });
        }
    }

    /// Brings a table, a view or a common table expression into reach; answers with the need, for a table.
    pub(super) fn table(&mut self, name: &ObjectName, alias: Option<(String, Vec<String>)>) -> Option<usize> {
        let mut parts = names(name);
        let bare = parts.pop()?;
        let schema = parts.pop();
        let (shown, columns) = alias.unwrap_or_else(|| (bare.clone(), Vec::new()));
        if schema.is_none()
            && let Some((_, outputs)) = self.common.iter().rev().find(|(name, _)| *name == bare)
        {
            let outputs = renamed(Rc::clone(outputs), &columns);
            self.bring_in(shown, Source::Query(outputs));
            return None;
        }
        match self.schema.find(schema.as_deref(), &bare) {
            Some(Named::Table(table)) if self.needs.len() < MOST_NEEDS => {
                self.needs.push(Need { table, ..Need::default() });
                let need = self.needs.len() - 1;
                self.bring_in(shown, Source::Table(need));
                Some(need)
            }
            Some(Named::View(view)) => {
                let outputs = renamed(self.view(view), &columns);
                self.bring_in(shown, Source::Query(outputs));
                None
            }
            _ => {
                if !bare.starts_with("pg_") {
                    self.unknown.insert(schema.map_or(bare.clone(), |schema| format!("{schema}.{bare}")));
                }
                self.bring_in(shown, Source::Unknown);
                None
            }
        }
    }

    /// A view is read as its query; names in it do not see what is around the statement.
    fn view(&mut self, view: usize) -> Outputs {
        let definition = self.schema.view(view).and_then(|view| parse(&view.definition));
        let Some(Statement::Query(query)) = definition else { return Rc::default() };
        if self.depth >= DEEPEST {
            return Rc::default();
        }
        let (scopes, common) = (std::mem::take(&mut self.scopes), std::mem::take(&mut self.common));
        self.depth += 1;
        let outputs = self.query(&query);
        self.depth -= 1;
        (self.scopes, self.common) = (scopes, common);
        outputs
    }

    fn insert(&mut self, insert: &Insert) {
        if let TableObject::TableName(name) = &insert.table {
            let mut parts = names(name);
            let bare = parts.pop().unwrap_or_default();
            if let Some(Named::Table(table)) = self.schema.find(parts.pop().as_deref(), &bare) {
                self.target = self.target.or(Some(table));
            }
        }
        if let Some(source) = &insert.source {
            self.query(source);
        }
    }

    fn update(&mut self, update: &Update) {
        self.scopes.push(Vec::new());
        let target = self.needs.len();
        self.joined(&update.table, Leading::Perhaps);
        self.writes(target);
        if let Some(UpdateTableFromKind::BeforeSet(tables) | UpdateTableFromKind::AfterSet(tables)) =
            &update.from
        {
            tables.iter().for_each(|table| self.joined(table, Leading::Never));
        }
        for assignment in &update.assignments {
            self.visit(&assignment.value);
        }
        if let Some(selection) = &update.selection {
            self.condition(selection);
        }
        self.returned(update.returning.as_deref());
        self.scopes.pop();
    }

    fn delete(&mut self, delete: &Delete) {
        self.scopes.push(Vec::new());
        let target = self.needs.len();
        let (FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables)) = &delete.from;
        tables.iter().for_each(|table| self.joined(table, Leading::Perhaps));
        self.writes(target);
        delete.using.iter().flatten().for_each(|table| self.joined(table, Leading::Never));
        if let Some(selection) = &delete.selection {
            self.condition(selection);
        }
        self.returned(delete.returning.as_deref());
        self.scopes.pop();
    }

    fn merge(&mut self, merge: &Merge) {
        self.scopes.push(Vec::new());
        let target = self.needs.len();
        self.factor(&merge.table);
        self.writes(target);
        self.factor(&merge.source);
        self.condition(&merge.on);
        self.scopes.pop();
    }

    fn writes(&mut self, need: usize) {
        if let Some(need) = self.needs.get_mut(need) {
            need.written = true;
            self.target = self.target.or(Some(need.table));
        }
    }

    fn returned(&mut self, items: Option<&[SelectItem]>) {
        for item in items.unwrap_or_default() {
            if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } = item {
                self.visit(expr);
            }
        }
    }

    /// Columns that both the table that came in last and those before it have.
    pub(super) fn shared_columns(&self, before: usize) -> Vec<String> {
        let Some(scope) = self.scopes.last() else { return Vec::new() };
        let (left, right) = scope.split_at(before.min(scope.len()));
        let names = |relations: &[Relation]| -> Vec<String> {
            relations.iter().flat_map(|relation| self.column_names(relation)).collect()
        };
        let left = names(left);
        names(right).into_iter().filter(|name| left.contains(name)).collect()
    }

    fn column_names(&self, relation: &Relation) -> Vec<String> {
        match &relation.source {
            Source::Table(need) => {
                let table = self.needs.get(*need).and_then(|need| self.schema.table(need.table));
                table.into_iter().flat_map(|table| &table.columns).map(|column| column.name.clone()).collect()
            }
            Source::Query(outputs) => outputs.iter().map(|(name, _)| name.clone()).collect(),
            Source::Unknown => Vec::new(),
        }
    }

    /// `USING (column)`.
    pub(super) fn same_column(&mut self, column: &str, before: usize) {
        let Some(scope) = self.scopes.last() else { return };
        let (left, right) = scope.split_at(before.min(scope.len()));
        let one = left.iter().rev().find_map(|relation| self.column_of(relation, column));
        let other = right.iter().find_map(|relation| self.column_of(relation, column));
        if let (Some(one), Some(other)) = (one, other) {
            self.read(Some(&one));
            self.read(Some(&other));
            self.join_columns(one, other);
        }
    }

    fn column_of(&self, relation: &Relation, column: &str) -> Option<Place> {
        match &relation.source {
            Source::Table(need) => {
                let table = self.schema.table(self.needs.get(*need)?.table)?;
                let has = table.columns.is_empty() || table.column(column).is_some();
                has.then(|| (*need, column.to_owned()))
            }
            Source::Query(outputs) => {
                outputs.iter().find(|(name, _)| name == column).and_then(|(_, place)| place.clone())
            }
            Source::Unknown => None,
        }
    }
}

/// Outputs under the names of a column list, as far as it goes.
pub(super) fn renamed(outputs: Outputs, columns: &[String]) -> Outputs {
    if columns.is_empty() {
        return outputs;
    }
    let mut outputs = outputs.as_ref().clone();
    for ((name, _), new) in outputs.iter_mut().zip(columns) {
        name.clone_from(new);
    }
    Rc::new(outputs)
}

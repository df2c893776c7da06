//! A plain read of one table in the terms of frameworks: a model, its keys, conditions, an order.

use sqlparser::ast::{Expr, LimitClause, OrderByKind, OrderBySort, Query, SelectItem, Statement};

use super::batch::limited;
use super::expressions::{column_name, conjuncts, equality, folded};
use super::keys::is_unique;
use super::marks::with_marks;
use super::names::{camel, is_reserved, model, snake};
use super::outputs::only_table;
use super::pairing::{Direction, Parent, own_name};
use super::plurals::{plural, singular};
use super::sides::plain;
use super::statement::Read;

/// A table in the names that frameworks give it.
pub(super) struct Entity {
    pub(super) table: String,
}

pub(super) struct Lookup {
    pub(super) entity: Entity,
    /// Columns whose values are collected.
    pub(super) keys: Vec<String>,
    /// A key has one row at most.
    pub(super) one: bool,
    /// Other columns that are compared with a value for equality.
    pub(super) equal: Vec<String>,
    /// Other conditions, as SQL.
    pub(super) others: Vec<String>,
    /// Columns, and whether they descend.
    order: Vec<(String, bool)>,
    parent: Option<Relation>,
}

/// The parent's table and how the two refer to each other.
pub(super) struct Relation {
    pub(super) entity: Entity,
    pub(super) has_many: bool,
}

/// None for what frameworks write in their own ways: joins, groups, limits by key.
pub(super) fn lookup(read: &Read, keys: &[u32], parent: Option<&Parent>) -> Option<Lookup> {
    let Statement::Query(query) = &read.tree else { return None };
    let select = plain(query)?;
    if !select.projection.iter().all(is_column) {
        return None;
    }
    let table = folded(&own_name(only_table(select)?)?);
    let mut lookup = Lookup {
        entity: Entity { table },
        keys: Vec::new(),
        one: false,
        equal: Vec::new(),
        others: Vec::new(),
        order: order(query)?,
        parent: parent.and_then(relation),
    };
    for condition in select.selection.clone().map(conjuncts).unwrap_or_default() {
        let equality = equality(&condition);
        let column = equality.as_ref().and_then(|equality| column_name(&equality.column)).map(folded);
        match (equality, column) {
            (Some(equality), Some(column)) if keys.contains(&equality.number) => lookup.keys.push(column),
            (Some(_), Some(column)) if !is_reserved(&column) => lookup.equal.push(column),
            _ => lookup.others.push(with_marks(&condition.to_string(), &read.lists)),
        }
    }
    // A value that changes and is compared in another way would be one of the conditions.
    if lookup.keys.len() != keys.len() || lookup.keys.iter().any(|key| is_reserved(key)) {
        return None;
    }
    lookup.one = matches!(lookup.keys.as_slice(), [only] if is_unique(only));
    let offset = matches!(query.limit_clause, Some(LimitClause::LimitOffset { offset: Some(_), .. }));
    let unique = lookup.one || (keys.is_empty() && lookup.equal.iter().any(|column| is_unique(column)));
    let fits = !offset && (!limited(query) || unique);
    fits.then_some(lookup)
}

fn relation(parent: &Parent) -> Option<Relation> {
    let has_many = match parent.direction {
        Direction::HasMany => true,
        Direction::BelongsTo => false,
        Direction::Shared => return None,
    };
    Some(Relation { entity: Entity { table: parent.table.clone() }, has_many })
}

fn is_column(item: &SelectItem) -> bool {
    match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => column_name(expr).is_some(),
        SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => true,
        SelectItem::ExprWithAliases { .. } => false,
    }
}

fn order(query: &Query) -> Option<Vec<(String, bool)>> {
    let Some(order) = &query.order_by else { return Some(Vec::new()) };
    let OrderByKind::Expressions(items) = &order.kind else { return None };
    let column = |expr: &Expr| column_name(expr).map(folded);
    let descends = |sort: &Option<OrderBySort>| matches!(sort, Some(OrderBySort::Desc));
    items.iter().map(|item| Some((column(&item.expr)?, descends(&item.options.sort)))).collect()
}

impl Entity {
    /// "Order"
    pub(super) fn model(&self) -> String {
        model(&self.table)
    }

    /// "orderItems"
    pub(super) fn many(&self) -> String {
        camel(&plural(&self.table))
    }

    /// "orderItem"
    pub(super) fn single(&self) -> String {
        camel(&singular(&self.table))
    }
}

impl Lookup {
    /// The only key.
    pub(super) fn key(&self) -> Option<&str> {
        match self.keys.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// The parent, where all of the other side's rows are wanted: relations take no conditions.
    pub(super) fn relation(&self) -> Option<&Relation> {
        self.parent.as_ref().filter(|_| self.equal.is_empty() && self.others.is_empty())
    }

    /// The order as a framework lists it; empty where there is none.
    pub(super) fn ordered(&self, before: &str, item: impl Fn(&str, bool) -> String, behind: &str) -> String {
        let items: Vec<String> =
            self.order.iter().map(|(column, descends)| item(column, *descends)).collect();
        if items.is_empty() { String::new() } else { format!("{before}{}{behind}", items.join(", ")) }
    }

    /// A line of a list of conditions that says which others there are; empty where there are none.
    pub(super) fn remark(&self, mark: &str) -> String {
        match self.others.as_slice() {
            [] => String::new(),
            others => format!("{mark} and: {}", others.join(" AND ")),
        }
    }
}

impl Relation {
    /// What the parent calls the other side: `orders`, or the one `customer`.
    pub(super) fn association(&self, lookup: &Lookup) -> String {
        if self.has_many { lookup.entity.many() } else { lookup.entity.single() }
    }

    /// The same for languages with underscores.
    pub(super) fn snake_association(&self, lookup: &Lookup) -> String {
        snake(&self.association(lookup))
    }
}

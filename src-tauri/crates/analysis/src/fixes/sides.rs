//! The two sides of a join: a table with every column under its name where that can be done, else a query.

use sqlparser::ast::{
    Expr, Ident, OrderByExpr, OrderByKind, Query, Select, SelectItem, SetExpr, TableFactor,
};

use super::batch::limited;
use super::calls::row_by_row;
use super::expressions::{column_name, conjuncts, equal, equality, folded, under};
use super::keys::is_unique;
use super::outputs::{is_constant, is_star, only_table, output_name, shown_name};
use super::pairing::{Parent, own_name};
use super::per_key;
use super::statement::Read;
use super::text;

/// One of the two sides, every column under the side's name.
#[derive(Default)]
pub(super) struct Side {
    /// The table's own name.
    pub(super) table: String,
    /// As FROM writes it.
    pub(super) from: String,
    /// Of the parent: the column that the child's key follows.
    pub(super) follows: Vec<Ident>,
    pub(super) items: Vec<(Expr, Option<String>)>,
    pub(super) star: bool,
    pub(super) conditions: Vec<Expr>,
    pub(super) order: Vec<String>,
    pub(super) notes: Vec<String>,
}

pub(super) fn parent_side(parent: &Parent, name: &Ident, lateral: bool) -> Option<Side> {
    let query = parent.query()?;
    let ordered = query.order_by.is_some();
    if let Some(source) = &parent.column.source
        && !(lateral && ordered)
        && let Some(side) = flat_parent(query, name)
    {
        return Some(Side { follows: vec![name.clone(), source.clone()], ..side });
    }
    if !query.locks.is_empty() {
        return None;
    }
    let star = vec![(star_of(name), None)];
    let from = format!("({query}) AS {name}");
    let follows = vec![name.clone(), parent.column.output.clone()];
    let mut side = Side { from, items: star, star: true, follows, ..Side::default() };
    // LATERAL goes row by row and keeps the order of the parent's query.
    if ordered && !lateral {
        let SetExpr::Select(select) = query.body.as_ref() else { return None };
        let own = shown_name(only_table(select)?)?;
        let all = select.projection.iter().any(is_star);
        side.order = order(query, |expr| {
            let column = column_name(expr)?;
            let shown =
                all || select.projection.iter().filter_map(output_name).any(|name| name == folded(column));
            if shown { under(expr, &folded(&own), name) } else { None }
        })?;
    }
    Some(side)
}

fn star_of(name: &Ident) -> Expr {
    Expr::CompoundIdentifier(vec![name.clone(), Ident::new("*")])
}

fn flat_parent(query: &Query, name: &Ident) -> Option<Side> {
    let select = plain(query)?;
    if limited(query) {
        return None;
    }
    side(query, select, name)
}

/// One table, a choice of columns, conditions and an order: nothing depends on how many rows there are.
pub(super) fn plain(query: &Query) -> Option<&Select> {
    let SetExpr::Select(select) = query.body.as_ref() else { return None };
    let plain = query.with.is_none()
        && query.locks.is_empty()
        && select.distinct.is_none()
        && select.into.is_none()
        && row_by_row(select);
    (plain && only_table(select).is_some()).then_some(select)
}

/// A plain query with each column under the name `name`.
fn side(query: &Query, select: &Select, name: &Ident) -> Option<Side> {
    let table = only_table(select)?;
    let own = folded(&shown_name(table)?);
    let mut items = Vec::new();
    let mut star = false;
    for item in &select.projection {
        items.push(match item {
            SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => {
                star = true;
                (star_of(name), None)
            }
            SelectItem::UnnamedExpr(expr) => (under(expr, &own, name)?, None),
            SelectItem::ExprWithAlias { expr, alias } => (under(expr, &own, name)?, Some(alias.to_string())),
            SelectItem::ExprWithAliases { .. } => return None,
        });
    }
    let conditions = select.selection.clone().map(conjuncts).unwrap_or_default();
    let conditions =
        conditions.iter().map(|condition| under(condition, &own, name)).collect::<Option<_>>()?;
    let aliases: Vec<String> = select.projection.iter().filter_map(alias).collect();
    let order = order(query, |expr| match expr {
        Expr::Identifier(name) if aliases.contains(&folded(name)) => None,
        expr => under(expr, &own, name),
    })?;
    let from =
        if folded(name) == own { table.to_string() } else { format!("{} AS {name}", without_alias(table)?) };
    let table = own_name(table).map(|name| folded(&name))?;
    Some(Side { table, from, items, star, conditions, order, ..Side::default() })
}

fn alias(item: &SelectItem) -> Option<String> {
    match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(folded(alias)),
        _ => None,
    }
}

fn without_alias(table: &TableFactor) -> Option<String> {
    let mut table = table.clone();
    let TableFactor::Table { alias, .. } = &mut table else { return None };
    *alias = None;
    Some(table.to_string())
}

fn order(query: &Query, mut renamed: impl FnMut(&Expr) -> Option<Expr>) -> Option<Vec<String>> {
    let Some(order) = &query.order_by else { return Some(Vec::new()) };
    let OrderByKind::Expressions(items) = &order.kind else { return None };
    let mut each = |item: &OrderByExpr| {
        // Positions count the columns of one query only.
        let mut item = item.clone();
        item.expr = if is_constant(&item.expr) { None } else { renamed(&item.expr) }?;
        Some(item.to_string())
    };
    items.iter().map(&mut each).collect()
}

pub(super) fn flat_child(query: &Query, key: u32, follows: &[Ident]) -> Option<Side> {
    let select = plain(query)?;
    let table = only_table(select)?;
    let own = shown_name(table)?;
    let name = if Some(folded(&own)) == follows.first().map(folded) { Ident::new("child") } else { own };
    let mut side = side(query, select, &name)?;
    // What is computed would not be NULL where the parent has no row.
    if !side.items.iter().all(|(expr, _)| column_name(expr).is_some()) {
        return None;
    }
    let at = side.conditions.iter().position(|one| equality(one).is_some_and(|one| one.number == key))?;
    let found = equality(side.conditions.get(at)?)?;
    if limited(query) {
        let unique = column_name(&found.column).filter(|name| is_unique(&name.value))?;
        side.notes.push(format!("LIMIT is gone: `{}` is taken to be unique.", unique.value));
    }
    let once = side.conditions.iter().map(ToString::to_string).chain(side.order.iter().cloned());
    let once = once.chain(side.items.iter().map(|(expr, _)| expr.to_string()));
    if once.filter(|text| text::holds(text, key)).count() != 1 {
        return None;
    }
    let followed = Expr::CompoundIdentifier(follows.to_vec());
    side.conditions.remove(at);
    side.conditions.insert(0, equal(found.column, followed));
    Some(side)
}

/// The whole query, run for each row of the parent.
pub(super) fn lateral_child(read: &Read, query: &Query, key: u32, follows: &[Ident]) -> Option<Side> {
    if !per_key::may_be_lateral(query)
        || !query.locks.is_empty()
        || read.comparisons.iter().any(|one| one.number == key && one.list)
    {
        return None;
    }
    let followed = Expr::CompoundIdentifier(follows.to_vec()).to_string();
    let sql = text::substitute(&query.to_string(), |number| (number == key).then(|| followed.clone()));
    let SetExpr::Select(select) = query.body.as_ref() else { return None };
    let own = only_table(select)
        .and_then(own_name)
        .filter(|name| Some(folded(name)) != follows.first().map(folded));
    let name = own.unwrap_or_else(|| Ident::new("child"));
    let from = format!("LATERAL ({sql}) AS {name}");
    Some(Side { from, items: vec![(star_of(&name), None)], star: true, ..Side::default() })
}

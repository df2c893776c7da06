//! The columns that a query gives: whether the key is among them, and how it gets there.

use sqlparser::ast::{Expr, Ident, Select, SelectItem, SelectItemQualifiedWildcardKind, TableFactor, Value};

use super::expressions::{column_name, columns, folded};
use super::pairing::own_name;

/// One plain table and nothing joined to it.
pub(super) fn only_table(select: &Select) -> Option<&TableFactor> {
    match select.from.as_slice() {
        [only] if only.joins.is_empty() => match &only.relation {
            table @ TableFactor::Table { args: None, sample: None, .. } => Some(table),
            _ => None,
        },
        _ => None,
    }
}

/// The name by which a query speaks of a table.
pub(super) fn shown_name(table: &TableFactor) -> Option<Ident> {
    match table {
        TableFactor::Table { alias: Some(alias), .. } | TableFactor::Derived { alias: Some(alias), .. } => {
            Some(alias.name.clone())
        }
        table => own_name(table),
    }
}

/// The column of the result that holds an expression already, by a name that no other column has.
pub(super) fn holding(select: &Select, key: &Expr) -> Option<String> {
    let single = only_table(select).is_some();
    let found =
        select.projection.iter().enumerate().find_map(|(at, item)| Some((at, held(item, key, single)?)));
    let (place, name) = found?;
    // Drivers give one value for each name: of two columns the last.
    let other = |(at, item): (usize, &SelectItem)| {
        at != place && !single && (is_star(item) || output_name(item).as_ref() == Some(&name))
    };
    let several = matches!(select.projection.get(place), Some(SelectItem::Wildcard(_))) && !single;
    (!several && !select.projection.iter().enumerate().any(other)).then_some(name)
}

fn held(item: &SelectItem, key: &Expr, single: bool) -> Option<String> {
    let name = column_name(key);
    let same = |expr: &Expr| {
        let by_name = || Some(folded(column_name(expr)?) == folded(name?));
        expr == key || (single && by_name() == Some(true))
    };
    match item {
        SelectItem::UnnamedExpr(expr) if same(expr) => name.map(folded),
        SelectItem::ExprWithAlias { expr, alias } if same(expr) => Some(folded(alias)),
        SelectItem::Wildcard(_) => name.map(folded),
        SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(of), _) => {
            let table = of.0.last()?.as_ident().map(folded)?;
            let of_key = columns(key)?.iter().any(|path| match path.as_slice() {
                [.., of, _] => folded(of) == table,
                _ => single,
            });
            of_key.then(|| name.map(folded)).flatten()
        }
        _ => None,
    }
}

/// Adds an expression, first of all unless ORDER BY counts columns, and returns its column of the result.
pub(super) fn add(select: &mut Select, key: &Expr, last: bool) -> String {
    let names: Vec<String> = select.projection.iter().filter_map(output_name).collect();
    let star = select.projection.iter().any(is_star);
    let own = column_name(key).filter(|name| !star && !names.contains(&folded(name)));
    let (item, name) = match own {
        Some(name) => (SelectItem::UnnamedExpr(key.clone()), folded(name)),
        None => {
            let name = free("key", &names);
            (SelectItem::ExprWithAlias { expr: key.clone(), alias: Ident::new(&name) }, name)
        }
    };
    let place = if last { select.projection.len() } else { 0 };
    select.projection.insert(place, item);
    name
}

/// `name`, or with a number behind it where it is taken.
pub(super) fn free(name: &str, taken: &[String]) -> String {
    let mut candidates =
        std::iter::once(name.to_owned()).chain((2..).map(|number| format!("{name}_{number}")));
    candidates.find(|candidate| !taken.contains(candidate)).unwrap_or_default()
}

pub(super) fn output_name(item: &SelectItem) -> Option<String> {
    match item {
        SelectItem::UnnamedExpr(Expr::Function(function)) => function.name.0.last()?.as_ident().map(folded),
        SelectItem::UnnamedExpr(expr) => column_name(expr).map(folded),
        SelectItem::ExprWithAlias { alias, .. } => Some(folded(alias)),
        _ => None,
    }
}

pub(super) fn is_star(item: &SelectItem) -> bool {
    matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..))
}

/// A constant, or what masking made of one.
pub(super) fn is_constant(expr: &Expr) -> bool {
    match expr {
        Expr::Value(value) => matches!(value.value, Value::Placeholder(_) | Value::Number(..)),
        Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => is_constant(inner),
        _ => false,
    }
}

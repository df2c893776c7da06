//! One query for the parent's rows and those that were fetched for each of them.

use sqlparser::ast::{Expr, Ident, Query, SetExpr, Statement};

use super::expressions::{all_of, column_name, folded};
use super::keys::Keys;
use super::marks::{Mark, with_marks};
use super::names::snake;
use super::outputs::{free, only_table, shown_name};
use super::pairing::{Direction, Parent};
use super::per_key::unused;
use super::plurals::singular;
use super::sides::{Side, flat_child, lateral_child, parent_side};
use super::statement::{Read, Rewrite};
use super::text;

/// None where the child cannot be run for a row of the parent, or the parent's order could not be kept.
pub(super) fn rewrite(read: &Read, keys: &Keys, parent: &Parent) -> Option<Rewrite> {
    let Statement::Query(child) = &read.tree else { return None };
    let [key] = keys.numbers.as_slice() else { return None };
    let parent_name = parent_name(parent, child)?;
    // Joined plainly, rows keep the parent's order only if it is asked for again.
    let flat = parent_side(parent, &parent_name, false)
        .and_then(|side| flat_child(child, *key, &side.follows).map(|child| (side, child)));
    let (parent_side, child_side, lateral) = match flat {
        Some((parent, child)) => (parent, child, false),
        None => {
            let side = parent_side(parent, &parent_name, true)?;
            let child = lateral_child(read, child, *key, &side.follows)?;
            (side, child, true)
        }
    };
    let shift = read.highest();
    let mut rewrite = Rewrite::new(
        format!("Join with {}", parent.table),
        &written(&parent_side, &child_side, lateral, read, parent, shift),
    );
    rewrite.key_columns = vec![folded(&parent.column.output)];
    rewrite.note(match parent.direction {
        Direction::BelongsTo => format!(
            "LEFT JOIN keeps rows of `{}` that refer to nothing: the other columns are NULL.",
            parent.table
        ),
        _ => format!("LEFT JOIN keeps rows of `{}` without others: their columns are NULL.", parent.table),
    });
    if parent.direction != Direction::BelongsTo {
        rewrite.note(format!("Columns of `{}` come again with each of its rows.", parent.table));
    }
    if parent_side.star || child_side.star {
        rewrite.note("Where both have a column by one name, list the columns and give one an alias.");
    }
    rewrite.notes.extend(child_side.notes);
    rewrite.notes.extend(parent.read.note.filter(|_| read.note.is_none()).map(str::to_owned));
    rewrite.notes.extend(keys.assumed.clone());
    Some(rewrite)
}

fn written(parent: &Side, child: &Side, lateral: bool, read: &Read, known: &Parent, shift: u32) -> String {
    let shifted = |sql: String| text::substitute(&sql, |number| Some(format!("${}", number + shift)));
    let item = |(expr, alias): &(Expr, Option<String>)| match alias {
        Some(alias) => format!("{expr} AS {alias}"),
        None => expr.to_string(),
    };
    let mut sql = format!(
        "SELECT {}, {} FROM {} LEFT JOIN {}",
        shifted(parent.items.iter().map(item).collect::<Vec<_>>().join(", ")),
        child_items(parent, child).iter().map(item).collect::<Vec<_>>().join(", "),
        shifted(parent.from.clone()),
        child.from,
    );
    let on = if lateral { "true".to_owned() } else { joined(&child.conditions) };
    sql.push_str(&format!(" ON {on}"));
    if !parent.conditions.is_empty() {
        sql.push_str(&format!(" WHERE {}", shifted(joined(&parent.conditions))));
    }
    let parent_order = parent.order.iter().map(|item| shifted(item.clone()));
    let order: Vec<String> = parent_order.chain(child.order.iter().cloned()).collect();
    if !order.is_empty() {
        sql.push_str(&format!(" ORDER BY {}", order.join(", ")));
    }
    let marks = known.read.lists.iter().map(|mark| Mark { number: mark.number + shift, ..*mark });
    let marks: Vec<_> = read.lists.iter().copied().chain(marks).collect();
    with_marks(&sql, &marks)
}

fn joined(conditions: &[Expr]) -> String {
    all_of(conditions.to_vec()).map(|condition| condition.to_string()).unwrap_or_default()
}

/// The child's columns, with aliases where the parent has one by the same name.
fn child_items(parent: &Side, child: &Side) -> Vec<(Expr, Option<String>)> {
    let name = |(expr, alias): &(Expr, Option<String>)| {
        let own = || column_name(expr).map(folded).filter(|name| name != "*");
        alias.clone().or_else(own)
    };
    let mut taken: Vec<String> = parent.items.iter().chain(&child.items).filter_map(name).collect();
    let owned: Vec<String> = parent.items.iter().filter_map(name).collect();
    let renamed = |(expr, alias): &(Expr, Option<String>)| {
        let own = name(&(expr.clone(), alias.clone())).filter(|name| owned.contains(name));
        let Some(own) = own else { return (expr.clone(), alias.clone()) };
        let new = free(&format!("{}_{}", snake(&singular(&child.table)), snake(&own)), &taken);
        taken.push(new.clone());
        (expr.clone(), Some(new))
    };
    child.items.iter().map(renamed).collect()
}

/// What the parent is called: its own name, unless the child uses that too.
fn parent_name(parent: &Parent, child: &Query) -> Option<Ident> {
    let SetExpr::Select(select) = parent.query()?.body.as_ref() else { return None };
    let own = shown_name(only_table(select)?)?;
    let child = child.to_string();
    if !text::mentions(&child, &own.value) {
        return Some(own);
    }
    unused(&format!("{child} {}", parent.query()?), "parent").map(Ident::new)
}

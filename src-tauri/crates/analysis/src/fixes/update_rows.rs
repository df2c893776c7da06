//! One UPDATE joined to a list of new values, which takes its types from the table, whatever they are.

use sqlparser::ast::{
    Assignment, AssignmentTarget, DataType, Expr, Ident, ObjectName, SelectItem, TableFactor, Update,
};

use super::expressions::{column_name, columns, folded, operands, placeholder, under};
use super::keys::Keys;
use super::marks::with_marks;
use super::outputs::{free, shown_name};
use super::per_key::unused;
use super::predicates;
use super::statement::{Read, Rewrite};
use super::text;
use super::update::changes_itself;

const TYPES: &str = "The first SELECT reads nothing, it gives the list the table's types; \
     where you know them, arrays in `unnest($1::bigint[], $2::numeric[])` take any number of rows.";
const ROWS: &str = " one row for each ";

/// A column of the list of new values.
struct Given {
    name: String,
    /// What gives the column its type in the row that is never read.
    typed: String,
    /// The value in the first row.
    value: String,
}

/// None where the type of a value cannot be told, or the table's columns not be told from the list's.
pub(super) fn rewrite(read: &Read, update: &Update, keys: &Keys) -> Option<Rewrite> {
    let TableFactor::Table { name: table, args: None, .. } = &update.table.relation else { return None };
    // Another table's columns could be meant by names that the list has too.
    if update.from.is_some() {
        return None;
    }
    let target = shown_name(&update.table.relation)?;
    let mut update = update.clone();
    let printed = update.to_string();
    let data = unused(&printed, "data")?;
    let mut given: Vec<Given> = Vec::new();
    for number in keys.numbers.iter().filter(|number| !in_assignments(&update, **number)) {
        given.push(key(read, *number, table, &given)?);
    }
    if given.is_empty() {
        return None;
    }
    let mut itself = false;
    for assignment in &mut update.assignments {
        itself |= assign(assignment, keys, &mut given, &data)?;
    }
    // Both have columns by the same names: the table's are named with the table.
    qualify(&mut update, &target)?;
    let by_data = |sql: String| {
        text::substitute(&sql, |number| {
            let name = given.iter().find(|one| {
                one.value == format!("${number}") || one.value.starts_with(&format!("${number}::"))
            });
            keys.numbers.contains(&number).then(|| name.map(|one| format!("{data}.{}", one.name))).flatten()
        })
    };
    let condition = by_data(update.selection.as_ref()?.to_string());
    let names: Vec<&str> = given.iter().map(|one| one.name.as_str()).collect();
    let list = list_of(&given, table, read.highest() + 1);
    let set: Vec<String> = update.assignments.iter().map(|one| by_data(one.to_string())).collect();
    let mut sql = format!(
        "UPDATE {} SET {} FROM ({list}) AS {data} ({}) WHERE {condition}",
        update.table,
        set.join(", "),
        names.join(", "),
    );
    if let Some(items) = &update.returning {
        let items: Vec<String> = items.iter().map(ToString::to_string).collect();
        sql.push_str(&format!(" RETURNING {}", items.join(", ")));
    }
    if keys.numbers.iter().any(|number| text::holds(&condition, *number)) {
        return None;
    }
    let mut rewrite = Rewrite::new("One UPDATE from a list of rows", &with_marks(&sql, &read.lists));
    rewrite.note(TYPES);
    rewrite.note(if itself {
        "Each row may be listed once: add up what one key gets before."
    } else {
        "Each row may be listed once: of several for one key only one is written."
    });
    rewrite.notes.extend(keys.assumed.clone());
    Some(rewrite)
}

fn in_assignments(update: &Update, number: u32) -> bool {
    update.assignments.iter().any(|one| text::holds(&one.value.to_string(), number))
}

fn list_of(given: &[Given], table: &ObjectName, next: u32) -> String {
    let typed: Vec<&str> = given.iter().map(|one| one.typed.as_str()).collect();
    let first: Vec<&str> = given.iter().map(|one| one.value.as_str()).collect();
    let first = first.join(", ");
    let mut numbers = text::placeholders(&first);
    numbers.sort_unstable();
    numbers.dedup();
    let second = text::substitute(&first, |number| {
        numbers.binary_search(&number).ok().map(|place| format!("${}", next as usize + place))
    });
    format!(
        "SELECT {} FROM {table} WHERE false UNION ALL SELECT {first} UNION ALL SELECT {second} /*{ROWS}*/",
        typed.join(", ")
    )
}

/// A value that a condition compares with a column of the table.
fn key(read: &Read, number: u32, table: &ObjectName, given: &[Given]) -> Option<Given> {
    let mut comparisons = read.comparisons.iter().filter(|one| one.number == number);
    let found = comparisons.next()?;
    if found.list || comparisons.next().is_some() || read.occurrences(number) != 1 {
        return None;
    }
    let of_table = found.table.as_deref()?.starts_with(&table.to_string());
    let column = column_name(&found.column).filter(|_| of_table)?;
    Some(Given {
        name: name_of(column, given),
        typed: typed(column, found.cast.as_ref()),
        value: predicates::value(number, found.cast.clone()).to_string(),
    })
}

fn typed(column: &Ident, cast: Option<&DataType>) -> String {
    cast.map_or_else(|| column.to_string(), |cast| format!("NULL::{cast}"))
}

fn name_of(column: &Ident, given: &[Given]) -> String {
    let taken: Vec<String> = given.iter().map(|one| one.name.clone()).collect();
    let own = column.to_string();
    if !taken.contains(&own) {
        return own;
    }
    free(&format!("new_{}", column.value.to_lowercase()), &taken)
}

/// Takes what changes into the list. Returns whether the row's old value goes into the new one.
fn assign(assignment: &mut Assignment, keys: &Keys, given: &mut Vec<Given>, data: &str) -> Option<bool> {
    let printed = assignment.value.to_string();
    let changing = text::placeholders(&printed).into_iter().filter(|number| keys.numbers.contains(number));
    let changing: Vec<u32> = changing.collect();
    if changing.is_empty() {
        return Some(changes_itself(assignment));
    }
    let AssignmentTarget::ColumnName(target) = &assignment.target else { return None };
    let column = target.0.last()?.as_ident()?.clone();
    let computed = columns(&assignment.value)?;
    if computed.is_empty() {
        let name = name_of(&column, given);
        assignment.value = Expr::CompoundIdentifier(vec![Ident::new(data), spelled(&name, &column)]);
        given.push(Given { name, typed: column.to_string(), value: printed });
        return Some(false);
    }
    replace_operands(&mut assignment.value, &column, &changing, given, data)?;
    Some(true)
}

fn spelled(name: &str, column: &Ident) -> Ident {
    if *name == column.to_string() { column.clone() } else { Ident::new(name) }
}

/// In `stock - $1` and `COALESCE($1, name)` a value has the type of the column beside it.
fn replace_operands(
    expr: &mut Expr,
    column: &Ident,
    changing: &[u32],
    given: &mut Vec<Given>,
    data: &str,
) -> Option<()> {
    let like_column = match expr {
        Expr::BinaryOp { op, .. } => {
            matches!(op.to_string().as_str(), "+" | "-" | "*" | "||") && !is_time(column)
        }
        Expr::Function(function) => {
            let name = function.name.to_string().to_ascii_lowercase();
            ["coalesce", "greatest", "least", "nullif"].contains(&name.as_str())
        }
        _ => false,
    };
    let mut parts = operands(expr)?;
    let beside =
        parts.iter().any(|part| column_name(part).is_some_and(|name| folded(name) == folded(column)));
    for part in &mut parts {
        let value = placeholder(part).map(|(number, cast)| (number, cast.cloned()));
        let Some((number, cast)) = value else {
            replace_operands(part, column, changing, given, data)?;
            continue;
        };
        if !changing.contains(&number) {
            continue;
        }
        if cast.is_none() && !(like_column && beside) {
            return None;
        }
        let name = name_of(column, given);
        given.push(Given {
            name: name.clone(),
            typed: typed(column, cast.as_ref()),
            value: part.to_string(),
        });
        **part = Expr::CompoundIdentifier(vec![Ident::new(data), spelled(&name, column)]);
    }
    Some(())
}

/// To a time an interval is added, not another time.
fn is_time(column: &Ident) -> bool {
    let words = super::names::words(&column.value);
    let telling =
        ["at", "on", "date", "time", "until", "expires", "expiry", "deadline", "due", "timestamp", "day"];
    words.iter().any(|word| telling.contains(&word.as_str()))
}

/// Puts the table's name before its columns everywhere but where they are set.
fn qualify(update: &mut Update, target: &Ident) -> Option<()> {
    let own = folded(target);
    let qualified = |expr: &Expr| keeping_data(expr, &own, target);
    for assignment in &mut update.assignments {
        assignment.value = qualified(&assignment.value)?;
    }
    if let Some(selection) = &mut update.selection {
        *selection = qualified(selection)?;
    }
    for item in update.returning.iter_mut().flatten() {
        match item {
            SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
                *expr = qualified(expr)?
            }
            SelectItem::Wildcard(_) => {
                *item =
                    SelectItem::UnnamedExpr(Expr::CompoundIdentifier(vec![target.clone(), Ident::new("*")]));
            }
            _ => {}
        }
    }
    Some(())
}

/// Columns of the list keep their name.
fn keeping_data(expr: &Expr, own: &str, target: &Ident) -> Option<Expr> {
    match expr {
        Expr::CompoundIdentifier(path) if path.first().is_some_and(|first| folded(first) != *own) => {
            Some(expr.clone())
        }
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) => under(expr, own, target),
        other => {
            let mut other = other.clone();
            for operand in operands(&mut other)? {
                *operand = keeping_data(operand, own, target)?;
            }
            Some(other)
        }
    }
}

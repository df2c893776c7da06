//! One INSERT of many rows instead of one for each row.

use sqlparser::ast::{
    AssignmentTarget, ConflictTarget, DoUpdate, Expr, Ident, Insert, OnConflictAction, OnInsert, SetExpr,
    Statement,
};

use super::calls::calls;
use super::expressions::{folded, placeholder};
use super::keys::Keys;
use super::marks::{Mark, with_marks};
use super::predicates;
use super::statement::{Read, Rewrite};
use super::text;

const ROWS: &str = " one row for each ";
const EXCLUDED: &str = "In DO UPDATE, `excluded` is the row that was to be inserted: \
     its value is taken for the one that was set.";
/// PostgreSQL's limit for one statement.
const PARAMETERS: usize = 65_535;

pub(super) fn rewrite(read: &Read, varying: &[u32]) -> Option<Rewrite> {
    let Statement::Insert(insert) = &read.tree else { return None };
    let source = insert.source.as_ref()?;
    match source.body.as_ref() {
        SetExpr::Values(values) => match values.rows.as_slice() {
            [only] if read.lists.is_empty() && source.with.is_none() => {
                rows(read, varying, insert, &only.content)
            }
            _ => None,
        },
        SetExpr::Select(_) => copied(read, varying, insert),
        _ => None,
    }
}

/// Whether it writes many rows as it is.
pub(super) fn writes_many(read: &Read) -> bool {
    let Statement::Insert(insert) = &read.tree else { return false };
    match insert.source.as_ref().map(|source| source.body.as_ref()) {
        Some(SetExpr::Values(values)) => values.rows.len() > 1 || !read.lists.is_empty(),
        _ => false,
    }
}

fn rows(read: &Read, varying: &[u32], insert: &Insert, row: &[Expr]) -> Option<Rewrite> {
    let known: Vec<u32> = varying.iter().copied().filter(|number| read.occurrences(*number) > 0).collect();
    let text: Vec<String> = row.iter().map(ToString::to_string).collect();
    let used = text::placeholders(&text.join(", "));
    let changes = |number: &u32| known.is_empty() || known.contains(number);
    let mut numbers: Vec<u32> = used.iter().copied().filter(changes).collect();
    numbers.sort_unstable();
    numbers.dedup();
    if numbers.is_empty() {
        return None;
    }
    let mut insert = insert.clone();
    let mut notes = Vec::new();
    resolve_conflicts(&mut insert, row, &known, &used, &mut notes)?;
    let next = read.highest() + 1;
    let renumbered = |number: u32| {
        let place = numbers.binary_search(&number).ok()?;
        Some(format!("${}", next as usize + place))
    };
    let second: Vec<String> = text.iter().map(|value| text::substitute(value, renumbered)).collect();
    let rows = format!("({}), ({}) /*{ROWS}*/", text.join(", "), second.join(", "));
    let sql = with_rows(&insert, &format!("({})", text.join(", ")), &rows)?;
    let mut rewrite = Rewrite::new("One INSERT of many rows", &sql);
    let constant = rewrite.arguments.len().saturating_sub(2 * numbers.len());
    let most = PARAMETERS.saturating_sub(constant) / numbers.len();
    rewrite.note(format!(
        "One statement takes at most 65,535 parameters, here {} rows; COPY takes any number.",
        crate::words::number(most as f64)
    ));
    if insert.returning.is_some() {
        rewrite.note("RETURNING gives a row for each row written.");
    }
    rewrite.notes.extend(notes);
    Some(rewrite)
}

/// The printed statement with other rows: VALUES is printed as its only row was.
fn with_rows(insert: &Insert, row: &str, rows: &str) -> Option<String> {
    let printed = insert.to_string();
    let values = ["VALUES ", "VALUE "].iter().find_map(|word| printed.find(&format!("{word}{row}")))?;
    let at = values + printed.get(values..)?.find(row)?;
    Some(format!("{}{rows}{}", printed.get(..at)?, printed.get(at + row.len()..)?))
}

/// A value of the row in DO UPDATE is the value that was to be inserted, row by row.
fn resolve_conflicts(
    insert: &mut Insert,
    row: &[Expr],
    known: &[u32],
    used: &[u32],
    notes: &mut Vec<String>,
) -> Option<()> {
    let columns: Vec<Option<Ident>> = insert
        .columns
        .iter()
        .map(|column| column.0.last().and_then(|part| part.as_ident()).cloned())
        .collect();
    let Some(OnInsert::OnConflict(conflict)) = &mut insert.on else {
        return insert.on.is_none().then_some(());
    };
    let OnConflictAction::DoUpdate(DoUpdate { assignments, selection }) = &mut conflict.action else {
        return Some(());
    };
    let excluded = |number: u32| {
        let place = row.iter().position(|value| placeholder(value) == Some((number, None)))?;
        let column = columns.get(place)?.clone()?;
        Some(Expr::CompoundIdentifier(vec![Ident::new("excluded"), column]))
    };
    for assignment in assignments.iter_mut() {
        let direct = placeholder(&assignment.value);
        match direct {
            Some((number, None)) if used.contains(&number) => assignment.value = excluded(number)?,
            // The value of another row would be written to all.
            Some((number, _)) if known.is_empty() || known.contains(&number) => {
                assignment.value = inserted(&assignment.target, &columns)?;
                notes.push(EXCLUDED.to_owned());
                notes.dedup();
            }
            Some(_) => {}
            None => {
                let others = text::placeholders(&assignment.value.to_string());
                if others.iter().any(|number| used.contains(number) || known.contains(number)) {
                    return None;
                }
            }
        }
    }
    let conditions = selection.iter().flat_map(|condition| text::placeholders(&condition.to_string()));
    if conditions.into_iter().any(|number| used.contains(&number) || known.contains(&number)) {
        return None;
    }
    let target = match &conflict.conflict_target {
        Some(ConflictTarget::Columns(columns)) => {
            let names: Vec<String> = columns.iter().map(|column| format!("`{}`", folded(column))).collect();
            format!("the same {}", names.join(", "))
        }
        _ => "the same key".to_owned(),
    };
    notes.push(format!(
        "No two rows of one statement may have {target}: PostgreSQL refuses to update a row twice."
    ));
    Some(())
}

/// The value that the row brings for the column that is set, where it brings one.
fn inserted(target: &AssignmentTarget, columns: &[Option<Ident>]) -> Option<Expr> {
    let AssignmentTarget::ColumnName(name) = target else { return None };
    let name = name.0.last()?.as_ident()?;
    let mut columns = columns.iter().flatten();
    let column = columns.find(|column| folded(column) == folded(name))?;
    Some(Expr::CompoundIdentifier(vec![Ident::new("excluded"), column.clone()]))
}

/// `INSERT INTO … SELECT … WHERE id = $1` takes many keys where nothing counts the rows of one.
fn copied(read: &Read, varying: &[u32], insert: &Insert) -> Option<Rewrite> {
    let Keys { numbers, assumed } = super::keys::keys(read, varying)?;
    if numbers.iter().any(|number| read.occurrences(*number) != 1) {
        return None;
    }
    let mut insert = insert.clone();
    let source = insert.source.as_mut()?;
    if super::batch::limited(source) || source.with.is_some() {
        return None;
    }
    let SetExpr::Select(select) = source.body.as_mut() else { return None };
    let found = calls(&select.to_string());
    let grouped =
        !matches!(&select.group_by, sqlparser::ast::GroupByExpr::Expressions(items, _) if items.is_empty());
    if found.aggregate || found.window || grouped || select.distinct.is_some() || select.having.is_some() {
        return None;
    }
    let replaced =
        predicates::replace(&mut select.selection, &mut select.from, &numbers, read.highest() + 1)?;
    let marks: Vec<Mark> = read.lists.iter().chain(&replaced.marks).copied().collect();
    let mut rewrite = Rewrite::new("One INSERT for all keys", &with_marks(&insert.to_string(), &marks));
    if numbers.len() > 1 {
        rewrite.note("Write one row of placeholders for each key; each key once.");
    } else {
        rewrite.note("All keys are passed as one array.");
    }
    rewrite.notes.extend(assumed);
    Some(rewrite)
}

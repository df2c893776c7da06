//! One query that runs the statement for each key: LATERAL keeps LIMIT and all else that counts by key.

use sqlparser::ast::{Query, SetExpr, Statement};

use super::comparisons::Comparison;
use super::expressions::{column_name, conjuncts, equality, folded};
use super::keys::Keys;
use super::marks::with_marks;
use super::outputs::{self, free};
use super::predicates::array;
use super::statement::{Read, Rewrite};
use super::text;

const TYPES: &str = "The query under `COALESCE` reads nothing, it gives the array its type: \
     where you know it, write `unnest($1::bigint[])`.";

struct Key {
    number: u32,
    name: String,
    /// An array of the column's type: `$1::uuid[]`.
    values: String,
    typed_by_table: bool,
    /// The query gives it by itself.
    shown: bool,
}

/// None where a value that changes stands beside no column, so that its type cannot be told.
pub(super) fn rewrite(read: &Read, keys: &Keys) -> Option<Rewrite> {
    let Statement::Query(query) = &read.tree else { return None };
    let inside = with_marks(&query.to_string(), &read.lists);
    if !may_be_lateral(query) {
        return None;
    }
    let (keys_name, child_name) = (unused(&inside, "keys")?, unused(&inside, "child")?);
    let mut columns: Vec<Key> = Vec::new();
    for number in &keys.numbers {
        let compared = read.comparisons.iter().filter(|one| one.number == *number);
        columns.push(key(query, compared, &columns)?);
    }
    let inside = text::substitute(&inside, |number| {
        columns.iter().find(|key| key.number == number).map(|key| format!("{keys_name}.{}", key.name))
    });
    let mut outputs: Vec<String> =
        columns.iter().filter(|key| !key.shown).map(|key| format!("{keys_name}.{}", key.name)).collect();
    let names: Vec<&str> = columns.iter().map(|key| key.name.as_str()).collect();
    let values: Vec<&str> = columns.iter().map(|key| key.values.as_str()).collect();
    outputs.push(format!("{child_name}.*"));
    let sql = format!(
        "SELECT {} FROM unnest({}) AS {keys_name} ({}) CROSS JOIN LATERAL ({inside}) AS {child_name}",
        outputs.join(", "),
        values.join(", "),
        names.join(", "),
    );
    let mut rewrite = Rewrite::new("The same for each key, in one query", &sql);
    rewrite.key_columns = columns.iter().map(|key| key.name.trim_matches('"').to_owned()).collect();
    rewrite.note(match columns.len() {
        1 => "Pass each key once, all in one array.".to_owned(),
        _ => "Pass one array for each column, of equal lengths; each set of keys once.".to_owned(),
    });
    rewrite.note("LIMIT, ORDER BY and aggregates count by key, as before.");
    if columns.iter().any(|key| key.typed_by_table) {
        rewrite.note(TYPES);
    }
    rewrite.notes.extend(keys.assumed.clone());
    Some(rewrite)
}

fn key<'c>(
    query: &Query,
    compared: impl Iterator<Item = &'c Comparison> + Clone,
    others: &[Key],
) -> Option<Key> {
    let typed = compared.clone().find(|one| !one.list && one.cast.is_some());
    let found = typed.or_else(|| compared.clone().find(|one| !one.list && one.table.is_some()))?;
    // A column of another type than its array's would compare otherwise.
    if compared.clone().any(|one| one.list || one.cast.is_some() != found.cast.is_some()) {
        return None;
    }
    let values = match (&found.cast, &found.table) {
        (Some(cast), _) => format!("${}::{}", found.number, array(cast.clone())),
        (None, Some(table)) => {
            format!(
                "COALESCE(${}, (SELECT array_agg({}) FROM {table} WHERE false))",
                found.number, found.column
            )
        }
        (None, None) => return None,
    };
    let shown = compared.count() == 1 && is_shown(query, found);
    let taken: Vec<String> = others.iter().map(|key| key.name.clone()).collect();
    let name = match column_name(&found.column) {
        Some(name) if !taken.contains(&name.to_string()) && (shown || !gives(query, &folded(name))) => {
            name.to_string()
        }
        _ => free("key", &taken),
    };
    Some(Key { number: found.number, name, values, typed_by_table: found.cast.is_none(), shown })
}

/// Whether the query gives the key itself, under its own name: a column that equals it in every row.
fn is_shown(query: &Query, compared: &Comparison) -> bool {
    let SetExpr::Select(select) = query.body.as_ref() else { return false };
    let required = select.selection.clone().map(conjuncts).unwrap_or_default();
    let required = required.iter().filter_map(equality).any(|one| one.number == compared.number);
    let name = column_name(&compared.column).map(folded);
    required && name.is_some() && outputs::holding(select, &compared.column) == name
}

/// Whether the query gives a column by this name, or may do so.
fn gives(query: &Query, name: &str) -> bool {
    match query.body.as_ref() {
        SetExpr::Select(select) => select
            .projection
            .iter()
            .any(|item| outputs::is_star(item) || outputs::output_name(item).as_deref() == Some(name)),
        _ => true,
    }
}

/// A write under WITH has to stand in the outermost query, and a position in GROUP BY was hidden by masking.
pub(super) fn may_be_lateral(query: &Query) -> bool {
    !writes(query) && !groups_by_position(query)
}

fn writes(query: &Query) -> bool {
    let write = |body: &SetExpr| {
        matches!(body, SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_))
    };
    let common = query.with.iter().flat_map(|with| &with.cte_tables);
    write(&query.body) || common.map(|common| &common.query).any(|query| writes(query))
}

fn groups_by_position(query: &Query) -> bool {
    match query.body.as_ref() {
        SetExpr::Select(select) => super::batch::counts_columns(select),
        _ => false,
    }
}

/// A name that the text uses for nothing else.
pub(super) fn unused(sql: &str, name: &str) -> Option<String> {
    let mut candidates =
        std::iter::once(name.to_owned()).chain((2..9).map(|number| format!("{name}_{number}")));
    candidates.find(|candidate| !text::mentions(sql, candidate))
}

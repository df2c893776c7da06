//! An index as people name it, as a hypothetical one is made, and what of one another covers.

use domain::{CatalogIndex, CatalogIndexKey, IndexDefinition, IndexKey, IndexMethod};

use crate::quoting::quoted;

/// "customers (tenant_id, email) INCLUDE (name) WHERE status = 'unpaid'"
pub(super) fn title(definition: &IndexDefinition) -> String {
    told(
        &definition.table,
        definition.method.name(),
        &definition.keys,
        &definition.include,
        definition.predicate.as_deref(),
    )
}

/// The same of an index that exists.
pub(super) fn existing_title(table: &str, index: &CatalogIndex) -> String {
    told(table, &index.method, &existing_keys(index), &index.include, index.predicate.as_deref())
}

fn told(table: &str, method: &str, keys: &[IndexKey], include: &[String], predicate: Option<&str>) -> String {
    let mut text = table.to_owned();
    if method != IndexMethod::Btree.name() {
        text.push_str(&format!(" USING {method}"));
    }
    let keys: Vec<String> = keys.iter().map(shown).collect();
    text.push_str(&format!(" ({})", keys.join(", ")));
    if !include.is_empty() {
        text.push_str(&format!(" INCLUDE ({})", include.join(", ")));
    }
    if let Some(predicate) = predicate {
        text.push_str(&format!(" WHERE {predicate}"));
    }
    text
}

/// The keys of an index that exists, as those of one that is suggested; collations are left out.
pub(super) fn existing_keys(index: &CatalogIndex) -> Vec<IndexKey> {
    let key = |key: &CatalogIndexKey| IndexKey {
        column: key.column.clone(),
        expression: key.expression.clone(),
        operator_class: key.operator_class.clone(),
        descending: key.descending,
        nulls_first: key.nulls_first,
    };
    index.keys.iter().map(key).collect()
}

/// Whether the first keys are these columns, in whatever order.
pub(super) fn leads<'k>(keys: impl Iterator<Item = Option<&'k str>>, columns: &[String]) -> bool {
    let leading: Vec<&str> = keys.take(columns.len()).flatten().collect();
    !columns.is_empty() && columns.iter().all(|column| leading.contains(&column.as_str()))
}

fn shown(key: &IndexKey) -> String {
    let what = key.column.clone().or_else(|| key.expression.clone()).unwrap_or_default();
    format!("{what}{}", suffix(key))
}

fn suffix(key: &IndexKey) -> String {
    let mut text = String::new();
    if let Some(class) = &key.operator_class {
        text.push_str(&format!(" {class}"));
    }
    if key.descending {
        text.push_str(" DESC");
    }
    if key.nulls_first != key.descending {
        text.push_str(if key.nulls_first { " NULLS FIRST" } else { " NULLS LAST" });
    }
    text
}

/// `CREATE INDEX ON …` without a name, as HypoPG takes it.
pub(super) fn hypothetical(definition: &IndexDefinition, schema: &str, table: &str) -> String {
    let keys: Vec<String> = definition
        .keys
        .iter()
        .map(|key| {
            let what = match (&key.column, &key.expression) {
                (Some(column), _) => quoted(column),
                (None, expression) => format!("({})", expression.as_deref().unwrap_or_default()),
            };
            format!("{what}{}", suffix(key))
        })
        .collect();
    let mut sql = format!(
        "CREATE INDEX ON {}.{} USING {} ({})",
        quoted(schema),
        quoted(table),
        definition.method.name(),
        keys.join(", ")
    );
    if !definition.include.is_empty() {
        let include: Vec<String> = definition.include.iter().map(|column| quoted(column)).collect();
        sql.push_str(&format!(" INCLUDE ({})", include.join(", ")));
    }
    if let Some(predicate) = &definition.predicate {
        sql.push_str(&format!(" WHERE {predicate}"));
    }
    sql
}

/// Every column in its keys and beside them.
pub(super) fn columns(definition: &IndexDefinition) -> Vec<&str> {
    let keys = definition.keys.iter().filter_map(|key| key.column.as_deref());
    keys.chain(definition.include.iter().map(String::as_str)).collect()
}

/// Whether everything that `narrow` serves `wide` serves as well: its keys begin with the same, it holds the same rows
/// and every column.
pub(super) fn covers(wide: &IndexDefinition, narrow: &IndexDefinition) -> bool {
    wide.method == IndexMethod::Btree
        && narrow.method == IndexMethod::Btree
        && wide.table == narrow.table
        && wide.schema == narrow.schema
        && wide.predicate == narrow.predicate
        && wide.keys.starts_with(&narrow.keys)
        && (narrow.include.is_empty() || {
            let held = columns(wide);
            narrow.include.iter().all(|column| held.contains(&column.as_str()))
        })
}

/// Whether an index that exists serves what a definition would: a btree whose keys begin with the same. For an index on
/// all keys of which there is equality the order of those does not matter, but that is for the caller to say.
pub(super) fn exists(existing: &CatalogIndex, definition: &IndexDefinition) -> bool {
    let same_key = |(have, want): (&CatalogIndexKey, &IndexKey)| {
        let same = match (&want.column, &want.expression) {
            (Some(column), _) => have.column.as_ref() == Some(column),
            (None, Some(expression)) => {
                have.expression.as_deref().is_some_and(|known| same_expression(known, expression))
            }
            (None, None) => false,
        };
        let plain = have.operator_class == want.operator_class && have.collation.is_none();
        same && plain
    };
    let direction = |flip: bool| {
        existing.keys.iter().zip(&definition.keys).all(|(have, want)| {
            (have.descending != flip) == want.descending && (have.nulls_first != flip) == want.nulls_first
        })
    };
    let held = |column: &String| {
        existing.include.contains(column)
            || existing.keys.iter().any(|key| key.column.as_ref() == Some(column))
    };
    existing.valid
        && existing.method == definition.method.name()
        && (existing.predicate.is_none()
            || existing.predicate.as_deref().map(bare) == definition.predicate.as_deref().map(bare))
        && existing.keys.len() >= definition.keys.len()
        && existing.keys.iter().zip(&definition.keys).all(same_key)
        && (definition.method != IndexMethod::Btree || direction(false) || direction(true))
        && definition.include.iter().all(held)
}

/// `(lower(email))` and `lower((email)::text)` are one expression, written by a person and by the server.
fn same_expression(server: &str, ours: &str) -> bool {
    bare(server) == bare(ours)
}

fn bare(sql: &str) -> String {
    let mut text: String =
        sql.chars().filter(|c| !c.is_whitespace() && *c != '(' && *c != ')' && *c != '"').collect();
    for cast in ["::text", "::charactervarying", "::bpchar"] {
        text = text.replace(cast, "");
    }
    text.to_lowercase()
}

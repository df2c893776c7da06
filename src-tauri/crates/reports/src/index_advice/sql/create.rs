//! CREATE INDEX from a definition.

use domain::{IndexDefinition, IndexKey, IndexMethod};

use super::expression::as_key;
use super::names::{identifier, qualified};
use super::{Statement, StatementKind};

/// What an index is made on; its own schema is always the table's.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Target<'a> {
    pub schema: Option<&'a str>,
    pub table: &'a str,
    pub index: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum On {
    Table,
    /// The parent of partitions, without them.
    Only,
}

pub(in super::super) fn create(target: Target<'_>, on: On, definition: &IndexDefinition) -> Statement {
    let (kind, concurrently, only) = match on {
        On::Table => (StatementKind::CreateConcurrently, "CONCURRENTLY ", ""),
        On::Only => (StatementKind::CreateOnly, "", "ONLY "),
    };
    let table = qualified(target.schema, target.table);
    let using = match definition.method {
        IndexMethod::Btree => String::new(),
        other => format!("USING {} ", other.name()),
    };
    let keys: Vec<_> = definition.keys.iter().map(|one| key(one, definition.method)).collect();
    let mut parts = vec![
        format!("CREATE INDEX {concurrently}IF NOT EXISTS {}", identifier(target.index)),
        format!("ON {only}{table} {using}({})", keys.join(", ")),
    ];
    parts.extend(tail(definition));
    Statement::new(kind, parts)
}

/// INCLUDE and WHERE, where there are any.
fn tail(definition: &IndexDefinition) -> Vec<String> {
    let mut parts = Vec::new();
    if !definition.include.is_empty() {
        let columns: Vec<_> = definition.include.iter().map(|column| identifier(column)).collect();
        parts.push(format!("INCLUDE ({})", columns.join(", ")));
    }
    parts.extend(definition.predicate.as_ref().map(|predicate| format!("WHERE {}", predicate.trim())));
    parts
}

/// A column or an expression with what differs from the default.
pub(in super::super) fn key(key: &IndexKey, method: IndexMethod) -> String {
    let mut sql = match (&key.column, &key.expression) {
        (Some(column), _) => identifier(column),
        (None, Some(expression)) => as_key(expression),
        (None, None) => String::new(),
    };
    if let Some(class) = &key.operator_class {
        let class: Vec<_> = class.split('.').map(identifier).collect();
        sql.push(' ');
        sql.push_str(&class.join("."));
    }
    if let Some(order) = order(key, method) {
        sql.push(' ');
        sql.push_str(order);
    }
    sql
}

/// Only a B-tree has one; NULLs come last, and first where it descends, unless it is said.
pub(in super::super) fn order(key: &IndexKey, method: IndexMethod) -> Option<&'static str> {
    match (method, key.descending, key.nulls_first) {
        (IndexMethod::Gin | IndexMethod::Brin, ..) | (IndexMethod::Btree, false, false) => None,
        (IndexMethod::Btree, false, true) => Some("NULLS FIRST"),
        (IndexMethod::Btree, true, true) => Some("DESC"),
        (IndexMethod::Btree, true, false) => Some("DESC NULLS LAST"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str) -> IndexKey {
        IndexKey {
            column: Some(name.to_owned()),
            expression: None,
            operator_class: None,
            descending: false,
            nulls_first: false,
        }
    }

    #[test]
    fn keys_say_what_differs_from_the_default() {
        let cases = [
            (column("id"), "id"),
            (column("Order"), "\"Order\""),
            (IndexKey { descending: true, nulls_first: true, ..column("at") }, "at DESC"),
            (IndexKey { descending: true, ..column("at") }, "at DESC NULLS LAST"),
            (IndexKey { nulls_first: true, ..column("at") }, "at NULLS FIRST"),
            (
                IndexKey { operator_class: Some("text_pattern_ops".to_owned()), ..column("name") },
                "name text_pattern_ops",
            ),
            (
                IndexKey {
                    column: None,
                    expression: Some("data ->> 'kind'".to_owned()),
                    operator_class: Some("Ext.my_ops".to_owned()),
                    descending: true,
                    nulls_first: true,
                },
                "(data ->> 'kind') \"Ext\".my_ops DESC",
            ),
        ];
        for (one, expected) in cases {
            assert_eq!(key(&one, IndexMethod::Btree), expected);
        }
        let descending = IndexKey { descending: true, ..column("tags") };
        assert_eq!(key(&descending, IndexMethod::Gin), "tags");
    }

    #[test]
    fn statements_name_the_method_where_it_is_not_the_default() {
        let mut definition = IndexDefinition {
            schema: Some("billing".to_owned()),
            table: "orders".to_owned(),
            method: IndexMethod::Btree,
            keys: vec![column("customer_id"), column("at")],
            include: vec!["total".to_owned(), "User".to_owned()],
            predicate: Some("status = 'unpaid'".to_owned()),
        };
        let target = Target { schema: Some("billing"), table: "orders", index: "idx_orders" };
        assert_eq!(
            create(target, On::Table, &definition).one_line(),
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_orders ON billing.orders (customer_id, at) \
             INCLUDE (total, \"User\") WHERE status = 'unpaid'"
        );
        definition.method = IndexMethod::Gin;
        definition.include.clear();
        definition.predicate = None;
        let target = Target { schema: None, ..target };
        assert_eq!(
            create(target, On::Only, &definition).one_line(),
            "CREATE INDEX IF NOT EXISTS idx_orders ON ONLY orders USING gin (customer_id, at)"
        );
    }
}

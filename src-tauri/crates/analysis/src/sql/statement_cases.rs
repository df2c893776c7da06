//! Facts of statements as people and frameworks write them.

use super::{
    ColumnRef, FilterOperator as Is, FilterValue, StatementFacts, StatementKind as Kind, statement_facts,
};

fn column(facts: &StatementFacts, column: &ColumnRef) -> String {
    let table = column.table.map(|index| &facts.tables[index]);
    match table {
        Some(table) => format!("{}.{}", table.alias.as_ref().unwrap_or(&table.name), column.name),
        None => format!("?.{}", column.name),
    }
}

fn tables(facts: &StatementFacts) -> String {
    let shown = facts.tables.iter().map(|table| {
        let schema = table.schema.as_ref().map(|schema| format!("{schema}.")).unwrap_or_default();
        let alias = table.alias.as_ref().map(|alias| format!(" {alias}")).unwrap_or_default();
        format!("{schema}{}{alias}", table.name)
    });
    shown.collect::<Vec<_>>().join(", ")
}

fn filters(facts: &StatementFacts) -> String {
    let shown = facts.filters.iter().map(|filter| {
        let name = column(facts, &filter.column);
        let wrapped = filter.wrapped.as_ref().map(|by| format!("{by}:")).unwrap_or_default();
        let optional = if filter.required { "" } else { "?" };
        format!("{wrapped}{name} {:?}{optional}", filter.operator)
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// Statement, kind, tables, filters, joins.
const CASES: &[(&str, Kind, &str, &str, &str)] = &[
    ("SELECT * FROM products WHERE id = $1", Kind::Select, "products", "products.id Equal", ""),
    (
        "SELECT a FROM Public.\"Users\" u WHERE u.x IN (1, 2) AND u.Y = ANY($1) AND u.z IN (SELECT id FROM w WHERE q > 5)",
        Kind::Select,
        "public.Users u, w",
        "u.x In, u.y Any, u.z InQuery, w.q Range",
        "",
    ),
    (
        "SELECT o.id FROM orders o JOIN users u ON u.id = o.user_id AND u.active WHERE lower(u.email) = 'x' OR o.data @> '{}'",
        Kind::Select,
        "orders o, users u",
        "u.active IsTrue, lower:u.email Equal?, o.data Contains?",
        "u.id=o.user_id",
    ),
    (
        "SELECT * FROM a LEFT JOIN b USING (id) WHERE a.t BETWEEN $1 AND $2 AND b.n LIKE 'x%' AND b.m ILIKE '%x'",
        Kind::Select,
        "a, b",
        "a.t Range, b.n Like { anchored: Some(true) }, b.m ILike { anchored: Some(false) }",
        "a.id=b.id",
    ),
    (
        "SELECT * FROM t WHERE 5 < a AND NOT b AND c IS NULL AND d IS NOT NULL AND e ->> 'k' = 'v' AND f::date = $1 AND (g, h) > (1, 2)",
        Kind::Select,
        "t",
        "t.a Range, t.b IsFalse, t.c IsNull, t.d IsNotNull, ->>:t.e Equal, cast:t.f Equal, t.g Range, t.h Range",
        "",
    ),
    (
        "WITH recent AS (SELECT id FROM orders WHERE created_at > now()) SELECT * FROM recent r JOIN items i ON i.order_id = r.id",
        Kind::Select,
        "orders, items i",
        "orders.created_at Range",
        "i.order_id=?.id",
    ),
    (
        "SELECT * FROM users u WHERE EXISTS (SELECT 1 FROM orders WHERE orders.user_id = u.id AND total > 3)",
        Kind::Select,
        "users u, orders",
        "orders.total Range",
        "orders.user_id=u.id",
    ),
    (
        "INSERT INTO t (a, b) VALUES (1, 2), (3, 4) ON CONFLICT (a) DO UPDATE SET b = 1 RETURNING id",
        Kind::Insert,
        "t",
        "",
        "",
    ),
    (
        "UPDATE t SET a = 1, b = b + 1 FROM u WHERE t.id = u.id AND u.c = $1",
        Kind::Update,
        "t, u",
        "u.c Equal",
        "t.id=u.id",
    ),
    (
        "DELETE FROM ONLY_t USING u WHERE only_t.id = u.id AND u.tags && ARRAY['x']",
        Kind::Delete,
        "only_t, u",
        "u.tags Overlaps",
        "only_t.id=u.id",
    ),
    // Not parsed: the words tell.
    (
        "SELECT * FROM `Orders` o, s.lines AS l WHERE o.id = 1 AND na... (truncated)",
        Kind::Select,
        "Orders o, s.lines l",
        "",
        "",
    ),
    ("WITH x AS (SELECT 1 FROM a) SELECT * FROM x JOIN b ON $ = ", Kind::Select, "a, b", "", ""),
    ("INSERT INTO `t` (`a`) VALUES (1) ON DUPLICATE KEY UPDATE `a` = (", Kind::Insert, "t", "", ""),
    ("UPDATE s.t SET a = (", Kind::Update, "s.t", "", ""),
    ("VACUUM ANALYZE t", Kind::Utility, "", "", ""),
    ("", Kind::Other, "", "", ""),
];

#[test]
fn facts_of_statements() {
    for (sql, kind, expected_tables, expected_filters, joins) in CASES {
        let facts = statement_facts(sql);
        assert_eq!(facts.kind, *kind, "{sql}");
        assert_eq!(tables(&facts), *expected_tables, "{sql}");
        assert_eq!(filters(&facts), *expected_filters, "{sql}");
        let found: Vec<_> = facts
            .joins
            .iter()
            .map(|join| column(&facts, &join.one) + "=" + &column(&facts, &join.other))
            .collect();
        assert_eq!(found.join(", "), *joins, "{sql}");
    }
}

#[test]
fn output_order_and_writes() {
    let facts = statement_facts(
        "SELECT DISTINCT t.a, t.b, count(*) FROM t WHERE c = 1 GROUP BY t.a, b \
         ORDER BY t.a DESC NULLS LAST, b LIMIT 5 OFFSET 3 FOR UPDATE",
    );
    assert!(
        facts.parsed && facts.distinct && facts.limit && facts.offset && facts.for_update && facts.aggregates
    );
    assert!(!facts.star && !facts.order_by_expressions);
    assert_eq!(facts.projected.iter().map(|c| column(&facts, c)).collect::<Vec<_>>(), ["t.a", "t.b"]);
    assert_eq!(facts.group_by.iter().map(|c| column(&facts, c)).collect::<Vec<_>>(), ["t.a", "t.b"]);
    let order: Vec<_> =
        facts.order_by.iter().map(|o| (column(&facts, &o.column), o.descending, o.nulls_first)).collect();
    assert_eq!(order, [("t.a".to_string(), true, Some(false)), ("t.b".to_string(), false, None)]);

    let facts =
        statement_facts("INSERT INTO t (a, \"B\") VALUES (1, 2), (3, 4) ON CONFLICT DO NOTHING RETURNING id");
    assert_eq!((facts.rows, facts.target, facts.on_conflict, facts.returning), (2, Some(0), true, true));
    assert_eq!(facts.written, ["a", "B"]);
    assert_eq!(statement_facts("UPDATE t SET a = 1, b = 2 WHERE c = 3").written, ["a", "b"]);
}

#[test]
fn values_are_told_apart() {
    let value = |sql: &str| statement_facts(sql).filters[0].value;
    assert_eq!(value("SELECT * FROM t WHERE a = 1"), FilterValue::Constant);
    assert_eq!(value("SELECT * FROM t WHERE a = 'x'::text"), FilterValue::Constant);
    assert_eq!(value("SELECT * FROM t WHERE a = $1"), FilterValue::Parameter);
    assert_eq!(value("SELECT * FROM t WHERE a IN (1, $1)"), FilterValue::Parameter);
    assert_eq!(value("SELECT * FROM t WHERE a > now()"), FilterValue::Expression);
    assert_eq!(value("SELECT * FROM t WHERE a IS NULL"), FilterValue::Nothing);
    assert_eq!(
        statement_facts("SELECT * FROM t WHERE a LIKE $1").filters[0].operator,
        Is::Like { anchored: None }
    );
}

#[test]
fn housekeeping_is_ignored_and_work_is_not() {
    for sql in [
        "SELECT 1",
        "select 1;",
        "SELECT 'x' AS ping",
        "SELECT version()",
        "SELECT current_schema(), now()",
        "SHOW search_path",
        "SET x = 1",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
        "BEGIN",
        "BEGIN ISOLATION LEVEL SERIALIZABLE",
        "COMMIT",
        "ROLLBACK TO SAVEPOINT a",
        "SAVEPOINT a",
        "RELEASE SAVEPOINT a",
        "DISCARD ALL",
        "DEALLOCATE pdo_1",
        "RESET ALL",
        "LISTEN a",
        "START TRANSACTION READ ONLY",
        "SELECT t.oid FROM pg_catalog.pg_type t JOIN pg_namespace n ON t.typnamespace = n.oid",
        "SELECT * FROM information_schema.columns",
        "END",
        "ABORT",
    ] {
        assert!(statement_facts(sql).is_ignorable(), "{sql}: {:?}", statement_facts(sql));
    }
    for sql in [
        "SELECT * FROM t",
        "SELECT nextval('s')",
        "SELECT pg_sleep(1)",
        "SELECT my_function(1)",
        "INSERT INTO pg_x VALUES (1)",
        "SELECT * FROM t JOIN pg_class c ON c.oid = t.id",
        "BEGIN; UPDATE t SET a = 1; COMMIT",
        "SELECT (SELECT max(id) FROM t)",
        "VACUUM",
    ] {
        assert!(!statement_facts(sql).is_ignorable(), "{sql}: {:?}", statement_facts(sql));
    }
}

/// On the stack of an ordinary thread, whatever the text.
#[test]
fn hostile_text_is_survived() {
    let mut texts = Vec::new();
    for piece in [
        "(",
        "((1)+",
        "SELECT (",
        "a AND ",
        "NOT ",
        "1+",
        "- ",
        "x::int ",
        "VALUES (",
        "CASE WHEN ",
        "a.",
        "[",
        "a IN (",
        "{",
        "WITH x AS (",
        "'",
        "$$",
    ] {
        texts.push(piece.repeat(20_000));
        texts.push(format!("SELECT * FROM t WHERE {}", piece.repeat(1_000)));
        texts.push(format!("SELECT * FROM t WHERE {}1", piece.repeat(150)));
    }
    for text in texts {
        statement_facts(&text);
        super::mask(text.as_bytes());
        super::fingerprint(text.as_bytes());
    }
}

#[test]
fn tables_of_definitions_and_imports() {
    let cases: [(&str, &[&str]); 8] = [
        ("COPY orders FROM STDIN", &["orders"]),
        ("COPY shop.orders (id, note) FROM '/tmp/x' WITH (FORMAT csv)", &["orders"]),
        ("COPY orders TO STDOUT", &["orders"]),
        ("CREATE TABLE IF NOT EXISTS demo.kept (name text)", &["kept"]),
        ("DROP TABLE IF EXISTS a, b", &["a", "b"]),
        ("TRUNCATE ONLY a", &["a"]),
        ("REVOKE ALL ON SCHEMA demo FROM PUBLIC", &[]),
        ("GRANT SELECT ON orders TO panel", &[]),
    ];
    for (sql, expected) in cases {
        let facts = statement_facts(sql);
        let names: Vec<&str> = facts.tables.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(names, expected, "{sql}");
    }
}

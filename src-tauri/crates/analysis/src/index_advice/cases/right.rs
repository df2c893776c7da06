//! Keys, orders, expressions and kinds of indexes.

use super::fixture::{advise, titles};

/// A statement and the one index for it.
const SUGGESTED: &[(&str, &str)] = &[
    // Equality first, the most selective first.
    ("SELECT * FROM customers WHERE tenant_id = $1 AND country = $2", "customers (tenant_id, country)"),
    // Of which one value is enough, that one alone.
    ("SELECT * FROM customers WHERE tenant_id = $1 AND email = $2", "customers (email)"),
    ("SELECT * FROM orders WHERE customer_id = 7", "orders (customer_id)"),
    // Then one range, never before an equality.
    ("SELECT * FROM orders WHERE placed_at > $1 AND customer_id = $2", "orders (customer_id)"),
    ("SELECT note FROM events WHERE false", ""),
    (
        "SELECT * FROM customers WHERE created_at >= $1 AND created_at < $2 AND tenant_id = 3",
        "customers (tenant_id, created_at)",
    ),
    // Order with LIMIT, after the equality; backwards is the same index.
    ("SELECT * FROM events WHERE tenant_id = $1 ORDER BY at DESC LIMIT 20", "events (tenant_id, at)"),
    (
        "SELECT * FROM customers ORDER BY created_at DESC NULLS LAST LIMIT 10",
        "customers (created_at DESC NULLS LAST)",
    ),
    ("SELECT * FROM orders ORDER BY total, placed_at DESC LIMIT 10", "orders (total, placed_at DESC)"),
    ("SELECT max(total) FROM orders", "orders (total)"),
    // IN is an equality that breaks the order.
    (
        "SELECT * FROM orders WHERE customer_id IN (1, 2, 3) ORDER BY placed_at LIMIT 5",
        "orders (customer_id)",
    ),
    ("SELECT * FROM orders WHERE customer_id = ANY($1)", "orders (customer_id)"),
    // Joins, semi-joins, LATERAL.
    (
        "SELECT c.name, o.note FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.id = $1",
        "orders (customer_id)",
    ),
    (
        "SELECT * FROM customers c WHERE c.id = $1 AND EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id AND o.total > 5)",
        "orders (customer_id)",
    ),
    (
        "SELECT * FROM customers WHERE id = 9 AND id IN (SELECT customer_id FROM orders)",
        "orders (customer_id)",
    ),
    (
        "SELECT * FROM customers c, LATERAL (SELECT * FROM orders o WHERE o.customer_id = c.id ORDER BY placed_at LIMIT 1) l WHERE c.id = 5",
        "orders (customer_id)",
    ),
    // CTEs, subqueries, aliases, views.
    ("WITH mine AS (SELECT * FROM orders) SELECT * FROM mine WHERE customer_id = $1", "orders (customer_id)"),
    ("SELECT * FROM (SELECT customer_id AS who, note FROM orders) x WHERE who = $1", "orders (customer_id)"),
    ("SELECT * FROM live_customers WHERE address = $1", "customers (email)"),
    // Writes find their rows as reads do.
    ("UPDATE customers SET name = $1 WHERE email = $2", "customers (email)"),
    ("DELETE FROM orders WHERE customer_id = $1", "orders (customer_id)"),
    (
        "UPDATE orders o SET note = '' FROM customers c WHERE o.customer_id = c.id AND c.id = 4",
        "orders (customer_id)",
    ),
    (
        "DELETE FROM orders o USING customers c WHERE o.customer_id = c.id AND c.id = 4",
        "orders (customer_id)",
    ),
    // Expressions.
    ("SELECT * FROM customers WHERE lower(email) = $1", "customers (lower(email))"),
    ("SELECT * FROM customers WHERE payload ->> 'plan' = 'gold'", "customers ((payload ->> 'plan'))"),
    // Partial: few rows, always the same.
    (
        "SELECT id FROM customers WHERE deleted_at IS NOT NULL",
        "customers (deleted_at) INCLUDE (id) WHERE deleted_at IS NOT NULL",
    ),
    (
        "SELECT * FROM orders WHERE status = 'open' ORDER BY placed_at LIMIT 50",
        "orders (placed_at) WHERE status = 'open'",
    ),
    // Patterns.
    ("SELECT * FROM customers WHERE email LIKE 'anna@%'", "customers (email text_pattern_ops)"),
    // Inverted.
    (
        "SELECT * FROM customers WHERE payload @> '{\"plan\": \"gold\"}'",
        "customers USING gin (payload jsonb_path_ops)",
    ),
    ("SELECT * FROM customers WHERE payload ? 'plan'", "customers USING gin (payload)"),
    ("SELECT * FROM customers WHERE tags @> ARRAY['vip']", "customers USING gin (tags)"),
    // Quoted names, reserved words, a schema that is not on the path.
    ("SELECT * FROM \"Odd Schema\".\"Order\" WHERE \"Mixed Case\" = $1", "Order (Mixed Case)"),
    ("SELECT * FROM \"Odd Schema\".\"Order\" o WHERE o.\"user\" = $1", "Order (user)"),
    // Partitions.
    ("SELECT * FROM metrics WHERE host_id = $1", "metrics (host_id)"),
];

#[test]
fn each_statement_gets_its_index() {
    let mut wrong = Vec::new();
    for (sql, wanted) in SUGGESTED {
        let advice = advise(&[sql]);
        let wanted: Vec<&str> = if wanted.is_empty() { Vec::new() } else { vec![wanted] };
        if titles(&advice) != wanted {
            wrong.push(format!("{sql}\n  wanted {wanted:?}\n  found  {:?}", titles(&advice)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A statement, a title among what was left out, its code and a part of the reason.
const REFUSED: &[(&str, &str, &str, &str)] = &[
    (
        "SELECT * FROM customers WHERE status = 'active'",
        "customers (status)",
        "low_selectivity",
        "3 distinct values",
    ),
    ("SELECT * FROM settings WHERE name = $1", "settings (name)", "tiny_table", "500 rows in 9 pages"),
    ("SELECT * FROM customers WHERE id = $1", "customers (id)", "covered", "covered by customers_pkey"),
    (
        "SELECT * FROM orders WHERE tenant_id = 1 AND placed_at > $1",
        "orders (tenant_id, placed_at)",
        "covered",
        "covered by orders_tenant_id_placed_at_idx",
    ),
    (
        "SELECT * FROM orders WHERE tenant_id = 1",
        "orders (tenant_id)",
        "covered",
        "orders_tenant_id_placed_at_idx",
    ),
    (
        "SELECT * FROM customers WHERE date(created_at) = '2026-01-01'",
        "customers (date(created_at))",
        "not_immutable",
        "time zone",
    ),
    (
        "SELECT * FROM customers WHERE my_rule(email) = 1",
        "customers (my_rule(email))",
        "not_immutable",
        "`my_rule` is not known",
    ),
    ("SELECT * FROM customers WHERE name LIKE '%smith%'", "customers (name)", "needs_extension", "pg_trgm"),
    ("SELECT * FROM customers WHERE name LIKE $1", "customers (name)", "unknown_pattern", "text_pattern_ops"),
    ("SELECT * FROM remote WHERE customer_id = $1", "remote (customer_id)", "foreign_table", "foreign table"),
    ("SELECT * FROM scratch WHERE customer_id = $1", "scratch (customer_id)", "temporary_table", "temporary"),
];

#[test]
fn decoys_are_refused_with_their_reason() {
    for (sql, title, code, reason) in REFUSED {
        let advice = advise(&[sql]);
        assert_eq!(titles(&advice), Vec::<&str>::new(), "{sql}");
        let found = advice.considered.iter().find(|one| one.title == *title);
        let found = found.unwrap_or_else(|| panic!("{sql}: {title} is not among {:#?}", advice.considered));
        assert_eq!(found.code, *code, "{sql}");
        assert!(found.reason.contains(reason), "{sql}: {}", found.reason);
    }
}

#[test]
fn an_or_across_columns_gets_one_index_for_each_or_none() {
    let advice = advise(&["SELECT * FROM customers WHERE email = $1 OR name = $2"]);
    let mut found = titles(&advice);
    found.sort_unstable();
    assert_eq!(found, ["customers (email)", "customers (name)"]);
    let advice = advise(&["SELECT * FROM customers WHERE email = $1 OR my_rule(name) = 2"]);
    assert_eq!(titles(&advice), Vec::<&str>::new(), "one branch alone saves nothing");
}

#[test]
fn trigrams_are_used_where_the_extension_is_there() {
    let mut catalog = super::fixture::catalog();
    catalog.extensions.push("pg_trgm".to_owned());
    let statement =
        super::fixture::statement("SELECT * FROM customers WHERE name ILIKE '%smith%'", 100, 300.0);
    let advice = super::fixture::advise_on(catalog, vec![statement], domain::AdviceLimits::default());
    assert_eq!(titles(&advice), ["customers USING gin (name gin_trgm_ops)"]);
}

#[test]
fn a_table_that_only_grows_gets_block_ranges_under_a_small_budget() {
    let statement = super::fixture::statement("SELECT * FROM events WHERE at BETWEEN $1 AND $2", 100, 900.0);
    let limits = domain::AdviceLimits { budget_bytes: Some(10 << 20), ..domain::AdviceLimits::default() };
    let advice = super::fixture::advise_on(super::fixture::catalog(), vec![statement], limits);
    assert_eq!(titles(&advice), ["events USING brin (at)"]);
    assert!(
        advice.create.iter().any(|one| one.title == "events (at)" && !one.selected),
        "{:?}",
        advice.create
    );
}

#[test]
fn a_covering_index_saves_reading_the_table_where_a_vacuum_keeps_up() {
    let sql = "SELECT total FROM orders WHERE tenant_id = $1";
    let statements = || vec![super::fixture::statement(sql, 1_000, 200.0)];
    let advice =
        super::fixture::advise_on(super::fixture::catalog(), statements(), domain::AdviceLimits::default());
    assert_eq!(titles(&advice), ["orders (tenant_id) INCLUDE (total)"]);
    let mut dusty = super::fixture::catalog();
    for table in &mut dusty.tables {
        table.visible_pages = 0;
    }
    let advice = super::fixture::advise_on(dusty, statements(), domain::AdviceLimits::default());
    assert_eq!(titles(&advice), Vec::<&str>::new(), "what is there finds the rows as well");
}

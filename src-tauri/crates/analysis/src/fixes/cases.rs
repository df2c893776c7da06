//! What is written instead, word for word, and what is not rewritten.

use domain::{FixStyle, RepetitionKind as Kind};

use super::{Repeated, fixes};

pub(super) fn repeated<'a>(
    kind: Kind,
    statement: &'a str,
    varying: &'a [u32],
    parent: Option<&'a str>,
) -> Repeated<'a> {
    Repeated { kind, statement, varying, parent, repeats: 21 }
}

fn sql(repeated: &Repeated<'_>) -> Vec<String> {
    let found = fixes(repeated).into_iter().filter(|fix| fix.style == FixStyle::Sql);
    found.map(|fix| fix.code.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// Statement, what varies, parent, the rewrites on one line.
type Case = (&'static str, &'static [u32], Option<&'static str>, &'static [&'static str]);

const READS: &[Case] = &[
    (
        "SELECT * FROM orders WHERE customer_id = $1",
        &[1],
        None,
        &["SELECT * FROM orders WHERE customer_id = ANY($1)"],
    ),
    (
        "select id from Orders as o where o.Customer_Id = $1 and status = $2;",
        &[1],
        None,
        &["SELECT o.Customer_Id, id FROM Orders AS o WHERE o.Customer_Id = ANY($1) AND status = $2"],
    ),
    (
        "SELECT count(*) FROM orders WHERE customer_id = $1",
        &[1],
        Some("SELECT id FROM customers WHERE tenant_id = $1"),
        &[
            "SELECT customer_id, count(*) FROM orders WHERE customer_id = ANY($1) GROUP BY customer_id",
            "SELECT customers.id, orders.* FROM customers LEFT JOIN LATERAL (SELECT count(*) FROM orders \
             WHERE customer_id = customers.id) AS orders ON true WHERE customers.tenant_id = $1",
        ],
    ),
    (
        "SELECT \"orders\".* FROM \"orders\" WHERE \"orders\".\"customer_id\" = $1",
        &[1],
        Some("SELECT \"customers\".* FROM \"customers\" WHERE \"customers\".\"active\" = $1"),
        &[
            "SELECT \"orders\".* FROM \"orders\" WHERE \"orders\".\"customer_id\" = ANY($1)",
            "SELECT \"customers\".*, \"orders\".* FROM \"customers\" LEFT JOIN \"orders\" \
             ON \"orders\".\"customer_id\" = \"customers\".\"id\" WHERE \"customers\".\"active\" = $1",
        ],
    ),
    (
        "SELECT id, name FROM customers WHERE id = $1 LIMIT $2",
        &[1],
        Some("SELECT id, customer_id FROM orders WHERE status = $1 LIMIT $2"),
        &[
            "SELECT id, name FROM customers WHERE id = ANY($1)",
            "SELECT orders.*, customers.id, customers.name FROM (SELECT id, customer_id FROM orders WHERE status = $1 \
             LIMIT $2) AS orders LEFT JOIN customers ON customers.id = orders.customer_id",
        ],
    ),
    (
        "SELECT id, total FROM orders WHERE customer_id = $1 AND status = $2",
        &[1],
        Some("SELECT id, name FROM customers"),
        &[
            "SELECT customer_id, id, total FROM orders WHERE customer_id = ANY($1) AND status = $2",
            "SELECT customers.id, customers.name, orders.id AS order_id, orders.total FROM customers LEFT JOIN orders \
             ON orders.customer_id = customers.id AND orders.status = $1",
        ],
    ),
    // Nothing is known of the parameters: names tell, and the parent does.
    (
        "SELECT * FROM orders WHERE tenant_id = $1 AND status = $2 AND customer_id = $3",
        &[],
        None,
        &["SELECT * FROM orders WHERE tenant_id = $1 AND status = $2 AND customer_id = ANY($3)"],
    ),
    (
        "SELECT * FROM items WHERE product_id = $1 AND order_id = $2",
        &[],
        Some("SELECT id FROM orders"),
        &[
            "SELECT * FROM items WHERE product_id = $1 AND order_id = ANY($2)",
            "SELECT orders.id, items.* FROM orders LEFT JOIN items ON items.order_id = orders.id AND items.product_id = $1",
        ],
    ),
    (
        "SELECT * FROM orders WHERE customer_id = $1 AND status IN ($2 /*, ... */)",
        &[],
        None,
        &["SELECT * FROM orders WHERE customer_id = ANY($1) AND status IN ($2 /*, ... */)"],
    ),
    (
        "SELECT max(total) FROM orders WHERE customer_id = $1 ORDER BY $2",
        &[1],
        None,
        &[
            "SELECT max(total), customer_id FROM orders WHERE customer_id = ANY($1) GROUP BY customer_id ORDER BY $2",
        ],
    ),
    (
        "SELECT name FROM customers WHERE id = $1 FOR UPDATE",
        &[1],
        None,
        &["SELECT id, name FROM customers WHERE id = ANY($1) ORDER BY id FOR UPDATE"],
    ),
    (
        "SELECT * FROM users WHERE id = CAST($1 AS uuid)",
        &[1],
        None,
        &["SELECT * FROM users WHERE id = ANY($1::UUID[])"],
    ),
    (
        "SELECT * FROM users WHERE email = $1 LIMIT $2",
        &[1],
        None,
        &[
            "SELECT child.* FROM unnest(COALESCE($1, (SELECT array_agg(email) FROM users WHERE false))) AS keys (email) \
           CROSS JOIN LATERAL (SELECT * FROM users WHERE email = keys.email LIMIT $2) AS child",
        ],
    ),
    (
        "SELECT keys.id FROM keys WHERE child = $1 LIMIT $2",
        &[1],
        None,
        &[
            "SELECT keys_2.child, child_2.* FROM unnest(COALESCE($1, (SELECT array_agg(child) FROM keys WHERE false))) \
           AS keys_2 (child) CROSS JOIN LATERAL (SELECT keys.id FROM keys WHERE child = keys_2.child LIMIT $2) AS child_2",
        ],
    ),
];

const WRITES: &[Case] = &[
    (
        "INSERT INTO tags (name, tenant_id) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET tenant_id = $2 RETURNING id",
        &[1],
        None,
        &["INSERT INTO tags (name, tenant_id) VALUES ($1, $2), ($3, $2) /* one row for each */ \
           ON CONFLICT (name) DO UPDATE SET tenant_id = excluded.tenant_id RETURNING id"],
    ),
    (
        "UPDATE products SET price = $1 WHERE id = $2",
        &[1, 2],
        None,
        &["UPDATE products SET price = data.price FROM ( SELECT id, price FROM products WHERE false \
           UNION ALL SELECT $2, $1 UNION ALL SELECT $4, $3 /* one row for each */ ) AS data (id, price) \
           WHERE products.id = data.id"],
    ),
    (
        "UPDATE data SET stock = stock - $1 WHERE id = $2 AND stock >= $3",
        &[1, 2],
        None,
        &["UPDATE data SET stock = data.stock - data_2.stock FROM ( SELECT id, stock FROM data WHERE false \
           UNION ALL SELECT $2, $1 UNION ALL SELECT $5, $4 /* one row for each */ ) AS data_2 (id, stock) \
           WHERE data.id = data_2.id AND data.stock >= $3"],
    ),
    (
        "UPDATE products SET status = $1 WHERE id = $2 RETURNING name",
        &[2],
        None,
        &["UPDATE products SET status = $1 WHERE id = ANY($2) RETURNING name, id"],
    ),
    (
        "DELETE FROM items WHERE order_id = $1 AND line = $2",
        &[1, 2],
        None,
        &["DELETE FROM items WHERE (order_id, line) IN (($1, $2), ($3, $4) /* one row for each key */)"],
    ),
];

#[test]
fn rewrites_word_for_word() {
    for (kind, cases) in [(Kind::NPlusOne, READS), (Kind::BulkWrite, WRITES)] {
        for (statement, varying, parent, expected) in cases {
            assert_eq!(sql(&repeated(kind, statement, varying, *parent)), *expected, "{statement}");
        }
    }
}

#[test]
fn nothing_is_proposed_where_nothing_is_safe() {
    let reads: &[(&str, &[u32])] = &[
        ("", &[]),
        ("this is no SQL", &[1]),
        ("SELECT * FROM orders WHERE customer_id = $1 AND na... (truncated)", &[1]),
        ("SELECT * FROM `orders` WHERE id = $1", &[1]),
        ("BEGIN", &[]),
        ("COMMIT", &[]),
        ("SET search_path = $1", &[1]),
        ("CREATE TABLE t (id int)", &[]),
        ("SELECT 1; SELECT 2", &[]),
        ("BEGIN; SELECT * FROM orders WHERE customer_id = $1; COMMIT", &[1]),
        // Batched as they are.
        ("SELECT * FROM orders WHERE customer_id = ANY($1)", &[1]),
        ("SELECT * FROM orders WHERE customer_id = ANY($1)", &[]),
        ("SELECT * FROM orders WHERE customer_id IN ($1 /*, ... */)", &[]),
        ("SELECT * FROM orders WHERE tenant_id = $1 AND customer_id IN ($2 /*, ... */)", &[]),
        ("SELECT * FROM orders WHERE (a, b) IN (($1, $2) /*, ... */)", &[]),
        // What changes is compared with no column.
        ("SELECT * FROM settings", &[]),
        ("SELECT nextval($1)", &[1]),
        ("SELECT * FROM orders ORDER BY id LIMIT $1 OFFSET $2", &[2]),
        ("SELECT * FROM orders WHERE customer_id = $1 ORDER BY id OFFSET $2", &[2]),
        ("SELECT * FROM orders WHERE customer_id = COALESCE($1, customer_id)", &[1]),
        ("SELECT * FROM f($1)", &[1]),
        ("SELECT $1::int + 1", &[1]),
        // Masking hid which column groups.
        ("SELECT status, count(*) FROM orders WHERE customer_id = $1 GROUP BY $2", &[1]),
        (
            "WITH gone AS (DELETE FROM orders WHERE customer_id = $1 RETURNING *) SELECT count(*) FROM gone",
            &[1],
        ),
        ("DELETE FROM orders WHERE customer_id = $1", &[1]),
    ];
    for (statement, varying) in reads {
        let found = fixes(&repeated(Kind::NPlusOne, statement, varying, None));
        assert!(found.is_empty(), "{statement}: {found:?}");
    }
    let writes: &[(&str, &[u32])] = &[
        ("INSERT INTO tags (name) VALUES ($1) /*, ... */", &[1]),
        ("INSERT INTO tags (name) VALUES ($1), (now())", &[1]),
        ("INSERT INTO tags DEFAULT VALUES", &[]),
        ("DELETE FROM orders WHERE id = ANY($1)", &[1]),
        ("DELETE FROM orders WHERE created_at < $1", &[1]),
        ("UPDATE orders SET a = $1", &[1]),
        ("TRUNCATE orders", &[]),
        ("MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN DELETE", &[]),
    ];
    for (statement, varying) in writes {
        let found = fixes(&repeated(Kind::BulkWrite, statement, varying, None));
        assert!(found.is_empty(), "{statement}: {found:?}");
    }
    // Frameworks may still send them together.
    let no_sql: &[(&str, &[u32])] = &[
        ("INSERT INTO tags (name, uses) SELECT $1, count(*) FROM tags WHERE id = $2", &[1, 2]),
        ("INSERT INTO tags (name) VALUES ($1) ON CONFLICT (name) DO UPDATE SET uses = $2", &[1, 2]),
        ("UPDATE orders SET expires_at = expires_at + $1 WHERE id = $2", &[1, 2]),
        ("UPDATE orders SET a = (SELECT max(b) + $1 FROM c) WHERE id = $2", &[1, 2]),
        ("UPDATE orders SET a = $1 FROM c WHERE c.id = orders.id AND c.x = $2", &[1, 2]),
    ];
    for (statement, varying) in no_sql {
        assert_eq!(sql(&repeated(Kind::BulkWrite, statement, varying, None)), [""; 0], "{statement}");
    }
    for statement in
        ["SELECT nextval($1)", "SELECT * FROM a FOR UPDATE", "SELECT random() FROM a", "UPDATE a SET b = $1"]
    {
        assert!(fixes(&repeated(Kind::Redundant, statement, &[], None)).is_empty(), "{statement}");
    }
}

#[test]
fn notes_say_what_to_mind() {
    let notes = |kind, statement, varying: &[u32], parent| {
        fixes(&repeated(kind, statement, varying, parent))
            .into_iter()
            .flat_map(|fix| fix.notes)
            .collect::<Vec<_>>()
            .join(" ")
    };
    for (kind, statement, varying, parent, expected) in [
        (Kind::NPlusOne, "SELECT count(*) FROM a WHERE b_id = $1", &[1][..], None, "a count of theirs is 0"),
        (Kind::NPlusOne, "SELECT x FROM a WHERE id = $1 LIMIT $2", &[1], None, "`id` is taken to be unique"),
        (
            Kind::NPlusOne,
            "SELECT x FROM a WHERE b_id = $1 ORDER BY x",
            &[1],
            None,
            "Rows of one key keep their order",
        ),
        (
            Kind::NPlusOne,
            "SELECT x FROM a WHERE b_id = $1 AND org_id = $2",
            &[],
            None,
            "`org_id` to stay the same",
        ),
        (
            Kind::NPlusOne,
            "SELECT x FROM a WHERE box_id = $1",
            &[1],
            Some("SELECT id FROM boxes"),
            "LEFT JOIN keeps rows of `boxes`",
        ),
        (Kind::BulkWrite, "UPDATE a SET n = n + $1 WHERE id = $2", &[1, 2], None, "add up what one key gets"),
        (Kind::BulkWrite, "UPDATE a SET n = n + $1 WHERE id = $2", &[2], None, "changes its row once"),
        (Kind::BulkWrite, "INSERT INTO a (b) VALUES ($1)", &[1], None, "here 65,535 rows"),
        (
            Kind::BulkWrite,
            "INSERT INTO a (b) VALUES ($1) ON CONFLICT (b) DO UPDATE SET c = now()",
            &[1],
            None,
            "may have the same `b`",
        ),
        (
            Kind::Redundant,
            "SELECT * FROM products WHERE tenant_id = $1",
            &[],
            None,
            "invalidateCache(['products', 'catalog'])",
        ),
    ] {
        let found = notes(kind, statement, varying, parent);
        assert!(found.contains(expected), "{statement}: {found}");
    }
}

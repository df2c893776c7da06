//! Titles and explanations of patterns.

use domain::RepetitionKind as Kind;

use super::cases::repeated;
use super::{explanation, title};

#[test]
fn titles() {
    for (statement, varying, expected) in [
        ("SELECT * FROM orders WHERE customer_id = $1", &[1][..], "orders by customer_id"),
        (
            "SELECT * FROM shop.orders o WHERE o.status = $1 AND o.customer_id = $2",
            &[2],
            "shop.orders by customer_id",
        ),
        ("SELECT * FROM orders WHERE status = $1 AND customer_id = $2", &[], "orders by customer_id"),
        ("SELECT * FROM items WHERE order_id = $1 AND line = $2", &[1, 2], "items by order_id, line"),
        ("SELECT * FROM users WHERE lower(email) = lower($1)", &[1], "users by lower(email)"),
        ("SELECT * FROM users WHERE id = ANY($1)", &[1], "users by id"),
        ("SELECT * FROM \"Orders\" WHERE \"customerId\" = $1", &[1], "Orders by customerId"),
        ("SELECT * FROM settings", &[], "settings"),
        ("SELECT * FROM orders WHERE customer_id = $1 AND (a... (truncated)", &[1], "orders"),
        ("INSERT INTO orders (a) VALUES ($1)", &[1], "insert into orders"),
        ("UPDATE orders SET a = $1 WHERE id = $2", &[1, 2], "update orders by id"),
        ("DELETE FROM orders WHERE id = $1", &[1], "delete from orders by id"),
        ("MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN DELETE", &[], "merge into t"),
        ("SELECT nextval($1)", &[1], "SELECT nextval($1)"),
        ("", &[], "empty statement"),
        (
            "SELECT pg_advisory_lock($1), pg_advisory_lock($2), pg_advisory_lock($3), 1",
            &[1],
            "SELECT pg_advisory_lock($1), pg_advisory_lock($2), pg_adviso…",
        ),
    ] {
        assert_eq!(title(statement, varying), expected);
    }
}

#[test]
fn explanations() {
    const ORDERS: &str = "SELECT * FROM orders WHERE customer_id = $1";
    for (kind, statement, varying, parent, expected) in [
        (
            Kind::NPlusOne,
            ORDERS,
            &[1][..],
            Some("SELECT * FROM customers"),
            "One query fetches `customers`, then one more runs for each of its rows. \
             The parameter changes every time and follows the parent's `id`.",
        ),
        (
            Kind::NPlusOne,
            ORDERS,
            &[1],
            Some("SELECT name FROM regions"),
            "One query fetches `regions`, then one on `orders` runs 21 times, probably once for each of its rows. \
             What changes is `customer_id`: one query can take all values.",
        ),
        (
            Kind::NPlusOne,
            "SELECT * FROM items WHERE order_id = $1 AND line = $2",
            &[1, 2],
            None,
            "The same query on `items` runs 21 times in one unit of work. \
             What changes is `order_id` and `line`: one query can take all values.",
        ),
        (
            Kind::NPlusOne,
            "SELECT * FROM orders WHERE id IN ($1 /*, ... */)",
            &[],
            None,
            "The query on `orders` already takes a list of keys, and runs 21 times in one unit of work: \
             these are portions of one list. Larger portions need fewer queries.",
        ),
        (
            Kind::NPlusOne,
            "SELECT * FROM orders WHERE a = (... (truncated)",
            &[],
            None,
            "The same statement on `orders` runs 21 times in one unit of work. \
             Its text could not be read in full, so no other is proposed.",
        ),
        (
            Kind::Redundant,
            "SELECT * FROM settings WHERE name = $1",
            &[],
            None,
            "`settings` is asked for 21 times in one unit of work, with the same parameters each time. \
             One answer serves them all: ask once and keep it.",
        ),
        (
            Kind::BulkWrite,
            "INSERT INTO orders (a) VALUES ($1)",
            &[1],
            None,
            "Rows are inserted into `orders` one by one, 21 times in one unit of work. \
             One INSERT of many rows does the same in one round trip.",
        ),
        (
            Kind::BulkWrite,
            "DELETE FROM shop.orders WHERE id = $1",
            &[1],
            None,
            "Rows are deleted one by one from `shop.orders`, 21 times in one unit of work. \
             One DELETE for all keys does the same in one round trip.",
        ),
        (
            Kind::BulkWrite,
            "INSERT INTO orders (a) VALUES ($1) /*, ... */",
            &[],
            None,
            "The statement already writes many rows of `orders` at once, and runs 21 times in one unit of work. \
             Larger portions need fewer statements.",
        ),
    ] {
        assert_eq!(explanation(&repeated(kind, statement, varying, parent)), expected, "{statement}");
    }
}

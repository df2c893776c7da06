//! Indexes on expressions and on some rows are found wherever their table stands in a statement, which HypoPG shows the
//! planner of the first one only.
#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails where it cannot go on")]

use serde_json::Value;
use servers::{Postgres, PostgresOptions};
use tokio_postgres::Client;

use crate::support::{address, advise};

const TABLES: &str = "
CREATE EXTENSION hypopg;
CREATE TABLE users AS SELECT n AS id, 'user' || n || '@Example.org' AS email, 'Name ' || n AS name, n % 3 > 0 AS active
    FROM generate_series(1, 100000) AS n;
CREATE TABLE orders AS SELECT n AS id, n % 100000 + 1 AS user_id, CASE WHEN n % 200 = 0 THEN 'unpaid' ELSE 'paid' END AS status,
    now() - n * interval '1 minute' AS placed_at, repeat('x', 40) AS note FROM generate_series(1, 300000) AS n;
ALTER TABLE users ADD PRIMARY KEY (id);
ALTER TABLE orders ADD PRIMARY KEY (id);
CREATE INDEX orders_user_id ON orders (user_id);
CREATE VIEW active_users AS SELECT id, email, name FROM users WHERE active;
VACUUM ANALYZE";

/// A statement, how the title of its index begins, and what the advice rests on.
const CASES: [(&str, &str, &str); 4] = [
    (
        "SELECT o.id, o.note FROM orders o JOIN users u ON u.id = o.user_id WHERE lower(u.email) = 'user77@example.org'",
        "users (lower(email)",
        "verified",
    ),
    (
        "SELECT u.email, o.note FROM users u JOIN orders o ON o.user_id = u.id WHERE o.status = 'unpaid' ORDER BY o.placed_at LIMIT 10",
        "orders (placed_at) ",
        "verified",
    ),
    (
        "SELECT o.id, u.name FROM orders o LEFT JOIN users u ON u.id = o.user_id AND upper(u.email) = 'A' WHERE upper(u.email) = 'A'",
        "users (upper(email)",
        "verified",
    ),
    ("SELECT id FROM active_users WHERE lower(name) = 'name 5'", "users (lower(name)", "estimated"),
];

async fn server() -> (Postgres, Client) {
    let server = Postgres::start(PostgresOptions::default()).await.expect("PostgreSQL starts");
    let admin = server.connect().await.expect("a connection");
    for statement in TABLES.split(';') {
        admin.batch_execute(statement).await.expect("tables");
    }
    (server, admin)
}

async fn plan(client: &Client, sql: &str) -> String {
    let rows = client.query(&format!("EXPLAIN {sql}"), &[]).await.expect("a plan");
    rows.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>().join("\n")
}

fn selected<'a>(advice: &'a Value, title: &str) -> Option<&'a Value> {
    let mut create = advice["create"].as_array().expect("suggestions").iter();
    create.find(|one| {
        one["selected"] == true && one["title"].as_str().is_some_and(|have| have.starts_with(title))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_is_found_wherever_its_table_stands() {
    let (server, admin) = server().await;
    for (sql, title, evidence) in CASES {
        let address = address(&server);
        let asked = ["--dsn", &address, "--password-stdin", "--quiet", "--format", "json", "--sql", sql];
        let limits = ["--max-write-cost", "1000%"];
        let output = advise(server.password(), &[&asked[..], &limits].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let advice: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let found = selected(&advice, title).unwrap_or_else(|| panic!("{sql}: no {title} in {advice:#}"));
        assert_eq!(found["evidence"], evidence, "{sql}");
        assert_eq!(found["definition"]["predicate"].is_string(), sql.contains("'unpaid'"), "{sql}: {found}");

        // It is used once it is there.
        let whole = found["title"].as_str().expect("a title");
        admin.batch_execute(&format!("CREATE INDEX suggested ON {whole}")).await.expect("an index");
        admin.batch_execute("ANALYZE").await.expect("statistics");
        let plan = plan(&admin, sql).await;
        assert!(plan.contains("suggested"), "{sql}\n{plan}");
        admin.batch_execute("DROP INDEX suggested").await.expect("it goes");
    }
    server.stop().await;
}

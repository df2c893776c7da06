//! Advice on the demo's schema is right: decoys are refused with their reason, the script makes its statements use the
//! indexes and faster, and the roll-back leaves nothing behind.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails where it cannot go on"
)]

use std::path::Path;
use std::process::Command;

use demo::{Demo, DemoOptions};
use serde_json::Value;
use servers::Postgres;
use tempfile::TempDir;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::support::{address, advise};

/// What the panel asks of tables that lack the index, and the title that its index begins with.
const MISSING: &[(&str, &str)] = &[
    (
        "SELECT id, status, total_cents FROM orders WHERE customer_id = 17 ORDER BY placed_at DESC",
        "orders (customer_id",
    ),
    ("SELECT * FROM invoices WHERE order_id = 4711", "invoices (order_id"),
    ("UPDATE invoices SET paid_at = now() WHERE order_id = 4712 AND paid_at IS NULL", "invoices (order_id"),
    ("DELETE FROM customers WHERE email = 'nobody@example.org'", "customers (email"),
    ("SELECT count(*) FROM busy_orders WHERE who = 99", "orders (customer_id"),
    ("SELECT * FROM audit_log WHERE details @> '{\"ip\": \"10.0.0.1\"}'", "audit_log USING gin (details"),
];

/// What no index is created for, a title among the considered ones, and a part of the reason.
const DECOYS: &[(&str, &str, &str)] = &[
    (
        "SELECT * FROM products WHERE category = 'vps'",
        "products (category)",
        "reading all of them is as quick",
    ),
    ("SELECT * FROM invoices WHERE id = 3", "invoices (id)", "covered by invoices_pkey"),
    (
        "SELECT * FROM invoices WHERE customer_id = 3",
        "invoices (customer_id)",
        "covered by invoices_customer_id_idx",
    ),
    (
        "SELECT count(*) FROM orders WHERE date(placed_at) = '2026-01-01'",
        "orders (date(placed_at))",
        "time zone",
    ),
    ("SELECT * FROM customers WHERE name LIKE '%son%'", "customers (name)", "pg_trgm"),
];

/// The demo's index that a failed concurrent build left behind.
const INVALID: &str = "domains_name_key";

#[tokio::test(flavor = "multi_thread")]
async fn the_script_makes_its_statements_faster_and_the_roll_back_undoes_it() {
    let options = DemoOptions { scale: 0.2, load: false, ..DemoOptions::default() };
    let demo = Demo::start(options).await.expect("the demo starts");
    let server = demo.postgres().expect("PostgreSQL runs");
    let client = server.connect().await.expect("a connection");
    client
        .batch_execute(
            "CREATE VIEW busy_orders AS SELECT customer_id AS who, total_cents FROM orders WHERE quantity > 0;
             ANALYZE",
        )
        .await
        .expect("the superuser may");
    let mut before = indexes(&client).await;
    // The script drops it, and nobody wants it back: it is left behind by a failed build.
    before.retain(|definition| !definition.contains(INVALID));
    let directory = TempDir::new().expect("a directory");
    let (script, rollback) = (directory.path().join("apply.sql"), directory.path().join("rollback.sql"));

    let advice: Value = serde_json::from_str(&asked(server, &["--format", "json"])).expect("JSON");
    proven(&advice);
    let written = [&script, &rollback].map(|path| path.display().to_string());
    asked(server, &["--format", "sql", "--output", &written[0], "--rollback", &written[1]]);
    let first = MISSING[0].0;
    let slow = milliseconds(&client, first).await;
    assert!(!plan(&client, first).await.contains("idx_orders_customer_id"));

    psql(server, &script);
    client.batch_execute("ANALYZE").await.expect("statistics");
    for (sql, title) in MISSING.iter().filter(|(_, title)| !title.contains("gin")) {
        let suggestion = selected(&advice)
            .into_iter()
            .find(|one| one["title"].as_str().is_some_and(|have| have.starts_with(title)));
        let name = suggestion.expect("a suggestion")["name"].as_str().expect("a name").to_owned();
        let plan = plan(&client, sql).await;
        assert!(plan.contains(&name), "{sql} does not use {name}:\n{plan}");
        let told = suggestion.expect("a suggestion")["size_bytes"].as_f64().expect("a size");
        let built = bytes(&client, &name).await;
        assert!((told / built - 1.0).abs() < 0.2, "{name} was to take {told} bytes and takes {built}");
    }
    let quick = milliseconds(&client, first).await;
    assert!(quick < slow, "{quick} ms with the index, {slow} ms without");

    psql(server, &rollback);
    assert_eq!(indexes(&client).await, before);
    demo.stop().await;
}

async fn bytes(client: &Client, index: &str) -> f64 {
    let row = client.query_one("SELECT pg_relation_size($1::text::regclass)::float8", &[&index]).await;
    row.expect("a size").get(0)
}

/// Every missing index is selected, every decoy refused with its reason, and the demo's redundant index goes.
fn proven(advice: &Value) {
    assert_eq!(advice["evidence"], "verified");
    let titles: Vec<&str> = selected(advice).iter().filter_map(|one| one["title"].as_str()).collect();
    for (sql, title) in MISSING {
        assert!(titles.iter().any(|have| have.starts_with(title)), "{sql}: {titles:?}");
    }
    let considered = advice["considered"].as_array().expect("considered");
    for (sql, title, reason) in DECOYS {
        let found = considered.iter().find(|one| one["title"] == *title);
        let found = found.unwrap_or_else(|| panic!("{sql}: {title} is not among {considered:#?}"));
        assert!(found["reason"].as_str().is_some_and(|told| told.contains(reason)), "{sql}: {found}");
        assert!(!titles.contains(title), "{sql}");
    }
    let drops = advice["drop"].as_array().expect("drops");
    let redundant =
        drops.iter().find(|one| one["index"] == "invoices_tenant_id_idx").expect("the redundant index");
    let invalid = drops.iter().find(|one| one["index"] == INVALID).expect("the invalid index");
    assert_eq!(invalid["kind"], "invalid");
    assert_eq!(redundant["kind"], "redundant");
    assert_eq!(redundant["reason"], "covered by invoices (tenant_id, status, due_at)");
    let kept = ["customers_pkey", "sessions_token_hash_key", "invoices_customer_id_idx"];
    assert!(drops.iter().all(|one| !kept.contains(&one["index"].as_str().unwrap_or_default())), "{drops:?}");
}

fn selected(advice: &Value) -> Vec<&Value> {
    advice["create"].as_array().expect("suggestions").iter().filter(|one| one["selected"] == true).collect()
}

/// Advice for all of the statements above, with further arguments.
fn asked(server: &Postgres, more: &[&str]) -> String {
    let statements: Vec<&str> =
        MISSING.iter().map(|(sql, _)| *sql).chain(DECOYS.iter().map(|(sql, ..)| *sql)).collect();
    let (address, statements) = (address(server), statements.join(";\n"));
    // The rows were loaded a moment ago, which is no rate of writes.
    let usual = ["--password-stdin", "--quiet", "--seconds", "20", "--max-write-cost", "1000%"];
    let named = ["--dsn", &address, "--sql", &statements];
    let output = advise(server.password(), &[&usual[..], &named, more].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn psql(server: &Postgres, script: &Path) {
    let output = Command::new("psql")
        .args(["-X", "-v", "ON_ERROR_STOP=1", "-h", server.host(), "-p", &server.port().to_string()])
        .args(["-U", server.user(), "-d", server.database(), "-f"])
        .arg(script)
        .env("PGPASSWORD", server.password())
        .output()
        .expect("psql runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

async fn indexes(client: &Client) -> Vec<String> {
    let rows = client
        .query("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexdef", &[])
        .await
        .expect("indexes");
    rows.iter().map(|row| row.get(0)).collect()
}

async fn explained(client: &Client, options: &str, sql: &str) -> String {
    let answer = client.simple_query(&format!("EXPLAIN ({options}) {sql}")).await.expect("a plan");
    let rows = answer.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    rows.collect::<Vec<_>>().join("\n")
}

async fn plan(client: &Client, sql: &str) -> String {
    explained(client, "COSTS off", sql).await
}

/// The quickest of some executions.
async fn milliseconds(client: &Client, sql: &str) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let told: Value =
            serde_json::from_str(&explained(client, "ANALYZE, FORMAT JSON", sql).await).expect("JSON");
        best = best.min(told[0]["Execution Time"].as_f64().expect("a time"));
    }
    best
}

//! The main path of index advice: SQL is pasted, its index is suggested, the script on the page builds what the planner uses.
#![allow(clippy::expect_used, reason = "a test fails where it cannot go on")]

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use demo::SqlEndpoint;
use servers::{Postgres, PostgresOptions, Program, find};
use tempfile::TempDir;
use tokio::process::Command;
use tokio_postgres::Client;

use super::driver::{PATIENCE, Window};
use super::sources::{describe_database, save_source};

/// The look itself takes at most the ten seconds that the form begins with.
const ADVISED: Duration = Duration::from_secs(60);
const STATEMENT: &str = "SELECT * FROM orders WHERE customer_id = 7";

#[tokio::test(flavor = "multi_thread")]
async fn a_suggestion_is_run_from_the_page_and_used_by_the_planner() {
    let options = PostgresOptions { database: Some("shop".to_owned()), ..PostgresOptions::default() };
    let server = Postgres::start(options).await.expect("PostgreSQL starts");
    let admin = server.connect().await.expect("a connection");
    admin
        .batch_execute(
            "CREATE EXTENSION hypopg;
             CREATE TABLE orders AS
                 SELECT n AS id, n % 5000 AS customer_id, repeat('x', 80) AS note FROM generate_series(1, 50000) n;
             ANALYZE orders",
        )
        .await
        .expect("a table without the index");
    assert!(plan(&admin).await.contains("Seq Scan"), "nothing serves the statement yet");
    let directory = TempDir::new().expect("a directory");
    let window = Window::open(directory.path()).await;
    window.find("first-start").await;
    let endpoint = SqlEndpoint {
        host: server.host().to_owned(),
        port: server.port(),
        database: server.database().to_owned(),
        user: server.user().to_owned(),
        password: server.password().to_owned(),
    };
    describe_database(&window, "shop-db", &endpoint).await;
    window.fill("source-password", server.password()).await;
    save_source(&window, "shop-db").await;

    window.click("nav-index-advice").await;
    window.click("advice-begin").await;
    window.click("workload-kind-text").await;
    window.fill("workload-sql", STATEMENT).await;
    window.picture("index-advice-form").await;
    window.click("advice-start").await;
    window.until_text("create", ADVISED, |text| text.contains("orders (customer_id)")).await;
    window.until_text("suggestion-detail", PATIENCE, |text| text.contains("verified")).await;
    window.until_text("script-file", PATIENCE, |text| text.contains("CREATE INDEX CONCURRENTLY")).await;
    window.picture("index-advice").await;
    // As it is copied: with the ends of its lines, which end comments.
    let script =
        window.find("script-file").await.prop("innerText").await.expect("a script").expect("its text");

    run(&server, directory.path(), &script).await;
    let built = "SELECT i.indexrelid::regclass::text, i.indisvalid FROM pg_index i WHERE i.indrelid = 'orders'::regclass";
    let index = admin.query_one(built, &[]).await.expect("one index");
    let name: String = index.get(0);
    assert!(index.get::<_, bool>(1), "{name} is valid");
    let plan = plan(&admin).await;
    assert!(plan.contains(&name), "{name} is used:\n{plan}");
    window.close().await;
    server.stop().await;
}

async fn plan(client: &Client) -> String {
    let rows = client.query(&format!("EXPLAIN {STATEMENT}"), &[]).await.expect("a plan");
    rows.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>().join("\n")
}

/// As the script's own head says to run it.
async fn run(server: &Postgres, directory: &Path, script: &str) {
    let path = directory.join("apply-indexes.sql");
    std::fs::write(&path, script).expect("a script");
    let beside = find(Program::Postgres).expect("PostgreSQL is installed").with_file_name("psql");
    let psql = if beside.is_file() { beside } else { PathBuf::from("psql") };
    let mut command = Command::new(psql);
    command.args(["-X", "-v", "ON_ERROR_STOP=1", "-d"]).arg(server.dsn()).arg("-f").arg(&path);
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await.expect("psql starts");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}\n{script}");
}

//! The main path of index advice: SQL is pasted, its index is suggested, the script on the page builds what the planner uses.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails where it cannot go on")]

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
const SHOP: &str = "shop";
const STATEMENT: &str = "SELECT * FROM orders WHERE customer_id = 7";

/// A server with a table that lacks an index, and a window that knows it.
struct Shop {
    server: Postgres,
    admin: Client,
    window: Window,
    directory: TempDir,
}

impl Shop {
    async fn open(allow_builds: bool) -> Shop {
        let options = PostgresOptions { database: Some(SHOP.to_owned()), ..PostgresOptions::default() };
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
        if allow_builds {
            window.click("source-allow-index-builds").await;
        }
        save_source(&window, "shop-db").await;
        Shop { server, admin, window, directory }
    }

    /// Pastes the statement and waits for its index.
    async fn advise(&self) {
        let window = &self.window;
        window.click("nav-index-advice").await;
        window.click("advice-begin").await;
        window.click("workload-kind-text").await;
        window.fill("workload-sql", STATEMENT).await;
        window.picture("index-advice-form").await;
        window.click("advice-start").await;
        window.until_text("create", ADVISED, |text| text.contains("orders (customer_id)")).await;
        window.until_text("suggestion-detail", PATIENCE, |text| text.contains("verified")).await;
    }

    /// Indexes of the table, and whether they are valid.
    async fn indexes(&self) -> Vec<(String, bool)> {
        let sql = "SELECT i.indexrelid::regclass::text, i.indisvalid FROM pg_index i WHERE i.indrelid = 'orders'::regclass";
        let rows = self.admin.query(sql, &[]).await.expect("indexes");
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    }

    /// Runs the statement so often that it can be judged.
    async fn runs(&self) {
        for _ in 0..10 {
            self.admin.batch_execute(STATEMENT).await.expect("it runs");
        }
    }

    async fn close(self) {
        self.window.close().await;
        self.server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suggestion_is_run_from_the_page_and_used_by_the_planner() {
    let shop = Shop::open(false).await;
    shop.advise().await;
    let window = &shop.window;
    window.until_text("script-file", PATIENCE, |text| text.contains("CREATE INDEX CONCURRENTLY")).await;
    window.picture("index-advice").await;
    // As it is copied: with the ends of its lines, which end comments.
    let script =
        window.find("script-file").await.prop("innerText").await.expect("a script").expect("its text");

    run(&shop.server, shop.directory.path(), &script).await;
    let indexes = shop.indexes().await;
    let [(name, valid)] = indexes.as_slice() else { panic!("{indexes:?}") };
    assert!(valid, "{name} is valid");
    let plan = plan(&shop.admin).await;
    assert!(plan.contains(name), "{name} is used:\n{plan}");
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suggestion_is_applied_watched_judged_and_rolled_back_from_the_page() {
    let shop = Shop::open(true).await;
    shop.runs().await;
    shop.advise().await;
    // The build waits for this transaction, so that it is seen while it runs.
    let writer = shop.server.connect().await.expect("a connection");
    writer.batch_execute("BEGIN; UPDATE orders SET note = 'y' WHERE id = 1").await.expect("a transaction");

    let window = &shop.window;
    window.click("apply").await;
    window.until_text("apply-creates", PATIENCE, |text| text.contains("orders (customer_id")).await;
    window.fill("apply-name", SHOP).await;
    window.click("apply-confirm").await;
    window.until_text("build", PATIENCE, |text| text.contains("Applying to shop")).await;
    window.picture("index-build").await;
    let begun = "an index that is not valid yet is on the server";
    let building = window.wait(begun, PATIENCE, || async { shop.indexes().await.pop() }).await;
    assert!(!building.1, "{building:?}");
    writer.batch_execute("COMMIT").await.expect("it ends");
    window.until_text("build", ADVISED, |text| text.contains("Applied to shop")).await;
    assert_eq!(shop.indexes().await, [(building.0.clone(), true)]);
    let plan = plan(&shop.admin).await;
    assert!(plan.contains(&building.0), "{} is used:\n{plan}", building.0);

    shop.runs().await;
    window.click("judge").await;
    window.until_text("verdict", PATIENCE, |text| text.contains("helped")).await;
    window.picture("index-build-judged").await;

    window.click("roll-back").await;
    window.fill("roll-back-name", SHOP).await;
    window.click("roll-back-confirm").await;
    window.until_text("build", ADVISED, |text| text.contains("Rolled back on shop")).await;
    assert_eq!(shop.indexes().await, []);
    shop.close().await;
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

//! The main path of the Activity page: the root blocker is found, its statement cancelled, and the others go on.
#![allow(clippy::expect_used, reason = "a test fails where it cannot go on")]

use std::time::Duration;

use servers::{Postgres, PostgresOptions};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_postgres::Client;

use super::driver::{PATIENCE, Window};
use super::sources::{describe_database, endpoint, save_source};

/// Sessions are looked at each second; a busy machine takes its time.
const SEEN: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn the_root_blocker_is_found_and_cancelled() {
    let options = PostgresOptions { database: Some("billing".to_owned()), ..PostgresOptions::default() };
    let server = Postgres::start(options).await.expect("PostgreSQL starts");
    let admin = server.connect().await.expect("a connection");
    admin
        .batch_execute(
            "CREATE TABLE invoices (id int PRIMARY KEY, total int); INSERT INTO invoices VALUES (1, 10), (2, 20)",
        )
        .await
        .expect("a table");
    let directory = TempDir::new().expect("a directory");
    let window = Window::open(directory.path()).await;
    window.find("first-start").await;
    describe_database(&window, "billing-db", &endpoint(&server)).await;
    window.fill("source-password", server.password()).await;
    window.click("source-allow-signals").await;
    save_source(&window, "billing-db").await;

    // The root runs a statement for ten minutes while it holds row 1; a second waits for it and holds row 2; a third waits for that.
    let (root, root_pid) = session(&server, "invoice-export").await;
    let root = run(root, "BEGIN; UPDATE invoices SET total = 11 WHERE id = 1; SELECT pg_sleep(600)");
    let (second, _) = session(&server, "panel-eu-1").await;
    let second = run(
        second,
        "BEGIN; UPDATE invoices SET total = 21 WHERE id = 2; UPDATE invoices SET total = 12 WHERE id = 1; COMMIT",
    );
    let (third, _) = session(&server, "panel-us-1").await;

    window.click("nav-activity").await;
    window.click("activity-view-blocking").await;
    window.until_text("waiting", SEEN, |text| text.contains("1 waiting behind 1")).await;
    let third = run(third, "UPDATE invoices SET total = 22 WHERE id = 2");
    window.until_text("waiting", SEEN, |text| text.contains("2 waiting behind 1")).await;
    // The root is the one that is looked at until another is chosen.
    window.until_text("session-detail", PATIENCE, |text| text.contains(&format!("pid {root_pid}"))).await;
    window
        .until_text("what-to-do", PATIENCE, |text| {
            text.contains("pg_cancel_backend") || text.contains("Cancel")
        })
        .await;
    window.picture("activity-blocking").await;

    window.click("signal-cancel").await;
    window.fill("signal-name", &root_pid.to_string()).await;
    window.picture("activity-signal").await;
    window.click("signal-confirm").await;
    window.find("signal-outcome").await;
    window.find("nobody-waits").await;
    window.picture("activity-after").await;

    let ended = root.await.expect("the root's task ends");
    assert!(ended.is_err(), "the root's statement was cancelled");
    second.await.expect("the second's task ends").expect("the second went on");
    third.await.expect("the third's task ends").expect("the third went on");
    let row = admin.query_one("SELECT sum(total)::int4 FROM invoices", &[]).await.expect("totals");
    assert_eq!(
        row.get::<_, i32>(0),
        12 + 22,
        "what the root wrote was rolled back, what the others wrote was not"
    );
    window.close().await;
    server.stop().await;
}

async fn session(server: &Postgres, application: &str) -> (Client, i32) {
    let client = server.connect().await.expect("a session");
    client.batch_execute(&format!("SET application_name = '{application}'")).await.expect("a name");
    let pid = client.query_one("SELECT pg_backend_pid()", &[]).await.expect("a pid").get(0);
    (client, pid)
}

fn run(client: Client, sql: &'static str) -> JoinHandle<Result<(), tokio_postgres::Error>> {
    tokio::spawn(async move { client.batch_execute(sql).await })
}

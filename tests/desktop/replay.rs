//! The main path of the replay: a log is dropped on the window, its patterns are seen, a fix is copied.
#![allow(clippy::expect_used, reason = "a test fails where it cannot go on")]

use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;
use thirtyfour::prelude::*;

use super::driver::{PATIENCE, Window};
use super::drop::drop_files;

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_dropped_and_a_fix_is_copied() {
    let directory = TempDir::new().expect("a directory");
    let window = Window::open(directory.path()).await;
    window.find("first-start").await;
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/sample-queries.log.gz");
    let sample = sample.canonicalize().expect("the sample log");
    drop_files(window.display(), &[&sample]);

    window.until_text("preview", PATIENCE, |text| text.contains("PostgreSQL stderr")).await;
    window.picture("replay-preview").await;
    window.click("replay-start").await;
    window.until_text("figure-patterns", Duration::from_secs(60), |text| text.contains("N+1")).await;
    window.picture("replay").await;

    window.click("nav-n-plus-one").await;
    window.until_text("finding-detail", PATIENCE, |text| text.contains("orders by customer_id")).await;
    window.until_text("finding-detail", PATIENCE, |text| text.contains("GET /api/customers")).await;
    window.picture("n-plus-one").await;
    let shown = window.text("fix-code").await;
    assert!(shown.contains("LATERAL"), "{shown}");
    window.click("copy-fix").await;
    window.until_text("copy-fix", PATIENCE, |text| text.contains("Copied")).await;

    // What was copied is what is pasted.
    window.find("filter-text").await.send_keys(Key::Control + "v").await.expect("keys are taken");
    let pasted = window.find("filter-text").await.prop("value").await.expect("a value").unwrap_or_default();
    assert!(pasted.contains("CROSS JOIN LATERAL"), "{pasted}");

    window.click("nav-queries").await;
    window.until_text("queries", PATIENCE, |text| text.contains("orders")).await;
    window.picture("queries").await;
    window.close().await;
}

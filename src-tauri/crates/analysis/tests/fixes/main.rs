//! What is written instead does the same: every rewrite runs beside its loop on a real PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may fail loudly"
)]

mod database;
mod grid;
mod reads;
mod writes;

use database::Database;

#[tokio::test]
async fn rewrites_do_what_the_loops_did() {
    let database = Database::start().await;
    let mut failures = reads::failures(&database).await;
    failures.extend(writes::failures(&database).await);
    failures.extend(grid::failures(&database).await);
    database.stop().await;
    assert!(failures.is_empty(), "{} failed:\n\n{}", failures.len(), failures.join("\n\n"));
}

//! Indexes that an earlier try left invalid, that another session builds, or that only have the name.

use domain::{DropKind, IndexAdvice, ScriptKind};

use crate::advice::{advice, column, creates, dropped, index};
use crate::server::Server;
use crate::{assert_applied, file};

const NAME: &str = "idx_customers_tenant_id_created_at";

fn small() -> IndexAdvice {
    let keys = vec![column("tenant_id"), column("created_at")];
    advice(vec![index("public", "customers", NAME, keys)], Vec::new())
}

/// A build that fails leaves its index.
async fn fail(server: &Server, name: &str, on: &str) {
    let sql = format!("CREATE UNIQUE INDEX CONCURRENTLY {name} ON {on}");
    server.client.batch_execute(&sql).await.unwrap_err();
}

#[tokio::test]
async fn what_a_failed_try_left_is_dropped_and_built_again() {
    let server = Server::start().await;
    fail(&server, NAME, "customers (tenant_id)").await;
    fail(&server, "idx_at_events_2026_b", "parts.events_2026_b (kind)").await;
    let advice = advice(creates(), Vec::new());
    let script = file(&advice, ScriptKind::Apply);

    // Another program than psql does not drop them, and says so before anything is built.
    let plain: Vec<_> = script.contents.lines().filter(|line| !line.starts_with('\\')).collect();
    let ran = server.psql(&plain.join("\n"), &[]).await;
    assert!(!ran.success, "{}", ran.output);
    for expected in [
        "DROP INDEX CONCURRENTLY idx_customers_tenant_id_created_at",
        "public.idx_customers_tenant_id_created_at is invalid; parts.idx_at_events_2026_b is invalid",
        "HINT",
    ] {
        assert!(ran.output.contains(expected), "{expected}\n{}", ran.output);
    }
    assert!(!ran.output.contains("CREATE INDEX\n"), "{}", ran.output);

    server.run(&script).await;
    assert_applied(&server, &advice).await;
    server.stop().await;
}

#[tokio::test]
async fn an_index_that_is_being_built_is_left_to_its_builder() {
    let server = Server::start().await;
    let writer = server.another_client().await;
    writer.batch_execute("BEGIN; UPDATE customers SET status = 'x' WHERE id = 1").await.unwrap();
    let builder = server.another_client().await;
    let build = tokio::spawn(async move {
        builder
            .batch_execute(&format!("CREATE INDEX CONCURRENTLY {NAME} ON customers (tenant_id, created_at)"))
            .await
    });
    let building =
        format!("SELECT FROM pg_index WHERE indexrelid = to_regclass('{NAME}') AND NOT indisvalid");
    while server.client.query(&building, &[]).await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    let advice = small();
    let script = file(&advice, ScriptKind::Apply);
    let ran = server.psql(&script.contents, &[]).await;
    assert!(!ran.success && ran.output.contains(&format!("public.{NAME} is invalid")), "{}", ran.output);
    assert!(!ran.output.contains("DROP INDEX\n"), "{}", ran.output);
    writer.batch_execute("COMMIT").await.unwrap();
    build.await.unwrap().unwrap();
    server.run(&script).await;
    assert_applied(&server, &advice).await;
    server.stop().await;
}

#[tokio::test]
async fn an_index_of_that_name_on_another_table_is_told() {
    let server = Server::start().await;
    let sql = format!("CREATE TABLE elsewhere (id int); CREATE INDEX {NAME} ON elsewhere (id)");
    server.client.batch_execute(&sql).await.unwrap();
    let ran = server.psql(&file(&small(), ScriptKind::Apply).contents, &[]).await;
    assert!(!ran.success);
    assert!(ran.output.contains(&format!("public.{NAME} is on another table")), "{}", ran.output);
    server.stop().await;
}

#[tokio::test]
async fn names_without_a_schema_follow_the_search_path() {
    let server = Server::start().await;
    let before = server.catalog().await;
    let mut advice = small();
    advice.database = None;
    advice.create[0].definition.schema = None;
    let script = file(&advice, ScriptKind::Apply);
    assert!(script.contents.contains("no database was asked"));
    server.run(&script).await;
    advice.create[0].definition.schema = Some("public".to_owned());
    assert_applied(&server, &advice).await;
    advice.create[0].definition.schema = None;
    server.run(&file(&advice, ScriptKind::RollBack)).await;
    assert_eq!(server.catalog().await, before);
    server.stop().await;
}

#[tokio::test]
async fn an_invalid_index_that_is_dropped_stays_away() {
    let server = Server::start().await;
    let before = server.catalog().await;
    fail(&server, "broken", "customers (tenant_id)").await;
    let mut drop = dropped("public", "customers", "broken", &server.definition("broken").await);
    drop.kind = DropKind::Invalid;
    let advice = advice(Vec::new(), vec![drop]);
    server.run(&file(&advice, ScriptKind::Apply)).await;
    assert_eq!(server.catalog().await, before);
    server.run(&file(&advice, ScriptKind::RollBack)).await;
    assert_eq!(server.catalog().await, before);
    server.stop().await;
}

#[tokio::test]
async fn an_index_that_was_there_before_under_the_name_stays() {
    let server = Server::start().await;
    server.client.batch_execute(&format!("CREATE INDEX {NAME} ON customers (status)")).await.unwrap();
    let before = server.catalog().await;
    let advice = advice(creates(), Vec::new());
    assert!(advice.create.iter().any(|one| one.name == NAME));
    server.run(&file(&advice, ScriptKind::Apply)).await;
    assert!(server.catalog().await.len() > before.len());
    // A second run must not take it for its own either.
    server.run(&file(&advice, ScriptKind::Apply)).await;
    let told = server.run(&file(&advice, ScriptKind::RollBack)).await;
    assert!(told.contains(&format!("left as they are: public.{NAME}\n")), "{told}");
    assert_eq!(server.catalog().await, before);
    server.stop().await;
}

#[tokio::test]
async fn an_index_that_took_the_place_of_the_created_one_stays() {
    let server = Server::start().await;
    let advice = small();
    server.run(&file(&advice, ScriptKind::Apply)).await;
    let replaced = format!("DROP INDEX {NAME}; CREATE INDEX {NAME} ON customers (status)");
    server.client.batch_execute(&replaced).await.unwrap();
    let before = server.catalog().await;
    server.run(&file(&advice, ScriptKind::RollBack)).await;
    assert_eq!(server.catalog().await, before);
    server.stop().await;
}

#[tokio::test]
async fn the_way_back_clears_what_a_failed_build_left() {
    let server = Server::start().await;
    let before = server.catalog().await;
    fail(&server, NAME, "customers (tenant_id)").await;
    server.run(&file(&small(), ScriptKind::RollBack)).await;
    assert_eq!(server.catalog().await, before);
    server.stop().await;
}

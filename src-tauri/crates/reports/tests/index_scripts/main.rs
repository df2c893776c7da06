//! What is written does what it says: every script and every migration runs on a real PostgreSQL, forwards, again and
//! backwards.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may fail loudly"
)]

mod advice;
mod leftovers;
mod migrations;
mod server;
mod words;

use advice::{ODD, advice, choice, creates, dropped};
use domain::{IndexAdvice, ScriptFile, ScriptKind};
use reports::index_advice::script;
use server::Server;

pub(crate) fn files(advice: &IndexAdvice, kind: ScriptKind) -> Vec<ScriptFile> {
    script(advice, &choice(advice), kind).unwrap()
}

pub(crate) fn file(advice: &IndexAdvice, kind: ScriptKind) -> ScriptFile {
    let mut files = files(advice, kind);
    assert_eq!(files.len(), 1);
    files.remove(0)
}

/// Every kind of index to create, and three to drop: a plain one, one with an odd name, one of a table with partitions.
pub(crate) async fn everything(server: &Server) -> IndexAdvice {
    let odd = "Old */ ON ONLY \"x\"";
    let drops = [
        ("public", "customers", "customers_tenant_id", "customers_tenant_id".to_owned()),
        (ODD, "order", odd, "\"Odd \"\"Schema\"\" $check$\".\"Old */ ON ONLY \"\"x\"\"\"".to_owned()),
        ("parts", "events", "events_kind", "parts.events_kind".to_owned()),
    ];
    let mut drop = Vec::new();
    for (schema, table, index, quoted) in drops {
        drop.push(dropped(schema, table, index, &server.definition(&quoted).await));
    }
    advice(creates(), drop)
}

/// All that is to be created is there and valid, all that is to be dropped is gone.
pub(crate) async fn assert_applied(server: &Server, advice: &IndexAdvice) {
    let found = "SELECT concat(n.nspname, '.', c.relname) FROM pg_index i
         JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE i.indisvalid";
    let found = server.rows(found).await;
    for one in &advice.create {
        let schema = one.definition.schema.as_deref().unwrap();
        assert!(found.contains(&format!("{schema}.{}", one.name)), "{} is not there: {found:#?}", one.name);
        for partition in &one.partitions {
            assert!(found.contains(&format!("{}.{}", partition.schema, partition.index_name)));
        }
    }
    for one in &advice.drop {
        assert!(!found.contains(&format!("{}.{}", one.schema, one.index)), "{} is still there", one.index);
    }
}

#[tokio::test]
async fn scripts_apply_apply_again_and_roll_back() {
    let server = Server::start().await;
    let before = server.catalog().await;
    let advice = everything(&server).await;
    let apply = file(&advice, ScriptKind::Apply);
    server.run(&apply).await;
    assert_applied(&server, &advice).await;
    let applied = server.catalog().await;
    let attached = applied.iter().filter(|index| index.ends_with("idx_events_at_id")).count();
    assert_eq!(attached, 2, "{applied:#?}");
    server.run(&apply).await;
    assert_eq!(server.catalog().await, applied, "a second run changes nothing");
    let roll_back = file(&advice, ScriptKind::RollBack);
    server.run(&roll_back).await;
    assert_eq!(server.catalog().await, before);
    server.run(&roll_back).await;
    assert_eq!(server.catalog().await, before, "a second run changes nothing");
    server.stop().await;
}

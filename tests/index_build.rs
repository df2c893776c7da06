//! Advice that is applied, judged and rolled back, end to end on real servers.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails where it cannot go on"
)]

use std::time::Duration;

use engine::EngineError;
use engine::domain::{
    AdviceLimits, AdviceState, EngineEvent, IndexAdvice, IndexAdviceRequest, IndexBuildId, IndexBuildRequest,
    IndexBuildState, IndexBuildStatus, IndexBuildVerdict, IndexStepState, ScriptChoice, SourceId, SourceKind,
    WorkloadChoice,
};
use servers::{Postgres, PostgresOptions};
use tokio::sync::broadcast::Receiver;
use tokio_postgres::Client;

use crate::support::{Console, DATABASE, draft, eventually, fields, open};

const SOON: Duration = Duration::from_secs(60);
const ORDERS: &str = "SELECT id FROM orders WHERE customer_id = 4711";
const EVENTS: &str = "SELECT id FROM events WHERE account = 4711";

/// Large enough that an index helps, with an index that nobody needs beside another.
const SCHEMA: &str = "
CREATE EXTENSION hypopg;
CREATE TABLE orders AS SELECT n AS id, n % 5000 AS customer_id, n % 7 AS kind FROM generate_series(1, 60000) n;
CREATE INDEX orders_kind ON orders (kind);
CREATE INDEX orders_kind_id ON orders (kind, id);
CREATE TABLE events (id int, account int) PARTITION BY RANGE (id);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (30000);
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (30000) TO (90000);
INSERT INTO events SELECT n, n % 5000 FROM generate_series(1, 60000) n;
ANALYZE";

struct Field {
    server: Postgres,
    admin: Client,
    console: Console,
}

impl Field {
    async fn new(allow: bool) -> Field {
        let server = Postgres::start(PostgresOptions::default()).await.expect("PostgreSQL starts");
        let admin = server.connect().await.expect("a connection");
        admin.batch_execute(SCHEMA).await.expect("tables");
        let console = Console::start().await;
        let field = Field { server, admin, console };
        field.allow(allow).await;
        field
    }

    async fn allow(&self, allow: bool) {
        let server = &self.server;
        let connection = fields(server.host(), server.port(), server.database(), server.user());
        let mut draft = draft(DATABASE, SourceKind::Postgres, connection, server.password(), None);
        draft.allow_index_builds = allow;
        self.console.engine.save_source(draft).await.expect("a source is kept");
    }

    async fn advised(&self, sql: &str) -> IndexAdvice {
        let engine = &self.console.engine;
        let request = IndexAdviceRequest {
            source: Some(SourceId::new(DATABASE)),
            workload: WorkloadChoice::Text { sql: sql.to_owned() },
            limits: AdviceLimits::default(),
        };
        let begun = engine.start_advice(request).expect("it begins");
        let ended = eventually("the advice is there", SOON, || async {
            let all = engine.advices();
            all.into_iter()
                .find(|one| one.id == begun.id && !matches!(one.state, AdviceState::Running { .. }))
        });
        let ended = ended.await;
        engine.advice(begun.id).await.unwrap_or_else(|error| panic!("{error}: {ended:?}"))
    }

    fn request(&self, advice: &IndexAdvice) -> IndexBuildRequest {
        IndexBuildRequest {
            advice: advice.id.clone(),
            choice: everything(advice),
            database: self.server.database().to_owned(),
        }
    }

    async fn ended(&self, id: &IndexBuildId) -> IndexBuildStatus {
        eventually("the build ends", SOON, || async {
            let status = self.console.engine.index_build(id).expect("it is known");
            (status.state != IndexBuildState::Running).then_some(status)
        })
        .await
    }

    /// Runs a statement so often that it can be judged.
    async fn runs(&self, sql: &str) {
        for number in 0..10 {
            let sql = sql.replace("4711", &number.to_string());
            self.admin.batch_execute(&sql).await.expect("it runs");
        }
    }

    /// Table, index, validity, definition of all indexes.
    async fn indexes(&self) -> Vec<(String, bool)> {
        let sql = "SELECT pg_get_indexdef(i.indexrelid), i.indisvalid FROM pg_index i
                     JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = 'public'::regnamespace ORDER BY 1";
        let rows = self.admin.query(sql, &[]).await.expect("indexes");
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    }

    async fn waits(&self, like: &str) {
        let sql = "SELECT count(*) FROM pg_stat_activity
                    WHERE query LIKE $1 AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()";
        eventually("a statement waits", SOON, || async {
            let row = self.admin.query_one(sql, &[&like]).await.expect("activity");
            (row.get::<_, i64>(0) > 0).then_some(())
        })
        .await;
    }

    async fn end(self) {
        self.console.engine.shutdown().await;
        self.server.stop().await;
    }
}

fn everything(advice: &IndexAdvice) -> ScriptChoice {
    ScriptChoice {
        create: advice.create.iter().filter(|one| one.selected).map(|one| one.id.clone()).collect(),
        drop: advice.drop.iter().map(|one| one.id.clone()).collect(),
    }
}

fn is_done(status: &IndexBuildStatus) -> bool {
    status.state == IndexBuildState::Done
        && status.steps.iter().all(|step| matches!(step.state, IndexStepState::Done { .. }))
}

/// Waits for the server's own word on how far the build is.
async fn progressed(events: &mut Receiver<EngineEvent>) -> String {
    let told = async {
        loop {
            let EngineEvent::IndexBuildChanged { build } = events.recv().await.expect("the engine runs")
            else {
                continue;
            };
            for step in build.steps {
                if let IndexStepState::Running { progress: Some(progress) } = step.state {
                    return progress.phase;
                }
            }
        }
    };
    tokio::time::timeout(SOON, told).await.expect("progress is told in time")
}

fn code<T>(outcome: Result<T, EngineError>) -> &'static str {
    let error = outcome.err().expect("it is refused");
    assert!(error.remedy().is_some() || error.code().ends_with("roll_back"), "{error}");
    error.code()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_applied_helps_is_judged_and_rolled_back() {
    let field = Field::new(true).await;
    let engine = &field.console.engine;
    field.runs(ORDERS).await;
    let before = field.indexes().await;
    let advice = field.advised(ORDERS).await;
    assert!(!advice.drop.is_empty(), "{advice:?}");
    let begun = engine.start_index_build(field.request(&advice)).await.expect("it begins");
    assert_eq!(begun.steps.len(), everything(&advice).create.len() + advice.drop.len());
    let built = field.ended(&begun.id).await;
    assert!(is_done(&built) && built.ended_at.is_some(), "{built:?}");
    let now = field.indexes().await;
    assert!(now.iter().all(|(_, valid)| *valid) && now != before, "{now:?}");
    assert!(now.iter().any(|(definition, _)| definition.contains("(customer_id")), "{now:?}");

    let early = engine.judge_index_build(begun.id.clone()).await.expect("it is judged");
    assert_eq!(early.judgement.expect("a judgement").verdict, IndexBuildVerdict::NotYet);
    field.runs(ORDERS).await;
    let judged = engine.judge_index_build(begun.id.clone()).await.expect("it is judged");
    let judgement = judged.judgement.clone().expect("a judgement");
    assert_eq!(judgement.verdict, IndexBuildVerdict::Helped, "{judgement:?}");
    let statement = &judgement.statements[0];
    assert_eq!((statement.calls_before, statement.calls_after), (10, 10));
    assert!(!format!("{judged:?}").contains("4711"));

    let other = engine.roll_back_index_build(begun.id.clone(), "another".to_owned()).await;
    assert_eq!(code(other), "database_name_differs");
    let name = field.server.database().to_owned();
    let back = engine.roll_back_index_build(begun.id.clone(), name.clone()).await.expect("it begins");
    assert_eq!(back.rolls_back, Some(begun.id.clone()));
    let back = field.ended(&back.id).await;
    assert!(is_done(&back), "{back:?}");
    assert_eq!(field.indexes().await, before);
    assert_eq!(code(engine.roll_back_index_build(begun.id.clone(), name).await), "nothing_to_roll_back");

    engine.shutdown().await;
    let Field { server, console, .. } = field;
    let directory = console.directory;
    drop(console.engine);
    let reopened = open(directory.path().to_path_buf()).await;
    assert_eq!(reopened.index_builds(), [back, judged]);
    reopened.shutdown().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_that_is_cancelled_leaves_no_invalid_index() {
    let field = Field::new(true).await;
    let engine = &field.console.engine;
    let before = field.indexes().await;
    let advice = field.advised(ORDERS).await;
    let writer = field.server.connect().await.expect("a connection");
    writer.batch_execute("BEGIN; UPDATE orders SET kind = 1 WHERE id = 1").await.expect("a lock");
    let mut events = engine.subscribe();
    let begun = engine.start_index_build(field.request(&advice)).await.expect("it begins");
    assert_eq!(code(engine.start_index_build(field.request(&advice)).await), "index_build_runs");
    assert_eq!(code(engine.judge_index_build(begun.id.clone()).await), "index_build_unfinished");
    assert_eq!(progressed(&mut events).await, "waiting for writers before build");
    engine.cancel_index_build(&begun.id).expect("it is told to stop");
    field.waits("DROP INDEX CONCURRENTLY%").await;
    writer.batch_execute("ROLLBACK").await.expect("it ends");
    let ended = field.ended(&begun.id).await;
    assert_eq!(ended.state, IndexBuildState::Cancelled, "{ended:?}");
    assert_eq!(ended.steps[0].state, IndexStepState::Cancelled);
    assert!(ended.steps[1..].iter().all(|step| step.state == IndexStepState::Waiting), "{ended:?}");
    assert_eq!(field.indexes().await, before);
    let name = field.server.database().to_owned();
    assert_eq!(code(engine.roll_back_index_build(begun.id, name).await), "nothing_to_roll_back");
    field.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_without_leave() {
    let field = Field::new(false).await;
    let engine = &field.console.engine;
    let before = field.indexes().await;
    let advice = field.advised(ORDERS).await;
    let request = field.request(&advice);
    assert_eq!(code(engine.start_index_build(request.clone()).await), "index_builds_not_allowed");
    field.allow(true).await;
    for database in ["", "POSTGRES", "postgres "] {
        let request = IndexBuildRequest { database: database.to_owned(), ..request.clone() };
        assert_eq!(code(engine.start_index_build(request).await), "database_name_differs");
    }
    let nothing = IndexBuildRequest { choice: ScriptChoice::default(), ..request.clone() };
    let refused = engine.start_index_build(nothing).await.expect_err("nothing is chosen");
    assert_eq!(refused.code(), "advice_nothing_chosen");
    assert!(engine.index_builds().is_empty());
    assert_eq!(field.indexes().await, before);

    // What was advised is not what is there any more.
    field
        .admin
        .batch_execute("DROP INDEX orders_kind; CREATE INDEX orders_kind ON orders (kind, customer_id)")
        .await
        .expect("another index");
    let changed = field.indexes().await;
    let choice = ScriptChoice { create: Vec::new(), drop: vec![advice.drop[0].id.clone()] };
    assert!(advice.drop[0].index == "orders_kind", "{:?}", advice.drop);
    let begun = engine.start_index_build(IndexBuildRequest { choice, ..request }).await.expect("it begins");
    let ended = field.ended(&begun.id).await;
    assert!(matches!(ended.state, IndexBuildState::Failed { .. }), "{ended:?}");
    assert_eq!(field.indexes().await, changed);
    field.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_with_partitions_gets_all_of_its_indexes_or_none() {
    let field = Field::new(true).await;
    let engine = &field.console.engine;
    let before = field.indexes().await;
    let advice = field.advised(EVENTS).await;
    let mut request = field.request(&advice);
    request.choice.drop.clear();
    assert!(advice.create[0].partitions.len() == 2, "{:?}", advice.create);

    let writer = field.server.connect().await.expect("a connection");
    writer.batch_execute("BEGIN; INSERT INTO events_2 VALUES (50000, 1)").await.expect("a lock");
    let begun = engine.start_index_build(request.clone()).await.expect("it begins");
    field.waits("CREATE INDEX CONCURRENTLY%events_2%").await;
    engine.cancel_index_build(&begun.id).expect("it is told to stop");
    field.waits("DROP INDEX CONCURRENTLY%events_2%").await;
    writer.batch_execute("ROLLBACK").await.expect("it ends");
    let ended = field.ended(&begun.id).await;
    assert_eq!(ended.state, IndexBuildState::Cancelled, "{ended:?}");
    assert_eq!(field.indexes().await, before, "half of a recipe helps nobody");

    let begun = engine.start_index_build(request.clone()).await.expect("it begins");
    let built = field.ended(&begun.id).await;
    assert!(is_done(&built), "{built:?}");
    let now = field.indexes().await;
    assert!(now.len() == before.len() + 3 && now.iter().all(|(_, valid)| *valid), "{now:?}");
    let again = engine.start_index_build(request).await.expect("it begins");
    let again = field.ended(&again.id).await;
    assert!(is_done(&again), "what is there is done: {again:?}");

    let name = field.server.database().to_owned();
    assert_eq!(
        code(engine.roll_back_index_build(again.id, name.clone()).await),
        "nothing_to_roll_back",
        "it created nothing"
    );
    let back = engine.roll_back_index_build(begun.id, name).await.expect("it begins");
    let back = field.ended(&back.id).await;
    assert!(is_done(&back), "{back:?}");
    assert_eq!(field.indexes().await, before);
    field.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_does_not_count_cannot_be_judged() {
    let field = Field::new(true).await;
    let engine = &field.console.engine;
    field.admin.batch_execute("DROP EXTENSION pg_stat_statements").await.expect("it goes");
    let advice = field.advised(ORDERS).await;
    let begun = engine.start_index_build(field.request(&advice)).await.expect("it begins");
    assert!(is_done(&field.ended(&begun.id).await));
    let error = engine.judge_index_build(begun.id).await.expect_err("nobody counts");
    assert_eq!(error.code(), "index_build_not_judged");
    assert!(error.to_string().contains("pg_stat_statements") && error.remedy().is_some(), "{error}");
    field.end().await;
}

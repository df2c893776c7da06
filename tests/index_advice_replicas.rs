//! An index is unused only where no server uses it: a primary with two real standbys, known to the console one after the other.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails where it cannot go on"
)]

use std::fs;
use std::time::Duration;

use engine::domain::{
    AdviceId, AdviceLimits, DropSuggestion, IndexAdviceRequest, SourceId, SourceKind, WorkloadChoice,
};
use engine::index_advice::{AdviceControl, AdviceTask, AdviceWorkload, SqlText, advise as advise_on};
use serde_json::Value;
use servers::{Postgres, PostgresOptions};
use tempfile::TempDir;
use tokio_postgres::Client;

use crate::support::{Console, address, advise, draft, eventually, fields};

const SOON: Duration = Duration::from_secs(30);
const ROLE: &str = "console";
const PASSWORD: &str = "only watching";
const PRIMARY: &str = "primary";
/// Counters that began with the servers have then counted for long enough.
const DAYS: i64 = 40;
const DAY_MS: i64 = 86_400_000;

struct Copies {
    primary: Postgres,
    admin: Client,
    standbys: [Postgres; 2],
}

impl Copies {
    async fn start() -> Copies {
        let options = PostgresOptions { database: Some("shop".to_owned()), ..PostgresOptions::default() };
        let primary = Postgres::start(options).await.expect("PostgreSQL starts");
        let admin = primary.connect().await.expect("a connection");
        admin
            .batch_execute(&format!(
                "CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'; GRANT pg_monitor TO {ROLE};
                 CREATE TABLE orders AS SELECT n AS id, n % 1000 AS customer, n % 500 AS seller FROM generate_series(1, 20000) n;
                 CREATE INDEX idle ON orders (customer); CREATE INDEX on_standby ON orders (seller); ANALYZE orders"
            ))
            .await
            .expect("a table");
        let standby = async |name: &str| {
            let settings = vec![("cluster_name".to_owned(), name.to_owned())];
            let options = PostgresOptions { settings, ..PostgresOptions::default() };
            primary.standby(options).await.expect("a standby starts")
        };
        let standbys = [standby("first").await, standby("second").await];
        let copies = Copies { primary, admin, standbys };
        copies.streams().await;
        copies.use_on_standby().await;
        copies
    }

    async fn streams(&self) {
        eventually("both stream", SOON, || async {
            let sql = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'";
            let row = self.admin.query_one(sql, &[]).await.expect("an answer");
            (row.get::<_, i64>(0) == 2).then_some(())
        })
        .await;
    }

    /// Reports that run on the standby need an index that the primary does not.
    async fn use_on_standby(&self) {
        let reader = self.standbys[0].connect().await.expect("a connection");
        eventually("its scan is counted", SOON, || async {
            reader
                .batch_execute("SET enable_seqscan = off; SELECT count(id) FROM orders WHERE seller = 7")
                .await
                .expect("a query");
            let sql = "SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'on_standby'";
            let row = reader.query_one(sql, &[]).await.expect("counters");
            (row.get::<_, i64>(0) > 0).then_some(())
        })
        .await;
    }
}

async fn know(console: &Console, name: &str, server: &Postgres, database: &str) {
    let connection = fields(server.host(), server.port(), database, ROLE);
    let draft = draft(name, SourceKind::Postgres, connection, PASSWORD, None);
    console.engine.save_source(draft).await.expect("a source is kept");
}

/// The unused indexes as advice for the primary tells them, many days later.
async fn unused(console: &Console) -> Vec<DropSuggestion> {
    let database =
        console.engine.advice_database_with_copies(SourceId::new(PRIMARY)).await.expect("a source");
    let sql = "SELECT id FROM orders WHERE id = 1";
    let request = IndexAdviceRequest {
        source: Some(SourceId::new(PRIMARY)),
        workload: WorkloadChoice::Text { sql: sql.to_owned() },
        limits: AdviceLimits::default(),
    };
    let task = AdviceTask {
        id: AdviceId("1".to_owned()),
        request,
        database,
        workload: AdviceWorkload::Texts(vec![SqlText::pasted(sql)]),
        now: console.engine.now().plus_millis(DAYS * DAY_MS),
    };
    advise_on(task, AdviceControl::default()).await.expect("advice").advice.drop
}

/// Name, reason and whether it is part of the script.
fn told(drops: &[DropSuggestion]) -> Vec<(&str, &str, bool)> {
    drops.iter().map(|drop| (drop.index.as_str(), drop.reason.as_str(), drop.selected)).collect()
}

/// A server on a busy machine may not answer in time; then it is asked again.
async fn unused_as(console: &Console, wanted: &[(&str, &str, bool)]) -> Vec<DropSuggestion> {
    eventually(&format!("{wanted:?}"), SOON, || async {
        let drops = unused(console).await;
        (told(&drops) == wanted).then_some(drops)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn unused_is_asked_of_every_replica_that_the_console_knows() {
    let copies = Copies::start().await;
    let console = Console::start().await;
    know(&console, PRIMARY, &copies.primary, "shop").await;
    let alone = "0 scans in 40 days, 2 replicas not asked";
    unused_as(&console, &[("idle", alone, false), ("on_standby", alone, false)]).await;

    // The database that a source names is no matter: the advised one is asked about.
    know(&console, "first standby", &copies.standbys[0], "postgres").await;
    let one_asked = [("idle", "0 scans in 40 days, 1 of 2 replicas not asked", false)];
    unused_as(&console, &one_asked).await;

    // One server under two names is asked once and counts once.
    know(&console, "first standby again", &copies.standbys[0], "shop").await;
    know(&console, "primary again", &copies.primary, "postgres").await;
    unused_as(&console, &one_asked).await;

    know(&console, "second standby", &copies.standbys[1], "shop").await;
    let drops = unused_as(&console, &[("idle", "0 scans in 40 days, 2 replicas asked too", true)]).await;
    assert!(drops[0].notes.is_empty());
    console.engine.shutdown().await;
    by_command_line(&copies);
    let Copies { primary, standbys: [first, second], .. } = copies;
    first.stop().await;
    second.stop().await;
    primary.stop().await;
}

/// The catalog that the command line writes tells who was asked, and scans of all of them.
fn by_command_line(copies: &Copies) {
    let directory = TempDir::new().expect("a directory");
    let path = directory.path().join("catalog.json").display().to_string();
    let [first, second] = [&copies.standbys[0], &copies.standbys[1]].map(address);
    let dsn = address(&copies.primary);
    let catalog = |replicas: &[&str]| -> Value {
        let named: Vec<&str> = replicas.iter().flat_map(|replica| ["--replica", *replica]).collect();
        let usual = ["--dsn", dsn.as_str(), "--password-stdin", "--save-catalog", path.as_str()];
        let output = advise(copies.primary.password(), &[&usual[..], &named].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_str(&fs::read_to_string(&path).expect("a catalog")).expect("JSON")
    };
    let scans = |catalog: &Value, name: &str| {
        let indexes = catalog["tables"][0]["indexes"].as_array().expect("indexes");
        indexes.iter().find(|index| index["name"] == name).and_then(|index| index["scans"].as_u64())
    };
    let both = catalog(&[&first, &second]);
    assert_eq!((&both["replicas"], &both["replicas_asked"]), (&2.into(), &2.into()));
    assert_eq!(scans(&both, "idle"), Some(0));
    assert!(scans(&both, "on_standby") > Some(0));

    let away = "postgres://nobody@127.0.0.1:1/none?sslmode=disable";
    let wrong = catalog(&[&first, &dsn, away]);
    assert_eq!((&wrong["replicas"], &wrong["replicas_asked"]), (&2.into(), &1.into()));
    let lacks = wrong["lacks"].as_array().expect("lacks");
    let mut codes: Vec<_> = lacks.iter().filter_map(|lack| lack["code"].as_str()).collect();
    codes.sort_unstable();
    assert_eq!(codes, ["no_replica", "replica_not_asked"], "{lacks:?}");
}

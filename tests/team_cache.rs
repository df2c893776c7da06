//! Consoles of one team share what is expensive to read, and a simulated cache answers as a real one does.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails where it cannot go on"
)]

use std::time::Duration;

use engine::domain::{
    Connection, HealthCode, SharedReadKind, SourceDraft, SourceId, SourceKind, TeamCachePage,
};
use servers::{Postgres, PostgresOptions, Redis, RedisOptions};
use tokio_postgres::Client;

use crate::support::{Console, DATABASE, draft, eventually, fields};

const SOON: Duration = Duration::from_secs(30);
const CACHE: &str = "team cache";

struct Team {
    postgres: Postgres,
    admin: Client,
    redis: Redis,
}

impl Team {
    async fn new() -> Team {
        let settings = vec![("shared_preload_libraries".to_owned(), "pg_stat_statements".to_owned())];
        let options = PostgresOptions { settings, ..PostgresOptions::default() };
        let postgres = Postgres::start(options).await.expect("PostgreSQL starts");
        let admin = postgres.connect().await.expect("a connection");
        let tables = "CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
            CREATE TABLE orders (id serial PRIMARY KEY, customer int); CREATE INDEX ON orders (customer)";
        admin.batch_execute(tables).await.expect("tables");
        let redis = Redis::start(RedisOptions::default()).await.expect("Redis starts");
        Team { postgres, admin, redis }
    }

    /// A console of one person, who names the database as she likes.
    async fn console(&self, host: &str) -> Console {
        let console = Console::start().await;
        for draft in [self.database(host), self.cache()] {
            console.engine.save_source(draft).await.expect("a source is kept");
        }
        console
    }

    fn database(&self, host: &str) -> SourceDraft {
        let server = &self.postgres;
        let connection = fields(host, server.port(), server.database(), "postgres");
        draft(DATABASE, SourceKind::Postgres, connection, server.password(), None)
    }

    fn cache(&self) -> SourceDraft {
        draft(CACHE, SourceKind::Redis, Connection::Url { url: self.redis.url() }, "", None)
    }

    /// How often the catalog's tables were read, by whomever.
    async fn reads(&self) -> i64 {
        let sql = "SELECT coalesce(sum(calls), 0)::int8 FROM pg_stat_statements
                    WHERE query LIKE '%mpanel console: catalog.tables%' AND query NOT LIKE '%pg_stat_statements%'";
        self.admin.query_one(sql, &[]).await.expect("counts").get(0)
    }
}

async fn share(console: &Console) {
    let mut settings = console.engine.settings();
    settings.team_cache = Some(SourceId::new(CACHE));
    console.engine.save_settings(settings).await.expect("settings are kept");
}

async fn read_catalog(console: &Console) -> usize {
    let database = console.engine.advice_database(SourceId::new(DATABASE)).await.expect("a database");
    let catalog = database.catalog(console.engine.now()).await.expect("a catalog").expect("a catalog");
    catalog.tables.len()
}

async fn page(console: &Console) -> TeamCachePage {
    console.engine.team_cache_page().await.expect("a page")
}

fn catalog_of(page: &TeamCachePage) -> &engine::domain::SharedRead {
    page.entries.iter().find(|entry| entry.what == SharedReadKind::IndexCatalog).expect("an entry")
}

#[tokio::test(flavor = "multi_thread")]
async fn two_consoles_share_one_catalog_read() {
    let team = Team::new().await;
    let (first, second) = (team.console("127.0.0.1").await, team.console("localhost").await);
    assert_eq!(read_catalog(&first).await, read_catalog(&second).await);
    assert_eq!(team.reads().await, 2, "nothing is shared before a Redis is named");
    for console in [&first, &second] {
        share(console).await;
    }
    let tables = read_catalog(&first).await;
    assert_eq!(team.reads().await, 3);
    assert_eq!(read_catalog(&second).await, tables);
    assert_eq!(team.reads().await, 3, "the second console was given what the first had read");
    let told = page(&second).await;
    let entry = catalog_of(&told);
    assert!(entry.last.as_ref().is_some_and(|last| last.shared), "{entry:?}");
    assert!(
        entry.bytes.is_some_and(|bytes| bytes > 100) && entry.ttl_seconds.is_some_and(|left| left > 500.0)
    );
    assert!(told.problem.is_none() && told.hits >= 1, "{told:?}");

    // Renewed by hand, for everyone.
    first.engine.warm_shared_read(SourceId::new(DATABASE), SharedReadKind::IndexCatalog).await.expect("warm");
    assert_eq!(team.reads().await, 4);
    read_catalog(&second).await;
    assert_eq!(team.reads().await, 4);
    for console in [first, second] {
        console.engine.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sizes_and_bloat_are_read_by_one_console_for_all() {
    let team = Team::new().await;
    let first = team.console("127.0.0.1").await;
    share(&first).await;
    let what = SharedReadKind::SlowHealth;
    first.engine.warm_shared_read(SourceId::new(DATABASE), what).await.expect("warm");
    let second = Console::start().await;
    second.engine.save_source(team.cache()).await.expect("a source is kept");
    share(&second).await;
    second.engine.save_source(team.database("localhost")).await.expect("a source is kept");
    let used = eventually("its health is read", SOON, || async {
        let told = page(&second).await;
        told.entries.into_iter().find(|entry| entry.what == what)?.last
    })
    .await;
    assert!(used.shared, "the first console had read it: {used:?}");
    // What came from there is judged like a reading of its own.
    let page = second
        .engine
        .health_page(Some(SourceId::new(DATABASE)), second.last_minutes(5))
        .await
        .expect("a page");
    let bloat = page.checks.iter().find(|check| check.code == HealthCode::IndexBloat).expect("a check");
    assert!(bloat.severity.is_some(), "{bloat:?}");
    for console in [first, second] {
        console.engine.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_redis_every_console_reads_for_itself() {
    let mut team = Team::new().await;
    let console = team.console("127.0.0.1").await;
    share(&console).await;
    let tables = read_catalog(&console).await;
    team.redis.kill().await;
    assert_eq!(read_catalog(&console).await, tables);
    assert_eq!(team.reads().await, 2);
    eventually("it is told", SOON, || async { page(&console).await.problem }).await;
    assert!(page(&console).await.bypassed >= 1);
    // One that is no Redis is refused.
    let mut settings = console.engine.settings();
    settings.team_cache = Some(SourceId::new(DATABASE));
    let refused = console.engine.save_settings(settings).await.expect_err("no Redis");
    assert_eq!(refused.code(), "invalid_settings");
    console.engine.shutdown().await;
}

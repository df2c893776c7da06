//! Redis servers watched through the engine: hits as they were, what is slow, what is wrong, and tags that are removed.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails where it cannot go on"
)]

use std::process::{Command, Output};
use std::time::Duration;

use engine::EngineError;
use engine::domain::{
    CacheCode, CachePage, Check, CompressionRequest, CompressionVerdict, Connection, KeyspaceOptions,
    KeyspaceState, ProblemCode, Severity, SourceId, SourceKind, SourceState,
};
use redis::AsyncCommands;
use redis::aio::MultiplexedConnection;
use servers::{Redis, RedisOptions};

use crate::support::{Console, binary, draft, eventually};

const SOON: Duration = Duration::from_secs(30);
const CACHE: &str = "cache";

struct Field {
    server: Redis,
    client: MultiplexedConnection,
    console: Console,
}

impl Field {
    async fn new(settings: &[(&str, &str)]) -> Field {
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let options = RedisOptions { settings: settings.collect(), ..RedisOptions::default() };
        let server = Redis::start(options).await.expect("Redis starts");
        let client = connect(&server).await;
        Field { server, client, console: Console::start().await }
    }

    async fn watch(&self, allow_cache_writes: bool) {
        let connection = Connection::Url { url: self.server.url() };
        let mut draft = draft(CACHE, SourceKind::Redis, connection, "", None);
        draft.allow_cache_writes = allow_cache_writes;
        self.console.engine.save_source(draft).await.expect("a source is kept");
    }

    async fn page(&self) -> CachePage {
        let page = self.console.engine.cache_page(Some(id()), self.console.last_minutes(5)).await;
        page.expect("a page")
    }

    async fn until(&self, what: &str, wanted: impl Fn(&CachePage) -> bool) -> CachePage {
        let wanted = &wanted;
        eventually(what, SOON, || async move { Some(self.page().await).filter(wanted) }).await
    }

    /// `count` look-ups, of which every fourth finds nothing.
    async fn look_up(&mut self, count: u32) {
        let _: () = self.client.set("there", "x").await.expect("SET");
        for number in 0..count {
            let key = if number % 4 == 0 { "not there" } else { "there" };
            let _: Option<String> = self.client.get(key).await.expect("GET");
        }
    }
}

async fn connect(server: &Redis) -> MultiplexedConnection {
    let client = redis::Client::open(server.url()).expect("an address");
    client.get_multiplexed_async_connection().await.expect("a connection")
}

fn id() -> SourceId {
    SourceId::new(CACHE)
}

fn figure(page: &CachePage, code: &str) -> Option<f64> {
    page.head.iter().find(|figure| figure.code == code).expect("a figure").measure.value
}

fn graveness(page: &CachePage, code: CacheCode) -> Option<Severity> {
    page.checks.iter().filter(|check| check.code == code).map(|check| check.severity).max()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hit_rate_is_that_of_the_generator() {
    let mut field = Field::new(&[("maxmemory", "64mb"), ("maxmemory-policy", "allkeys-lru")]).await;
    field.watch(false).await;
    field.until("it is polled", |page| page.redis.is_some()).await;
    let before = field.until("it is counted", |page| figure(page, "lookups").is_some()).await;
    assert_eq!(figure(&before, "hit_ratio"), None, "nothing was looked up");
    field.look_up(4_000).await;
    let page = field
        .until("all look-ups are counted", |page| {
            let node = page.redis.as_ref().map(|redis| redis.nodes[0].counters);
            node.is_some_and(|counters| counters.hits + counters.misses >= 4_000)
        })
        .await;
    let page = match figure(&page, "hit_ratio") {
        Some(ratio) if (ratio - 0.75).abs() < 0.01 => page,
        _ => {
            let near =
                |page: &CachePage| figure(page, "hit_ratio").is_some_and(|ratio| (ratio - 0.75).abs() < 0.01);
            field.until("the history has them too", near).await
        }
    };
    let codes: Vec<&str> = page.charts.iter().map(|chart| chart.code.as_str()).collect();
    for wanted in ["hit_ratio", "lookups", "memory", "commands", "ping", "clients"] {
        assert!(codes.contains(&wanted), "{codes:?} lacks {wanted}");
    }
    assert_eq!(page.servers.len(), 1);
    field.console.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_commands_are_kept_when_the_server_forgets_them() {
    let mut field = Field::new(&[("slowlog-log-slower-than", "0"), ("slowlog-max-len", "128")]).await;
    field.watch(false).await;
    let secret = "card 4111111111111111";
    let _: () = field.client.set("session:0123456789abcdef", secret).await.expect("SET");
    let page = field
        .until("the command is kept", |page| page.slow.iter().any(|command| command.command == "SET"))
        .await;
    let command = page.slow.iter().find(|command| command.command == "SET").expect("a command");
    assert_eq!((command.key.as_deref(), command.arguments), (Some("session:*"), 2));
    let told = serde_json::to_string(&page).expect("JSON");
    assert!(
        !told.contains("4111") && !told.contains("0123456789abcdef"),
        "values and ids stay on the server"
    );
    let _: () = redis::cmd("SLOWLOG").arg("RESET").query_async(&mut field.client).await.expect("RESET");
    field.server.restart().await.expect("a restart");
    let first = page.redis.as_ref().map(|redis| redis.nodes[0].run_id.clone());
    let restarted =
        |page: &CachePage| page.redis.as_ref().map(|redis| redis.nodes[0].run_id.clone()) != first;
    let page = field.until("the other run is seen", restarted).await;
    assert!(page.slow.iter().any(|command| command.command == "SET"), "it outlived the log of the server");
    field.console.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cache_that_refuses_writes_is_an_alert() {
    let mut field = Field::new(&[("maxmemory", "3mb"), ("maxmemory-policy", "noeviction")]).await;
    field.console.hurry(|_| {}).await;
    field.watch(false).await;
    let mut refused = false;
    for number in 0..4_000 {
        let set: Result<(), _> = field.client.set(format!("k{number}"), "x".repeat(4_096)).await;
        refused |= set.is_err();
    }
    assert!(refused, "Redis is full");
    let page = field
        .until("it is seen", |page| graveness(page, CacheCode::MemoryFull) == Some(Severity::Critical))
        .await;
    assert!(page.checks[0].seen.contains("policy noeviction"), "{:?}", page.checks[0]);
    let open =
        |check| field.console.engine.open_findings().into_iter().find(move |finding| finding.check == check);
    eventually("it is an alert", SOON, || async { open(Check::CacheMemoryFull) }).await;
    let _: () = redis::cmd("CONFIG")
        .arg("SET")
        .arg("maxmemory")
        .arg("64mb")
        .query_async(&mut field.client)
        .await
        .expect("CONFIG");
    eventually("it is cleared", SOON, || async { open(Check::CacheMemoryFull).is_none().then_some(()) })
        .await;
    field.console.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_redis_is_told_and_found_again() {
    let mut field = Field::new(&[]).await;
    field.watch(false).await;
    field.until("it is polled", |page| page.redis.is_some()).await;
    field.server.kill().await;
    let page = field.until("it is told", |page| page.problem.is_some()).await;
    assert_eq!(page.problem.map(|problem| problem.code), Some(ProblemCode::Refused));
    assert!(page.redis.is_some() && page.polled_at.is_some(), "what was seen last stays, with its time");
    field.server.start_again().await.expect("it starts again");
    field.console.engine.retry_source(&id()).expect("a source");
    field.until("it is found again", |page| page.problem.is_none()).await;
    assert_eq!(field.console.status(CACHE).state, SourceState::Ok);
    field.console.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_is_removed_only_when_it_is_allowed_and_typed() {
    let mut field = Field::new(&[]).await;
    for number in 0..30 {
        let key = format!("query:{number:016x}");
        let _: () = field.client.set_ex(&key, "[]", 600).await.expect("SET");
        let _: () = field.client.sadd("cache:tag:catalog", &key).await.expect("SADD");
    }
    let _: () = field.client.set("session:7", "stays").await.expect("SET");
    let _: () = field.client.sadd("cache:tag:catalog", "session:7").await.expect("SADD");
    field.watch(false).await;
    let engine = &field.console.engine;
    let tag = || "catalog".to_owned();
    let preview = engine.preview_tag(id(), tag()).await.expect("a preview");
    assert_eq!((preview.members, preview.first.len()), (31, 20));
    let refused = engine.invalidate_tag(id(), tag(), tag()).await.expect_err("not allowed");
    assert!(matches!(refused, EngineError::CacheWritesNotAllowed { .. }), "{refused}");
    field.watch(true).await;
    let engine = &field.console.engine;
    let mistyped = engine.invalidate_tag(id(), tag(), "catalogue".to_owned()).await.expect_err("mistyped");
    assert!(matches!(mistyped, EngineError::TagDiffers { .. }), "{mistyped}");
    assert_eq!(engine.invalidate_tag(id(), tag(), tag()).await.expect("removed").removed, 30);
    let left: Vec<String> = redis::cmd("KEYS").arg("*").query_async(&mut field.client).await.expect("KEYS");
    assert_eq!(left, ["session:7"], "what is no cached result stays");
    engine.shutdown().await;
}

fn mconsole(arguments: &[&str]) -> Output {
    Command::new(binary("mconsole")).args(arguments).output().expect("mconsole runs")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_is_told_while_it_runs_and_kept() {
    let mut field = Field::new(&[]).await;
    let mut pipe = redis::pipe();
    for number in 0..5_000 {
        pipe.set(format!("session:{number}"), "x").ignore();
    }
    pipe.query_async::<()>(&mut field.client).await.expect("keys");
    field.watch(false).await;
    field.until("it is polled", |page| page.redis.is_some()).await;
    let engine = &field.console.engine;
    let refused =
        engine.walk_keyspace(id(), Some(KeyspaceOptions { budget: 0.0, ..Default::default() })).await;
    assert_eq!(refused.expect_err("no budget").code(), "invalid_limits");
    engine.walk_keyspace(id(), None).await.expect("a walk begins");
    let done =
        |page: &CachePage| page.keyspace.as_ref().is_some_and(|walk| walk.state == KeyspaceState::Done);
    let walk = field.until("it is done", done).await.keyspace.expect("a walk");
    assert_eq!((walk.keys, walk.keys_expected), (5_000, 5_000));
    let prefix = &walk.prefixes[0];
    assert_eq!((prefix.prefix.as_str(), prefix.keys, prefix.without_ttl_ratio), ("session:*", 5_000, 1.0));
    let page = field.page().await;
    assert_eq!(figure(&page, "hit_ratio"), None, "what the walk asked for is no look-up of anybody");

    // A slow one is stopped, and what it saw is told.
    let slow = KeyspaceOptions { budget: 0.001, ..KeyspaceOptions::default() };
    engine.walk_keyspace(id(), Some(slow)).await.expect("a walk begins");
    let again = engine.walk_keyspace(id(), None).await;
    assert!(matches!(again, Err(EngineError::WalkRuns { .. })), "{again:?}");
    engine.cancel_keyspace(&id());
    let stopped =
        |page: &CachePage| page.keyspace.as_ref().is_some_and(|walk| walk.state == KeyspaceState::Cancelled);
    field.until("it is stopped", stopped).await;
    field.console.engine.shutdown().await;

    let address = field.server.url();
    let told = mconsole(&["cache", &address, "--walk", "--format", "json"]);
    assert!(told.status.success(), "{told:?}");
    let told: serde_json::Value = serde_json::from_slice(&told.stdout).expect("JSON");
    assert_eq!(told["keyspace"]["keys"], 5_000);
    let text = String::from_utf8(mconsole(&["cache", &address, "--walk"]).stdout).expect("text");
    assert!(text.contains("Walked over 5000 keys") && text.contains("session:*"), "{text}");
    field.server.kill().await;
    assert_eq!(mconsole(&["cache", &address]).status.code(), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_instance_compresses_is_probed() {
    let demo = demo::Demo::start(demo::DemoOptions::default()).await.expect("the demo starts");
    let console = Console::start().await;
    console.watch(&demo).await;
    let request = CompressionRequest {
        source: SourceId::new(crate::support::PANEL),
        paths: vec!["/metrics".to_owned(), "/nowhere".to_owned()],
    };
    let probe = console.engine.probe_compression(request).await.expect("a probe");
    let [metrics, nowhere] = probe.endpoints.as_slice() else { panic!("{probe:?}") };
    assert!(metrics.plain_bytes.is_some_and(|bytes| bytes > 1_024), "{metrics:?}");
    assert_ne!(metrics.verdict, CompressionVerdict::Unknown);
    assert_eq!(nowhere.verdict, CompressionVerdict::Unknown);
    assert_eq!(console.engine.compression_probe(&SourceId::new(crate::support::PANEL)), Some(probe));
    let panel = demo.endpoints().panel.clone().expect("the panel runs");
    let told = mconsole(&["compression", &panel, "/metrics"]);
    let told = String::from_utf8(told.stdout).expect("text");
    assert!(told.contains("/metrics: ") && told.contains("requests."), "{told}");
    // Its query cache and its coalescing are read from the same metrics.
    let seen = eventually("its query cache is seen", SOON, || async {
        let page = console.engine.cache_page(None, console.last_minutes(5)).await.expect("a page");
        page.instances.into_iter().find(|one| one.lookups_per_second.value.is_some_and(|rate| rate > 0.0))
    })
    .await;
    assert!(seen.hit_ratio.value.is_some_and(|ratio| (0.0..=1.0).contains(&ratio)), "{seen:?}");
    assert!(seen.latency.value.is_some_and(|seconds| seconds < 1.0), "{seen:?}");
    let coalescing = console.engine.coalescing_page(None, console.last_minutes(5)).await.expect("a page");
    assert_eq!(coalescing.instances.len(), 1, "{coalescing:?}");
    console.engine.shutdown().await;
    demo.stop().await;
}

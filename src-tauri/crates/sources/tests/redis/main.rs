//! Redis as a source, against real servers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may fail loudly"
)]

mod commands;
mod faults;
mod figures;
mod rights;
mod slow_log;
mod tags;
mod tls;
mod topologies;
mod transient;

use std::time::{Duration, Instant};

use domain::{
    Connection, Facts, PollResult, Problem, ProblemCode, Reading, Redis, RedisConnection, RedisTopology,
    SourceConfig, SourceKind, Timestamp, TlsMode,
};
use redis::aio::MultiplexedConnection;
use servers::RedisOptions;
use sources::redis::RedisSource;
use sources::{Source, SourceContext};

const NOW: Timestamp = Timestamp(0);

fn connection(node: impl Into<String>) -> RedisConnection {
    RedisConnection {
        nodes: vec![node.into()],
        topology: RedisTopology::Single,
        database: 0,
        user: None,
        tls: TlsMode::Disable,
        root_certificate: None,
    }
}

fn to_port(port: u16) -> RedisConnection {
    connection(format!("127.0.0.1:{port}"))
}

fn with_user(port: u16, user: &str) -> RedisConnection {
    RedisConnection { user: Some(user.into()), ..to_port(port) }
}

fn config(connection: RedisConnection) -> SourceConfig {
    SourceConfig::unsaved("redis", SourceKind::Redis, Connection::Redis(connection))
}

fn open(config: &SourceConfig, password: Option<&str>) -> RedisSource {
    let context = SourceContext::new(runtime::metrics::Registry::new());
    RedisSource::new(config, password.map(str::to_owned), &context).unwrap()
}

fn source(connection: RedisConnection, password: Option<&str>) -> RedisSource {
    open(&config(connection), password)
}

fn writing_source(connection: RedisConnection, password: Option<&str>) -> RedisSource {
    open(&SourceConfig { allow_cache_writes: true, ..config(connection) }, password)
}

async fn server(settings: &[(&str, &str)]) -> servers::Redis {
    servers::Redis::start(options(settings)).await.unwrap()
}

fn options(settings: &[(&str, &str)]) -> RedisOptions {
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    RedisOptions { settings, ..RedisOptions::default() }
}

/// A client of the test's own.
async fn client(server: &servers::Redis) -> MultiplexedConnection {
    redis::Client::open(server.url()).unwrap().get_multiplexed_async_connection().await.unwrap()
}

/// Sends the words of `line`.
async fn say<T: redis::FromRedisValue>(client: &mut MultiplexedConnection, line: &str) -> T {
    let mut words = line.split(' ');
    let mut command = redis::cmd(words.next().unwrap());
    command.arg(words.collect::<Vec<_>>());
    command.query_async(client).await.unwrap()
}

fn facts(reading: &Reading) -> &Redis {
    match &reading.facts {
        Facts::Redis(facts) => facts,
        other => panic!("{other:?}"),
    }
}

async fn until(source: &RedisSource, wanted: impl Fn(&PollResult) -> bool) -> PollResult {
    let deadline = Instant::now() + Duration::from_secs(40);
    loop {
        let result = source.poll(NOW).await;
        if wanted(&result) {
            return result;
        }
        assert!(Instant::now() < deadline, "never seen; last: {result:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn until_ok(source: &RedisSource) -> Reading {
    until(source, Result::is_ok).await.unwrap()
}

fn is(result: &PollResult, code: ProblemCode, part: &str) -> bool {
    result.as_ref().is_err_and(|problem| problem.code == code && problem.message.contains(part))
}

/// A problem that says what to do.
async fn problem(source: &RedisSource) -> Problem {
    let problem = source.poll(NOW).await.expect_err("a problem");
    assert!(problem.remedy.as_ref().is_some_and(|remedy| !remedy.is_empty()), "{problem:?}");
    problem
}

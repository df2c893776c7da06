//! A real Redis with keys whose truth is known, a sink that tallies, and a client that waits.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    dead_code,
    reason = "tests may fail loudly; the bench and the tests use different parts"
)]

use std::time::{Duration, Instant};

use analysis::keyspace::{Tally, WalkFacts};
use domain::{KeyMeasure, Keyspace, KeyspaceCost, KeyspaceOptions, SourceId, TagMeasure, Timestamp};
use redis::AsyncConnectionConfig;
use redis::aio::MultiplexedConnection;
use servers::{Redis, RedisOptions};
use sources::redis::keyspace::{KeySink, Primary, WalkEnd, walk};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

pub async fn server(settings: &[(&str, &str)]) -> Redis {
    let mut all = vec![("enable-debug-command".to_owned(), "yes".to_owned())];
    all.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    Redis::start(RedisOptions { settings: all, ..RedisOptions::default() }).await.unwrap()
}

/// As the default user, or as `user` without a password.
pub async fn connect(server: &Redis, user: Option<&str>) -> MultiplexedConnection {
    let login = user.map_or(String::new(), |user| format!("{user}:any@"));
    let client = redis::Client::open(format!("redis://{login}{}:{}/", server.host(), server.port())).unwrap();
    let config = AsyncConnectionConfig::new().set_response_timeout(Some(Duration::from_secs(120)));
    client.get_multiplexed_async_connection_with_config(&config).await.unwrap()
}

pub async fn primary(server: &Redis) -> Primary<MultiplexedConnection> {
    primary_as(server, None).await
}

pub async fn primary_as(server: &Redis, user: Option<&str>) -> Primary<MultiplexedConnection> {
    let address = format!("{}:{}", server.host(), server.port());
    Primary { address, connection: connect(server, user).await }
}

pub async fn run<T: redis::FromRedisValue>(connection: &mut MultiplexedConnection, words: &[&str]) -> T {
    let mut command = redis::cmd(words[0]);
    words[1..].iter().for_each(|word| {
        command.arg(*word);
    });
    command.query_async(connection).await.unwrap()
}

/// Tallies, and does something at a step.
pub struct Tallying<F: FnMut(&Tally) + Send> {
    pub tally: Tally,
    pub steps: u64,
    pub at_step: F,
}

impl<F: FnMut(&Tally) + Send> KeySink for Tallying<F> {
    fn expect(&mut self, keys: u64) {
        self.tally.expect(keys);
    }

    fn seen(&mut self, name: &[u8]) -> bool {
        self.tally.seen(name)
    }

    fn measured(&mut self, name: &[u8], measure: &KeyMeasure<'_>) {
        self.tally.measured(name, measure);
    }

    fn tagged(&mut self, measure: &TagMeasure<'_>) {
        self.tally.tagged(measure);
    }

    fn stepped(&mut self, _: &KeyspaceCost, _: &[String]) {
        self.steps += 1;
        (self.at_step)(&self.tally);
    }
}

pub struct Walked {
    pub keyspace: Keyspace,
    pub end: WalkEnd,
    pub steps: u64,
}

/// Measures every key of a small keyspace, as quickly as the server can.
pub const ALL: KeyspaceOptions = KeyspaceOptions { budget: 1.0, measured_keys: 1_000_000 };

pub async fn walk_all(primaries: Vec<Primary<MultiplexedConnection>>, options: KeyspaceOptions) -> Walked {
    walk_with(primaries, 0, options, &CancellationToken::new(), |_| ()).await
}

pub async fn walk_with(
    primaries: Vec<Primary<MultiplexedConnection>>,
    database: u32,
    options: KeyspaceOptions,
    cancel: &CancellationToken,
    at_step: impl FnMut(&Tally) + Send,
) -> Walked {
    let began = Instant::now();
    let mut sink = Tallying { tally: Tally::new(options), steps: 0, at_step };
    let end = walk(primaries, database, options, cancel, &mut sink).await;
    let facts = WalkFacts {
        source: SourceId::new("cache"),
        started_at: Timestamp(0),
        took_ms: began.elapsed().as_secs_f64() * 1_000.0,
        state: end.state.clone(),
        database,
        cost: end.cost,
        lacks: end.lacks.clone(),
    };
    Walked { keyspace: sink.tally.snapshot(facts), end, steps: sink.steps }
}

/// Seconds of CPU that the server has used.
pub async fn cpu_seconds(connection: &mut MultiplexedConnection) -> f64 {
    let info: String = run(connection, &["INFO", "cpu"]).await;
    let figure = |name: &str| {
        let line = info.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().parse::<f64>().unwrap()
    };
    figure("used_cpu_sys:") + figure("used_cpu_user:")
}

/// Sends PING every millisecond from a thread of its own until cancelled; gives the waits, shortest first.
pub fn ping_meanwhile(server: &Redis, cancel: CancellationToken) -> std::thread::JoinHandle<Vec<Duration>> {
    let address = (server.host().to_owned(), server.port());
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(ping(address, cancel))
    })
}

async fn ping(address: (String, u16), cancel: CancellationToken) -> Vec<Duration> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut ticks = tokio::time::interval(Duration::from_millis(1));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    let mut waits = Vec::new();
    while !cancel.is_cancelled() {
        ticks.tick().await;
        let began = Instant::now();
        stream.write_all(b"PING\r\n").await.unwrap();
        let mut answer = [0; 7];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"+PONG\r\n");
        waits.push(began.elapsed());
    }
    waits.sort_unstable();
    waits
}

pub fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    sorted.get(sorted.len() * percent / 100).copied().unwrap_or_default()
}

/// Resident memory of this process in bytes; none where the system does not tell.
pub fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? * 1_024)
}

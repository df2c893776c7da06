//! A walk over millions of keys beside a client that pings every millisecond.
//!
//! `cargo bench -p sources --bench keyspace` walks 5 million keys; `-- 1000000 10000000` other numbers.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a bench prints its figures and may fail loudly"
)]

#[path = "../tests/keyspace/support.rs"]
mod support;

use std::time::{Duration, Instant};

use domain::KeyspaceOptions;
use redis::aio::MultiplexedConnection;
use servers::Redis;
use support::{
    Walked, connect, cpu_seconds, percentile, ping_meanwhile, primary, resident_bytes, run, server, walk_with,
};
use tokio_util::sync::CancellationToken;

const KEYS: u64 = 5_000_000;
/// Of pings alone, for comparison.
const BASELINE: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() {
    let asked: Vec<u64> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    println!(
        "{:>10} {:>10} {:>9} {:>8} {:>11} {:>11} {:>9} {:>9} {:>9} {:>9}",
        "keys",
        "measured",
        "seconds",
        "CPU",
        "CPU (pings)",
        "told CPU",
        "p99",
        "p99 alone",
        "longest",
        "memory"
    );
    for keys in if asked.is_empty() { vec![KEYS] } else { asked } {
        figures(keys).await;
    }
}

async fn figures(keys: u64) {
    let server = server(&[]).await;
    let mut connection = connect(&server, None).await;
    populate(&mut connection, keys).await;
    let (alone, alone_cpu) = pinged(&server, &mut connection, tokio::time::sleep(BASELINE)).await.1;

    let before = resident_bytes().unwrap_or_default();
    let mut peak = before;
    let mut steps = 0_u64;
    let never = CancellationToken::new();
    let primaries = vec![primary(&server).await];
    let walk = walk_with(primaries, 0, KeyspaceOptions::default(), &never, |_| {
        steps += 1;
        if steps.is_multiple_of(50) {
            peak = peak.max(resident_bytes().unwrap_or_default());
        }
    });
    let (Walked { keyspace, .. }, (waits, cpu)) = pinged(&server, &mut connection, walk).await;
    assert!(keyspace.keys >= keys, "{} of {keys}: {:?}", keyspace.keys, keyspace.state);
    println!(
        "{:>10} {:>10} {:>9.1} {:>7.1}% {:>10.1}% {:>10.1}% {:>6.2} ms {:>6.2} ms {:>6.2} ms {:>6.1} MB",
        keyspace.keys,
        keyspace.measured,
        keyspace.took_ms / 1_000.0,
        cpu * 100.0,
        alone_cpu * 100.0,
        keyspace.cost.core_ratio.unwrap_or_default() * 100.0,
        milliseconds(percentile(&waits, 99)),
        milliseconds(percentile(&alone, 99)),
        keyspace.cost.longest_step_ms,
        (peak - before) as f64 / f64::from(1 << 20),
    );
}

/// What comes out of `work`, with the waits of another client and the server's share of a core meanwhile.
async fn pinged<T>(
    server: &Redis,
    connection: &mut MultiplexedConnection,
    work: impl Future<Output = T>,
) -> (T, (Vec<Duration>, f64)) {
    let end = CancellationToken::new();
    let pings = ping_meanwhile(server, end.clone());
    let (cpu, began) = (cpu_seconds(connection).await, Instant::now());
    let done = work.await;
    let share = (cpu_seconds(connection).await - cpu) / began.elapsed().as_secs_f64();
    end.cancel();
    (done, (pings.join().unwrap(), share))
}

/// Sessions and users without end, and one in fifty a result with a time to live.
async fn populate(connection: &mut MultiplexedConnection, keys: u64) {
    let results = keys / 50;
    let sessions = keys / 2;
    let users = keys - results - sessions;
    for (count, prefix) in [(sessions, "mpanel:session"), (users, "mpanel:user")] {
        let _: () = run(connection, &["DEBUG", "POPULATE", &count.to_string(), prefix]).await;
    }
    let script = "for n = ARGV[1], ARGV[2] do
  redis.call('set', 'query:' .. string.format('%016x', n * 7919), string.rep('r', n % 900), 'EX', 3600)
end return 1";
    for first in (1..=results).step_by(10_000) {
        let last = (first + 9_999).min(results);
        let _: u64 = run(connection, &["EVAL", script, "0", &first.to_string(), &last.to_string()]).await;
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

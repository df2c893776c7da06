//! A day of 5,000 statements: bytes on disk, time to record, and how long windows take.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark reports to the terminal and may fail loudly"
)]

use std::path::Path;
use std::time::Instant;

use domain::{
    SourceId, StatementCounts, StatementIdentity, StatementInterval, StatementName, TimeRange, Timestamp,
};
use history::{StatementStore, StatementTier};

const STATEMENTS: usize = 5_000;
const INTERVAL_MS: i64 = 10_000;
const BASE: i64 = 1_789_948_800_000;
const DAY_MS: i64 = 86_400_000;
const DAYS: i64 = 7;
/// What a day may take.
const MOST_MEGABYTES: f64 = 20.0;

fn identity(number: usize) -> StatementIdentity {
    StatementIdentity {
        queryid: (number as i64).wrapping_mul(0x9e37_79b9_7f4a_7c15_u64 as i64),
        user: 10,
        database: 5,
        top_level: true,
    }
}

/// The n-th statement runs 1/n as often as the first; once an hour all of them run.
fn interval(number: i64, random: &mut fastrand::Rng) -> StatementInterval {
    let to = BASE + number * INTERVAL_MS;
    let all = number % 360 == 0;
    let mut counts = Vec::new();
    for statement in 0..STATEMENTS {
        let expected = 2_000.0 / (statement + 1) as f64;
        let calls = if expected >= 1.0 {
            (expected * (0.7 + 0.6 * random.f64())).round()
        } else {
            f64::from(all || random.f64() < expected)
        };
        if calls > 0.0 {
            counts.push((identity(statement), cost(statement, calls, random)));
        }
    }
    StatementInterval {
        range: TimeRange { from: Timestamp(to - INTERVAL_MS), to: Timestamp(to) },
        counts,
        gaps: Vec::new(),
    }
}

/// Every third statement reads, every fifth writes, every twentieth spills.
fn cost(statement: usize, calls: f64, random: &mut fastrand::Rng) -> StatementCounts {
    let noise = 0.5 + random.f64();
    let each = |every: usize, value: f64| {
        if statement.is_multiple_of(every) { (calls * value * noise).round() } else { 0.0 }
    };
    StatementCounts {
        calls,
        exec_ms: calls * noise * (0.05 + (statement % 97) as f64 / 10.0),
        rows: calls * (statement % 20) as f64,
        shared_hit: (calls * noise * (3 + statement % 50) as f64).round(),
        shared_read: each(3, 2.0),
        shared_dirtied: each(5, 1.0),
        io_ms: each(3, 0.4),
        wal_bytes: each(5, 180.0),
        temp_written: each(20, 30.0),
        ..StatementCounts::default()
    }
}

fn main() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("statements.db");
    let store = StatementStore::open(&path, Timestamp(BASE)).unwrap();
    let source = SourceId::new("pg");
    let name = |number| StatementName {
        identity: identity(number),
        statement: Some(format!(
            "SELECT c{number}, name, created_at FROM orders_{} WHERE id = $1 AND customer = $2 ORDER BY created_at DESC LIMIT $3",
            number % 300
        )),
        fingerprint: Some(format!("{number:016x}")),
        database: "shop".to_owned(),
        user: "panel".to_owned(),
        own: false,
    };
    let names: Vec<StatementName> = (0..STATEMENTS).map(name).collect();
    store.keep_names(&source, &names, Timestamp(BASE)).unwrap();
    let named = size(directory.path());
    let mut random = fastrand::Rng::with_seed(7);
    let (mut recording, mut rows, mut first_day) = (0.0, 0, 0);
    for number in 1..=DAYS * DAY_MS / INTERVAL_MS {
        let interval = interval(number, &mut random);
        rows += interval.counts.len();
        let started = Instant::now();
        store.record(&source, &interval).unwrap();
        recording += started.elapsed().as_secs_f64();
        if number == DAY_MS / INTERVAL_MS {
            first_day = size(directory.path());
        }
    }
    store.flush(Timestamp(BASE)).unwrap();
    let intervals = (DAYS * DAY_MS / INTERVAL_MS) as f64;
    let grown = (size(directory.path()) - first_day) as f64 / 1e6 / (DAYS - 1) as f64;
    println!(
        "{STATEMENTS} statements, {:.0} of them in an interval: {:.1} MB with the first day, {grown:.2} MB for each day after \
         ({:.1} MB of names); {:.2} ms to record an interval",
        rows as f64 / intervals,
        first_day as f64 / 1e6,
        named as f64 / 1e6,
        recording * 1e3 / intervals,
    );
    assert!(grown < MOST_MEGABYTES && (first_day as f64) < MOST_MEGABYTES * 1e6, "a day takes too much");
    let end = Timestamp(BASE + DAYS * DAY_MS);
    let windows = [
        ("1 h", DAY_MS / 24, StatementTier::Minute),
        ("24 h", DAY_MS, StatementTier::TenMinutes),
        ("7 d", DAYS * DAY_MS, StatementTier::Hour),
    ];
    for (name, millis, tier) in windows {
        let range = TimeRange::last(millis, end);
        let started = Instant::now();
        let (mut buckets, mut statements) = (0, 0);
        store.sums(&source, range, |bucket| statements += bucket.counts.len()).unwrap();
        let summed = started.elapsed();
        store.buckets(&source, range, tier, |bucket| buckets += usize::from(bucket.counted_ms > 0)).unwrap();
        println!(
            "{name}: sums of {statements} rows in {:.1} ms, {buckets} steps in {:.1} ms",
            summed.as_secs_f64() * 1e3,
            (started.elapsed() - summed).as_secs_f64() * 1e3,
        );
    }
}

fn size(directory: &Path) -> u64 {
    std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum()
}

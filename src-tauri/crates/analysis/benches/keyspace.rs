//! Key names per second into the tally, on one thread, and what a snapshot takes.
#![allow(missing_docs, reason = "criterion's macros make public items")]

use std::hint::black_box;

use analysis::keyspace::{Tally, WalkFacts};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use domain::{KeyMeasure, KeyTtl, KeyspaceCost, KeyspaceOptions, KeyspaceState, SourceId, Timestamp};

const NAMES: u64 = 10_000;

fn mpanel() -> Vec<Vec<u8>> {
    let name = |n: u64| match n % 4 {
        0 => format!("query:{:016x}", n.wrapping_mul(0x9E37_79B9_7F4A_7C15)),
        1 => format!("mpanel:session:{n:08x}-4e9d-4073-8a34-b0974752ca71"),
        2 => format!("user:{n}:profile"),
        _ => format!("queue:item:{n}"),
    };
    (0..NAMES).map(|n| name(n).into_bytes()).collect()
}

/// Every name has a prefix of its own.
fn scattered() -> Vec<Vec<u8>> {
    let letters = |n: u64| (0..5).map(move |at| char::from(b'a' + (n / 26_u64.pow(at) % 26) as u8));
    (0..NAMES).map(|n| format!("{}:x", letters(n).collect::<String>()).into_bytes()).collect()
}

fn facts() -> WalkFacts {
    WalkFacts {
        source: SourceId::new("cache"),
        started_at: Timestamp(0),
        took_ms: 0.0,
        state: KeyspaceState::Running,
        database: 0,
        cost: KeyspaceCost::default(),
        lacks: Vec::new(),
    }
}

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("seen");
    group.throughput(Throughput::Elements(NAMES));
    for (what, names) in [("mpanel", mpanel()), ("a_prefix_each", scattered())] {
        let mut tally = Tally::new(KeyspaceOptions::default());
        tally.expect(u64::MAX);
        group.bench_function(what, |b| {
            b.iter(|| names.iter().filter(|name| tally.seen(black_box(name))).count());
        });
    }
    group.finish();

    let mut tally = Tally::new(KeyspaceOptions::default());
    let measure = KeyMeasure {
        kind: "string",
        bytes: Some(90),
        ttl: KeyTtl::Milliseconds(9_000),
        idle_seconds: Some(3),
    };
    for name in scattered().iter().take(4_000) {
        tally.seen(name);
        tally.measured(name, &measure);
    }
    criterion.bench_function("snapshot/4000_prefixes", |b| b.iter(|| tally.snapshot(facts())));
}

criterion_group!(keyspace, benches);
criterion_main!(keyspace);

//! Executions per second through the detector, on one thread.
#![allow(missing_docs, reason = "criterion's macros make public items")]

use std::hint::black_box;

use analysis::n_plus_one::{Detector, Observation, Options, UnitKey, UnitKind};
use analysis::sql::{Fingerprint, Values};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const EXECUTIONS: u64 = 100_000;

/// Requests of 20 executions, 8 at a time: one read, a loop of 12 and 7 others.
fn execution(n: u64) -> Observation<'static> {
    let unit = n / 160 * 8 + n % 8;
    let step = n % 160 / 8;
    let statement = if (1..13).contains(&step) { 1_000 } else { step + unit % 10 * 20 };
    Observation {
        unit: UnitKey { kind: UnitKind::Request, hash: unit, id: Some("3f2a9c51-77aa-4b0e") },
        fingerprint: Fingerprint(statement),
        values: Values { hash: n, digests: n & 0xFF, count: 1 },
        given: 1,
        start_us: n as i64 * 100,
        duration_us: Some(80),
        rows: Some(12),
        route: Some("/api/customers"),
        application: Some("mpanel-api"),
    }
}

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("n_plus_one");
    group.throughput(Throughput::Elements(EXECUTIONS));
    group.bench_function("requests_of_20", |b| {
        b.iter(|| {
            let mut detector = Detector::new(Options::default());
            (0..EXECUTIONS).for_each(|n| detector.observe(black_box(&execution(n))));
            detector.finish(|_| None)
        });
    });
    group.finish();
}

criterion_group!(n_plus_one, benches);
criterion_main!(n_plus_one);

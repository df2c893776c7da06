//! A report of 4,000 findings and 2,000 statements in every format: each is to take less than a second.
#![allow(missing_docs, reason = "criterion's macros make public items")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use domain::ReportFormat;

#[path = "../src/fixture.rs"]
mod fixture;

fn benches(criterion: &mut Criterion) {
    let report = fixture::large(4_000, 2_000);
    let mut group = criterion.benchmark_group("render");
    group.sample_size(10);
    for format in ReportFormat::ALL {
        group.bench_function(format!("{format:?}"), |b| {
            b.iter(|| reports::render(black_box(&report), format))
        });
    }
    group.finish();
}

criterion_group!(render, benches);
criterion_main!(render);

//! Bytes a second that the parser reads on one core: a recorded instance, and a large generated body in both formats.

use std::fmt::Write;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sources::prometheus::exposition::{Entry, Format, parse};

const RECORDED: &str = include_str!("../tests/recordings/mpanel/metrics_full.txt");

fn generated(openmetrics: bool) -> String {
    let mut body = String::new();
    for family in 0..200 {
        let _ = writeln!(
            body,
            "# HELP app_requests_{family}_seconds Requests of part {family}, with some words."
        );
        let _ = writeln!(body, "# TYPE app_requests_{family}_seconds histogram");
        for series in 0..100 {
            let _ = writeln!(
                body,
                "app_requests_{family}_seconds_bucket{{method=\"GET\",route=\"/api/v1/things/{series}\",\
                 status_code=\"200\",le=\"0.{series}\"}} {}",
                family * 1000 + series * 7
            );
            let _ = writeln!(
                body,
                "app_requests_{family}_seconds_sum{{route=\"/{series}\"}} {}.{series}482",
                family * 31
            );
        }
    }
    if openmetrics {
        body.push_str("# EOF\n");
    }
    body
}

fn count(body: &str, format: Format) -> (usize, f64) {
    let (mut samples, mut sum) = (0, 0.0);
    let outcome = parse(body.as_bytes(), format, |entry| {
        if let Entry::Sample(sample) = entry {
            samples += sample.labels.len() + 1;
            sum += sample.value;
        }
    });
    assert!(outcome.is_ok(), "the body of a benchmark is valid: {outcome:?}");
    (samples, sum)
}

fn parser(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("prometheus");
    let bodies = [
        ("recorded", RECORDED.repeat(50), Format::Text),
        ("generated", generated(false), Format::Text),
        ("generated_openmetrics", generated(true), Format::OpenMetrics),
    ];
    for (name, body, format) in &bodies {
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(name), body, |bencher, body| {
            bencher.iter(|| count(black_box(body), *format));
        });
    }
    group.finish();
}

criterion_group!(benches, parser);
criterion_main!(benches);

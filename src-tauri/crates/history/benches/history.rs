//! Write rate, bytes a sample, and a range of thirty days; figures that criterion does not time are printed.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark reports to the terminal and may fail loudly"
)]

use std::hint::black_box;
use std::path::Path;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use domain::{MetricKind, Retention, Sample, SeriesKey, SourceId, Tick, TimeRange, Timestamp};
use history::History;

const SERIES: usize = 1000;
const INTERVAL_MS: i64 = 15_000;
const BASE: i64 = 1_790_000_000_000;
const DAY_MS: i64 = 86_400_000;

fn keys(series: usize) -> Vec<SeriesKey> {
    let source = SourceId::new("panel-eu-1");
    let key = |n: usize| SeriesKey::new(&source, format!("metric_{}", n % 50)).with("n", n.to_string());
    (0..series).map(key).collect()
}

/// A third constant, a third counters, a third gauges with noise, as on a real instance.
fn tick(keys: &[SeriesKey], number: i64) -> Tick {
    let mut random = fastrand::Rng::with_seed(number as u64);
    let sample = |(index, key): (usize, &SeriesKey)| {
        let (kind, value) = match index % 3 {
            0 => (MetricKind::Gauge, 20.0),
            1 => (MetricKind::Counter, (number * 137 + random.i64(0..40)) as f64),
            _ => (MetricKind::Gauge, 50.0 + random.f64() * 10.0),
        };
        Sample { key: key.clone(), kind, value }
    };
    Tick {
        at: Timestamp(BASE + number * INTERVAL_MS),
        samples: keys.iter().enumerate().map(sample).collect(),
    }
}

fn write_rate(criterion: &mut Criterion) {
    let keys = keys(SERIES);
    let ticks: Vec<Tick> = (0..120).map(|number| tick(&keys, number)).collect();
    let mut group = criterion.benchmark_group("record");
    group.throughput(Throughput::Elements((ticks.len() * SERIES) as u64)).sample_size(20);
    let fresh = || {
        let dir = tempfile::tempdir().unwrap();
        let history = History::open(&dir.path().join("history.db"), Timestamp(BASE)).unwrap();
        history.record(&ticks[0]).unwrap();
        (dir, history)
    };
    group.bench_function("one commit a tick", |bencher| {
        bencher.iter_batched_ref(
            fresh,
            |(_, history)| ticks.iter().for_each(|tick| history.record(tick).unwrap()),
            BatchSize::PerIteration,
        );
    });
    group.bench_function("one commit a tick, sealed", |bencher| {
        bencher.iter_batched_ref(
            fresh,
            |(_, history)| {
                ticks.iter().for_each(|tick| history.record(tick).unwrap());
                history.maintain(Timestamp(BASE), &Retention::default()).unwrap();
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

/// Ten hours of 1,000 series as in life: a commit a tick, upkeep each minute.
fn bytes_a_sample(_: &mut Criterion) {
    let keys = keys(SERIES);
    let dir = tempfile::tempdir().unwrap();
    let history = History::open(&dir.path().join("history.db"), Timestamp(BASE)).unwrap();
    let (before, ticks) = (bytes_written(), 2400);
    let (mut recording, mut upkeep) = (0.0, 0.0);
    for number in 0..ticks {
        let tick = tick(&keys, number);
        let started = cpu_seconds();
        history.record(&tick).unwrap();
        recording += cpu_seconds() - started;
        if number % 4 == 3 {
            let started = cpu_seconds();
            history.maintain(tick.at, &Retention::default()).unwrap();
            upkeep += cpu_seconds() - started;
        }
    }
    let samples = (ticks as usize * SERIES) as f64;
    let written = bytes_written().saturating_sub(before) as f64 / samples;
    drop(history);
    let disk = size(dir.path()) as f64 / samples;
    println!(
        "{samples:.0} samples: {:.1} M rows per CPU second with upkeep, {:.1} M recording alone; \
         {written:.1} bytes written, {disk:.2} bytes on disk a sample with head and rollups",
        samples / (recording + upkeep) / 1e6,
        samples / recording / 1e6,
    );
}

fn thirty_days(criterion: &mut Criterion) {
    let keys = keys(60);
    let dir = tempfile::tempdir().unwrap();
    let history = History::open(&dir.path().join("history.db"), Timestamp(BASE)).unwrap();
    let retention = Retention { days: 40, ..Retention::default() };
    let last = 30 * DAY_MS / INTERVAL_MS;
    for first in (0..last).step_by(960) {
        let ticks: Vec<Tick> = (first..(first + 960).min(last)).map(|number| tick(&keys, number)).collect();
        history.record_all(&ticks).unwrap();
        while history.maintain(ticks.last().unwrap().at, &retention).unwrap().more {}
    }
    let range = TimeRange::last(30 * DAY_MS, Timestamp(BASE + 30 * DAY_MS));
    let step = 30 * DAY_MS / 1000;
    let mut group = criterion.benchmark_group("thirty days, 1,000 points");
    for series in [1, 10] {
        group.bench_function(format!("{series} series"), |bencher| {
            bencher.iter(|| black_box(history.query(&keys[..series], range, step).unwrap()));
        });
    }
    group.finish();
}

fn size(directory: &Path) -> u64 {
    std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum()
}

/// What this process handed to the disk so far; 0 where the system does not tell.
fn bytes_written() -> u64 {
    let io = std::fs::read_to_string("/proc/self/io").unwrap_or_default();
    let field = io.lines().find_map(|line| line.strip_prefix("wchar: "));
    field.and_then(|number| number.parse().ok()).unwrap_or_default()
}

/// Processor time of this process; not a number where the system does not tell.
fn cpu_seconds() -> f64 {
    let schedule = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanos = schedule.split_whitespace().next().and_then(|number| number.parse::<f64>().ok());
    nanos.unwrap_or(f64::NAN) / 1e9
}

criterion_group!(benches, write_rate, bytes_a_sample, thirty_days);
criterion_main!(benches);

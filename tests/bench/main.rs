//! Figures of the whole app: what it costs with twenty sources, and how soon it paints. Run by `make bench`.
#![allow(clippy::expect_used, clippy::print_stdout, reason = "a bench prints its figures and fails loudly")]

mod app;
#[path = "../desktop/display.rs"]
mod display;
mod process;
#[path = "../support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the tests use the rest of it")]
mod support;

use std::time::Duration;

use demo::{Demo, DemoOptions};

const SOURCES: usize = 20;
const WARM_UP: Duration = Duration::from_secs(20);
const MEASURED: Duration = Duration::from_secs(60);
/// Floors: a figure beyond them fails the bench.
const MOST_CPU: f64 = 0.02;
const MOST_RESIDENT_MB: f64 = 150.0;
const SLOWEST_PAINT: Duration = Duration::from_secs(1);

#[tokio::main]
async fn main() {
    let demo = Demo::start(DemoOptions { scale: support::SCALE, ..DemoOptions::default() })
        .await
        .expect("the demo starts");
    let first_paint = median((0..5).map(|_| app::first_paint()).collect());
    let idle = app::idle_cost(&drafts(&demo), WARM_UP, MEASURED).await;
    demo.stop().await;

    println!("| figure | measured | floor |");
    println!("|---|---|---|");
    println!(
        "| start to first paint, median of 5 | {:.0} ms | 1000 ms |",
        first_paint.as_secs_f64() * 1000.0
    );
    println!("| CPU with {SOURCES} sources at 5 s, of one core | {:.2} % | 2 % |", idle.cpu * 100.0);
    let resident = idle.resident.all - idle.resident.software_renderer;
    println!("| resident memory of the Rust process | {resident:.0} MB | 150 MB |");
    println!(
        "| software renderer beside it, where there is no GPU | {:.0} MB | - |",
        idle.resident.software_renderer
    );
    println!("| samples written meanwhile | {} kB | - |", idle.written_kb);
    assert!(idle.written_kb > 0, "sources were polled while the cost was measured");
    assert!(first_paint < SLOWEST_PAINT, "first paint after {first_paint:?}");
    assert!(idle.cpu < MOST_CPU, "{} of a core", idle.cpu);
    assert!(resident < MOST_RESIDENT_MB, "{resident} MB resident");
}

/// The demo's three servers, asked as twenty sources.
fn drafts(demo: &Demo) -> Vec<engine::domain::SourceDraft> {
    let three = support::drafts(demo);
    (0..SOURCES)
        .filter_map(|number| {
            let mut draft = three.get(number % three.len())?.clone();
            let name = format!("{}-{number}", draft.name);
            draft.id = Some(engine::domain::SourceId::new(&name));
            draft.name = name;
            draft.upstream = None;
            draft.interval_ms = 5_000;
            Some(draft)
        })
        .collect()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

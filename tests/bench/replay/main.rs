//! Whole replays against pgBadger on the same logs, side by side. Run by `make bench`.
//!
//! The logs come from pgbench over the simple, the extended and the prepared protocol on a real server, in all three
//! formats at once; they are made once and kept in `target/bench-logs`. `MPANEL_BENCH_MB` sets the size of the stderr log.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench prints its figures and fails loudly"
)]

#[path = "../../support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the tests use the rest of it")]
mod support;

mod logs;
mod run;

use logs::Logs;
use run::Ran;

/// Floors: a figure beyond them fails the bench.
const SLOWEST: [(&str, f64); 3] = [("log", 500.0), ("csv", 400.0), ("json", 400.0)];
const LEAST_RATIO: f64 = 80.0;
const MOST_RESIDENT_MB: f64 = 256.0;
/// The best of so many, because other work on the machine only ever makes it slower.
const TURNS: usize = 9;

#[tokio::main]
async fn main() {
    let logs = Logs::made().await;
    println!("| log | size | statements | mconsole replay | | resident | pgBadger -j 2 | times |");
    println!("|---|---|---|---|---|---|---|---|");
    let mut failed = Vec::new();
    for (format, floor) in SLOWEST {
        let log = logs.path(format);
        let megabytes = std::fs::metadata(&log).expect("the log").len() as f64 / 1e6;
        run::warm(&log);
        let ours = (0..TURNS).map(|_| run::replay(&log)).min_by(Ran::faster).expect("a turn");
        logs.check(&ours);
        let speed = megabytes / ours.seconds;
        let theirs = run::pgbadger(&log, format);
        let ratio = theirs.as_ref().map(|theirs| theirs.seconds / ours.seconds);
        println!(
            "| {format} | {megabytes:.0} MB | {} | {:.2} s | {speed:.0} MB/s | {:.0} MB | {} | {} |",
            ours.statements,
            ours.seconds,
            ours.resident_mb,
            theirs.as_ref().map_or("not installed".to_owned(), |theirs| format!("{:.1} s", theirs.seconds)),
            ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.0}")),
        );
        if speed < floor {
            failed.push(format!("{format}: {speed:.0} MB/s, below {floor}"));
        }
        if ratio.is_some_and(|ratio| ratio < LEAST_RATIO) {
            failed.push(format!("{format}: only {:.0} times pgBadger", ratio.unwrap_or_default()));
        }
        if ours.resident_mb > MOST_RESIDENT_MB {
            failed.push(format!("{format}: {:.0} MB resident", ours.resident_mb));
        }
    }
    println!();
    println!("| compressed stderr log | replay | decompressor alone |");
    println!("|---|---|---|");
    for packer in ["gzip", "zstd"] {
        let Some(packed) = logs.packed(packer) else { continue };
        run::warm(&packed);
        let ours = (0..TURNS).map(|_| run::replay(&packed)).min_by(Ran::faster).expect("a turn");
        logs.check(&ours);
        let alone = run::unpack(&packed, packer);
        println!("| {packer} | {:.2} s | {:.2} s |", ours.seconds, alone);
    }
    assert!(failed.is_empty(), "below the floors:\n{}", failed.join("\n"));
}

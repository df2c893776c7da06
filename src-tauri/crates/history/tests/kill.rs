//! Killed while it writes, twenty times: what was acknowledged is there.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test and its child, which talks over stdout"
)]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use domain::{MetricKind, Retention, Sample, SeriesKey, SourceId, Tick, TimeRange, Timestamp};
use history::History;

const DIRECTORY: &str = "HISTORY_KILL_TEST_DIRECTORY";
const FIRST: &str = "HISTORY_KILL_TEST_FIRST";
const INTERVAL_MS: i64 = 1000;
const KILLS: usize = 20;

fn key(series: i64) -> SeriesKey {
    SeriesKey::new(&SourceId::new("panel"), "db_pool_connections_active").with("n", series.to_string())
}

fn tick(number: i64) -> Tick {
    let sample =
        |series| Sample { key: key(series), kind: MetricKind::Gauge, value: (number * 10 + series) as f64 };
    Tick { at: Timestamp(number * INTERVAL_MS), samples: (0..20).map(sample).collect() }
}

/// Does nothing unless the test below starts it: then it records until it is killed.
#[test]
fn child_records_until_killed() {
    let Ok(directory) = std::env::var(DIRECTORY) else { return };
    let mut number: i64 = std::env::var(FIRST).unwrap().parse().unwrap();
    let history = History::open(&Path::new(&directory).join("history.db"), Timestamp(0)).unwrap();
    loop {
        history.record(&tick(number)).unwrap();
        println!("acknowledged {number}");
        std::io::stdout().flush().unwrap();
        if number % 50 == 0 {
            history.maintain(Timestamp(number * INTERVAL_MS), &Retention::default()).unwrap();
        }
        number += 1;
    }
}

#[test]
fn what_was_acknowledged_survives_twenty_kills() {
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged = 0;
    for round in 0..KILLS {
        acknowledged = record_and_kill(dir.path(), acknowledged + 1);
        let history = History::open(&dir.path().join("history.db"), Timestamp(0)).unwrap();
        assert!(history.status(Timestamp(i64::MAX)).notices.is_empty(), "damaged in round {round}");
        for series in [0, 19] {
            let all = TimeRange { from: Timestamp(0), to: Timestamp((acknowledged + 1) * INTERVAL_MS) };
            let samples = history.raw(&key(series), all).unwrap();
            let missing: Vec<i64> = (1..=acknowledged)
                .filter(|number| {
                    let expected = (Timestamp(number * INTERVAL_MS), (number * 10 + series) as f64);
                    samples.binary_search_by_key(&expected.0, |(at, _)| *at).map(|i| samples[i])
                        != Ok(expected)
                })
                .collect();
            assert!(missing.is_empty(), "round {round}: acknowledged but missing: {missing:?}");
        }
    }
    assert!(acknowledged >= KILLS as i64, "hardly anything was recorded");
}

/// Starts a recorder, kills it after a random number of acknowledgements, and returns the last one heard.
fn record_and_kill(directory: &Path, first: i64) -> i64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_records_until_killed", "--nocapture", "--test-threads", "1"])
        .env(DIRECTORY, directory)
        .env(FIRST, first.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let enough = first + fastrand::i64(1..400);
    let mut last = first - 1;
    for line in lines.by_ref() {
        if let Some(number) = acknowledgement(&line.unwrap()) {
            last = number;
            if last >= enough {
                break;
            }
        }
    }
    // SIGKILL: no destructor runs, nothing is flushed.
    child.kill().unwrap();
    child.wait().unwrap();
    // What the pipe still holds was acknowledged too; a line that was cut was not heard.
    for line in lines.map_while(Result::ok) {
        last = acknowledgement(&line).filter(|number| *number == last + 1).unwrap_or(last);
    }
    last
}

fn acknowledgement(line: &str) -> Option<i64> {
    line.split_once("acknowledged ")?.1.parse().ok()
}

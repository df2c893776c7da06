//! Killed while it records: every sample that was acknowledged is there, sealed or not.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test and its child, which talks over stdout")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use domain::{ActivitySample, FlightRecorderSettings, SourceId, Timestamp};
use history::FlightRecorder;

const DIRECTORY: &str = "FLIGHT_RECORDER_KILL_TEST_DIRECTORY";
const FIRST: &str = "FLIGHT_RECORDER_KILL_TEST_FIRST";
const KILLS: usize = 8;

fn open(directory: &Path) -> FlightRecorder {
    FlightRecorder::open(&directory.join("flight_recorder.db"), Timestamp(0)).unwrap()
}

fn at(number: i64) -> Timestamp {
    Timestamp(number * 1_000)
}

/// Does nothing unless the test below starts it: then it records until it is killed.
#[test]
fn child_records_until_killed() {
    let Ok(directory) = std::env::var(DIRECTORY) else { return };
    let mut number: i64 = std::env::var(FIRST).unwrap().parse().unwrap();
    let recorder = open(Path::new(&directory));
    loop {
        let sample = ActivitySample {
            at: at(number),
            sessions: Vec::new(),
            idle: number as u32,
            left_out: 0,
            prepared: Vec::new(),
            waits: Vec::new(),
            waits_left_out: 0,
            remote_horizons: Vec::new(),
            states_visible: true,
        };
        recorder.record(&SourceId::new("a"), &sample).unwrap();
        println!("acknowledged {number}");
        std::io::stdout().flush().unwrap();
        if number % 40 == 0 {
            recorder.maintain(at(number), &FlightRecorderSettings::default()).unwrap();
        }
        number += 1;
    }
}

#[test]
fn what_was_acknowledged_survives_kills() {
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged = 0;
    for round in 0..KILLS {
        acknowledged = record_and_kill(dir.path(), acknowledged + 1);
        let recorder = open(dir.path());
        assert!(recorder.notices().is_empty(), "damaged in round {round}");
        let idle = |number| recorder.at(&SourceId::new("a"), at(number)).unwrap().map(|sample| sample.idle);
        let missing: Vec<i64> =
            (1..=acknowledged).filter(|number| idle(*number) != Some(*number as u32)).collect();
        assert!(missing.is_empty(), "round {round}: acknowledged but missing: {missing:?}");
    }
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
    let enough = first + fastrand::i64(1..200);
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut heard = lines.filter_map(|line| line.split_once("acknowledged ")?.1.parse::<i64>().ok());
    let last = heard.find(|number| *number >= enough).unwrap();
    // SIGKILL: no destructor runs, nothing is flushed.
    child.kill().unwrap();
    child.wait().unwrap();
    // What the pipe still holds was acknowledged too; a number that was cut was not heard.
    heard.fold(last, |last, number| if number == last + 1 { number } else { last })
}

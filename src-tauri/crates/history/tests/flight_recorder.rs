//! The flight recorder gives back what it was given: over gaps, wrong clocks, damage and bounds.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail loudly")]

use std::collections::BTreeMap;
use std::path::Path;

use domain::{
    ActivityDimension, ActivitySample, ActivitySession, ActivityTally, BackendState, FlightRecorderSettings,
    SourceId, TimeRange, Timestamp,
};
use history::FlightRecorder;
use proptest::prelude::*;

const BASE: i64 = 1_790_000_040_000;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

fn session(pid: i32, application: &str) -> ActivitySession {
    ActivitySession {
        pid,
        started: "1789999000000000".to_owned(),
        backend_type: "client backend".to_owned(),
        database: "billing".to_owned(),
        user: "app".to_owned(),
        application: application.to_owned(),
        client: None,
        state: BackendState::Active,
        wait: None,
        state_seconds: None,
        statement_seconds: None,
        transaction_seconds: None,
        connected_seconds: None,
        leader: None,
        xmin_age: None,
        xid_age: None,
        queryid: None,
        fingerprint: None,
        statement: Some("SELECT $1".to_owned()),
        truncated: false,
        route: None,
    }
}

/// A sample that is told by the application of its only session.
fn sample(at: i64, application: &str) -> ActivitySample {
    ActivitySample {
        at: Timestamp(at),
        sessions: vec![session(7, application)],
        idle: 0,
        left_out: 0,
        prepared: Vec::new(),
        waits: Vec::new(),
        waits_left_out: 0,
        remote_horizons: Vec::new(),
        states_visible: true,
    }
}

fn source() -> SourceId {
    SourceId::new("billing-db")
}

fn open(path: &Path) -> FlightRecorder {
    FlightRecorder::open(path, Timestamp(BASE)).unwrap()
}

fn record(recorder: &FlightRecorder, times: impl IntoIterator<Item = i64>) {
    times.into_iter().for_each(|at| recorder.record(&source(), &sample(at, &at.to_string())).unwrap());
}

fn settle(recorder: &FlightRecorder, now: i64, settings: &FlightRecorderSettings) {
    while recorder.maintain(Timestamp(now), settings).unwrap().more {}
}

/// When the sample was taken that is shown at a moment.
fn shown(recorder: &FlightRecorder, at: i64) -> Option<i64> {
    recorder.at(&source(), Timestamp(at)).unwrap().map(|sample| sample.at.0)
}

#[test]
fn a_gap_stays_a_gap() {
    let dir = tempfile::tempdir().unwrap();
    let recorder = open(&dir.path().join("flight_recorder.db"));
    assert_eq!(recorder.recorded(&source()).unwrap(), None);
    assert_eq!(shown(&recorder, BASE), None);
    // Ten seconds, five minutes of nothing, ten seconds.
    let later = BASE + 5 * MINUTE;
    record(&recorder, (BASE..BASE + 10_000).step_by(1_000).chain((later..later + 10_000).step_by(1_000)));
    for sealed in [false, true] {
        let cases = [
            (BASE - 1, None),
            (BASE, Some(BASE)),
            (BASE + 1_999, Some(BASE + 1_000)),
            (BASE + 9_000 + FlightRecorder::REACH_MS, Some(BASE + 9_000)),
            (BASE + 9_001 + FlightRecorder::REACH_MS, None),
            (later, Some(later)),
            (later + 9_000, Some(later + 9_000)),
        ];
        for (at, expected) in cases {
            assert_eq!(shown(&recorder, at), expected, "{at}, sealed: {sealed}");
        }
        let range = TimeRange { from: Timestamp(BASE), to: Timestamp(later + 9_001) };
        assert_eq!(recorder.recorded(&source()).unwrap(), Some(range));
        let other = SourceId::new("other");
        assert_eq!(recorder.at(&other, Timestamp(BASE)).unwrap(), None);
        settle(&recorder, later + HOUR, &FlightRecorderSettings::default());
    }
}

#[test]
fn a_reach_crosses_from_one_minute_to_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let recorder = open(&dir.path().join("flight_recorder.db"));
    record(&recorder, [BASE - 2_000, BASE + 4_000]);
    settle(&recorder, BASE + HOUR, &FlightRecorderSettings::default());
    assert_eq!(shown(&recorder, BASE + 3_000), Some(BASE - 2_000));
    assert_eq!(shown(&recorder, BASE + 3_001), None);
}

#[derive(Debug, Clone)]
enum Action {
    Record { at: i64, samples: u8 },
    Maintain { at: i64 },
    Reopen,
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        4 => (0..20 * MINUTE, 1..90_u8).prop_map(|(at, samples)| Action::Record { at, samples }),
        2 => (0..30 * MINUTE).prop_map(|at| Action::Maintain { at }),
        1 => Just(Action::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever order samples come in, and whatever was sealed or reopened in between: clocks are set back.
    #[test]
    fn every_question_gives_the_answer_of_a_plain_list(
        actions in prop::collection::vec(action(), 1..12),
        questions in prop::collection::vec(-MINUTE..25 * MINUTE, 12),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("flight_recorder.db");
        let mut recorder = open(&path);
        let mut model: BTreeMap<i64, ActivitySample> = BTreeMap::new();
        for (number, action) in actions.into_iter().enumerate() {
            match action {
                Action::Record { at, samples } => for n in 0..i64::from(samples) {
                    let sample = sample(BASE + at + n * 1_000, &format!("{number}-{n}"));
                    recorder.record(&source(), &sample).unwrap();
                    model.insert(sample.at.0, sample);
                },
                Action::Maintain { at } => settle(&recorder, BASE + at, &FlightRecorderSettings::default()),
                Action::Reopen => {
                    drop(recorder);
                    recorder = open(&path);
                }
            }
        }
        for at in questions.iter().map(|at| BASE + at) {
            let expected = model.range(at - FlightRecorder::REACH_MS..=at).next_back().map(|(_, sample)| sample);
            let found = recorder.at(&source(), Timestamp(at)).unwrap();
            prop_assert_eq!(found.as_ref(), expected);
        }
        settle(&recorder, BASE + HOUR, &FlightRecorderSettings::default());
        for pair in questions.windows(2) {
            let (from, to) = (BASE + pair[0].min(pair[1]), BASE + pair[0].max(pair[1]));
            let mut tally = ActivityTally::default();
            model.range(from..to).for_each(|(_, sample)| tally.count(sample));
            let found = recorder.tally(&source(), TimeRange { from: Timestamp(from), to: Timestamp(to) }).unwrap();
            prop_assert_eq!(found, tally);
        }
    }
}

#[test]
fn hours_are_added_up_and_never_stale() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("flight_recorder.db");
    let recorder = open(&path);
    let end = BASE + 4 * HOUR;
    record(&recorder, (BASE..end).step_by(40_000));
    settle(&recorder, end + HOUR, &FlightRecorderSettings::default());
    let harm = rusqlite::Connection::open(&path).unwrap();
    let hours = || harm.query_row("SELECT count(*) FROM hours", [], |row| row.get::<_, i64>(0)).unwrap();
    let samples = |from: i64, to: i64| {
        let range = TimeRange { from: Timestamp(from), to: Timestamp(to) };
        recorder.tally(&source(), range).unwrap().samples
    };
    assert_eq!((hours(), samples(0, i64::MAX)), (4, 360), "all but the oldest");
    assert_eq!(samples(BASE + 400_000, BASE + 400_000 + 3 * HOUR), 270);
    assert_eq!(samples(BASE + 40_001, end - 40_000), 357);
    record(&recorder, [BASE + 2 * HOUR + 1]);
    assert_eq!(samples(0, i64::MAX), 361, "one that came late waits beside its hour");
    recorder.maintain(Timestamp(end + HOUR), &FlightRecorderSettings::default()).unwrap();
    assert_eq!((hours(), samples(0, i64::MAX)), (4, 361));
    harm.execute("UPDATE hours SET tally = x'00'", []).unwrap();
    assert_eq!(samples(0, i64::MAX), 361, "counted from the minutes");
    settle(&recorder, end, &FlightRecorderSettings { hours: 2, ..FlightRecorderSettings::default() });
    assert_eq!(samples(0, i64::MAX), 181);
    recorder.forget(&source()).unwrap();
    assert_eq!(hours(), 0);
}

#[test]
fn a_damaged_block_is_a_gap_and_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("flight_recorder.db");
    let recorder = open(&path);
    record(&recorder, (BASE..BASE + 3 * MINUTE).step_by(1_000));
    settle(&recorder, BASE + HOUR, &FlightRecorderSettings::default());
    let all = TimeRange { from: Timestamp(BASE), to: Timestamp(BASE + HOUR) };
    let whole = recorder.tally(&source(), all).unwrap();
    let harm = rusqlite::Connection::open(&path).unwrap();
    let start = BASE + MINUTE;
    harm.execute("UPDATE minutes SET body = zeroblob(length(body)) WHERE start = ?", [start]).unwrap();
    assert_eq!(
        shown(&recorder, start + 500),
        Some(start - 1_000),
        "the last second of the sound minute reaches on"
    );
    assert_eq!(shown(&recorder, start + 30_000), None);
    let notices = recorder.notices();
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert!(notices[0].contains("2026-09-21 14:15 UTC"), "{notices:?}");
    assert_eq!(recorder.tally(&source(), all).unwrap(), whole, "its tally is sound");
    harm.execute("UPDATE minutes SET tally = x'01' WHERE start = ?", [start]).unwrap();
    assert_eq!(recorder.tally(&source(), all).unwrap().samples, 120);
    harm.execute("UPDATE minutes SET tally = x'' WHERE start = ?", [start - MINUTE]).unwrap();
    assert_eq!(recorder.tally(&source(), all).unwrap().samples, 120, "counted from its block");
}

#[test]
fn hours_and_bytes_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let recorder = open(&dir.path().join("flight_recorder.db"));
    let mut random = fastrand::Rng::with_seed(3);
    let mut noise = || (0..3_000).map(|_| random.alphanumeric()).collect::<String>();
    let settings = FlightRecorderSettings { hours: 2, bytes: 8 << 20, enabled: true };
    for minute in 0..200 {
        let start = BASE + minute * MINUTE;
        for (name, second) in [("a", 0), ("a", 20), ("b", 0), ("b", 40)] {
            let sessions =
                (0..8).map(|pid| ActivitySession { statement: Some(noise()), ..session(pid, name) });
            let sample =
                ActivitySample { sessions: sessions.collect(), ..sample(start + second * 1_000, name) };
            recorder.record(&SourceId::new(name), &sample).unwrap();
        }
        settle(&recorder, start + MINUTE, &settings);
        assert!(recorder.bytes() <= settings.bytes, "{} bytes after {minute} minutes", recorder.bytes());
    }
    let oldest = |name: &str| recorder.recorded(&SourceId::new(name)).unwrap().unwrap().from.0;
    let kept = BASE + 200 * MINUTE - oldest("a");
    assert!((20 * MINUTE..2 * HOUR).contains(&kept), "{kept} ms");
    assert!((oldest("a") - oldest("b")).abs() <= MINUTE, "over all sources, the oldest go first");
    settle(&recorder, BASE + 200 * MINUTE, &FlightRecorderSettings { bytes: 1 << 20, ..settings.clone() });
    assert!(recorder.bytes() <= 1 << 20, "{} bytes", recorder.bytes());
    settle(&recorder, BASE + 200 * MINUTE + 3 * HOUR, &settings);
    assert_eq!(recorder.recorded(&SourceId::new("a")).unwrap(), None, "too old");
}

#[test]
fn a_clock_that_was_wrong_for_a_moment_costs_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let recorder = open(&dir.path().join("flight_recorder.db"));
    let settings = FlightRecorderSettings::default();
    record(&recorder, (BASE..BASE + 10 * MINUTE).step_by(1_000));
    settle(&recorder, BASE + 10 * MINUTE, &settings);
    // A year back, for three minutes.
    let back = BASE - 365 * 24 * HOUR;
    record(&recorder, (back..back + 3 * MINUTE).step_by(1_000));
    settle(&recorder, back + 4 * MINUTE, &settings);
    assert_eq!(shown(&recorder, BASE + MINUTE), Some(BASE + MINUTE));
    // It stays there: what lies in the future was never so.
    record(&recorder, (back + 4 * MINUTE..back + 10 * MINUTE).step_by(1_000));
    settle(&recorder, back + 11 * MINUTE, &settings);
    assert_eq!(shown(&recorder, BASE + MINUTE), None);
    assert_eq!(recorder.recorded(&source()).unwrap().unwrap().to, Timestamp(back + 10 * MINUTE - 999));
}

#[test]
fn a_source_is_forgotten_without_a_trace() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("flight_recorder.db");
    let recorder = open(&path);
    let other = SourceId::new("other");
    record(&recorder, (BASE..BASE + 3 * MINUTE).step_by(1_000));
    recorder.record(&other, &sample(BASE, "other")).unwrap();
    settle(&recorder, BASE + 2 * MINUTE, &FlightRecorderSettings::default());
    recorder.forget(&source()).unwrap();
    recorder.forget(&source()).unwrap();
    assert_eq!((shown(&recorder, BASE), recorder.recorded(&source()).unwrap()), (None, None));
    assert!(recorder.at(&other, Timestamp(BASE)).unwrap().is_some());
    let rows = rusqlite::Connection::open(&path)
        .unwrap()
        .query_row("SELECT (SELECT count(*) FROM origins) + (SELECT count(*) FROM seconds)", [], |row| {
            row.get::<_, i64>(0)
        })
        .unwrap();
    assert!(rows <= 2, "{rows}");
    record(&recorder, [BASE]);
    assert_eq!(shown(&recorder, BASE), Some(BASE));
}

#[test]
fn a_file_beyond_use_is_set_aside() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("flight_recorder.db");
    record(&open(&path), [BASE]);
    std::fs::write(&path, [0x5a; 20_000]).unwrap();
    let recorder = open(&path);
    assert_eq!(recorder.notices().len(), 1);
    record(&recorder, [BASE + 1_000]);
    assert_eq!(shown(&recorder, BASE + 1_000), Some(BASE + 1_000));
    let foreign = dir.path().join("foreign.db");
    rusqlite::Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE theirs (n)").unwrap();
    assert_eq!(FlightRecorder::open(&foreign, Timestamp(BASE)).err().unwrap().code(), "foreign");
}

#[test]
fn idle_sessions_are_counted_and_those_that_block_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let recorder = open(&dir.path().join("flight_recorder.db"));
    let idle = |pid| ActivitySession { state: BackendState::Idle, ..session(pid, "idle") };
    let wait = domain::LockWait {
        pid: 7,
        blockers: vec![domain::Blocker::Session { pid: 1 }],
        lock: None,
        seconds: Some(2.0),
    };
    let given = ActivitySample {
        sessions: vec![session(7, "a"), idle(1), idle(2), idle(3)],
        waits: vec![wait],
        idle: 3,
        ..sample(BASE, "a")
    };
    recorder.record(&source(), &given).unwrap();
    let found = recorder.at(&source(), Timestamp(BASE)).unwrap().unwrap();
    let pids: Vec<i32> = found.sessions.iter().map(|session| session.pid).collect();
    assert_eq!((pids, found.idle), (vec![7, 1], 3));
    assert_eq!(found.waits, given.waits);
    let range = TimeRange { from: Timestamp(BASE), to: Timestamp(BASE + 1) };
    let tally = recorder.tally(&source(), range).unwrap();
    assert_eq!(
        (tally.samples, tally.total.total(), tally.dimensions.len()),
        (1, 1, ActivityDimension::ALL.len())
    );
}

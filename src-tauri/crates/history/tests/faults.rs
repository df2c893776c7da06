//! Damage, a full disk, other versions and clocks that leap: no crash, no silence, nothing acknowledged lost.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail loudly")]

use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use domain::{MetricKind, Retention, Sample, SeriesKey, SourceId, Tick, TimeRange, Timestamp};
use history::History;
use rusqlite::Connection;

const BASE: i64 = 1_790_006_400_000;
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
const EVERYTHING: TimeRange = TimeRange { from: Timestamp(0), to: Timestamp(i64::MAX / 2) };

fn key(series: usize) -> SeriesKey {
    SeriesKey::new(&SourceId::new("panel"), "metric").with("n", series.to_string())
}

fn tick(at: i64, series: usize) -> Tick {
    let sample = |n| Sample { key: key(n), kind: MetricKind::Gauge, value: (at / 1000 % 977) as f64 / 7.0 };
    Tick { at: Timestamp(at), samples: (0..series).map(sample).collect() }
}

fn record(history: &History, from: i64, to: i64, interval: i64, series: usize) {
    let ticks: Vec<Tick> = (from..to).step_by(interval as usize).map(|at| tick(at, series)).collect();
    history.record_all(&ticks).unwrap();
}

fn open(path: &Path) -> History {
    History::open(path, Timestamp(BASE)).unwrap()
}

fn notices(history: &History) -> Vec<String> {
    history.status(Timestamp(i64::MAX)).notices
}

fn count(history: &History) -> usize {
    history.raw(&key(0), EVERYTHING).unwrap().len()
}

fn set_aside(directory: &Path) -> usize {
    let names = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
    let ours =
        |name: &str| name.contains(".db.damaged-2026-") && !name.ends_with("-wal") && !name.ends_with("-shm");
    names.filter(|name| ours(&name.to_string_lossy())).count()
}

#[test]
fn a_flipped_byte_costs_one_chunk_and_its_range_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    let history = open(&path);
    record(&history, BASE, BASE + HOUR, 10_000, 1);
    history.maintain(Timestamp(BASE + HOUR), &Retention::default()).unwrap();
    drop(history);
    flip_inside_a_chunk(&path);
    let history = open(&path);
    assert_eq!(count(&history), 240, "two of three chunks are sound");
    let told = notices(&history);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("2026-09-21 16:00 UTC"), "{told:?}");
}

/// In the file itself, as a failing disk would.
fn flip_inside_a_chunk(path: &Path) {
    let connection = Connection::open(path).unwrap();
    let body: Vec<u8> =
        connection.query_row("SELECT body FROM chunks ORDER BY id LIMIT 1", [], |row| row.get(0)).unwrap();
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    drop(connection);
    let mut file = std::fs::OpenOptions::new().read(true).write(true).open(path).unwrap();
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).unwrap();
    let place = bytes.windows(body.len()).position(|window| window == body).unwrap() + body.len() / 2;
    file.seek(SeekFrom::Start(place as u64)).unwrap();
    file.write_all(&[bytes[place] ^ 0x10]).unwrap();
}

#[test]
fn a_file_beyond_use_is_set_aside_and_a_fresh_one_begun() {
    type Harm = fn(&mut Vec<u8>);
    let cases: [(&str, Harm); 4] = [
        ("garbage", |bytes| bytes.iter_mut().for_each(|byte| *byte = 0x5a)),
        ("header destroyed", |bytes| bytes[..100].fill(0)),
        ("cut in half", |bytes| bytes.truncate(bytes.len() / 2)),
        ("first page only", |bytes| bytes.truncate(4096)),
    ];
    for (name, harm) in cases {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("history.db");
        let history = open(&path);
        record(&history, BASE, BASE + HOUR, 1000, 3);
        drop(history);
        let mut bytes = std::fs::read(&path).unwrap();
        harm(&mut bytes);
        std::fs::write(&path, bytes).unwrap();
        let history = open(&path);
        assert_eq!(notices(&history).len(), 1, "{name}: {:?}", notices(&history));
        assert_eq!(set_aside(dir.path()), 1, "{name}");
        record(&history, BASE, BASE + HOUR, 60_000, 1);
        assert_eq!(count(&history), 60, "{name}");
    }
}

#[test]
fn a_newer_file_is_refused_untouched() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    drop(open(&path));
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let before = std::fs::read(&path).unwrap();
    assert_eq!(History::open(&path, Timestamp(BASE)).err().unwrap().code(), "too_new");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_locked_file_is_a_clean_error_and_recording_goes_on_after() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    let history = open(&path);
    record(&history, BASE, BASE + 10_000, 1000, 1);
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    assert_eq!(history.record(&tick(BASE + 20_000, 2)).unwrap_err().code(), "locked");
    assert_eq!(count(&history), 10, "what was stored can be read meanwhile");
    other.execute_batch("ROLLBACK").unwrap();
    history.record(&tick(BASE + 20_000, 2)).unwrap();
    assert_eq!(count(&history), 11);
    assert_eq!(history.find_series(None, "metric").len(), 2);
}

#[test]
fn clocks_that_leap_delete_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let history = open(&dir.path().join("history.db"));
    record(&history, BASE, BASE + DAY, 60_000, 1);
    let retention = Retention { days: 2, ..Retention::default() };
    // An hour back, a day ahead, a year ahead, each with data, then right again.
    for leap in [-HOUR, DAY, 365 * DAY, 0] {
        let now = BASE + DAY + leap;
        record(&history, now, now + 60_000, 10_000, 1);
        for _ in 0..3 {
            history.maintain(Timestamp(now), &retention).unwrap();
        }
        let day = TimeRange { from: Timestamp(BASE), to: Timestamp(BASE + DAY) };
        let steps = history.query(&[key(0)], day, HOUR).unwrap();
        assert_eq!(steps[0].len(), 24, "after a leap of {leap} ms");
    }
}

#[test]
fn old_data_fades_and_then_goes() {
    let dir = tempfile::tempdir().unwrap();
    let history = open(&dir.path().join("history.db"));
    record(&history, BASE, BASE + 40 * DAY, 300_000, 1);
    let now = Timestamp(BASE + 40 * DAY);
    while history.maintain(now, &Retention::default()).unwrap().more {}
    let steps = |days_ago: i64, step| {
        let range = TimeRange::last(DAY, now.plus_millis(-days_ago * DAY));
        history.query(&[key(0)], range, step).unwrap()[0].len()
    };
    assert_eq!(steps(0, 300_000), 288, "raw");
    assert_eq!(steps(10, 300_000), 288, "by the minute");
    assert_eq!(steps(20, 300_000), 96, "by the quarter of an hour");
    assert_eq!(steps(38, 300_000), 0, "gone");
    // A sample that comes late joins what was rolled up.
    let late = now.plus_millis(-5 * DAY);
    history.record(&Tick { at: late.plus_millis(1000), ..tick(late.0, 1) }).unwrap();
    let hour = TimeRange { from: late, to: late.plus_millis(HOUR) };
    let figures = || {
        let answers = history.query(&[key(0)], hour, HOUR).unwrap();
        answers[0].first().map(|step| (step.min, step.max, step.count)).unwrap()
    };
    let before = figures();
    assert_eq!(before.2, 13);
    history.maintain(now.plus_millis(3 * HOUR), &Retention::default()).unwrap();
    assert_eq!(figures(), before);
}

#[test]
fn the_limit_of_bytes_holds_and_the_newest_stays() {
    let dir = tempfile::tempdir().unwrap();
    let history = open(&dir.path().join("history.db"));
    record(&history, BASE, BASE + 2 * DAY, 30_000, 40);
    let now = Timestamp(BASE + 2 * DAY);
    let retention = Retention { days: 30, bytes: 600_000 };
    while history.maintain(now, &retention).unwrap().more {}
    let bytes = std::fs::metadata(dir.path().join("history.db")).unwrap().len();
    assert!(bytes < 2_000_000, "{bytes} bytes");
    assert_eq!(history.latest(&key(0)).unwrap().unwrap().0, Timestamp(BASE + 2 * DAY - 30_000));
}

#[test]
fn a_forgotten_source_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let history = open(&dir.path().join("history.db"));
    record(&history, BASE, BASE + HOUR, 10_000, 2);
    history.forget_source(&SourceId::new("panel")).unwrap();
    assert!(history.find_series(None, "metric").is_empty());
    assert_eq!(history.status(Timestamp(BASE)).oldest, None);
    record(&history, BASE, BASE + 30_000, 10_000, 2);
    assert_eq!(count(&history), 3);
}

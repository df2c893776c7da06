//! Files as they are met: compressed, cut, rotated, several at once, growing.

use std::fs;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

use super::super::{Coverage, LogError, LogEvent};
use super::{Batch, Checkpoint, Follower, LogReader, ReadOptions, replay};

fn line(second: u32, sql: &str) -> String {
    format!(
        "2026-11-23 12:{:02}:{:02}.000 UTC [7] ann@shop LOG:  duration: 0.5 ms  statement: {sql}\n",
        second / 60,
        second % 60
    )
}

fn log(seconds: std::ops::Range<u32>) -> String {
    seconds.map(|second| line(second, &format!("SELECT {second}\n\tFROM t"))).collect()
}

fn sql(event: &LogEvent<'_>) -> Option<String> {
    match event {
        LogEvent::Statement(statement) => {
            Some(String::from_utf8_lossy(statement.sql).replace("\nFROM t", ""))
        }
        _ => None,
    }
}

fn read(patterns: &[&Path]) -> Result<(Vec<String>, Coverage), LogError> {
    let patterns: Vec<String> = patterns.iter().map(|path| path.display().to_string()).collect();
    let mut reader = LogReader::open(&patterns, &ReadOptions::default())?;
    let mut batch = Batch::default();
    let mut found = Vec::new();
    while reader.next(&mut batch)? {
        found.extend(batch.events().filter_map(|event| sql(&event)));
    }
    Ok((found, reader.coverage()))
}

fn numbered(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(|number| format!("SELECT {number}")).collect()
}

fn gz(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn bz2(text: &str) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn every_compression_is_told_by_its_content_and_members_are_joined() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (log(0..40), log(40..80));
    let zst = |text: &str| zstd::encode_all(text.as_bytes(), 1).unwrap();
    let cases = [
        ("plain", [first.clone().into_bytes(), second.clone().into_bytes()].concat()),
        ("gz", [gz(&first), gz(&second)].concat()),
        ("zst", [zst(&first), zst(&second)].concat()),
        ("bz2", [bz2(&first), bz2(&second)].concat()),
    ];
    for (name, bytes) in cases {
        let path = dir.path().join(name);
        fs::write(&path, bytes).unwrap();
        let (found, coverage) = read(&[&path]).unwrap();
        assert_eq!(found, numbered(0..80), "{name}");
        assert_eq!((coverage.broken_inputs, coverage.skipped(), coverage.lines), (0, 0, 160), "{name}");
    }
}

#[test]
fn a_compressed_log_that_was_cut_gives_what_is_readable() {
    let dir = tempfile::tempdir().unwrap();
    let text: String =
        (0..3600).map(|second| line(second % 3600, &format!("SELECT {}", second * 7919 % 100_003))).collect();
    for (name, bytes) in [("gz", gz(&text)), ("zst", zstd::encode_all(text.as_bytes(), 1).unwrap())] {
        let path = dir.path().join(name);
        fs::write(&path, &bytes[..bytes.len() - 20]).unwrap();
        let (found, coverage) = read(&[&path]).unwrap();
        assert!(!found.is_empty() && found.len() <= 3600, "{name}: {}", found.len());
        assert_eq!(coverage.broken_inputs, 1, "{name}");
    }
}

#[test]
fn rotated_files_are_one_log_and_several_logs_are_merged_by_time() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| fs::write(dir.path().join(name), bytes).unwrap();
    file("db.log.2.gz", &gz(&log(0..10)));
    file("db.log.1", log(10..20).as_bytes());
    file("db.log", log(20..30).as_bytes());
    file("notes.txt", b"nothing of interest\n");
    let even: String = (0..30).map(|second| line(second, &format!("OTHER {second}"))).collect();
    file("other.log", even.as_bytes());
    let (found, coverage) = read(&[dir.path()]).unwrap();
    let expected: Vec<String> =
        (0..30).flat_map(|second| [format!("SELECT {second}"), format!("OTHER {second}")]).collect();
    assert_eq!(found, expected);
    assert_eq!(coverage.statements, 60);
    let (found, _) = read(&[&dir.path().join("db.log*")]).unwrap();
    assert_eq!(found, numbered(0..30));
    assert!(matches!(read(&[&dir.path().join("nope*")]), Err(LogError::NothingMatches { .. })));
    assert!(matches!(read(&[&dir.path().join("notes.txt")]), Err(LogError::NotRecognised { .. })));
}

#[test]
fn a_pipe_is_read_and_several_threads_keep_the_order() {
    let text: String =
        (0..60_000).map(|number| line(number / 60, &format!("SELECT {number}\n\tFROM t"))).collect();
    let pipe = Box::new(std::io::Cursor::new(text.into_bytes()));
    let mut reader = LogReader::of_pipe("stdin", pipe, &ReadOptions::default()).unwrap();
    let mut found = Vec::new();
    let make = |batch: &Batch| batch.events().filter_map(|event| sql(&event)).collect::<Vec<_>>();
    replay(&mut reader, 3, make, |part| {
        found.extend(part);
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(found, numbered(0..60_000));
    let pipe = Box::new(std::io::Cursor::new(log(0..3600).into_bytes()));
    let mut reader = LogReader::of_pipe("stdin", pipe, &ReadOptions::default()).unwrap();
    let mut batches = 0;
    replay(
        &mut reader,
        2,
        |_| (),
        |()| {
            batches += 1;
            ControlFlow::Break(())
        },
    )
    .unwrap();
    assert_eq!(batches, 1);
}

struct Growing {
    path: std::path::PathBuf,
    follower: Follower,
    found: Vec<String>,
}

impl Growing {
    fn open(path: &Path, checkpoint: Option<&Checkpoint>) -> Growing {
        let follower = Follower::open(path, checkpoint, &ReadOptions::default()).unwrap();
        Growing { path: path.to_owned(), follower, found: Vec::new() }
    }

    fn write(&self, text: &str) {
        fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(&self.path)
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
    }

    /// Polls until the last record has settled.
    fn poll(&mut self) -> (bool, bool) {
        let mut seen = (false, false);
        for _ in 0..2 {
            let found = &mut self.found;
            let polled = self.follower.poll(&mut |event| found.extend(sql(&event))).unwrap();
            seen = (seen.0 | polled.rotated, seen.1 | polled.truncated);
        }
        seen
    }
}

#[test]
fn a_growing_file_is_followed_over_half_lines_rotation_and_truncation() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("db.log");
    fs::write(&path, log(0..2)).unwrap();
    let mut growing = Growing::open(&path, None);
    assert_eq!(growing.poll(), (false, false));
    let next = log(2..4);
    let (half, rest) = next.split_at(next.len() / 2 + 9);
    growing.write(half);
    growing.poll();
    growing.write(rest);
    growing.poll();
    assert_eq!(growing.found, numbered(0..4));

    growing.write(&log(4..6));
    fs::rename(&path, dir.path().join("db.log.1")).unwrap();
    fs::write(&path, log(6..8)).unwrap();
    assert_eq!(growing.poll(), (true, false));
    assert_eq!(growing.found, numbered(0..8));

    fs::write(&path, log(8..9)).unwrap();
    assert_eq!(growing.poll(), (false, true));
    assert_eq!(growing.found, numbered(0..9));
    assert_eq!(growing.follower.coverage().skipped(), 0);
}

#[test]
fn a_checkpoint_goes_on_exactly_even_in_a_file_renamed_or_copied_since() {
    for copied in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("db.log");
        fs::write(&path, log(0..3) + "2026-11-23 12:00:03.000 UTC [7] ann@shop LOG:  statement: SELECT 3\n")
            .unwrap();
        let mut growing = Growing::open(&path, None);
        growing.poll();
        assert_eq!(growing.found, numbered(0..3), "the fourth waits for its duration");
        let checkpoint = growing.follower.checkpoint();
        growing.write("2026-11-23 12:00:03.000 UTC [7] ann@shop LOG:  duration: 0.7 ms\n");
        growing.write(&log(4..6));
        let rotated = dir.path().join("db.log.1");
        if copied {
            fs::copy(&path, &rotated).unwrap();
        } else {
            fs::rename(&path, &rotated).unwrap();
        }
        fs::write(&path, log(6..8)).unwrap();
        let mut resumed = Growing::open(&path, Some(&checkpoint));
        resumed.poll();
        assert!(!resumed.follower.lost_its_place());
        assert_eq!(resumed.found, numbered(3..8), "copied: {copied}");
    }
}

#[test]
fn progress_counts_what_lies_on_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let (plain, packed) = (folder.path().join("a.log"), folder.path().join("b.log.gz"));
    fs::write(&plain, log(0..500)).unwrap();
    fs::write(&packed, gz(&log(500..1000))).unwrap();
    let size = |path: &Path| fs::metadata(path).unwrap().len();
    let patterns = [plain.display().to_string(), packed.display().to_string()];
    let mut reader = LogReader::open(&patterns, &ReadOptions::default()).unwrap();
    assert_eq!(reader.total_bytes(), Some(size(&plain) + size(&packed)));
    let read = reader.read_bytes();
    assert_eq!(read.load(std::sync::atomic::Ordering::Relaxed), 0, "a look at the beginning does not count");
    let mut batch = Batch::default();
    while reader.next(&mut batch).unwrap() {}
    assert_eq!(Some(read.load(std::sync::atomic::Ordering::Relaxed)), reader.total_bytes());
    let pipe = LogReader::of_pipe("-", Box::new(fs::File::open(&plain).unwrap()), &ReadOptions::default());
    assert_eq!(pipe.unwrap().total_bytes(), None);
}

#[test]
fn a_preview_tells_what_files_are_without_reading_them() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.log"), log(0..5_000)).unwrap();
    fs::write(folder.path().join("old.log.gz"), gz(&log(0..9))).unwrap();
    fs::write(folder.path().join("notes.txt"), "nothing\nto see\n").unwrap();
    let (files, set_aside) =
        super::preview(&[folder.path().display().to_string()], &ReadOptions::default()).unwrap();
    let found: Vec<_> = files.iter().map(|file| (file.compressed, file.statements.len())).collect();
    assert_eq!(found, [(false, 5), (true, 5)]);
    assert_eq!(files[0].bytes, fs::metadata(folder.path().join("a.log")).unwrap().len());
    assert_eq!(set_aside[0].reason, "log_not_recognised");
    let lines = super::first_lines(&folder.path().join("notes.txt"));
    assert_eq!(lines, ["nothing", "to see"]);
    assert!(super::first_lines(&folder.path().join("absent")).is_empty());
}

#[test]
fn records_larger_than_what_is_read_at_once_are_whole_and_those_beyond_the_limit_are_cut() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    let sizes = [300 << 10, 700 << 10, 2_500 << 10, 3_900 << 10, 6_000 << 10];
    let mut text = log(0..3_000);
    for (at, size) in sizes.iter().enumerate() {
        text.push_str(&line(at as u32, &format!("SELECT '{}'", "x".repeat(*size))));
        text.push_str(&log(0..2_000));
    }
    for packed in [false, true] {
        fs::write(&path, if packed { gz(&text) } else { text.clone().into_bytes() }).unwrap();
        let (found, coverage) = read(&[&path]).unwrap();
        let long: Vec<usize> = found.iter().map(String::len).filter(|length| *length > 1_000).collect();
        let whole: Vec<usize> = sizes.iter().take(4).map(|size| size + "SELECT ''".len()).collect();
        assert_eq!(long[..4], whole);
        assert!(long[4] > 3 << 20 && long[4] < 6_000 << 10, "{}", long[4]);
        assert_eq!((found.len(), coverage.truncated), (3_000 + 5 * 2_001, 1));
        assert_eq!(coverage.lines as usize, text.lines().count());
    }
}

#[test]
fn a_replay_that_is_broken_off_ends_at_once_however_much_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    fs::write(&path, log(0..3_500).repeat(60)).unwrap();
    let mut reader = LogReader::open(&[path.display().to_string()], &ReadOptions::default()).unwrap();
    let mut batches = 0;
    let broken_off = replay(
        &mut reader,
        4,
        |batch| batch.events().count(),
        |_| {
            batches += 1;
            ControlFlow::Break(())
        },
    );
    assert!(broken_off.is_ok());
    assert_eq!(batches, 1);
    assert!(reader.coverage().bytes < fs::metadata(&path).unwrap().len());
}

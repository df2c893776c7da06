//! Bytes a second that the log readers take on one core: pgbench-like logs of 64 MiB in each format.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a benchmark may fail loudly")]

use std::fmt::Write;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sources::logs::{Limits, LogEvent, LogFormat, Parser, Prefix};

const BYTES: usize = 64 << 20;
const BLOCK: usize = 1 << 20;
const PREFIX: &str = "%m [%p] %q%u@%d app=%a vxid=%v ";

/// The seven statements of a pgbench transaction.
fn statements(turn: u64) -> [String; 7] {
    let (account, teller, branch) = (turn * 7919 % 100_000, turn % 10, turn % 3);
    let delta = turn as i64 % 9_999 - 5_000;
    [
        "BEGIN;".to_owned(),
        format!("UPDATE pgbench_accounts SET abalance = abalance + {delta} WHERE aid = {account};"),
        format!("SELECT abalance FROM pgbench_accounts WHERE aid = {account};"),
        format!("UPDATE pgbench_tellers SET tbalance = tbalance + {delta} WHERE tid = {teller};"),
        format!("UPDATE pgbench_branches SET bbalance = bbalance + {delta} WHERE bid = {branch};"),
        format!(
            "INSERT INTO pgbench_history (tid, bid, aid, delta, mtime)\nVALUES ({teller}, {branch}, {account}, {delta}, CURRENT_TIMESTAMP);"
        ),
        "END;".to_owned(),
    ]
}

struct Entry<'a> {
    time: &'a str,
    pid: u64,
    line: u64,
    message: String,
}

fn rendered(render: impl Fn(&mut String, &Entry<'_>)) -> (Vec<u8>, u64) {
    let mut log = String::with_capacity(BYTES + 4096);
    let mut count = 0;
    let mut turn = 0;
    while log.len() < BYTES {
        let (pid, ms) = (4000 + turn % 9, turn * 3);
        let time = format!(
            "2026-11-23 {:02}:{:02}:{:02}.{:03} UTC",
            9 + ms / 3_600_000 % 12,
            ms / 60_000 % 60,
            ms / 1000 % 60,
            ms % 1000
        );
        for (index, sql) in statements(turn).into_iter().enumerate() {
            let message =
                format!("duration: 0.{:03} ms  statement: {sql}", 20 + (turn * 7 + index as u64) % 900);
            render(&mut log, &Entry { time: &time, pid, line: count, message });
            count += 1;
        }
        turn += 1;
    }
    (log.into_bytes(), count)
}

fn stderr(log: &mut String, entry: &Entry<'_>) {
    let message = entry.message.replace('\n', "\n\t");
    let _ = writeln!(
        log,
        "{} [{}] postgres@postgres app=pgbench vxid=3/{} LOG:  {message}",
        entry.time, entry.pid, entry.line
    );
}

fn csvlog(log: &mut String, entry: &Entry<'_>) {
    let Entry { time, pid, line, message } = entry;
    let _ = writeln!(
        log,
        "{time},\"postgres\",\"postgres\",{pid},\"[local]\",6b04943f.{pid:x},{line},\"SELECT\",2026-11-23 09:00:00 UTC,\
         3/{line},0,LOG,00000,\"{message}\",,,,,,,,,\"pgbench\",\"client backend\",,0"
    );
}

fn jsonlog(log: &mut String, entry: &Entry<'_>) {
    let Entry { time, pid, line, message } = entry;
    let message = message.replace('\n', "\\n");
    let _ = writeln!(
        log,
        "{{\"timestamp\":\"{time}\",\"user\":\"postgres\",\"dbname\":\"postgres\",\"pid\":{pid},\
         \"remote_host\":\"[local]\",\"session_id\":\"6b04943f.{pid:x}\",\"line_num\":{line},\"ps\":\"SELECT\",\
         \"session_start\":\"2026-11-23 09:00:00 UTC\",\"vxid\":\"3/{line}\",\"txid\":0,\"error_severity\":\"LOG\",\
         \"message\":\"{message}\",\"application_name\":\"pgbench\",\"backend_type\":\"client backend\",\"query_id\":0}}"
    );
}

/// Feeds the log in blocks, as a reader of files does; gives statements and bytes of SQL.
fn read(log: &[u8], format: &LogFormat) -> (u64, usize) {
    let mut parser = Parser::new(format, Limits::default(), 0);
    let (mut statements, mut sql) = (0, 0);
    let mut from = 0;
    while from < log.len() {
        let to = (from + BLOCK).min(log.len());
        let taken = parser.feed(&log[from..to], to == log.len(), &mut |event| {
            if let LogEvent::Statement(statement) = event {
                statements += 1;
                sql += black_box(statement.sql).len();
            }
        });
        from += taken;
    }
    (statements, sql)
}

fn readers(criterion: &mut Criterion) {
    let prefix = Prefix::compile(PREFIX).expect("a prefix");
    let formats = [
        ("stderr", LogFormat::Stderr { prefix, tabs_stripped: false }, rendered(stderr)),
        ("csvlog", LogFormat::Csvlog, rendered(csvlog)),
        ("jsonlog", LogFormat::Jsonlog, rendered(jsonlog)),
    ];
    let mut group = criterion.benchmark_group("logs");
    group.sample_size(10);
    for (name, format, (log, count)) in formats {
        assert_eq!(read(&log, &format).0, count, "{name}");
        group.throughput(Throughput::Bytes(log.len() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| read(&log, &format)));
    }
    group.finish();
}

criterion_group!(benches, readers);
criterion_main!(benches);

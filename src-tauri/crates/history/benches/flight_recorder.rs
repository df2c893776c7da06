//! A day of a busy server: what it costs to record, how much of the disk it takes, how long a seek and a top take.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark reports to the terminal and may fail loudly"
)]

use std::hint::black_box;
use std::time::Instant;

use criterion::{Criterion, criterion_group, criterion_main};
use domain::{
    ActivitySample, ActivitySession, BackendState, Blocker, FlightRecorderSettings, LockAsked, LockWait,
    SourceId, TimeRange, Timestamp, WaitEvent,
};
use history::FlightRecorder;

const BASE: i64 = 1_790_000_000_000;
const SECONDS: i64 = 86_400;
const SESSIONS: i32 = 60;
const STATEMENTS: u64 = 300;

/// Sixty sessions that are not idle: half of them begin a statement in any second, some wait for locks.
struct Server {
    random: fastrand::Rng,
    /// When each began its statement and its transaction, and which statement.
    sessions: Vec<(i64, i64, u64)>,
}

impl Server {
    fn new() -> Server {
        Server { random: fastrand::Rng::with_seed(7), sessions: vec![(0, 0, 0); SESSIONS as usize] }
    }

    fn sample(&mut self, second: i64) -> ActivitySample {
        let at = second * 1_000_000;
        let ahead = self.random.i64(0..4_000);
        for session in &mut self.sessions {
            if self.random.bool() {
                let began = at - self.random.i64(0..900_000);
                let transaction = if self.random.bool() { began } else { began - self.random.i64(0..5_000) };
                *session =
                    (began, transaction, self.random.u64(0..STATEMENTS).min(self.random.u64(0..STATEMENTS)));
            }
        }
        let sessions: Vec<ActivitySession> = (0..SESSIONS).map(|n| self.session(n, at + ahead)).collect();
        let lock = |n: u64| LockAsked {
            kind: "transactionid".to_owned(),
            mode: "ShareLock".to_owned(),
            target: format!("transaction {n}"),
            held_mode: Some("ExclusiveLock".to_owned()),
        };
        let waits = (0..4).map(|n| LockWait {
            pid: 4000 + n,
            blockers: vec![Blocker::Session { pid: 4010 + n }],
            lock: Some(lock(7_000_000 + second as u64 / 3)),
            seconds: sessions[n as usize].statement_seconds,
        });
        ActivitySample {
            at: Timestamp(BASE + second * 1_000),
            idle: 140,
            left_out: 0,
            prepared: Vec::new(),
            waits: waits.collect(),
            waits_left_out: 0,
            remote_horizons: Vec::new(),
            states_visible: true,
            sessions,
        }
    }

    fn session(&mut self, n: i32, now: i64) -> ActivitySession {
        let (began, transaction, statement) = self.sessions[n as usize];
        let seconds = |since: i64| Some((now - since) as f64 / 1e6);
        let connected = -i64::from(n) * 77_000_000;
        let waits = [
            ("Lock", "transactionid"),
            ("IO", "DataFileRead"),
            ("LWLock", "WALWrite"),
            ("Client", "ClientRead"),
        ];
        let wait = waits
            .get(self.random.usize(0..8))
            .map(|(kind, event)| WaitEvent { kind: (*kind).to_owned(), event: (*event).to_owned() });
        ActivitySession {
            pid: 4000 + n,
            started: (BASE * 1_000 + connected).to_string(),
            backend_type: "client backend".to_owned(),
            database: "billing".to_owned(),
            user: "app".to_owned(),
            application: format!("panel-{}", n % 6),
            client: Some(format!("10.0.3.{}", n % 12)),
            state: if n % 12 == 11 { BackendState::IdleInTransaction } else { BackendState::Active },
            wait,
            state_seconds: seconds(began),
            statement_seconds: seconds(began),
            transaction_seconds: seconds(transaction),
            connected_seconds: seconds(connected),
            leader: None,
            xmin_age: Some(self.random.u32(0..400)),
            xid_age: self.random.bool().then(|| self.random.u32(0..400)),
            queryid: Some((statement.wrapping_mul(0x9E37_79B9_7F4A_7C15) as i64).to_string()),
            fingerprint: Some(format!("{:016x}", statement.wrapping_mul(0xD1B5_4A32_D192_ED03))),
            statement: Some(format!(
                "SELECT i.id, i.status, i.total_{statement}, c.name FROM invoices AS i JOIN customers AS c ON c.id = \
                 i.customer_id WHERE i.tenant_id = $1 AND i.kind_{statement} = $2 ORDER BY i.created_at DESC LIMIT $3"
            )),
            truncated: false,
            route: Some(format!("/tenants/:id/invoices/{}", statement % 40)),
        }
    }
}

fn a_day(criterion: &mut Criterion) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("flight_recorder.db");
    let recorder = FlightRecorder::open(&path, Timestamp(BASE)).unwrap();
    let source = SourceId::new("billing-db");
    let settings = FlightRecorderSettings { bytes: 4 << 30, ..FlightRecorderSettings::default() };
    let mut server = Server::new();
    let (mut recording, mut upkeep, mut longest) = (0.0, 0.0, 0.0_f64);
    for second in 0..SECONDS {
        let sample = server.sample(second);
        let started = Instant::now();
        recorder.record(&source, &sample).unwrap();
        recording += started.elapsed().as_secs_f64();
        if second % 60 == 59 {
            let started = Instant::now();
            recorder.maintain(Timestamp(sample.at.0 + 5_000), &settings).unwrap();
            upkeep += started.elapsed().as_secs_f64();
            longest = longest.max(started.elapsed().as_secs_f64());
        }
    }
    println!(
        "24 h of {SESSIONS} sessions a second: {:.1} MB an hour on disk, {:.0} µs to record a sample, {:.1} ms of upkeep a \
         minute ({:.0} ms at most)",
        recorder.bytes() as f64 / 24.0 / 1_048_576.0,
        recording / SECONDS as f64 * 1e6,
        upkeep / (SECONDS / 60) as f64 * 1e3,
        longest * 1e3
    );
    let seek = |random: &mut fastrand::Rng| {
        let at = Timestamp(BASE + random.i64(0..SECONDS * 1_000));
        assert!(recorder.at(&source, at).unwrap().is_some());
    };
    let mut random = fastrand::Rng::with_seed(1);
    let mut times: Vec<f64> = (0..2_000)
        .map(|_| {
            let started = Instant::now();
            seek(&mut random);
            started.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("seek: p50 {:.2} ms, p99 {:.2} ms, at most {:.2} ms", times[1_000], times[1_980], times[1_999]);
    let mut group = criterion.benchmark_group("flight recorder, 24 h");
    group.sample_size(20);
    group.bench_function("seek", |bencher| bencher.iter(|| seek(&mut random)));
    for (name, hours) in [("15 min", 0.25), ("24 h", 24.0)] {
        let range = TimeRange::last((hours * 3_600_000.0) as i64, Timestamp(BASE + SECONDS * 1_000));
        group.bench_function(format!("tops of {name}"), |bencher| {
            bencher.iter(|| black_box(recorder.tally(&source, range).unwrap()));
        });
    }
    group.finish();
}

criterion_group!(benches, a_day);
criterion_main!(benches);

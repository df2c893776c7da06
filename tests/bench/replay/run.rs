//! Runs of the replay and of its peer, with time and memory.

use std::cmp::Ordering;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::binary;

pub(crate) struct Ran {
    pub seconds: f64,
    pub resident_mb: f64,
    pub statements: u64,
    /// Executions of what pgbench runs within its transactions.
    pub pgbench_statements: u64,
}

impl Ran {
    pub(crate) fn faster(one: &Ran, other: &Ran) -> Ordering {
        one.seconds.total_cmp(&other.seconds)
    }
}

/// Into the page cache, so that the disk is not measured.
pub(crate) fn warm(path: &Path) {
    std::io::copy(&mut fs::File::open(path).expect("the log"), &mut std::io::sink())
        .expect("the log is read");
}

/// The whole replay with everything that it finds, written as JSON.
pub(crate) fn replay(log: &Path) -> Ran {
    let folder = tempfile::TempDir::new().expect("a directory");
    let report = folder.path().join("report.json");
    let started = Instant::now();
    let mut child = Command::new(binary("mconsole"))
        .args(["replay", "--quiet", "--format", "json", "--output"])
        .arg(&report)
        .arg(log)
        .stderr(Stdio::null())
        .spawn()
        .expect("mconsole runs");
    let mut resident_kb = 0;
    let status = loop {
        // The kernel keeps the peak; what is read last before the end is it.
        resident_kb = resident_kb.max(peak_kb(child.id()));
        if let Some(status) = child.try_wait().expect("a child") {
            break status;
        }
        std::thread::park_timeout(Duration::from_millis(2));
    };
    let seconds = started.elapsed().as_secs_f64();
    assert!(status.success(), "the replay of {}", log.display());
    let report: serde_json::Value =
        serde_json::from_slice(&fs::read(report).expect("a report")).expect("JSON");
    let queries = report["queries"].as_array().expect("queries").iter();
    let ran = queries.filter(|query| is_pgbench(query["statement"].as_str().unwrap_or_default()));
    Ran {
        seconds,
        resident_mb: resident_kb as f64 / 1024.0,
        statements: report["replay"]["totals"]["statements"].as_u64().expect("a count"),
        pgbench_statements: ran.map(|query| query["calls"].as_u64().unwrap_or(0)).sum(),
    }
}

fn is_pgbench(statement: &str) -> bool {
    let starts = ["UPDATE pgbench_", "SELECT abalance FROM pgbench_", "INSERT INTO pgbench_history"];
    starts.iter().any(|start| statement.starts_with(start))
}

fn peak_kb(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// None where it is not installed.
pub(crate) fn pgbadger(log: &Path, format: &str) -> Option<Ran> {
    let folder = tempfile::TempDir::new().expect("a directory");
    let kind = match format {
        "csv" => "csv",
        "json" => "jsonlog",
        _ => "stderr",
    };
    let started = Instant::now();
    let status = Command::new("pgbadger")
        .args(["-j", "2", "-q", "-f", kind, "-p", "%m [%p] %q%u@%d app=%a vxid=%v ", "-o"])
        .arg(folder.path().join("report.html"))
        .arg(log)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .ok()?;
    status.success().then(|| Ran {
        seconds: started.elapsed().as_secs_f64(),
        resident_mb: 0.0,
        statements: 0,
        pgbench_statements: 0,
    })
}

/// Seconds that the usual decompressor takes alone, writing nowhere.
pub(crate) fn unpack(packed: &Path, packer: &str) -> f64 {
    let once = || {
        let started = Instant::now();
        let status = Command::new(packer).arg("-dc").arg(packed).stdout(Stdio::null()).status();
        assert!(status.is_ok_and(|status| status.success()), "{packer} unpacks its own");
        started.elapsed().as_secs_f64()
    };
    (0..3).map(|_| once()).fold(f64::INFINITY, f64::min)
}

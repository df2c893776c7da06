//! The logs that are replayed: made by pgbench on a real server, with a known number of statements.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::json;
use servers::{Postgres, PostgresOptions, Program, find};

use crate::run::Ran;
use crate::support::binary;

/// Megabytes of the stderr log, unless MPANEL_BENCH_MB says otherwise.
const MEGABYTES: u64 = 333;
/// Each transaction of pgbench takes about so many bytes of stderr log, over the three protocols.
const BYTES_A_TRANSACTION: u64 = 3_260;
const CLIENTS: u64 = 3;
/// Statements of one transaction between its BEGIN and its END, which preparing the tables runs too.
const STATEMENTS: u64 = 5;
const PROTOCOLS: [&str; 3] = ["simple", "extended", "prepared"];

pub(crate) struct Logs {
    folder: PathBuf,
    /// Statements that pgbench says it ran.
    statements: u64,
}

impl Logs {
    /// Those of an earlier run, or new ones.
    pub(crate) async fn made() -> Logs {
        let megabytes = std::env::var("MPANEL_BENCH_MB").ok().and_then(|text| text.parse().ok());
        let megabytes: u64 = megabytes.unwrap_or(MEGABYTES);
        let target = binary("mconsole").ancestors().nth(2).expect("target").to_path_buf();
        let folder = target.join("bench-logs").join(megabytes.to_string());
        let note = folder.join("made.json");
        if let Ok(text) = std::fs::read(&note) {
            let made: serde_json::Value = serde_json::from_slice(&text).expect("the note of an earlier run");
            return Logs { folder, statements: made["statements"].as_u64().expect("a count") };
        }
        println!("Making logs of about {megabytes} MB; this takes some minutes, once.");
        std::fs::create_dir_all(&folder).expect("a directory for logs");
        let statements = make(&folder, megabytes * 1_000_000 / BYTES_A_TRANSACTION).await;
        std::fs::write(note, json!({ "statements": statements }).to_string()).expect("a note");
        Logs { folder, statements }
    }

    pub(crate) fn path(&self, ending: &str) -> PathBuf {
        self.folder.join(format!("postgresql.{ending}"))
    }

    /// The stderr log as `packer` packs it; none where that is not installed.
    pub(crate) fn packed(&self, packer: &str) -> Option<PathBuf> {
        let ending = if packer == "gzip" { "gz" } else { "zst" };
        let path = self.path(&format!("log.{ending}"));
        if !path.exists() {
            let file = std::fs::File::create(&path).expect("a file");
            let packed = Command::new(packer).arg("-c").arg(self.path("log")).stdout(file).status();
            if !packed.is_ok_and(|status| status.success()) {
                let _ = std::fs::remove_file(&path);
                return None;
            }
        }
        Some(path)
    }

    /// Nothing is missed and nothing counted twice.
    pub(crate) fn check(&self, ran: &Ran) {
        assert_eq!(ran.pgbench_statements, self.statements, "statements of pgbench in the log");
    }
}

/// Runs pgbench over each protocol at once, and moves the logs to `folder`; gives the statements that it ran.
async fn make(folder: &Path, transactions: u64) -> u64 {
    let setting = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let server = Postgres::start(PostgresOptions {
        // Not a temporary one: its logs are moved when it has stopped.
        dir: Some(folder.join("server")),
        log_statements: true,
        settings: vec![
            setting("log_destination", "stderr,csvlog,jsonlog"),
            setting("synchronous_commit", "off"),
            setting("max_wal_size", "4GB"),
        ],
        ..PostgresOptions::default()
    })
    .await
    .expect("PostgreSQL starts");
    let pgbench = find(Program::Postgres).expect("PostgreSQL is installed").with_file_name("pgbench");
    let command = || {
        let mut command = Command::new(&pgbench);
        command.env("PGPASSWORD", server.password()).stdin(Stdio::null()).stderr(Stdio::null());
        command.args(["-h", server.host(), "-p", &server.port().to_string(), "-U", server.user()]);
        command
    };
    let prepared = command().args(["-i", "-q", "-s", "5", server.database()]).stdout(Stdio::null()).status();
    assert!(prepared.expect("pgbench runs").success(), "pgbench prepares its tables");
    let each = transactions / CLIENTS / PROTOCOLS.len() as u64;
    let running: Vec<_> = PROTOCOLS
        .iter()
        .map(|protocol| {
            command()
                .args(["-n", "-M", protocol, "-c", &CLIENTS.to_string(), "-t", &each.to_string()])
                .arg(server.database())
                .stdout(Stdio::piped())
                .spawn()
                .expect("pgbench runs")
        })
        .collect();
    let transactions: u64 = running
        .into_iter()
        .map(|child| processed(&child.wait_with_output().expect("pgbench ends").stdout))
        .sum();
    let logs = server.log_path().parent().expect("the log's directory").to_path_buf();
    // A shutdown flushes the collector.
    server.stop().await;
    for ending in ["log", "csv", "json"] {
        let name = format!("postgresql.{ending}");
        std::fs::rename(logs.join(&name), folder.join(&name)).expect("the log is moved");
    }
    std::fs::remove_dir_all(folder.join("server")).expect("the server's directory goes");
    transactions * STATEMENTS
}

/// `number of transactions actually processed: 99000/99000`
fn processed(output: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(output);
    let line = text.lines().find(|line| line.contains("actually processed")).expect("pgbench tells");
    let count = line.rsplit(':').next().and_then(|count| count.trim().split('/').next());
    count.and_then(|count| count.parse().ok()).expect("a number")
}

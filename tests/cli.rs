//! mconsole as a person runs it.
#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails where it cannot go on")]

use std::process::{Command, Output, Stdio};

use serde_json::Value;
use servers::{Postgres, PostgresOptions};
use tempfile::TempDir;

use crate::support::{address, binary};

struct Mconsole {
    directory: TempDir,
}

impl Mconsole {
    fn new() -> Mconsole {
        Mconsole { directory: TempDir::new().expect("a directory") }
    }

    /// Passwords go into the encrypted file, so that one command finds what another stored.
    fn run(&self, arguments: &[&str], input: &str) -> Output {
        let (group, rest) = arguments.split_first().expect("a command");
        let mut child = Command::new(binary("mconsole"))
            .arg(group)
            .args(["--passwords", "file", "--data-dir"])
            .arg(self.directory.path())
            .args(rest)
            .env("MCONSOLE_PASSPHRASE", "open sesame")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("mconsole starts");
        let mut stdin = child.stdin.take().expect("its input");
        std::io::Write::write_all(&mut stdin, input.as_bytes()).expect("input is taken");
        drop(stdin);
        child.wait_with_output().expect("mconsole ends")
    }
}

fn text(output: &[u8]) -> String {
    String::from_utf8_lossy(output).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_is_tested_added_watched_and_removed() {
    let server = Postgres::start(PostgresOptions::default()).await.expect("PostgreSQL starts");
    let address = address(&server);
    let password = format!("{}\n", server.password());
    let console = Mconsole::new();

    let empty = console.run(&["sources", "list"], "");
    assert!(text(&empty.stdout).contains("No sources yet"), "{}", text(&empty.stderr));

    let wrong = console.run(&["sources", "test", "postgres", &address, "--password-stdin"], "wrong\n");
    assert_eq!(wrong.status.code(), Some(1));
    assert!(text(&wrong.stdout).contains("password"), "{}", text(&wrong.stdout));

    let tested = console.run(&["sources", "test", "postgres", &address, "--password-stdin"], &password);
    assert!(tested.status.success(), "{}{}", text(&tested.stdout), text(&tested.stderr));
    assert!(text(&tested.stdout).starts_with("ok: PostgreSQL 1"), "{}", text(&tested.stdout));

    let added =
        console.run(&["sources", "add", "postgres", &address, "--name", "db", "--password-stdin"], &password);
    assert!(added.status.success(), "{}", text(&added.stderr));

    let watched = console.run(&["watch", "--once", "--json"], "");
    assert!(watched.status.success(), "{}{}", text(&watched.stdout), text(&watched.stderr));
    let view: Value = serde_json::from_slice(&watched.stdout).expect("one JSON document");
    assert_eq!(view["sources"][0]["state"]["type"], "ok", "{view}");
    assert_eq!(view["pools"][0]["path"][0]["layer"], "postgres");
    let whole = view.to_string();
    assert!(!whole.contains(server.password()), "no password is printed");

    let removed = console.run(&["sources", "remove", "db"], "");
    assert!(removed.status.success(), "{}", text(&removed.stderr));
    let unknown = console.run(&["sources", "remove", "db"], "");
    assert_eq!(unknown.status.code(), Some(1));
    assert!(text(&unknown.stderr).contains("there is no source db"));
    server.stop().await;
}

#[test]
fn an_unknown_scenario_names_the_way_to_those_that_exist() {
    let output = Command::new(binary("mconsole"))
        .args(["demo", "--scenario", "earthquake"])
        .output()
        .expect("mconsole runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("earthquake") && text(&output.stderr).contains("--scenario list"));
    let listed = Command::new(binary("mconsole"))
        .args(["demo", "--scenario", "list"])
        .output()
        .expect("mconsole runs");
    assert!(text(&listed.stderr).contains("connection_leak"), "{}", text(&listed.stderr));
}

//! How a data directory comes about: new, or as the copy of a running server that then follows it.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{HOST, USER};
use crate::account::Account;
use crate::place::Place;
use crate::process::{run_as, tail};
use crate::{Program, ServerError};

#[derive(Debug, Clone, Copy)]
pub(super) enum Origin {
    New,
    /// Of the server that listens on this port.
    CopyOf {
        port: u16,
    },
}

/// Fills the directory `data` of a server whose superuser's password stands in `password_file`.
pub(super) fn make(
    origin: Origin,
    executable: &Path,
    place: &Place,
    data: &Path,
    password_file: &Path,
    account: Option<Account>,
) -> Result<(), ServerError> {
    let (tool, command) = match origin {
        Origin::New => ("initdb", initialise(executable, data, password_file)),
        Origin::CopyOf { port } => {
            let password = fs::read_to_string(password_file);
            let password = password.map_err(|error| ServerError::directory(password_file, &error))?;
            ("pg_basebackup", copy(executable, data, port, &password))
        }
    };
    run(tool, command, place, account)
}

fn initialise(executable: &Path, data: &Path, password_file: &Path) -> Command {
    let mut command = Command::new(executable.with_file_name("initdb"));
    command
        .args(["--username", USER, "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"])
        .arg("--no-sync")
        .arg("--pwfile")
        .arg(password_file)
        .arg("--pgdata")
        .arg(data);
    command
}

fn copy(executable: &Path, data: &Path, port: u16, password: &str) -> Command {
    let mut command = Command::new(executable.with_file_name("pg_basebackup"));
    command
        .args(["--host", HOST, "--port", &port.to_string(), "--username", USER, "--no-password"])
        .args(["--checkpoint", "fast", "--wal-method", "stream", "--no-sync", "--write-recovery-conf"])
        .arg("--pgdata")
        .arg(data)
        .env("PGPASSWORD", password);
    command
}

fn run(tool: &str, mut command: Command, place: &Place, account: Option<Account>) -> Result<(), ServerError> {
    let log = place.path().join(format!("{tool}.log"));
    let failed = |error: std::io::Error| ServerError::directory(&log, &error);
    let output = fs::File::create(&log).map_err(failed)?;
    command
        .current_dir(place.path())
        .stdin(Stdio::null())
        .stdout(output.try_clone().map_err(failed)?)
        .stderr(output);
    run_as(&mut command, account);
    let reason = match command.status() {
        Ok(status) if status.success() => return Ok(()),
        Ok(status) => format!("{tool} failed ({status})"),
        Err(error) => format!("{tool} could not be run: {error}"),
    };
    Err(ServerError::NotStarted { program: Program::Postgres, reason, log: tail(&[&log]) })
}

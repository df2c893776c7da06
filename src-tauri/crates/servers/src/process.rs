//! One running server process: started, waited for, asked to end, made to end.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::account::Account;
use crate::launch;
use crate::{Program, ServerError};

/// How long a start may take until the server answers.
pub(crate) const START_DEADLINE: Duration = Duration::from_secs(30);
const STOP_DEADLINE: Duration = Duration::from_secs(10);
const DROP_DEADLINE: Duration = Duration::from_secs(5);
const STEP: Duration = Duration::from_millis(20);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    Interrupt,
    Quit,
    Terminate,
    Kill,
    /// Not to end, but to halt.
    Stop,
    Continue,
}

/// How to run it: everything but the port, which is chosen anew on each attempt.
pub(crate) struct Launch<'a> {
    pub(crate) program: Program,
    pub(crate) executable: &'a Path,
    pub(crate) arguments: Vec<String>,
    pub(crate) account: Option<Account>,
    pub(crate) folder: &'a Path,
    pub(crate) log: &'a Path,
    /// Sent by the kernel when this process dies; "INT" is PostgreSQL's fast shutdown.
    pub(crate) death_signal: &'static str,
}

/// A child that does not outlive this value.
pub(crate) struct Process {
    program: Program,
    child: Child,
    log: PathBuf,
    /// What a drop sends first.
    drop_signal: Signal,
    ended: bool,
}

impl Process {
    pub(crate) fn start(launch: Launch<'_>, drop_signal: Signal) -> Result<Process, ServerError> {
        let failed = |error: std::io::Error| ServerError::directory(launch.log, &error);
        let log = File::create(launch.log).map_err(failed)?;
        let mut command = launch::tied_to_us(launch.executable, launch.death_signal);
        command
            .args(&launch.arguments)
            .current_dir(launch.folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(failed)?)
            .stderr(log);
        run_as(&mut command, launch.account);
        let child = launch::launch(command).map_err(|error| ServerError::NotStarted {
            program: launch.program,
            reason: format!("{} could not be run: {error}", launch.executable.display()),
            log: String::new(),
        })?;
        let log = launch.log.to_path_buf();
        Ok(Process { program: launch.program, child, log, drop_signal, ended: false })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    /// True once the process is gone and reaped.
    pub(crate) fn has_ended(&mut self) -> bool {
        // An error here means that there is no such child any more.
        self.ended = self.ended || self.child.try_wait().map_or(true, |status| status.is_some());
        self.ended
    }

    pub(crate) fn signal(&mut self, signal: Signal) {
        if !self.has_ended() {
            send(&mut self.child, signal);
        }
    }

    /// Asks with `signal`; past the deadline the process is killed.
    pub(crate) async fn end(&mut self, signal: Signal) {
        self.signal(signal);
        let deadline = Instant::now() + STOP_DEADLINE;
        while !self.has_ended() {
            if Instant::now() > deadline {
                tracing::warn!(
                    program = self.program.title(),
                    pid = self.pid(),
                    "did not stop in time; killed"
                );
                self.signal(Signal::Kill);
            }
            tokio::time::sleep(STEP).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal(self.drop_signal);
        let begun = Instant::now();
        let mut killed = false;
        while !self.has_ended() && begun.elapsed() < DROP_DEADLINE * 2 {
            if !killed && begun.elapsed() > DROP_DEADLINE {
                self.signal(Signal::Kill);
                killed = true;
            }
            // A drop cannot await; the wait is short and bounded.
            std::thread::park_timeout(STEP);
        }
    }
}

/// Makes `command` run under `account`, without the supplementary groups of the present one.
pub(crate) fn run_as(command: &mut Command, account: Option<Account>) {
    #[cfg(unix)]
    if let Some(account) = account {
        std::os::unix::process::CommandExt::uid(command, account.uid);
        std::os::unix::process::CommandExt::gid(command, account.gid);
    }
    #[cfg(not(unix))]
    let _ = (command, account);
}

#[cfg(unix)]
fn send(child: &mut Child, signal: Signal) {
    let signal = match signal {
        Signal::Interrupt => rustix::process::Signal::INT,
        Signal::Quit => rustix::process::Signal::QUIT,
        Signal::Terminate => rustix::process::Signal::TERM,
        Signal::Kill => rustix::process::Signal::KILL,
        Signal::Stop => rustix::process::Signal::STOP,
        Signal::Continue => rustix::process::Signal::CONT,
    };
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process(pid, signal);
    }
}

#[cfg(not(unix))]
fn send(child: &mut Child, signal: Signal) {
    // There is neither halting nor a gentle end here.
    if !matches!(signal, Signal::Stop | Signal::Continue) {
        let _ = child.kill();
    }
}

/// The last lines of the given files, for an error message.
pub(crate) fn tail(logs: &[&Path]) -> String {
    let mut lines = Vec::new();
    for log in logs {
        let text = fs::read(log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        let all: Vec<&str> = text.lines().collect();
        lines.extend(all.iter().skip(all.len().saturating_sub(12)).map(|line| (*line).to_owned()));
    }
    if lines.is_empty() { "(nothing was logged)".to_owned() } else { lines.join("\n") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_the_last_lines_of_each_log_and_says_when_there_are_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let text: String = (0..100).map(|n| format!("line {n}\n")).collect();
        fs::write(&path, text).unwrap();
        let seen = tail(&[&path, &folder.path().join("absent")]);
        assert!(seen.starts_with("line 88\n") && seen.ends_with("line 99"), "{seen}");
        assert_eq!(tail(&[]), "(nothing was logged)");
    }
}

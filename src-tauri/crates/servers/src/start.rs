//! Starting until the server really answers: the loop that all servers share.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::place::free_port;
use crate::process::{Process, START_DEADLINE, tail};
use crate::{Program, ServerError};

const STEP: Duration = Duration::from_millis(25);
const PAUSE_BEFORE_RETRY: Duration = Duration::from_millis(150);

/// What a server's last words look like when another attempt can succeed: a port just taken, or a predecessor that is
/// still letting go of the same directory.
const PASSING: [&str; 4] = [
    "ddress already in use",
    "could not bind",
    "postmaster.pid\" already exists",
    "pre-existing shared memory",
];

/// Where the server listens: a port that must be kept, or any.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Port {
    Fixed(u16),
    Any,
}

/// A server's own part in starting: how to spawn it on a port, and how to ask whether it answers.
pub(crate) trait Startable {
    const PROGRAM: Program;
    fn spawn(&self, port: u16) -> Result<Process, ServerError>;
    fn probe(&self, port: u16) -> impl Future<Output = Result<(), String>> + Send;
    /// Where a server opens a second port beside the first, the first must leave room for it.
    fn highest_port(&self) -> u16 {
        u16::MAX
    }
    /// Logs besides the process's own output.
    fn logs(&self) -> Vec<&Path> {
        Vec::new()
    }
}

/// Starts `server` and returns its process and port once it answers.
pub(crate) async fn start<S: Startable>(server: &S, port: Port) -> Result<(Process, u16), ServerError> {
    let deadline = Instant::now() + START_DEADLINE;
    loop {
        let number = match port {
            Port::Fixed(number) => number,
            Port::Any => free_port(server.highest_port())
                .map_err(|error| failed(server, None, format!("no free port: {error}")))?,
        };
        let mut process = server.spawn(number)?;
        match wait(server, &mut process, number, deadline).await {
            Ok(()) => return Ok((process, number)),
            Err(error) if Instant::now() < deadline && is_passing(&error) => {
                tracing::debug!(program = S::PROGRAM.title(), port = number, "starting again");
                tokio::time::sleep(PAUSE_BEFORE_RETRY).await;
            }
            Err(error) => return Err(error),
        }
    }
}

async fn wait<S: Startable>(
    server: &S,
    process: &mut Process,
    port: u16,
    deadline: Instant,
) -> Result<(), ServerError> {
    loop {
        if process.has_ended() {
            return Err(failed(server, Some(process), "it ended at once".to_owned()));
        }
        let answer = match tokio::time::timeout(Duration::from_secs(5), server.probe(port)).await {
            Ok(answer) => answer,
            Err(_) => Err("it accepted a connection and never answered".to_owned()),
        };
        match answer {
            Ok(()) => return Ok(()),
            Err(reason) if Instant::now() > deadline => {
                let seconds = START_DEADLINE.as_secs();
                return Err(failed(server, Some(process), format!("no answer within {seconds} s: {reason}")));
            }
            Err(_) => tokio::time::sleep(STEP).await,
        }
    }
}

fn failed<S: Startable>(server: &S, process: Option<&Process>, reason: String) -> ServerError {
    let mut logs: Vec<&Path> = process.map(Process::log).into_iter().collect();
    logs.extend(server.logs());
    ServerError::NotStarted { program: S::PROGRAM, reason, log: tail(&logs) }
}

fn is_passing(error: &ServerError) -> bool {
    matches!(error, ServerError::NotStarted { log, .. } if PASSING.iter().any(|words| log.contains(words)))
}

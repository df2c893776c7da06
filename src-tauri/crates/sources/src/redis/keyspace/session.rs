//! One primary during a walk: asks step by step, pauses in between, counts what it asked.

use std::time::{Duration, Instant};

use domain::Problem;
use redis::Value;
use redis::aio::ConnectionLike;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::Primary;
use super::account::Account;
use super::calls::{Calls, CommandStats};
use super::command::Command;
use super::pace::Pace;
use super::problem::{problem, timed_out};
use super::step::Step;
use crate::redis::answer::text;

/// For one step; a server that takes longer is not fit to be walked.
const STEP_TIMEOUT: Duration = Duration::from_secs(15);
/// Between readings of the server's own statistics.
const LEARN_EVERY: Duration = Duration::from_secs(1);

/// Why a walk ends early.
#[derive(Debug)]
pub(super) enum Stop {
    Cancelled,
    Failed(Problem),
}

pub(super) struct Session<'w, C> {
    pub address: &'w str,
    pub account: &'w mut Account,
    pub pace: Pace,
    connection: &'w mut C,
    cancel: &'w CancellationToken,
    denied: Vec<Command>,
    stats: Option<CommandStats>,
    calls: Calls,
    learnt: Instant,
}

impl<'w, C: ConnectionLike + Send> Session<'w, C> {
    pub(super) fn new(
        primary: &'w mut Primary<C>,
        budget: f64,
        cancel: &'w CancellationToken,
        account: &'w mut Account,
    ) -> Session<'w, C> {
        Session {
            address: &primary.address,
            account,
            pace: Pace::new(budget),
            connection: &mut primary.connection,
            cancel,
            denied: Vec::new(),
            stats: None,
            calls: Calls::default(),
            learnt: Instant::now(),
        }
    }

    /// True until the server has refused it.
    pub(super) fn may(&self, command: Command) -> bool {
        !self.denied.contains(&command)
    }

    /// Sends a step and waits for all its answers; errors of the server are among them. Then pauses as long as is due.
    pub(super) async fn ask(&mut self, step: &Step) -> Result<(Vec<Value>, Duration), Stop> {
        let began = Instant::now();
        let answers = tokio::select! {
            () = self.cancel.cancelled() => return Err(Stop::Cancelled),
            answers = timeout(STEP_TIMEOUT, step.pipeline.query_async::<Vec<Value>>(self.connection)) => answers,
        };
        let waited = began.elapsed();
        let answers = answers
            .map_err(|_| Stop::Failed(timed_out(self.address)))?
            .map_err(|error| Stop::Failed(problem(self.address, &error)))?;
        step.commands.iter().for_each(|command| self.calls.add(*command, 1));
        self.account.answered(step.commands.len(), waited);
        self.pace.waited(step.commands.len(), waited);
        self.pause().await?;
        Ok((answers, waited))
    }

    async fn pause(&mut self) -> Result<(), Stop> {
        let Some(due) = self.pace.pause() else { return Ok(()) };
        let began = Instant::now();
        tokio::select! {
            () = self.cancel.cancelled() => return Err(Stop::Cancelled),
            () = sleep(due) => {}
        }
        self.pace.paused(began.elapsed());
        Ok(())
    }

    /// One command; its answer, or none where the server refuses it, which is then a lack.
    pub(super) async fn ask_one(
        &mut self,
        command: Command,
        arguments: &[&[u8]],
    ) -> Result<Option<Value>, Stop> {
        let mut step = Step::new();
        step.add(command, arguments);
        let (answers, _) = self.ask(&step).await?;
        let answer = answers.into_iter().next().unwrap_or(Value::Nil);
        Ok(self.unless_refused(command, answer))
    }

    /// The answer, or none for an error. What is refused for every key is not asked again.
    pub(super) fn unless_refused(&mut self, command: Command, answer: Value) -> Option<Value> {
        let Value::ServerError(error) = answer else { return Some(answer) };
        let (name, details) = (command.name(), error.details().unwrap_or_default());
        let lack = if error.code() == "NOPERM" && details.contains("to run the") {
            self.deny(command);
            format!("{name} is not allowed; the user needs +{}.", command.right())
        } else if error.code() == "NOPERM" {
            "Some keys may not be asked; the user needs ~* to see all.".to_owned()
        } else if details.starts_with("unknown") {
            self.deny(command);
            format!("{name} is not known to this server: it is renamed, disabled or too new for it.")
        } else {
            // An LFU policy keeps no idle time; a key that moved or changed its type tells nothing of the others.
            if command == Command::ObjectIdletime && details.contains("LFU") {
                self.deny(command);
            }
            return None;
        };
        self.account.lack(lack);
        None
    }

    fn deny(&mut self, command: Command) {
        if self.may(command) {
            self.denied.push(command);
        }
    }

    /// Reads the server's own statistics now and then.
    pub(super) async fn learn_when_due(&mut self) -> Result<(), Stop> {
        if self.learnt.elapsed() >= LEARN_EVERY { self.learn().await } else { Ok(()) }
    }

    pub(super) async fn learn(&mut self) -> Result<(), Stop> {
        self.learnt = Instant::now();
        if !self.may(Command::Info) {
            return Ok(());
        }
        let info = self.ask_one(Command::Info, &[b"commandstats"]).await?;
        let Some(now) = info.as_ref().and_then(text).map(CommandStats::read) else {
            self.account.server_ms = None;
            return Ok(());
        };
        // What was called before the first reading is part of it and not of the cost: a few single commands.
        let calls = std::mem::take(&mut self.calls);
        if let Some(before) = self.stats.replace(now) {
            let own_ms = now.own_ms(&before, &calls);
            self.pace.learn(Duration::from_secs_f64(own_ms / 1_000.0));
            if let Some(sum) = &mut self.account.server_ms {
                *sum += own_ms;
            }
        }
        Ok(())
    }
}

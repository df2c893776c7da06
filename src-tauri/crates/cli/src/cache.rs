//! `mconsole cache`: one look at a Redis, and at what lies in it, as text or JSON, with an exit code for CI.

mod text;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use engine::cache::{CacheLook, look_once};
use engine::domain::{Keyspace, KeyspaceOptions};

use crate::checked::{FailOn, Format};
use crate::console;
use crate::sources::redis_at;

#[derive(Debug, Args)]
pub(crate) struct CacheArguments {
    /// `redis://user@host:6379/0`, `rediss://…` for TLS, `host:port`, or the path of a socket. It holds no password.
    #[arg(value_name = "ADDRESS")]
    pub address: String,
    /// Read the password from the first line of standard input.
    #[arg(long)]
    pub password_stdin: bool,
    /// Walk over the keys: by prefix, type, tag, size and time to live.
    #[arg(long)]
    pub walk: bool,
    /// Share of one core of the server that the walk may take, in percent.
    #[arg(long, value_name = "PERCENT", default_value_t = 10.0, requires = "walk")]
    pub budget: f64,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// End with 1 when a check is so grave, or graver.
    #[arg(long, value_enum)]
    pub fail_on: Option<FailOn>,
}

pub(crate) async fn run(arguments: CacheArguments) -> Result<ExitCode> {
    let look = match look(&arguments).await {
        Ok(look) => look,
        Err(error) => return Ok(console::cannot(&error)),
    };
    let text = match arguments.format {
        Format::Text => text::text(&look),
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&look)?),
    };
    // A pipe that is closed early (`| head`) is no failure.
    let _ = std::io::stdout().write_all(text.as_bytes());
    let severities = look.checks.iter().map(|check| check.severity);
    let failed = arguments.fail_on.is_some_and(|fail_on| fail_on.is_met(severities));
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn look(arguments: &CacheArguments) -> Result<CacheLook> {
    anyhow::ensure!(
        (0.1..=50.0).contains(&arguments.budget),
        "--budget {} is not between 0.1 and 50 percent",
        arguments.budget
    );
    let password = arguments.password_stdin.then(console::read_password).transpose()?;
    let options = KeyspaceOptions { budget: arguments.budget / 100.0, ..KeyspaceOptions::default() };
    let options = arguments.walk.then_some(options);
    let shown = std::io::stderr().is_terminal();
    let told = move |keyspace: Keyspace| {
        if shown {
            let _ = write!(std::io::stderr(), "\r{} of {} keys ", keyspace.keys, keyspace.keys_expected);
        }
    };
    let looked = look_once(redis_at(&arguments.address), password, options, console::now(), told).await;
    if shown && arguments.walk {
        let _ = writeln!(std::io::stderr());
    }
    Ok(looked?)
}

//! mconsole: the console without a window.

mod advise;
mod arguments;
mod cache;
mod checked;
mod compression;
mod console;
mod demo;
mod demo_sources;
mod explain;
mod health;
mod replay;
mod sample;
mod sources;
mod watch;

use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

use crate::arguments::{Arguments, Command};

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_env("MCONSOLE_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let outcome = match arguments.command {
        Command::Demo(arguments) => demo::run(arguments).await,
        Command::Watch(arguments) => watch::run(arguments).await,
        Command::Sources(arguments) => sources::run(arguments).await,
        Command::Replay(arguments) => replay::run(arguments).await,
        Command::Cache(arguments) => cache::run(arguments).await,
        Command::Compression(arguments) => compression::run(arguments).await,
        Command::Health(arguments) => health::run(arguments).await,
        Command::Explain(arguments) => explain::run(*arguments).await,
        Command::Advise(arguments) => advise::run(*arguments).await,
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            console::complain(&error);
            ExitCode::FAILURE
        }
    }
}

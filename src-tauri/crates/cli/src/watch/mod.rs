//! `mconsole watch`: the live state in the terminal, from the same engine as the window.

mod print;
mod terminal;
mod view;

use std::io::IsTerminal;
use std::process::ExitCode;

use anyhow::Result;
use engine::Engine;
use engine::domain::{PoolsPage, TimeRange};

pub(crate) use view::{source_table, state_words};

use crate::arguments::WatchArguments;
use crate::console;

pub(crate) async fn run(arguments: WatchArguments) -> Result<ExitCode> {
    let engine = console::open(&arguments.place).await?;
    let outcome = if arguments.once {
        print::once(&engine, arguments.json).await
    } else if arguments.json {
        print::until_interrupted(&engine, true).await
    } else {
        watch(&engine).await
    };
    engine.shutdown().await;
    outcome
}

/// Pages with keys in a terminal, prints into a pipe.
pub(crate) async fn watch(engine: &Engine) -> Result<ExitCode> {
    if std::io::stdout().is_terminal() && std::io::stdin().is_terminal() {
        terminal::run(engine).await
    } else {
        print::until_interrupted(engine, false).await
    }
}

/// Every path of layers.
async fn pools_pages(engine: &Engine, range: TimeRange) -> Result<Vec<PoolsPage>> {
    let first = engine.pools_page(None, range).await?;
    let others: Vec<_> = first.choices.iter().skip(1).map(|choice| choice.source.clone()).collect();
    let mut pools = vec![first];
    for source in others {
        pools.push(engine.pools_page(Some(source), range).await?);
    }
    Ok(pools)
}

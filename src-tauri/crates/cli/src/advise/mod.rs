//! `mconsole advise`: which indexes statements need, as a report, a script or a migration.

mod arguments;
mod inputs;
mod output;
mod units;

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use engine::domain::{AdviceId, AdviceProgress, AdviceStep, IndexAdviceRequest, SourceId};
use engine::index_advice::{AdviceControl, AdviceDatabase, AdviceTask, Advised, advise, save_catalog};

pub(crate) use arguments::AdviseArguments;

use crate::console::{cannot, clear_progress, now, shows_progress, tell};
use arguments::From;

pub(crate) async fn run(arguments: AdviseArguments) -> Result<ExitCode> {
    let advised = match asked(&arguments).await {
        Ok(Some(advised)) => advised,
        Ok(None) => return Ok(ExitCode::SUCCESS),
        Err(error) => return Ok(cannot(&error)),
    };
    output::write(&arguments, &advised.advice)?;
    if advised.cancelled {
        tell("mconsole: stopped before the end; the advice is partial.");
    }
    Ok(ExitCode::SUCCESS)
}

/// None where only the catalog was wanted.
async fn asked(arguments: &AdviseArguments) -> Result<Option<Advised>> {
    inputs::check(arguments)?;
    let database = inputs::database(arguments).await?;
    let from = match arguments.from() {
        Some(from) => from,
        None if arguments.sql.is_some() => From::File,
        None => {
            catalog_alone(arguments, &database).await?;
            return Ok(None);
        }
    };
    let (workload, choice) = inputs::workload(arguments, from).await?;
    let request = IndexAdviceRequest {
        source: arguments.source.as_deref().map(SourceId::new),
        workload: choice,
        limits: arguments.limits(),
    };
    let task = AdviceTask { id: AdviceId("0".to_owned()), request, database, workload, now: now() };
    let control = AdviceControl { progress: progress(arguments.quiet), ..AdviceControl::default() };
    let cancel = control.cancel.clone();
    let work = advise(task, control);
    tokio::pin!(work);
    let ended = tokio::select! {
        ended = &mut work => ended,
        _ = tokio::signal::ctrl_c() => {
            // What was found until here is told, and said to be partial.
            cancel.cancel();
            work.await
        }
    };
    clear_progress(arguments.quiet);
    let advised = ended?;
    if let Some(path) = arguments.save_catalog.as_ref().filter(|_| advised.advice.database.is_some()) {
        save_catalog(advised.again.catalog(), path)?;
        tell(&format!("Catalog written to {}", path.display()));
    }
    Ok(Some(advised))
}

async fn catalog_alone(arguments: &AdviseArguments, database: &AdviceDatabase) -> Result<()> {
    let catalog = database.catalog(now()).await?;
    if let (Some(catalog), Some(path)) = (catalog, &arguments.save_catalog) {
        save_catalog(&catalog, path)?;
        tell(&format!("Catalog written to {}", path.display()));
    }
    Ok(())
}

fn progress(quiet: bool) -> Box<dyn FnMut(AdviceProgress) + Send> {
    if !shows_progress(quiet) {
        return Box::new(|_| {});
    }
    Box::new(|progress| {
        let _ = write!(std::io::stderr(), "\r\x1b[K{}", words(&progress));
    })
}

fn words(progress: &AdviceProgress) -> String {
    let seconds = progress.seconds;
    match progress.step {
        AdviceStep::Workload => format!("Reading statements  {seconds:.0} s"),
        AdviceStep::Catalog => format!("Reading tables and indexes  {seconds:.0} s"),
        AdviceStep::Choosing => {
            let best = match (progress.cost_before, progress.cost_best) {
                (Some(before), Some(best)) if before > 0.0 => {
                    let saved = (1.0 - best / before) * 100.0;
                    format!("  {saved:.0}% of the cost saved with {} indexes", progress.indexes_best)
                }
                _ => String::new(),
            };
            format!(
                "Choosing among {}  {} questions asked  {seconds:.0} s{best}",
                progress.candidates, progress.what_if_calls
            )
        }
    }
}

//! What `mconsole advise` was given: the database to ask, and the statements.

use std::path::Path;

use anyhow::{Result, bail};
use engine::Engine;
use engine::domain::{ReplayRequest, SourceId, WorkloadChoice};
use engine::index_advice::{AdviceDatabase, AdviceWorkload, SqlText};

use super::arguments::{AdviseArguments, From};
use crate::console;
use crate::replay;

/// Refuses at once what would only fail after a while.
pub(super) fn check(arguments: &AdviseArguments) -> Result<()> {
    let asks_server = arguments.dsn.is_some() || arguments.source.is_some();
    let reads_input = arguments.inputs.iter().any(|input| input == "-");
    if arguments.save_catalog.is_some() && !asks_server {
        bail!("--save-catalog needs the database: --dsn or --source");
    }
    if reads_input && (arguments.password_stdin || arguments.inputs.len() > 1) {
        bail!("standard input (-) can hold one thing only: a password, a log or statements");
    }
    let counts = arguments.sql.is_none() && arguments.from() == Some(From::Statements);
    if arguments.during.is_some() && !counts {
        bail!("--during is for statements that the server counts: --from statements");
    }
    if arguments.sql.is_some() {
        return Ok(());
    }
    match arguments.from() {
        Some(From::Statements) if !asks_server => bail!(
            "name logs or files of SQL, or give statements with --sql; pg_stat_statements needs --dsn or --source"
        ),
        Some(From::Statements) if !arguments.inputs.is_empty() => {
            bail!("--from statements reads the server alone, not {}", arguments.inputs.join(", "))
        }
        Some(From::Replay | From::File) if arguments.inputs.is_empty() => {
            bail!("name a log or a file to read, or - for standard input")
        }
        _ => Ok(()),
    }
}

/// The database to ask. A source is one of a console's own; its data directory is let go again at once.
pub(super) async fn database(arguments: &AdviseArguments) -> Result<AdviceDatabase> {
    if let Some(address) = &arguments.dsn {
        let password = arguments.password_stdin.then(console::read_password).transpose()?;
        let database = AdviceDatabase::at(console::database_at(address), password.clone())?;
        return arguments.replica.iter().try_fold(database, |database, replica| {
            Ok(database.with_replica(replica, console::database_at(replica), password.clone())?)
        });
    }
    if let Some(id) = &arguments.source {
        let engine: Engine = console::open(&arguments.place).await?;
        let database = engine.advice_database_with_copies(SourceId::new(id)).await;
        engine.shutdown().await;
        return Ok(database?);
    }
    match &arguments.catalog {
        Some(path) => Ok(AdviceDatabase::saved(path)?),
        None => Ok(AdviceDatabase::None),
    }
}

/// The statements, and what they are called in the report.
pub(super) async fn workload(
    arguments: &AdviseArguments,
    from: From,
) -> Result<(AdviceWorkload, WorkloadChoice)> {
    if let Some(sql) = &arguments.sql {
        let workload = AdviceWorkload::Texts(vec![SqlText::pasted(sql)]);
        return Ok((workload, WorkloadChoice::Text { sql: sql.clone() }));
    }
    match from {
        From::Statements => {
            let seconds = arguments.during;
            Ok((AdviceWorkload::Statements { seconds }, WorkloadChoice::Statements { seconds }))
        }
        From::File => {
            let texts = arguments.inputs.iter().map(|input| text(input)).collect::<Result<Vec<_>>>()?;
            let path = arguments.inputs.join(", ");
            Ok((AdviceWorkload::Texts(texts), WorkloadChoice::File { path }))
        }
        From::Replay => {
            let request = ReplayRequest {
                prefix: arguments.prefix.clone(),
                fields: arguments.fields.as_deref().map(replay::fields).transpose()?,
                ..ReplayRequest::of(arguments.inputs.clone())
            };
            let report = replay::once(&request, arguments.quiet).await?;
            let replay = report.replay.id.clone();
            Ok((AdviceWorkload::Replay(Box::new(report)), WorkloadChoice::Replay { replay }))
        }
    }
}

fn text(input: &str) -> Result<SqlText> {
    Ok(match input {
        "-" => SqlText::of_pipe("standard input", std::io::stdin())?,
        path => SqlText::read(Path::new(path))?,
    })
}

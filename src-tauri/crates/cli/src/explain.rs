//! `mconsole explain`: the plan of one statement, and what stands out in it.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use engine::domain::{ExplainMode, ExplainedStatement, Severity, SourceId};
use engine::explain::{ExplainLimits, ExplainWhat, explain};
use engine::index_advice::AdviceDatabase;

use crate::arguments::Place;
use crate::console::{self, cannot};

#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    /// The database to ask: `postgres://user@host/database`, `key=value …` or `service=name`. It holds no password.
    #[arg(long, value_name = "ADDRESS", group = "database", required_unless_present = "source")]
    pub dsn: Option<String>,
    /// The database to ask: the id of a source, as `mconsole sources list` shows it.
    #[arg(long, value_name = "ID", group = "database")]
    pub source: Option<String>,
    /// Read the password of --dsn from the first line of standard input.
    #[arg(long, requires = "dsn")]
    pub password_stdin: bool,
    #[command(flatten)]
    pub place: Place,

    /// A statement that pg_stat_statements counted.
    #[arg(
        long,
        value_name = "ID",
        group = "statement",
        required_unless_present = "sql",
        allow_hyphen_values = true
    )]
    pub queryid: Option<String>,
    /// This statement; values may be left out as $1, $2 and so on.
    #[arg(long, value_name = "STATEMENT", group = "statement")]
    pub sql: Option<String>,
    /// The value of $1, then of $2 and so on, without quotes; NULL is none. Without any the plan is for every value.
    #[arg(long = "value", value_name = "VALUE", allow_hyphen_values = true)]
    pub values: Vec<String>,

    /// Run the statement, measure it, and roll it back. A statement that writes needs --source, and that source must allow
    /// index builds.
    #[arg(long, requires = "confirm")]
    pub analyze: bool,
    /// With --analyze: the name of the database, as confirmation.
    #[arg(long, value_name = "DATABASE", requires = "analyze")]
    pub confirm: Option<String>,
    /// With --analyze: cancel it after so many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=3_600))]
    pub timeout: u32,

    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    /// Everything, for programs.
    Json,
}

pub(crate) async fn run(arguments: ExplainArguments) -> Result<ExitCode> {
    let explained = match explained(&arguments).await {
        Ok(explained) => explained,
        Err(error) => return Ok(cannot(&error)),
    };
    let text = match arguments.format {
        Format::Text => text(&explained),
        Format::Json => serde_json::to_string_pretty(&explained)? + "\n",
    };
    // A reader that has seen enough closes the pipe.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(ExitCode::SUCCESS)
}

async fn explained(arguments: &ExplainArguments) -> Result<ExplainedStatement> {
    let database = database(arguments).await?;
    let limits = ExplainLimits {
        statement: Duration::from_secs(u64::from(arguments.timeout)),
        ..ExplainLimits::default()
    };
    let what = match (&arguments.queryid, &arguments.sql) {
        (Some(queryid), _) => ExplainWhat::Counted { queryid: queryid.clone() },
        (None, Some(sql)) => ExplainWhat::Sql { text: sql.clone() },
        (None, None) => bail!("name a statement with --queryid or --sql"),
    };
    let mode = mode(arguments);
    let work = explain(&database, &what, &mode, limits);
    tokio::select! {
        explained = work => Ok(explained?),
        // What runs is cancelled on the server as the work is dropped.
        _ = tokio::signal::ctrl_c() => bail!("stopped; what was running is cancelled and rolled back"),
    }
}

async fn database(arguments: &ExplainArguments) -> Result<AdviceDatabase> {
    if let Some(address) = &arguments.dsn {
        let password = arguments.password_stdin.then(console::read_password).transpose()?;
        return Ok(AdviceDatabase::at(console::database_at(address), password)?);
    }
    let Some(id) = &arguments.source else { bail!("name a database with --dsn or --source") };
    let engine = console::open(&arguments.place).await?;
    let database = engine.advice_database(SourceId::new(id)).await;
    engine.shutdown().await;
    Ok(database?)
}

fn mode(arguments: &ExplainArguments) -> ExplainMode {
    let value = |value: &String| (value != "NULL").then(|| value.clone());
    let values = arguments.values.iter().map(value).collect();
    match (&arguments.confirm, arguments.values.is_empty()) {
        (Some(typed), _) => ExplainMode::Analyze { values, typed: typed.clone() },
        (None, false) => ExplainMode::Values { values },
        (None, true) => ExplainMode::Generic,
    }
}

fn text(explained: &ExplainedStatement) -> String {
    let mut out = explained.text.clone();
    for one in &explained.observations {
        let _ = write!(out, "\n{}: {}\n", severity(one.severity), one.sentence);
        if let Some(advice) = &one.advice {
            let _ = writeln!(out, "  {advice}");
        }
    }
    for lack in &explained.lacks {
        let _ = write!(out, "\nNote: {}\n", lack.message);
    }
    out
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Ok | Severity::Info => "Info",
        Severity::Warning => "Warning",
        Severity::Critical => "Critical",
    }
}

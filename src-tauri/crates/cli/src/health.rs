//! `mconsole health`: one look at a PostgreSQL server, as text or JSON, with an exit code for CI.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use engine::domain::{HealthCheck, HealthPage, Severity, SourceId};
use engine::health::check_once;
use engine::index_advice::AdviceDatabase;

use crate::arguments::Place;
use crate::checked::{FailOn, Format};
use crate::console;

#[derive(Debug, Args)]
pub(crate) struct HealthArguments {
    /// The server: `postgres://user@host/database`, `key=value …` or `service=name`. It holds no password.
    #[arg(long, value_name = "ADDRESS", group = "server", required_unless_present = "source")]
    pub dsn: Option<String>,
    /// The server: the id of a source, as `mconsole sources list` shows it.
    #[arg(long, value_name = "ID", group = "server")]
    pub source: Option<String>,
    /// Read the password of --dsn from the first line of standard input.
    #[arg(long, requires = "dsn")]
    pub password_stdin: bool,
    #[command(flatten)]
    pub place: Place,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// End with 1 when a check is so grave, or graver.
    #[arg(long, value_enum)]
    pub fail_on: Option<FailOn>,
}

pub(crate) async fn run(arguments: HealthArguments) -> Result<ExitCode> {
    let page = match asked(&arguments).await {
        Ok(page) => page,
        Err(error) => return Ok(console::cannot(&error)),
    };
    let text = match arguments.format {
        Format::Text => text(&page),
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&page)?),
    };
    // A pipe that is closed early (`| head`) is no failure.
    let _ = std::io::stdout().write_all(text.as_bytes());
    let severities = page.checks.iter().filter_map(|check| check.severity);
    let failed = arguments.fail_on.is_some_and(|fail_on| fail_on.is_met(severities));
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn asked(arguments: &HealthArguments) -> Result<HealthPage> {
    let database = database(arguments).await?;
    Ok(check_once(&database, console::now()).await?)
}

/// A source is one of a console's own; its data directory is let go again at once.
async fn database(arguments: &HealthArguments) -> Result<AdviceDatabase> {
    if let Some(id) = &arguments.source {
        let engine = console::open(&arguments.place).await?;
        let database = engine.advice_database(SourceId::new(id)).await;
        engine.shutdown().await;
        return Ok(database?);
    }
    let password = arguments.password_stdin.then(console::read_password).transpose()?;
    let address = arguments.dsn.as_deref().unwrap_or_default();
    Ok(AdviceDatabase::at(console::database_at(address), password)?)
}

/// What needs attention in full, and a line for each check that does not.
fn text(page: &HealthPage) -> String {
    let mut lines = vec![page.summary.clone(), String::new()];
    for check in &page.checks {
        lines.push(format!("{:<9} {}: {}", mark(check), check.title, check.seen));
        if check.severity != Some(Severity::Ok) {
            lines.extend(details(check));
        }
    }
    lines.push(String::new());
    lines.join("\n")
}

fn mark(check: &HealthCheck) -> &'static str {
    match check.severity {
        Some(Severity::Critical) => "critical",
        Some(Severity::Warning) => "warning",
        Some(Severity::Info) => "note",
        Some(Severity::Ok) => "ok",
        None => "unknown",
    }
}

fn details(check: &HealthCheck) -> Vec<String> {
    const INDENT: &str = "          ";
    const ITEMS: usize = 5;
    let mut lines: Vec<String> = Vec::new();
    let shown = check.items.iter().filter(|item| item.severity > Severity::Ok).take(ITEMS);
    // One item alone is what the sentence says already.
    if check.items.len() > 1 {
        lines.extend(shown.map(|item| format!("{INDENT}- {}: {}", item.name, item.figure)));
    }
    lines.extend(check.remedy.iter().map(|remedy| format!("{INDENT}{remedy}")));
    for line in check.sql.iter().flat_map(|sql| sql.lines()) {
        lines.push(format!("{INDENT}  {line}").trim_end().to_owned());
    }
    lines.push(String::new());
    lines
}

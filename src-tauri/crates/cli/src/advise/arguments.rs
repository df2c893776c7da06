//! The command line of `mconsole advise`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use engine::domain::{AdviceFormat, AdviceLimits, ScriptKind};

use super::units::{bytes, milliseconds, share};
use crate::arguments::Place;

#[derive(Debug, Args)]
pub(crate) struct AdviseArguments {
    /// Query logs to replay, or files of SQL; - for standard input.
    #[arg(value_name = "FILE")]
    pub inputs: Vec<String>,
    /// Where the statements come from. When absent: *.sql are files of SQL, others are logs, and without any the server's
    /// pg_stat_statements is read.
    #[arg(long, value_enum)]
    pub from: Option<From>,
    /// These statements, separated by semicolons.
    #[arg(long, value_name = "STATEMENTS", conflicts_with_all = ["inputs", "from"])]
    pub sql: Option<String>,
    /// Of pg_stat_statements: only what runs during the next so many seconds.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub during: Option<u32>,

    /// The database to ask: `postgres://user@host/database`, `key=value …` or `service=name`. It holds no password.
    #[arg(long, value_name = "ADDRESS", group = "database")]
    pub dsn: Option<String>,
    /// A standby of the database's server, or its primary: an index is called unused only where none of them uses it. May be
    /// repeated; the password of --dsn is tried. With --source the console's other sources are asked.
    #[arg(long, value_name = "ADDRESS", requires = "dsn")]
    pub replica: Vec<String>,
    /// The database to ask: the id of a source, as `mconsole sources list` shows it.
    #[arg(long, value_name = "ID", group = "database")]
    pub source: Option<String>,
    /// No server: a catalog that --save-catalog wrote. Costs are then estimated.
    #[arg(long, value_name = "FILE", group = "database")]
    pub catalog: Option<PathBuf>,
    /// Write down the database's tables, indexes and statistics, without a value of any row, for --catalog. Without
    /// statements nothing else is done.
    #[arg(long, value_name = "FILE", conflicts_with = "catalog")]
    pub save_catalog: Option<PathBuf>,
    /// Read the password of --dsn from the first line of standard input.
    #[arg(long, requires = "dsn")]
    pub password_stdin: bool,
    #[command(flatten)]
    pub place: Place,

    /// Most that the new indexes together may take: 500MB, 2GB.
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    pub budget: Option<u64>,
    /// Most that writes to a table may cost more.
    #[arg(long, value_name = "PERCENT", default_value = "50%", value_parser = share)]
    pub max_write_cost: f64,
    /// Leave statements out that take less on average, where their times are known: 100ms, 2s.
    #[arg(long, value_name = "TIME", default_value = "100ms", value_parser = milliseconds)]
    pub min_mean: f64,
    /// Leave statements out that ran less often, where that is known.
    #[arg(long, value_name = "CALLS", default_value_t = 5)]
    pub min_calls: u64,
    /// Tell the best choice after so many seconds at the latest.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=3_600))]
    pub seconds: u32,

    /// Of a log: log_line_prefix, where it cannot be told from the lines.
    #[arg(long)]
    pub prefix: Option<String>,
    /// Of a log of JSON lines: time=ts,sql=query,duration=took,unit=ms,params=args,request=req.id,rows=n.
    #[arg(long, value_name = "MAPPING")]
    pub fields: Option<String>,

    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Write the report here instead of to standard output.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write the script here that undoes what `--format sql` does.
    #[arg(long, value_name = "FILE")]
    pub rollback: Option<PathBuf>,
    /// Write a migration under --output-dir.
    #[arg(long, value_enum, value_name = "TOOL", requires = "output_dir")]
    pub migration: Option<Migration>,
    /// Where the project's migrations are kept. Files that are there already are left as they are.
    #[arg(long, value_name = "DIR", requires = "migration")]
    pub output_dir: Option<PathBuf>,
    /// No progress.
    #[arg(long, short)]
    pub quiet: bool,
}

impl AdviseArguments {
    pub(super) fn limits(&self) -> AdviceLimits {
        AdviceLimits {
            budget_bytes: self.budget,
            min_mean_ms: self.min_mean,
            min_calls: self.min_calls,
            max_write_cost: self.max_write_cost,
            seconds: self.seconds,
        }
    }

    /// Where the statements come from; none where only the catalog is wanted.
    pub(super) fn from(&self) -> Option<From> {
        let is_sql = |input: &String| input.to_ascii_lowercase().ends_with(".sql");
        self.from.or_else(|| match self.inputs.as_slice() {
            [] if self.save_catalog.is_some() => None,
            [] => Some(From::Statements),
            inputs if inputs.iter().all(is_sql) => Some(From::File),
            _ => Some(From::Replay),
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum From {
    /// Query logs, with the times of their statements.
    Replay,
    /// pg_stat_statements of the server.
    Statements,
    /// Files of SQL; every statement counts as often as it stands there.
    File,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    /// Everything, for programs.
    Json,
    /// The shape in which mPanel's index advisor reports.
    Document,
    /// The script that applies it.
    Sql,
    Markdown,
}

impl std::convert::From<Format> for AdviceFormat {
    fn from(format: Format) -> AdviceFormat {
        match format {
            Format::Text => AdviceFormat::Text,
            Format::Json => AdviceFormat::Json,
            Format::Document => AdviceFormat::Document,
            Format::Sql => AdviceFormat::Sql,
            Format::Markdown => AdviceFormat::Markdown,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Migration {
    Prisma,
    Knex,
    Rails,
    Django,
    Flyway,
    GolangMigrate,
}

impl std::convert::From<Migration> for ScriptKind {
    fn from(tool: Migration) -> ScriptKind {
        match tool {
            Migration::Prisma => ScriptKind::Prisma,
            Migration::Knex => ScriptKind::Knex,
            Migration::Rails => ScriptKind::Rails,
            Migration::Django => ScriptKind::Django,
            Migration::Flyway => ScriptKind::Flyway,
            Migration::GolangMigrate => ScriptKind::GolangMigrate,
        }
    }
}

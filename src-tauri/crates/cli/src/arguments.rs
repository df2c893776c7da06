//! The command line of mconsole.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use engine::domain::ReportFormat;

use crate::advise::AdviseArguments;
use crate::cache::CacheArguments;
use crate::compression::CompressionArguments;
use crate::explain::ExplainArguments;
use crate::health::HealthArguments;

/// The console without a window: watch pools, keep sources, run the demo.
#[derive(Debug, Parser)]
#[command(name = "mconsole", version)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start a small hosting panel on real servers that misbehaves on request.
    Demo(DemoArguments),
    /// Print the live state of sources, pools and alerts in the terminal.
    Watch(WatchArguments),
    /// List, test, add and remove sources.
    Sources(SourcesArguments),
    /// Read query logs and tell which statements repeat, what they cost, and what to write instead.
    ///
    /// Ends with 0; with 1 when --fail-on found something; with 2 when a log or a file could not be read.
    Replay(ReplayArguments),
    /// Look once at the health of a PostgreSQL server, and say what to do.
    ///
    /// Nothing is changed. Ends with 0; with 1 when --fail-on found something; with 2 when the server does not answer.
    Health(HealthArguments),
    /// Look once at a Redis, and with --walk at what lies in it.
    ///
    /// Nothing is changed, and no value is loaded. Ends with 0; with 1 when --fail-on found something; with 2 when it does not answer.
    Cache(CacheArguments),
    /// Ask an instance's endpoints what they compress, what they leave, and what that costs.
    ///
    /// Every path costs two or three requests. Ends with 0; with 2 when the instance cannot be asked.
    Compression(CompressionArguments),
    /// Tell which indexes statements need and which nobody needs, and write the script that creates and drops them.
    ///
    /// Nothing is changed: the server's planner is asked what indexes would do, through HypoPG where that is installed.
    ///
    /// Ends with 0; with 2 when statements, a catalog or the database could not be read.
    Advise(Box<AdviseArguments>),
    /// Show the plan of a statement and what stands out in it: without values, for given values, or measured.
    ///
    /// Nothing is run without --analyze, and what that runs is rolled back. Ends with 0; with 2 when there is no plan.
    Explain(Box<ExplainArguments>),
}

#[derive(Debug, Args)]
pub(crate) struct ReplayArguments {
    /// Files, directories of rotated files, quoted patterns, or - for standard input; plain, gz, zst or bz2.
    #[arg(required = true, value_name = "LOG")]
    pub inputs: Vec<String>,
    /// log_line_prefix, where it cannot be told from the lines.
    #[arg(long)]
    pub prefix: Option<String>,
    /// Where JSON lines hold what is needed: time=ts,sql=query,duration=took,unit=ms,params=args,request=req.id,rows=n.
    #[arg(long, value_name = "MAPPING")]
    pub fields: Option<String>,
    /// Repeats in one unit of work that make a pattern.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(2..))]
    pub threshold: u32,
    /// A session that pauses for so many milliseconds begins a new unit of work.
    #[arg(long, default_value_t = 500, value_name = "MS")]
    pub session_gap: u32,
    /// Keep statements with their constants, which may be personal data or secrets.
    #[arg(long)]
    pub keep_literals: bool,
    #[arg(long, value_enum, default_value_t = ReplayFormat::Text)]
    pub format: ReplayFormat,
    /// Write the report here instead of to standard output.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// End with 1 when patterns are found: any, or those that the baseline does not hold.
    #[arg(long, value_enum)]
    pub fail_on: Option<FailOn>,
    /// Patterns that are known.
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Write the patterns of this replay as a baseline.
    #[arg(long, value_name = "FILE")]
    pub write_baseline: Option<PathBuf>,
    /// Go on reading as the file grows; Ctrl+C ends it with the report.
    #[arg(long)]
    pub follow: bool,
    /// With --follow: remember here how far the file was read, and go on from there.
    #[arg(long, requires = "follow", value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,
    /// With --follow: stop at the end of the file.
    #[arg(long, requires = "follow")]
    pub once: bool,
    /// No progress.
    #[arg(long, short)]
    pub quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReplayFormat {
    Text,
    /// Everything, for programs.
    Json,
    /// The shape in which mPanel logs N+1 patterns.
    Document,
    Markdown,
    Sarif,
    Junit,
    /// One page with charts that needs nothing else.
    Html,
}

impl From<ReplayFormat> for ReportFormat {
    fn from(format: ReplayFormat) -> ReportFormat {
        match format {
            ReplayFormat::Text => ReportFormat::Text,
            ReplayFormat::Json => ReportFormat::Json,
            ReplayFormat::Document => ReportFormat::Document,
            ReplayFormat::Markdown => ReportFormat::Markdown,
            ReplayFormat::Sarif => ReportFormat::Sarif,
            ReplayFormat::Junit => ReportFormat::Junit,
            ReplayFormat::Html => ReportFormat::Html,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    NPlusOne,
    NewNPlusOne,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// Switch on a misbehaviour from the start; may be given several times. `--scenario list` names them.
    #[arg(long = "scenario", value_name = "NAME")]
    pub scenarios: Vec<String>,
    /// Keep the servers' data here, so that the next start is quick.
    #[arg(long)]
    pub dir: Option<PathBuf>,
    /// How much data: 1.0 is about a million rows.
    #[arg(long, default_value_t = 1.0)]
    pub scale: f64,
    /// No background load.
    #[arg(long)]
    pub quiet: bool,
    /// Do without a server, as a machine that does not have it; may be given several times.
    #[arg(long, value_enum, value_name = "SERVER")]
    pub without: Vec<Server>,
    /// Open this program (the desktop app) on the demo and stop the demo when it is closed.
    #[arg(long, value_name = "PROGRAM", conflicts_with = "watch")]
    pub open: Option<PathBuf>,
    /// Print the live state in this terminal instead of a window.
    #[arg(long)]
    pub watch: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Server {
    Postgres,
    Pgbouncer,
    Redis,
}

impl From<Server> for demo::Program {
    fn from(server: Server) -> demo::Program {
        match server {
            Server::Postgres => demo::Program::Postgres,
            Server::Pgbouncer => demo::Program::Pgbouncer,
            Server::Redis => demo::Program::Redis,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct WatchArguments {
    #[command(flatten)]
    pub place: Place,
    /// Print once, after every source has been polled, and end with 1 when something is critical.
    #[arg(long)]
    pub once: bool,
    /// One JSON document for each print.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SourcesArguments {
    #[command(flatten)]
    pub place: Place,
    #[command(subcommand)]
    pub action: SourcesAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SourcesAction {
    /// Every source and its state.
    List,
    /// Poll an address once and say what it offers; nothing is kept.
    Test(SourceArguments),
    /// Keep a source.
    Add(SourceArguments),
    /// Forget a source, its password and its history.
    Remove {
        /// Its id, as `list` shows it.
        id: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct SourceArguments {
    #[arg(value_enum)]
    pub kind: Kind,
    /// `postgres://user@host/database`, `key=value …`, `service=name`, or for panels and Prometheus an http(s) URL.
    pub address: String,
    #[arg(long, default_value = "")]
    pub name: String,
    /// The id of the next layer towards the database.
    #[arg(long)]
    pub upstream: Option<String>,
    /// The application_name of an application's connections.
    #[arg(long)]
    pub application_name: Option<String>,
    /// The maximum of an application's pool, where it does not tell.
    #[arg(long)]
    pub pool_max: Option<u32>,
    /// Seconds between polls.
    #[arg(long, default_value_t = 5.0)]
    pub interval: f64,
    /// Read the password from the first line of standard input.
    #[arg(long)]
    pub password_stdin: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    Postgres,
    Pgbouncer,
    Redis,
    Mpanel,
    Prometheus,
}

#[derive(Debug, Args)]
pub(crate) struct Place {
    /// Where history and settings are kept; the platform's directory for application data when absent.
    #[arg(long)]
    pub data_dir: Option<PathBuf>,
    /// Where passwords are kept.
    #[arg(long, value_enum, default_value_t = Passwords::Keychain)]
    pub passwords: Passwords,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Passwords {
    /// The OS keychain, else memory.
    Keychain,
    /// A file encrypted with the passphrase of MCONSOLE_PASSPHRASE.
    File,
    /// Memory only: gone when the console ends.
    Memory,
}

//! `mconsole compression`: what an instance's endpoints compress, leave, and compress in vain.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use engine::compression::probe_once;
use engine::domain::{CompressionProbe, CompressionVerdict, EndpointCompression};

use crate::checked::Format;
use crate::console;
use crate::sources::http_at;

#[derive(Debug, Args)]
pub(crate) struct CompressionArguments {
    /// The instance: `https://panel.example.com`.
    #[arg(value_name = "URL")]
    pub url: String,
    /// Paths below it; `/metrics` when none is named.
    #[arg(value_name = "PATH")]
    pub paths: Vec<String>,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

pub(crate) async fn run(arguments: CompressionArguments) -> Result<ExitCode> {
    let paths = if arguments.paths.is_empty() { vec!["/metrics".to_owned()] } else { arguments.paths };
    let probe = match probe_once(http_at(&arguments.url), None, &paths, console::now()).await {
        Ok(probe) => probe,
        Err(error) => return Ok(console::cannot(&error.into())),
    };
    let text = match arguments.format {
        Format::Text => text(&probe),
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&probe)?),
    };
    let _ = std::io::stdout().write_all(text.as_bytes());
    let all_unknown = probe.endpoints.iter().all(|endpoint| endpoint.verdict == CompressionVerdict::Unknown);
    Ok(if all_unknown { ExitCode::from(2) } else { ExitCode::SUCCESS })
}

fn text(probe: &CompressionProbe) -> String {
    let mut lines: Vec<String> = probe.endpoints.iter().flat_map(endpoint).collect();
    lines.push(format!(
        "{} bytes as they are, {} as a browser gets them now, {} at best; {} requests.",
        probe.plain_bytes, probe.now_bytes, probe.best_bytes, probe.requests
    ));
    lines.join("\n") + "\n"
}

fn endpoint(endpoint: &EndpointCompression) -> Vec<String> {
    let mark = match endpoint.verdict {
        CompressionVerdict::Right => "right",
        CompressionVerdict::RightlyPlain => "plain",
        CompressionVerdict::Missing => "missing",
        CompressionVerdict::Improvable => "better",
        CompressionVerdict::Needless => "needless",
        CompressionVerdict::Unknown => "unknown",
    };
    let mut lines = vec![format!("{mark:<9} {}: {}", endpoint.path, endpoint.seen)];
    lines.extend(endpoint.remedy.iter().map(|remedy| format!("          {remedy}")));
    lines
}

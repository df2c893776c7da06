//! Prints the live state as text or JSON: once, or until interrupted.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use engine::Engine;
use engine::domain::{Severity, SourceState, TimeRange};

use super::pools_pages;
use super::view::{View, render};

/// What the figures of a print look back on.
const WINDOW_MILLIS: i64 = 15 * 60 * 1000;
const PRINT_EVERY: Duration = Duration::from_secs(2);
/// `--once` waits no longer than this for sources that do not answer.
const FIRST_POLLS: Duration = Duration::from_secs(20);

/// Prints until Ctrl+C.
pub(super) async fn until_interrupted(engine: &Engine, json: bool) -> Result<ExitCode> {
    let interrupted = tokio::signal::ctrl_c();
    tokio::pin!(interrupted);
    loop {
        print(&view(engine).await?, json)?;
        tokio::select! {
            _ = &mut interrupted => return Ok(ExitCode::SUCCESS),
            () = tokio::time::sleep(PRINT_EVERY) => {}
        }
    }
}

pub(super) async fn once(engine: &Engine, json: bool) -> Result<ExitCode> {
    let mut events = engine.subscribe();
    let all_polled = async {
        while engine.sources().iter().any(|status| status.state == SourceState::Connecting) {
            let _ = events.recv().await;
        }
    };
    let _ = tokio::time::timeout(FIRST_POLLS, all_polled).await;
    let view = view(engine).await?;
    print(&view, json)?;
    let critical = view.findings.iter().any(|finding| finding.severity == Severity::Critical)
        || view
            .pools
            .iter()
            .filter_map(|page| page.diagnosis.as_ref())
            .any(|d| d.severity == Severity::Critical);
    Ok(if critical { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

async fn view(engine: &Engine) -> Result<View> {
    let now = engine.now();
    Ok(View {
        now,
        sources: engine.sources(),
        pools: pools_pages(engine, TimeRange::last(WINDOW_MILLIS, now)).await?,
        findings: engine.open_findings(),
        status: engine.console_status().await?,
    })
}

fn print(view: &View, json: bool) -> Result<()> {
    let mut out = std::io::stdout().lock();
    if json {
        serde_json::to_writer(&mut out, &view.to_json())?;
        writeln!(out)?;
    } else {
        write!(out, "{}", render(view))?;
    }
    out.flush()?;
    Ok(())
}

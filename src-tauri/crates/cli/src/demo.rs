//! `mconsole demo`: starts the demo and, when asked, the window or the terminal view on it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use demo::{Demo, DemoOptions, Scenario};
use engine::{Engine, EngineOptions, PasswordPlace};

use crate::arguments::DemoArguments;
use crate::console::tell;
use crate::{demo_sources, replay, sample, watch};

pub(crate) async fn run(arguments: DemoArguments) -> Result<ExitCode> {
    if arguments.scenarios.iter().any(|name| name == "list") {
        for scenario in Scenario::ALL {
            tell(&format!("{:<20} {}", scenario.code(), scenario.description()));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let Some(scenarios) = chosen(&arguments.scenarios) else { return Ok(ExitCode::from(2)) };
    let options = DemoOptions {
        dir: arguments.dir.clone(),
        scale: arguments.scale,
        scenario: scenarios,
        load: !arguments.quiet,
        without: arguments.without.iter().copied().map(Into::into).collect(),
        progress: Some(Arc::new(|line: &str| tell(line))),
        ..DemoOptions::default()
    };
    let demo = Demo::start(options).await?;
    introduce(&demo);
    let outcome = attend(&demo, &arguments).await;
    tell("Stopping the demo's servers.");
    demo.stop().await;
    outcome
}

/// None when a name is unknown, which has been told.
fn chosen(names: &[String]) -> Option<Vec<Scenario>> {
    let mut scenarios = Vec::new();
    for name in names {
        match name.parse::<Scenario>() {
            Ok(scenario) => scenarios.push(scenario),
            Err(unknown) => {
                tell(&format!("mconsole: {unknown}. `mconsole demo --scenario list` says what they do."));
                return None;
            }
        }
    }
    Some(scenarios)
}

fn introduce(demo: &Demo) {
    for missing in demo.missing() {
        tell(&format!(
            "{} is not installed ({}): {}",
            missing.program.title(),
            missing.package,
            missing.lost
        ));
    }
    let endpoints = demo.endpoints();
    if let Some(panel) = &endpoints.panel {
        tell(&format!("Panel       {panel}  (misbehaviour: {panel}/demo/scenarios)"));
    }
    if let Some(server) = &endpoints.postgres {
        tell(&format!("PostgreSQL  {}:{}/{} as {}", server.host, server.port, server.database, server.user));
    }
    if let Some(server) = &endpoints.pgbouncer {
        tell(&format!("PgBouncer   {}:{} as {}", server.host, server.port, server.user));
    }
    if let Some(redis) = &endpoints.redis {
        tell(&format!("Redis       {redis}"));
    }
    if let Some(log) = &endpoints.statement_log {
        tell(&format!("Statements  {}", log.display()));
    }
}

async fn attend(demo: &Demo, arguments: &DemoArguments) -> Result<ExitCode> {
    match &arguments.open {
        Some(program) if has_display() => open_window(demo, program).await,
        Some(_) => {
            tell(
                "There is no display here. `mconsole demo --watch` prints the same live data in the terminal.",
            );
            Ok(ExitCode::SUCCESS)
        }
        None if arguments.watch => watch_here(demo).await,
        None => {
            tell("Ctrl+C stops it.");
            tokio::signal::ctrl_c().await?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

async fn open_window(demo: &Demo, program: &Path) -> Result<ExitCode> {
    let data_dir = ConsoleDirectory::new()?;
    let sources = serde_json::to_string(&demo_sources::drafts(demo.endpoints()))?;
    let mut window = tokio::process::Command::new(program)
        .arg("--data-dir")
        .arg(&data_dir.0)
        .args(["--passwords", "memory"])
        .env("MCONSOLE_SOURCES", sources)
        .envs(sample_log(demo, &data_dir.0)?.map(|log| ("MCONSOLE_REPLAY", log)))
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("{} cannot be started", program.display()))?;
    tokio::select! {
        ended = window.wait() => {
            let ended = ended?;
            Ok(if ended.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        _ = tokio::signal::ctrl_c() => {
            // The window got the same signal; it writes what waits before it ends.
            let _ = window.wait().await;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Without PostgreSQL there is no statement log; the sample stands in for it.
fn sample_log(demo: &Demo, directory: &Path) -> Result<Option<PathBuf>> {
    if demo.endpoints().postgres.is_some() {
        return Ok(None);
    }
    sample::write(directory).map(Some)
}

async fn watch_here(demo: &Demo) -> Result<ExitCode> {
    let data_dir = ConsoleDirectory::new()?;
    if let Some(log) = sample_log(demo, &data_dir.0)? {
        tell("Without PostgreSQL there is no query log to watch; this is what a replay finds in a sample:");
        replay::print(&log).await?;
    }
    let mut options = EngineOptions::new(&data_dir.0);
    options.passwords = PasswordPlace::Memory;
    let engine = Engine::start(options).await?;
    for draft in demo_sources::drafts(demo.endpoints()) {
        engine.save_source(draft).await?;
    }
    let outcome = watch::watch(&engine).await;
    engine.shutdown().await;
    outcome
}

/// The demo's own history: passwords and ports change with each start, so nothing of it is worth keeping.
struct ConsoleDirectory(PathBuf);

impl ConsoleDirectory {
    fn new() -> Result<ConsoleDirectory> {
        let path = std::env::temp_dir().join(format!("mconsole-demo-{}", std::process::id()));
        std::fs::create_dir_all(&path).with_context(|| format!("{} cannot be made", path.display()))?;
        Ok(ConsoleDirectory(path))
    }
}

impl Drop for ConsoleDirectory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

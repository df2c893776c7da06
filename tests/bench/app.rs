//! The release build of the app under a virtual display: its first paint and its idle cost.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use engine::domain::SourceDraft;
use tempfile::TempDir;

use crate::display::Display;
use crate::process;
use crate::support::binary;

pub(crate) struct IdleCost {
    /// Share of one core.
    pub cpu: f64,
    pub resident: process::Resident,
    /// Bytes of samples written: proof that it really polled.
    pub written_kb: u64,
}

/// The app and its display; both end with it.
struct App {
    child: Child,
    /// When the process was started; the display was there before.
    started: Instant,
    _display: Display,
    directory: TempDir,
}

impl App {
    fn start(sources: &[SourceDraft]) -> App {
        let display = Display::start();
        let directory = TempDir::new().expect("a directory");
        let started = Instant::now();
        let child = Command::new("dbus-run-session")
            .arg("--")
            .arg(binary("mpanel-console"))
            .args(["--passwords", "memory", "--data-dir"])
            .arg(directory.path())
            .env("DISPLAY", &display.name)
            .env("GDK_BACKEND", "x11")
            .env("MCONSOLE_SOURCES", serde_json::to_string(sources).expect("drafts are JSON"))
            .env("MCONSOLE_LOG", "mpanel_console=info")
            .env_remove("WAYLAND_DISPLAY")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the app starts");
        App { child, started, _display: display, directory }
    }

    fn wait_for_paint(&mut self) {
        let log = self.child.stderr.take().expect("its log");
        let mut lines = BufReader::new(log).lines();
        let painted = lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("first paint")));
        assert!(painted.is_some(), "the app tells its first paint");
        // Keep reading, so that a full pipe never stops the app.
        std::thread::spawn(move || lines.for_each(drop));
    }

    /// Kilobytes of samples in the write-ahead log.
    fn written_kb(&self) -> u64 {
        std::fs::metadata(self.directory.path().join("history.db-wal")).map_or(0, |file| file.len() / 1024)
    }

    /// The process of the app itself, below the session bus.
    fn pid(&self) -> u32 {
        process::descendant(self.child.id(), "mpanel-console").expect("the app runs")
    }
}

impl Drop for App {
    fn drop(&mut self) {
        if let Some(pid) = process::descendant(self.child.id(), "mpanel-console") {
            let _ = Command::new("kill").arg(pid.to_string()).status();
        }
        let _ = self.child.wait();
    }
}

/// From starting the process to the first painted frame.
pub(crate) fn first_paint() -> Duration {
    let mut app = App::start(&[]);
    app.wait_for_paint();
    app.started.elapsed()
}

pub(crate) async fn idle_cost(sources: &[SourceDraft], warm_up: Duration, measured: Duration) -> IdleCost {
    let mut app = App::start(sources);
    app.wait_for_paint();
    tokio::time::sleep(warm_up).await;
    let pid = app.pid();
    let (before, started) = (process::cpu_seconds(pid), Instant::now());
    tokio::time::sleep(measured).await;
    let cpu = (process::cpu_seconds(pid) - before) / started.elapsed().as_secs_f64();
    IdleCost { cpu, resident: process::resident(pid), written_kb: app.written_kb() }
}

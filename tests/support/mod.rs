//! What end-to-end tests share: waiting with a deadline, an engine on the demo, the built binaries.
#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot be set up should fail loudly")]

use std::future::Future;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use demo::{Demo, DemoOptions};
use engine::domain::{
    Connection, ConnectionFields, HttpAuth, HttpConnection, PasswordDraft, PoolThresholds, SourceDraft,
    SourceId, SourceKind, SourceStatus, TimeRange, TlsMode,
};
use engine::{Engine, EngineOptions, PasswordPlace};
use servers::Postgres;
use tempfile::TempDir;

/// Enough data for every query to do something, little enough to be ready in seconds.
pub(crate) const SCALE: f64 = 0.02;
pub(crate) const PANEL: &str = "panel";
pub(crate) const BOUNCER: &str = "bouncer";
pub(crate) const DATABASE: &str = "database";

/// Asks until the answer is there. Fails with `what` after `limit`.
pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    limit: Duration,
    ask: impl FnMut() -> F,
) -> T {
    within(limit, ask).await.unwrap_or_else(|| panic!("after {limit:?}: {what}"))
}

/// Asks until the answer is there, or nothing after `limit`.
pub(crate) async fn within<T, F: Future<Output = Option<T>>>(
    limit: Duration,
    mut ask: impl FnMut() -> F,
) -> Option<T> {
    let deadline = tokio::time::Instant::now() + limit;
    loop {
        if let Some(answer) = ask().await {
            return Some(answer);
        }
        if tokio::time::Instant::now() >= deadline {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The demo's servers without background load, so that tests decide what happens.
pub(crate) async fn quiet_demo() -> Demo {
    let options = DemoOptions { scale: SCALE, load: false, ..DemoOptions::default() };
    let demo = Demo::start(options).await.expect("the demo starts");
    assert!(demo.missing().is_empty(), "every server is installed: {:?}", demo.missing());
    demo
}

pub(crate) struct Console {
    pub engine: Engine,
    pub directory: TempDir,
}

impl Console {
    pub(crate) async fn start() -> Console {
        let directory = TempDir::new().expect("a directory");
        let engine = open(directory.path().to_path_buf()).await;
        Console { engine, directory }
    }

    /// Thresholds with which a test need not wait for half a minute.
    pub(crate) async fn hurry(&self, change: impl FnOnce(&mut PoolThresholds)) {
        let mut settings = self.engine.settings();
        settings.pools.hold_seconds = 1.0;
        settings.pools.cooldown_seconds = 1.0;
        change(&mut settings.pools);
        self.engine.save_settings(settings).await.expect("settings are kept");
    }

    pub(crate) async fn watch(&self, demo: &Demo) {
        for draft in drafts(demo) {
            self.engine.save_source(draft).await.expect("a source is kept");
        }
    }

    pub(crate) fn status(&self, name: &str) -> SourceStatus {
        self.engine.source(&SourceId::new(name)).expect("the source exists")
    }

    pub(crate) fn last_minutes(&self, minutes: i64) -> TimeRange {
        TimeRange::last(minutes * 60_000, self.engine.now().plus_millis(1))
    }
}

pub(crate) async fn open(directory: PathBuf) -> Engine {
    let mut options = EngineOptions::new(directory);
    options.passwords = PasswordPlace::Memory;
    options.record_every = Duration::from_millis(200);
    options.look_for_due_advice_every = Duration::from_millis(200);
    Engine::start(options).await.expect("the engine starts")
}

/// The demo's layers as sources, database first.
pub(crate) fn drafts(demo: &Demo) -> Vec<SourceDraft> {
    let endpoints = demo.endpoints();
    let database = endpoints.postgres.as_ref().expect("PostgreSQL runs");
    let bouncer = endpoints.pgbouncer.as_ref().expect("PgBouncer runs");
    let panel = endpoints.panel.as_ref().expect("the panel runs");
    let mut panel = draft(PANEL, SourceKind::Mpanel, http(panel), "", Some(BOUNCER));
    panel.application_name = Some("panel".to_owned());
    vec![
        draft(
            DATABASE,
            SourceKind::Postgres,
            fields(&database.host, database.port, &database.database, &database.user),
            &database.password,
            None,
        ),
        draft(
            BOUNCER,
            SourceKind::Pgbouncer,
            fields(&bouncer.host, bouncer.port, "pgbouncer", &bouncer.user),
            &bouncer.password,
            Some(DATABASE),
        ),
        panel,
    ]
}

pub(crate) fn draft(
    name: &str,
    kind: SourceKind,
    connection: Connection,
    password: &str,
    upstream: Option<&str>,
) -> SourceDraft {
    SourceDraft {
        id: Some(SourceId::new(name)),
        name: name.to_owned(),
        kind,
        connection,
        interval_ms: if kind == SourceKind::Mpanel { 5_000 } else { 1_000 },
        enabled: true,
        upstream: upstream.map(SourceId::new),
        application_name: None,
        pool_max: None,
        allow_index_builds: false,
        allow_signals: false,
        allow_cache_writes: false,
        password: match password {
            "" => PasswordDraft::None,
            password => PasswordDraft::Set { password: password.to_owned() },
        },
    }
}

pub(crate) fn fields(host: &str, port: u16, database: &str, user: &str) -> Connection {
    Connection::Fields(ConnectionFields {
        host: host.to_owned(),
        port,
        database: database.to_owned(),
        user: user.to_owned(),
        tls: TlsMode::Disable,
        root_certificate: None,
    })
}

pub(crate) fn http(url: &str) -> Connection {
    Connection::Http(HttpConnection { url: url.to_owned(), auth: HttpAuth::None, root_certificate: None })
}

/// A binary of this workspace, built beside the tests.
pub(crate) fn binary(name: &str) -> PathBuf {
    let tests = std::env::current_exe().expect("the test binary has a path");
    let profile = tests.ancestors().nth(2).expect("target/<profile>/deps/<test>").to_path_buf();
    let path = profile.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(path.exists(), "{} is built by `cargo build --workspace --bins`", path.display());
    path
}

/// Where a server is, as `--dsn` takes it: without its password.
pub(crate) fn address(server: &Postgres) -> String {
    format!(
        "postgres://{}@{}:{}/{}?sslmode=disable",
        server.user(),
        server.host(),
        server.port(),
        server.database()
    )
}

/// `mconsole advise` with a password on standard input.
pub(crate) fn advise(password: &str, arguments: &[&str]) -> Output {
    mconsole("advise", password, arguments)
}

/// A command with a password on standard input.
pub(crate) fn mconsole(command: &str, password: &str, arguments: &[&str]) -> Output {
    let mut child = Command::new(binary("mconsole"))
        .arg(command)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("mconsole starts");
    let mut stdin = child.stdin.take().expect("its input");
    // One that asks no server may be gone before it reads.
    let _ = writeln!(stdin, "{password}");
    drop(stdin);
    child.wait_with_output().expect("mconsole ends")
}

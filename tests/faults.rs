//! Servers that die and come back, and passwords that are wrong: states and gaps are right, and nothing of the engine dies.
#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails where it cannot go on")]

use std::time::Duration;

use engine::domain::{
    Check, EngineEvent, PasswordDraft, ProblemCode, SeriesKey, SourceKind, SourceState, metric,
};
use servers::{Postgres, PostgresOptions};

use crate::support::{BOUNCER, Console, DATABASE, PANEL, draft, eventually, fields, open, quiet_demo};

const SOON: Duration = Duration::from_secs(45);

fn answers(state: &SourceState) -> bool {
    matches!(state, SourceState::Ok | SourceState::Degraded { .. })
}

async fn answering(console: &Console, name: &str) {
    eventually(&format!("{name} answers"), SOON, || async {
        answers(&console.status(name).state).then_some(())
    })
    .await;
}

async fn failing(console: &Console, name: &str) -> ProblemCode {
    eventually(&format!("{name} is seen to fail"), SOON, || async {
        match console.status(name).state {
            SourceState::Failing { problem, .. } => Some(problem.code),
            _ => None,
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_layer_may_die_and_come_back() {
    let mut demo = quiet_demo().await;
    let console = Console::start().await;
    console.hurry(|_| {}).await;
    console.watch(&demo).await;
    for name in [PANEL, BOUNCER, DATABASE] {
        answering(&console, name).await;
    }

    demo.pgbouncer_mut().expect("PgBouncer runs").kill().await;
    failing(&console, BOUNCER).await;
    assert!(answers(&console.status(DATABASE).state), "another layer is not affected");
    demo.pgbouncer_mut().expect("PgBouncer").start_again().await.expect("PgBouncer starts again");
    answering(&console, BOUNCER).await;

    demo.postgres_mut().expect("PostgreSQL runs").kill().await;
    failing(&console, DATABASE).await;
    let down = console.engine.now();
    let alert = eventually("the dead source is told", SOON, || async {
        let open = console.engine.open_findings();
        open.into_iter().find(|finding| finding.check == Check::SourceFailing && finding.source.0 == DATABASE)
    })
    .await;
    assert!(alert.detail.contains("keeps trying"), "{}", alert.detail);
    demo.postgres_mut().expect("PostgreSQL").start_again().await.expect("PostgreSQL starts again");
    let up = console.engine.now();
    answering(&console, DATABASE).await;
    eventually("the alert is cleared", SOON, || async {
        let open = console.engine.open_findings();
        (!open.iter().any(|finding| finding.id == alert.id)).then_some(())
    })
    .await;

    demo.kill_panel();
    failing(&console, PANEL).await;
    demo.restart_panel().await.expect("the panel starts again");
    answering(&console, PANEL).await;

    gap_is_a_gap(&console, down.0, up.0).await;
    console.engine.shutdown().await;
    demo.stop().await;
}

/// While PostgreSQL was down nothing was recorded, and least of all zeros.
async fn gap_is_a_gap(console: &Console, down: i64, up: i64) {
    let key = SeriesKey::new(&engine::domain::SourceId::new(DATABASE), metric::PG_MAX_CONNECTIONS);
    let recorded = eventually("samples on both sides of the gap", SOON, || async {
        let all = console.engine.raw_samples(&key, console.last_minutes(10)).await.expect("samples");
        let before = all.iter().any(|(at, _)| at.0 < down);
        let after = all.iter().any(|(at, _)| at.0 > up);
        (before && after).then_some(all)
    })
    .await;
    assert!(!recorded.iter().any(|(at, _)| at.0 > down && at.0 < up), "nothing is recorded while it is down");
    assert!(recorded.iter().all(|(_, value)| *value >= 1.0), "no zero was made up: {recorded:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_tried_once() {
    let server = Postgres::start(PostgresOptions { log_statements: true, ..PostgresOptions::default() })
        .await
        .expect("PostgreSQL starts");
    let console = Console::start().await;
    let connection = fields(server.host(), server.port(), server.database(), server.user());
    let mut wrong = draft("db", SourceKind::Postgres, connection, "not the password", None);
    console.engine.save_source(wrong.clone()).await.expect("the source is kept");
    let problem = eventually("the source stops", SOON, || async {
        match console.status("db").state {
            SourceState::Stopped { problem, .. } => Some(problem),
            _ => None,
        }
    })
    .await;
    assert_eq!(problem.code, ProblemCode::Authentication);
    assert!(!problem.message.contains("not the password"));
    assert!(problem.remedy.is_some());

    // Three more intervals pass on the engine's own watch; the server's log knows how often it was asked.
    let since = console.engine.now();
    eventually("three intervals pass", SOON, || async {
        (console.engine.now().millis_since(since) > 3_000).then_some(())
    })
    .await;
    let log = server.logged("password authentication failed").await.expect("the server's log");
    assert_eq!(log.matches("password authentication failed").count(), 1, "{log}");
    assert_eq!(console.status("db").failures, 1);

    wrong.password = PasswordDraft::Set { password: server.password().to_owned() };
    console.engine.save_source(wrong).await.expect("the source is mended");
    answering(&console, "db").await;
    console.engine.shutdown().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sources_and_history_outlive_the_console_and_passwords_do_not_reach_the_disk() {
    const PASSWORD: &str = "correct-horse-battery-staple";
    let server = Postgres::start(PostgresOptions {
        password: Some(PASSWORD.to_owned()),
        ..PostgresOptions::default()
    })
    .await
    .expect("PostgreSQL starts");
    let console = Console::start().await;
    let connection = fields(server.host(), server.port(), server.database(), server.user());
    console
        .engine
        .save_source(draft("db", SourceKind::Postgres, connection, PASSWORD, None))
        .await
        .expect("the source is kept");
    answering(&console, "db").await;
    let key = SeriesKey::new(&engine::domain::SourceId::new("db"), metric::PG_BACKENDS_TOTAL);
    eventually("a sample is written", SOON, || async {
        let range = console.last_minutes(5);
        (!console.engine.raw_samples(&key, range).await.expect("samples").is_empty()).then_some(())
    })
    .await;
    let second = engine::Engine::start(engine::EngineOptions::new(console.directory.path())).await;
    assert_eq!(second.err().map(|error| error.code()), Some("data_directory_in_use"));
    console.engine.shutdown().await;

    for entry in std::fs::read_dir(console.directory.path()).expect("the data directory") {
        let path = entry.expect("an entry").path();
        let bytes = std::fs::read(&path).expect("a file");
        let found = bytes.windows(PASSWORD.len()).any(|window| window == PASSWORD.as_bytes());
        assert!(!found, "{} holds the password", path.display());
    }

    drop(console.engine);
    let again = open(console.directory.path().to_path_buf()).await;
    let kept = again.sources();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].config.name, "db");
    let state = eventually("the forgotten password is told", SOON, || async {
        match again.sources()[0].state.clone() {
            SourceState::Connecting => None,
            state => Some(state),
        }
    })
    .await;
    let SourceState::Stopped { problem, .. } = state else { panic!("stopped, not {state:?}") };
    assert_eq!(problem.code, ProblemCode::SecretMissing, "memory forgets, and says so");
    let range = engine::domain::TimeRange::last(3_600_000, again.now());
    assert!(!again.raw_samples(&key, range).await.expect("samples").is_empty(), "history is there");
    again.shutdown().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_is_told_as_soon_as_sources_change() {
    let console = Console::start().await;
    let mut events = console.engine.subscribe();
    let mut told = || {
        let events = std::iter::from_fn(|| events.try_recv().ok());
        let counts = events.filter_map(|event| match event {
            EngineEvent::StatusChanged { status } => Some(status.sources),
            _ => None,
        });
        counts.last()
    };
    let nowhere = draft(DATABASE, SourceKind::Postgres, fields("127.0.0.1", 1, "none", "nobody"), "", None);
    let source = console.engine.save_source(nowhere).await.expect("a source is kept");
    assert_eq!(told(), Some(1), "nobody waits for the next beat");
    console.engine.set_source_enabled(source.config.id.clone(), false).await.expect("it is switched off");
    assert_eq!(told(), Some(0));
    console.engine.set_source_enabled(source.config.id.clone(), true).await.expect("it is switched on");
    assert_eq!(told(), Some(1));
    console.engine.remove_source(source.config.id).await.expect("it is removed");
    assert_eq!(told(), Some(0));
    console.engine.shutdown().await;
}

//! Bad input gets a clear sentence with a remedy, and loses nothing.
#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails where it cannot go on")]

use std::io::{Read, Write};
use std::net::TcpListener;

use engine::domain::{Connection, ProblemCode, SourceKind, TestReport};
use servers::{Pgbouncer, PgbouncerOptions, Postgres, PostgresOptions};

use crate::support::{Console, draft, fields, http};

async fn test(console: &Console, kind: SourceKind, connection: Connection, password: &str) -> TestReport {
    console
        .engine
        .test_source(draft("new", kind, connection, password, None))
        .await
        .expect("a test has a report")
}

fn problem(report: TestReport, code: ProblemCode) -> String {
    assert!(!report.ok);
    let problem = report.problem.expect("a problem");
    assert_eq!(problem.code, code, "{}", problem.message);
    let remedy = problem.remedy.unwrap_or_default();
    assert!(!remedy.is_empty(), "{} has a remedy", problem.message);
    format!("{} {remedy}", problem.message)
}

/// Answers every request with the same bytes until the test ends.
fn web_page(response: &'static str) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut request = [0; 2048];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(response.as_bytes());
        }
    });
    format!("http://{address}")
}

fn unused_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.local_addr().expect("an address").port()
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_that_cannot_work_say_why() {
    let console = Console::start().await;
    let login = web_page(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 45\r\nConnection: close\r\n\r\n<!doctype html><html><title>Sign in</title>..",
    );
    let forbidden = web_page("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let nobody = unused_port();
    let refused = format!("http://127.0.0.1:{nobody}");
    let cases = [
        (SourceKind::Mpanel, http("panel.example.com"), ProblemCode::InvalidAddress, "http"),
        (
            SourceKind::Prometheus,
            http("http://me:secret@127.0.0.1/"),
            ProblemCode::InvalidAddress,
            "password",
        ),
        (SourceKind::Mpanel, http(&refused), ProblemCode::Refused, &nobody.to_string()),
        (SourceKind::Mpanel, http(&login), ProblemCode::NotMetrics, "text/html"),
        (SourceKind::Prometheus, http(&forbidden), ProblemCode::Authentication, "401"),
        (
            SourceKind::Postgres,
            Connection::Url { url: "postgres://me:secret@127.0.0.1/db".to_owned() },
            ProblemCode::InvalidAddress,
            "password",
        ),
        (SourceKind::Postgres, fields("127.0.0.1", nobody, "db", "me"), ProblemCode::Refused, "127.0.0.1"),
        (
            SourceKind::Postgres,
            fields("no-such-host.invalid", 5432, "db", "me"),
            ProblemCode::NameNotFound,
            "no-such-host.invalid",
        ),
        (SourceKind::Postgres, http("http://127.0.0.1"), ProblemCode::InvalidAddress, "PostgreSQL"),
    ];
    for (kind, connection, code, mentions) in cases {
        let text = problem(test(&console, kind, connection, "").await, code);
        assert!(text.contains(mentions), "{text} mentions {mentions}");
        assert!(!text.contains("secret"), "{text} holds no password");
    }
    assert!(console.engine.sources().is_empty(), "a test keeps nothing");
    console.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_with_too_little_is_told_the_grant_and_a_wrong_target_what_it_is() {
    let server = Postgres::start(PostgresOptions::default()).await.expect("PostgreSQL starts");
    let admin = server.connect().await.expect("a connection");
    admin.batch_execute("CREATE ROLE plain LOGIN PASSWORD 'plain'").await.expect("a role");
    let bouncer = Pgbouncer::start(PgbouncerOptions::in_front_of(&server)).await.expect("PgBouncer starts");
    let console = Console::start().await;

    let as_plain = fields(server.host(), server.port(), server.database(), "plain");
    let report = test(&console, SourceKind::Postgres, as_plain, "plain").await;
    assert!(report.ok, "{:?}", report.problem);
    let degraded = report.degraded.iter().find(|degraded| degraded.code == "missing_privilege");
    let remedy =
        degraded.and_then(|degraded| degraded.remedy.clone()).expect("a missing privilege with its GRANT");
    admin.batch_execute(&remedy).await.expect("the GRANT that is shown is valid SQL");
    let as_plain = fields(server.host(), server.port(), server.database(), "plain");
    let mended = test(&console, SourceKind::Postgres, as_plain, "plain").await;
    assert!(
        mended.degraded.iter().all(|degraded| degraded.code != "missing_privilege"),
        "the GRANT mends it"
    );

    let not_a_bouncer = fields(server.host(), server.port(), server.database(), server.user());
    problem(
        test(&console, SourceKind::Pgbouncer, not_a_bouncer, server.password()).await,
        ProblemCode::NotPgbouncer,
    );
    let stats = fields(bouncer.host(), bouncer.port(), "pgbouncer", bouncer.stats_user());
    let report = test(&console, SourceKind::Pgbouncer, stats, bouncer.stats_password()).await;
    assert!(report.ok, "{:?}", report.problem);
    assert!(report.version.expect("a version").contains("PgBouncer"));
    console.engine.shutdown().await;
    bouncer.stop().await;
    server.stop().await;
}

//! PostgreSQL as a source, against real servers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may fail loudly"
)]

use std::time::{Duration, Instant};

use domain::{
    BackendState, Backends, Connection, ConnectionFields, Facts, PollResult, Problem, ProblemCode, Reading,
    SourceConfig, SourceKind, Timestamp, TlsMode,
};
use servers::{Postgres, PostgresOptions};
use sources::postgres::PostgresSource;
use sources::{Source, SourceContext};
use tokio_postgres::Client;

const NOW: Timestamp = Timestamp(0);

fn config(connection: Connection) -> SourceConfig {
    SourceConfig::unsaved("pg", SourceKind::Postgres, connection)
}

fn context() -> SourceContext {
    SourceContext::new(runtime::metrics::Registry::new())
}

fn open(connection: Connection, password: Option<&str>) -> PostgresSource {
    PostgresSource::new(&config(connection), password.map(str::to_owned), &context()).unwrap()
}

fn url(server: &Postgres, user: &str, database: &str) -> Connection {
    Connection::Url { url: format!("postgres://{user}@127.0.0.1:{}/{database}", server.port()) }
}

fn source(server: &Postgres) -> PostgresSource {
    open(url(server, "postgres", "postgres"), Some(server.password()))
}

fn backends(reading: &Reading) -> &Backends {
    match &reading.facts {
        Facts::Backends(backends) => backends,
        other => panic!("{other:?}"),
    }
}

fn count(backends: &Backends, state: BackendState, application: &str) -> f64 {
    let matching = backends.groups.iter().filter(|g| g.state == state && g.application == application);
    matching.map(|group| group.count).sum()
}

/// Polls until `wanted` is seen.
async fn until(source: &PostgresSource, wanted: impl Fn(&PollResult) -> bool) -> PollResult {
    let deadline = Instant::now() + Duration::from_secs(15);
    loop {
        let result = source.poll(NOW).await;
        if wanted(&result) {
            return result;
        }
        assert!(Instant::now() < deadline, "never seen; last: {result:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn panel(server: &Postgres) -> Client {
    let client = server.connect().await.unwrap();
    client.batch_execute("SET application_name = 'panel'").await.unwrap();
    client
}

fn problem(result: PollResult) -> Problem {
    let problem = result.expect_err("a problem");
    assert!(problem.remedy.as_ref().is_some_and(|remedy| !remedy.is_empty()), "{problem:?}");
    problem
}

#[tokio::test]
async fn states_locks_and_routes_are_seen_as_they_are() {
    let server =
        Postgres::start(PostgresOptions { max_connections: Some(31), ..Default::default() }).await.unwrap();
    let idle = panel(&server).await;
    idle.batch_execute("CREATE TABLE t (x int)").await.unwrap();
    let holder = panel(&server).await;
    holder.batch_execute("BEGIN; LOCK TABLE t").await.unwrap();
    let last = "SELECT 'a secret' /*action='x',route='%2Fapi%2Forders%2F%3Aid',traceparent='00-1'*/";
    holder.batch_execute(last).await.unwrap();
    let aborted = panel(&server).await;
    aborted.batch_execute("BEGIN; SELECT 1/0").await.unwrap_err();
    let (sleeper, blocked) = (panel(&server).await, panel(&server).await);
    let stop = sleeper.cancel_token();
    let sleeping = tokio::spawn(async move { sleeper.batch_execute("SELECT pg_sleep(600)").await });
    let waiting = tokio::spawn(async move { blocked.batch_execute("SELECT * FROM t").await });

    let source = source(&server);
    let seen = until(&source, |result| {
        result.as_ref().is_ok_and(|reading| {
            let found = backends(reading);
            found.waiting_for_lock == 1.0 && count(found, BackendState::Active, "panel") == 2.0
        })
    });
    let reading = seen.await.unwrap();
    let found = backends(&reading);
    assert!(found.states_visible && reading.degraded.is_empty());
    assert_eq!((found.max_connections, found.reserved), (31.0, 3.0));
    assert_eq!(count(found, BackendState::Idle, "panel"), 1.0);
    assert_eq!(count(found, BackendState::IdleInTransaction, "panel"), 1.0);
    assert_eq!(count(found, BackendState::IdleInTransactionAborted, "panel"), 1.0);
    assert_eq!(found.total(), 5.0, "{:?}", found.groups);
    assert!(found.longest_idle_in_transaction_seconds.is_some_and(|seconds| seconds < 60.0));
    let holding = found.sessions.iter().find(|s| s.state == BackendState::IdleInTransaction).unwrap();
    assert_eq!(holding.route.as_deref(), Some("/api/orders/:id"));
    assert_eq!(holding.client.as_deref(), Some("127.0.0.1"));
    assert!(holding.transaction_seconds.unwrap() >= holding.state_seconds.unwrap());
    assert_eq!(found.sessions.iter().filter(|s| s.waiting_for_lock).count(), 1);
    assert_eq!(found.sessions.iter().filter(|s| s.route.is_some()).count(), 1);
    assert!(!format!("{reading:?}").contains("secret"), "statement text left the server");

    let value =
        |key: &str| reading.samples.iter().find(|s| s.key.to_string() == key).map(|sample| sample.value);
    assert_eq!(value("pg_backends_count"), Some(5.0));
    assert_eq!(value("pg_backends{state=\"active\"}"), Some(2.0));
    assert_eq!(
        value("pg_application_backends{application=\"panel\",state=\"idle in transaction\"}"),
        Some(1.0)
    );
    assert_eq!(value("pg_max_connections"), Some(31.0));
    assert_eq!(value("pg_backends_waiting_for_lock"), Some(1.0));
    assert!(value("console_poll_milliseconds").unwrap() > 0.0);
    assert!(reading.version.as_ref().unwrap().starts_with("PostgreSQL 1"), "{:?}", reading.version);

    holder.batch_execute("ROLLBACK").await.unwrap();
    waiting.await.unwrap().unwrap();
    stop.cancel_query(tokio_postgres::NoTls).await.unwrap();
    sleeping.await.unwrap().unwrap_err();
    drop(idle);
}

#[tokio::test]
async fn a_plain_role_is_degraded_until_it_is_granted() {
    let server = Postgres::start(PostgresOptions::default()).await.unwrap();
    let admin = panel(&server).await;
    admin.batch_execute("CREATE ROLE \"Eve\" LOGIN PASSWORD 'pw'").await.unwrap();
    let source = open(url(&server, "Eve", "postgres"), Some("pw"));
    let reading = source.poll(NOW).await.unwrap();
    let found = backends(&reading);
    assert!(!found.states_visible);
    assert_eq!(found.total(), 1.0, "{:?}", found.groups);
    assert_eq!(found.groups[0].state, BackendState::Unknown);
    assert_eq!(reading.degraded[0].code, "missing_privilege");
    let grant = reading.degraded[0].remedy.clone().unwrap();
    assert_eq!(grant, "GRANT pg_monitor TO \"Eve\";");
    assert!(!reading.samples.iter().any(|sample| sample.key.labels.contains_key("state")));

    admin.batch_execute(&grant).await.unwrap();
    let reading = source.poll(NOW).await.unwrap();
    assert!(backends(&reading).states_visible && reading.degraded.is_empty());
    assert_eq!(count(backends(&reading), BackendState::Idle, "panel"), 1.0);
}

#[tokio::test]
async fn refused_logins_stop_after_one_try_and_say_what_to_do() {
    let server =
        Postgres::start(PostgresOptions { max_connections: Some(4), ..Default::default() }).await.unwrap();
    let found = problem(open(url(&server, "postgres", "postgres"), Some("hunter2")).poll(NOW).await);
    assert_eq!(found.code, ProblemCode::Authentication);
    assert!(found.code.stops_polling() && found.message.contains(&format!("127.0.0.1:{}", server.port())));
    assert!(!format!("{found:?}").contains("hunter2"));
    let log = server.logged("password authentication failed").await.unwrap();
    assert_eq!(log.matches("password authentication failed").count(), 1, "{log}");

    let found = problem(open(url(&server, "postgres", "absent"), Some(server.password())).poll(NOW).await);
    assert_eq!(found.code, ProblemCode::InvalidAddress);
    assert!(found.message.contains("absent"), "{}", found.message);
    let nobody = Connection::Url { url: format!("{}&passfile=/nowhere", url_of(&server, "nobody")) };
    assert_eq!(problem(open(nobody, None).poll(NOW).await).code, ProblemCode::SecretMissing);

    let admin = server.connect().await.unwrap();
    admin.batch_execute("CREATE ROLE eve LOGIN PASSWORD 'pw'").await.unwrap();
    let found = problem(open(url(&server, "eve", "postgres"), Some("pw")).poll(NOW).await);
    assert_eq!(found.code, ProblemCode::TooManyConnections, "{found:?}");
}

fn url_of(server: &Postgres, user: &str) -> String {
    format!("postgres://{user}@127.0.0.1:{}/postgres?sslmode=disable", server.port())
}

#[tokio::test]
async fn addresses_that_lead_nowhere_are_told_apart() {
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let cases = [
        (format!("postgres://a@127.0.0.1:{unused}/x"), ProblemCode::Refused),
        ("postgres://a@no-such-host.invalid/x".to_owned(), ProblemCode::NameNotFound),
        (format!("host=/nowhere/at/all port={unused} user=a"), ProblemCode::Unreachable),
    ];
    for (url, code) in cases {
        let found = problem(open(Connection::Url { url: url.clone() }, Some("x")).poll(NOW).await);
        assert_eq!(found.code, code, "{url}: {found:?}");
    }
}

#[tokio::test]
async fn it_costs_the_server_one_read_only_named_session() {
    let server =
        Postgres::start(PostgresOptions { log_statements: true, ..Default::default() }).await.unwrap();
    let source = source(&server);
    for _ in 0..3 {
        source.poll(NOW).await.unwrap();
    }
    let admin = server.connect().await.unwrap();
    let own = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'mPanel Console'";
    assert_eq!(admin.query_one(own, &[]).await.unwrap().get::<_, i64>(0), 1);
    // The count is the last of these statements to be logged.
    let log = server.logged(own).await.unwrap();
    for setting in ["default_transaction_read_only = on", "statement_timeout = '5s'", "lock_timeout = '1s'"] {
        assert_eq!(log.matches(&format!("SET {setting}")).count(), 1, "{setting}");
    }
    source.close().await;
    let deadline = Instant::now() + Duration::from_secs(10);
    while admin.query_one(own, &[]).await.unwrap().get::<_, i64>(0) > 0 {
        assert!(Instant::now() < deadline, "still connected");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    source.poll(NOW).await.unwrap();
}

/// Makes every look at the sessions wait, as a migration of catalogs would.
async fn block(server: &Postgres) -> Client {
    let client = server.connect().await.unwrap();
    client.batch_execute("BEGIN; LOCK TABLE pg_catalog.pg_database IN ACCESS EXCLUSIVE MODE").await.unwrap();
    client
}

/// Waits until the console's session stands in line for the lock.
async fn in_line(blocker: &Client) {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let row = blocker.query_one("SELECT count(*) FROM pg_locks WHERE NOT granted", &[]).await.unwrap();
        if row.get::<_, i64>(0) > 0 {
            return;
        }
        assert!(Instant::now() < deadline, "the poll never waited");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_lock_ends_the_poll_and_not_the_source() {
    let server = Postgres::start(PostgresOptions::default()).await.unwrap();
    let source = std::sync::Arc::new(source(&server));
    source.poll(NOW).await.unwrap();

    let blocker = block(&server).await;
    let begun = Instant::now();
    assert_eq!(problem(source.poll(NOW).await).code, ProblemCode::Timeout);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    blocker.batch_execute("ROLLBACK").await.unwrap();
    source.poll(NOW).await.unwrap();

    let blocker = block(&server).await;
    let poll = tokio::spawn({
        let source = source.clone();
        async move { source.poll(NOW).await }
    });
    in_line(&blocker).await;
    poll.abort();
    server.logged("canceling statement due to user request").await.expect("the abandoned query is cancelled");
    blocker.batch_execute("ROLLBACK").await.unwrap();
    source.poll(NOW).await.unwrap();
}

#[tokio::test]
async fn a_server_killed_in_the_middle_of_a_poll_is_told_and_found_again() {
    let mut server = Postgres::start(PostgresOptions::default()).await.unwrap();
    let source = std::sync::Arc::new(source(&server));
    source.poll(NOW).await.unwrap();
    let blocker = block(&server).await;
    let poll = tokio::spawn({
        let source = source.clone();
        async move { source.poll(NOW).await }
    });
    in_line(&blocker).await;
    server.kill().await;
    let found = problem(poll.await.unwrap());
    let expected = [ProblemCode::Unreachable, ProblemCode::ShuttingDown, ProblemCode::Timeout];
    assert!(expected.contains(&found.code), "{found:?}");
    let found = problem(source.poll(NOW).await);
    assert!(!found.code.stops_polling(), "{found:?}");
    server.start_again().await.unwrap();
    until(&source, Result::is_ok).await.unwrap();

    server.restart().await.unwrap();
    until(&source, Result::is_ok).await.unwrap();
}

/// A certificate for `host`, its key, and the certificate that vouches for it.
struct Certificate {
    certificate: String,
    key: String,
    root: String,
}

fn parameters(host: &str) -> rcgen::CertificateParams {
    rcgen::CertificateParams::new(vec![host.to_owned()]).unwrap()
}

fn signed(host: &str, authority: &rcgen::Issuer<'_, rcgen::KeyPair>, root: &str) -> Certificate {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = parameters(host).signed_by(&key, authority).unwrap();
    Certificate { certificate: certificate.pem(), key: key.serialize_pem(), root: root.to_owned() }
}

/// As `openssl req -x509` makes it: its own authority.
fn self_signed(host: &str, expired: bool) -> Certificate {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut wanted = parameters(host);
    wanted.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    if expired {
        wanted.not_after = rcgen::date_time_ymd(2001, 1, 1);
        wanted.not_before = rcgen::date_time_ymd(2000, 1, 1);
    }
    let certificate = wanted.self_signed(&key).unwrap().pem();
    Certificate { root: certificate.clone(), certificate, key: key.serialize_pem() }
}

#[tokio::test]
async fn encryption_is_verified_and_never_given_up() {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut wanted = parameters("authority");
    wanted.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let root = wanted.self_signed(&key).unwrap().pem();
    let authority = rcgen::Issuer::new(wanted, key);

    let first = self_signed("localhost", false);
    let mut server = Postgres::start(PostgresOptions {
        settings: vec![("ssl".into(), "on".into())],
        files: vec![
            ("server.crt".into(), first.certificate.clone()),
            ("server.key".into(), first.key.clone()),
        ],
        ..Default::default()
    })
    .await
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ask = async |server: &Postgres, tls: TlsMode, root: Option<&str>| {
        let path = folder.path().join("root.pem");
        let root_certificate = root.map(|pem| {
            std::fs::write(&path, pem).unwrap();
            path.display().to_string()
        });
        let fields = ConnectionFields {
            host: "localhost".into(),
            port: server.port(),
            database: "postgres".into(),
            user: "postgres".into(),
            tls,
            root_certificate,
        };
        open(Connection::Fields(fields), Some(server.password())).poll(NOW).await
    };
    let refused = |result: PollResult, words: &str| {
        let found = problem(result);
        assert_eq!(found.code, ProblemCode::TlsInvalid, "{found:?}");
        assert!(found.message.contains(words), "{words}: {found:?}");
    };

    // (presented, trusted, words of the refusal by verify-full, does verify-ca accept it)
    let other = self_signed("localhost", false);
    let good = signed("localhost", &authority, &root);
    let elsewhere = signed("db.example.com", &authority, &root);
    let expired = self_signed("localhost", true);
    let pinned_elsewhere = self_signed("db.example.com", false);
    let cases: [(&Certificate, Option<&str>, Option<&str>, bool); 8] = [
        (&first, None, Some("self-signed"), false),
        (&first, Some(&other.root), Some("self-signed"), false),
        (&first, Some(&first.root), None, true),
        (&good, None, Some("no trusted authority"), false),
        (&good, Some(&root), None, true),
        (&elsewhere, Some(&root), Some("another host"), true),
        (&expired, Some(&expired.root), Some("expired"), false),
        (&pinned_elsewhere, Some(&pinned_elsewhere.root), Some("another host"), true),
    ];
    for (presented, trusted, refusal, by_authority) in cases {
        std::fs::write(server.dir().join("data/server.crt"), &presented.certificate).unwrap();
        std::fs::write(server.dir().join("data/server.key"), &presented.key).unwrap();
        server.restart().await.unwrap();
        let full = ask(&server, TlsMode::VerifyFull, trusted).await;
        match refusal {
            Some(words) => refused(full, words),
            None => assert!(full.unwrap().found.iter().any(|line| line.contains("host name verified"))),
        }
        let authority_only = ask(&server, TlsMode::VerifyCa, trusted).await;
        assert_eq!(authority_only.is_ok(), by_authority, "{authority_only:?}");
    }

    let plain = Postgres::start(PostgresOptions::default()).await.unwrap();
    refused(ask(&plain, TlsMode::VerifyFull, Some(&root)).await, "does not offer encryption");
    assert!(ask(&plain, TlsMode::Disable, None).await.is_ok());
}

#[tokio::test]
async fn a_draft_is_tested_beside_the_source_that_it_edits() {
    let server = Postgres::start(PostgresOptions::default()).await.unwrap();
    let context = context();
    let connection = url(&server, "postgres", "postgres");
    let make = || {
        PostgresSource::new(&config(connection.clone()), Some(server.password().into()), &context).unwrap()
    };
    let (kept, draft) = (make(), make());
    kept.poll(NOW).await.unwrap();
    draft.poll(NOW).await.unwrap();
    kept.poll(NOW).await.unwrap();
}

//! Real servers: they start, keep their data, and leave no process behind.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may fail loudly")]

use std::path::Path;
use std::time::{Duration, Instant};

use servers::{
    Pgbouncer, PgbouncerOptions, Postgres, PostgresOptions, Program, Redis, RedisCluster, RedisOptions,
    Sentinel, SentinelOptions, ServerError,
};
use tokio_postgres::{NoTls, SimpleQueryMessage};

/// Processes whose command line or working directory is below `dir`: the server and everything it started.
#[cfg(target_os = "linux")]
fn processes_of(dir: &Path) -> Vec<String> {
    let name = dir.display().to_string();
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let folder = entry.path();
        let command = std::fs::read(folder.join("cmdline")).unwrap_or_default();
        let command = String::from_utf8_lossy(&command).replace('\0', " ");
        let works_in = std::fs::read_link(folder.join("cwd")).is_ok_and(|cwd| cwd.starts_with(dir));
        if works_in || command.contains(&name) {
            found.push(format!("{} {command}", folder.display()));
        }
    }
    found
}

#[cfg(target_os = "linux")]
async fn gone(dir: &Path) {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let left = processes_of(dir);
        if left.is_empty() {
            return;
        }
        assert!(Instant::now() < deadline, "left behind: {left:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn postgres_keeps_data_over_a_restart_and_a_crash_and_logs_statements() {
    let options = PostgresOptions {
        database: Some("shop".into()),
        log_statements: true,
        max_connections: Some(17),
        settings: vec![("work_mem".into(), "1MB".into())],
        ..PostgresOptions::default()
    };
    let mut server = Postgres::start(options).await.unwrap();
    let dir = server.dir().to_path_buf();
    let client = server.connect().await.unwrap();
    client.batch_execute("CREATE TABLE t (x int); INSERT INTO t VALUES (41)").await.unwrap();
    let shown =
        client.query_one("SELECT current_setting('max_connections'), current_setting('work_mem')", &[]).await;
    let shown = shown.unwrap();
    assert_eq!((shown.get::<_, String>(0).as_str(), shown.get::<_, String>(1).as_str()), ("17", "1MB"));

    server.restart().await.unwrap();
    let client = server.connect().await.unwrap();
    client.batch_execute("UPDATE t SET x = x + 1").await.unwrap();
    server.kill().await;
    assert_eq!(server.pid(), None);
    assert!(server.connect().await.is_err());
    server.start_again().await.unwrap();
    let client = server.connect().await.unwrap();
    assert_eq!(client.query_one("SELECT x FROM t", &[]).await.unwrap().get::<_, i32>(0), 42);

    let log = server.logged("statement: CREATE TABLE t").await.unwrap();
    let line = log.lines().find(|line| line.contains("statement: CREATE TABLE t")).expect("logged");
    assert!(
        line.contains("postgres@shop app= vxid=") || line.contains("postgres@shop app=[unknown] vxid="),
        "{line}"
    );
    server.stop().await;
    gone(&dir).await;
    assert!(!dir.exists());
}

#[tokio::test]
async fn a_named_directory_is_reused_with_its_password() {
    let outer = tempfile::Builder::new().prefix("reuse-").tempdir().unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(outer.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let options = PostgresOptions { dir: Some(outer.path().join("pg")), ..PostgresOptions::default() };
    let first = Postgres::start(options.clone()).await.unwrap();
    let password = first.password().to_owned();
    first.connect().await.unwrap().batch_execute("CREATE TABLE kept ()").await.unwrap();
    first.stop().await;
    let second = Postgres::start(options).await.unwrap();
    assert_eq!(second.password(), password);
    second.connect().await.unwrap().batch_execute("SELECT FROM kept").await.unwrap();
}

#[tokio::test]
async fn a_standby_follows_its_primary_and_only_reads() {
    let primary = Postgres::start(PostgresOptions { database: Some("shop".into()), ..Default::default() });
    let primary = primary.await.unwrap();
    let writer = primary.connect().await.unwrap();
    writer.batch_execute("CREATE TABLE t (x int)").await.unwrap();
    let standby = primary.standby(PostgresOptions::default()).await.unwrap();
    let dir = standby.dir().to_path_buf();
    writer.batch_execute("INSERT INTO t VALUES (7)").await.unwrap();
    let reader = standby.connect().await.unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while reader.query("SELECT x FROM t", &[]).await.unwrap().is_empty() {
        assert!(Instant::now() < deadline, "nothing arrives");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(reader.batch_execute("INSERT INTO t VALUES (8)").await.is_err());
    standby.stop().await;
    gone(&dir).await;
    assert!(!dir.exists());
}

#[tokio::test]
async fn drop_and_panic_leave_no_process() {
    let server = Postgres::start(PostgresOptions::default()).await.unwrap();
    let dir = server.dir().to_path_buf();
    assert!(!processes_of(&dir).is_empty());
    let held = server.connect().await.unwrap();
    let sleeping = tokio::spawn(async move { held.batch_execute("SELECT pg_sleep(600)").await });
    let task = tokio::spawn(async move {
        let _owned = server;
        panic!("a test fails here");
    });
    assert!(task.await.is_err());
    gone(&dir).await;
    assert!(sleeping.await.unwrap().is_err());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_killed_owner_takes_its_servers_along() {
    const NAME: &str = "a_killed_owner_takes_its_servers_along";
    const OWNER: &str = "SERVERS_TEST_OWNER";
    if std::env::var_os(OWNER).is_some() {
        let postgres = Postgres::start(PostgresOptions::default()).await.unwrap();
        let pgbouncer = Pgbouncer::start(PgbouncerOptions::in_front_of(&postgres)).await.unwrap();
        let redis = Redis::start(RedisOptions::default()).await.unwrap();
        println!("\nDIR {}", postgres.dir().display());
        println!("PIDS {:?} {:?} {:?}", postgres.pid(), pgbouncer.pid(), redis.pid());
        std::future::pending::<()>().await;
    }
    use std::io::BufRead;
    use std::os::unix::fs::PermissionsExt;
    // A killed owner cannot remove its directories, so they go below one that this test removes.
    let outer = tempfile::tempdir().unwrap();
    std::fs::set_permissions(outer.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut owner = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", NAME, "--nocapture"])
        .env(OWNER, "1")
        .env("TMPDIR", outer.path())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = std::io::BufReader::new(owner.stdout.take().unwrap()).lines().map(Result::unwrap);
    let dir = said.find_map(|line| line.strip_prefix("DIR ").map(str::to_owned)).unwrap();
    let pids = said.find_map(|line| line.strip_prefix("PIDS ").map(str::to_owned)).unwrap();
    let pids: Vec<String> =
        pids.split(|c: char| !c.is_ascii_digit()).filter(|p| !p.is_empty()).map(str::to_owned).collect();
    assert_eq!(pids.len(), 3);
    owner.kill().unwrap();
    owner.wait().unwrap();
    gone(Path::new(&dir)).await;
    let deadline = Instant::now() + Duration::from_secs(10);
    while let Some(pid) = pids.iter().find(|pid| Path::new("/proc").join(pid).join("cwd").exists()) {
        assert!(Instant::now() < deadline, "{pid} is left behind");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_wrong_setting_is_told_with_the_servers_log() {
    let options =
        PostgresOptions { settings: vec![("work_mem".into(), "much".into())], ..PostgresOptions::default() };
    let error = Postgres::start(options).await.unwrap_err();
    assert!(
        matches!(&error, ServerError::NotStarted { program: Program::Postgres, log, .. }
        if log.contains("work_mem")),
        "{error}"
    );
}

#[tokio::test]
async fn pgbouncer_passes_through_and_comes_back() {
    let postgres = Postgres::start(PostgresOptions::default()).await.unwrap();
    let mut pgbouncer = Pgbouncer::start(PgbouncerOptions::in_front_of(&postgres)).await.unwrap();
    let dir = pgbouncer.log_path().parent().unwrap().to_path_buf();
    for crash in [false, true] {
        let (client, connection) = tokio_postgres::connect(&pgbouncer.dsn("postgres"), NoTls).await.unwrap();
        let running = tokio::spawn(connection);
        let answer = client.query_one("SELECT current_setting('port')", &[]).await.unwrap();
        assert_eq!(answer.get::<_, String>(0), postgres.port().to_string());
        if crash {
            pgbouncer.kill().await;
            pgbouncer.start_again().await.unwrap();
        } else {
            pgbouncer.restart().await.unwrap();
        }
        let _ = running.await;
    }
    let console = format!(
        "postgres://{}:{}@127.0.0.1:{}/pgbouncer",
        pgbouncer.stats_user(),
        pgbouncer.stats_password(),
        pgbouncer.port()
    );
    let (client, connection) = tokio_postgres::connect(&console, NoTls).await.unwrap();
    tokio::spawn(connection);
    let rows = client.simple_query("SHOW POOLS").await.unwrap();
    assert!(rows.iter().any(|row| matches!(row, SimpleQueryMessage::Row(_))));
    pgbouncer.stop().await;
    gone(&dir).await;
}

/// Everything that a Redis says to `words`.
async fn ask(words: &str, port: u16) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(words.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn redis_wants_its_password_and_keeps_data() {
    let mut redis =
        Redis::start(RedisOptions { password: Some("open \"sesame".into()), ..RedisOptions::default() })
            .await
            .unwrap();
    let port = redis.port();
    assert!(ask("PING\r\n", port).await.starts_with("-NOAUTH"));
    assert_eq!(ask("AUTH \"open \\\"sesame\"\r\nSET k v\r\n", port).await, "+OK\r\n+OK\r\n");
    redis.restart().await.unwrap();
    assert_eq!(redis.port(), port);
    assert_eq!(ask("AUTH \"open \\\"sesame\"\r\nGET k\r\n", port).await, "+OK\r\n$1\r\nv\r\n");
    let pid = redis.pid().unwrap();
    drop(redis);
    assert!(!Path::new(&format!("/proc/{pid}")).exists());
}

async fn until_told(words: &str, port: u16, wanted: &str) {
    let deadline = Instant::now() + Duration::from_secs(15);
    loop {
        let answer = ask(words, port).await;
        if answer.contains(wanted) {
            return;
        }
        assert!(Instant::now() < deadline, "{wanted} is never told; last: {answer}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_sentinel_promotes_the_replica_of_a_killed_redis() {
    let options = RedisOptions { password: Some("sesame".into()), ..RedisOptions::default() };
    let mut primary = Redis::start(options).await.unwrap();
    let replica = primary.replica(RedisOptions::default()).await.unwrap();
    assert_eq!(ask("AUTH sesame\r\nSET k v\r\n", primary.port()).await, "+OK\r\n+OK\r\n");
    until_told("AUTH sesame\r\nGET k\r\n", replica.port(), "$1\r\nv").await;
    let sentinel = Sentinel::start(&primary, SentinelOptions::default()).await.unwrap();
    until_told("SENTINEL MASTERS\r\n", sentinel.port(), "num-slaves\r\n$1\r\n1").await;
    primary.kill().await;
    let named = format!("{}\r\n", replica.port());
    until_told("SENTINEL GET-MASTER-ADDR-BY-NAME mymaster\r\n", sentinel.port(), &named).await;
    let pid = sentinel.pid().unwrap();
    sentinel.stop().await;
    assert!(!Path::new(&format!("/proc/{pid}")).exists());
}

#[tokio::test]
async fn a_cluster_comes_together_and_knows_where_keys_are() {
    let cluster = RedisCluster::start(2, RedisOptions::default()).await.unwrap();
    let [first, second] = cluster.nodes() else { panic!("{cluster:?}") };
    // `foo` is in slot 12182, the second half.
    assert_eq!(ask("SET foo bar\r\n", second.port()).await, "+OK\r\n");
    let moved = format!("-MOVED 12182 127.0.0.1:{}\r\n", second.port());
    assert_eq!(ask("GET foo\r\n", first.port()).await, moved);
    let pids = [first.pid().unwrap(), second.pid().unwrap()];
    cluster.stop().await;
    assert!(pids.iter().all(|pid| !Path::new(&format!("/proc/{pid}")).exists()));
}

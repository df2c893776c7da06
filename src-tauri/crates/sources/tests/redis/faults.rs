//! What stops a source, and what is no Redis at all.

use std::time::Instant;

use servers::{Postgres, PostgresOptions, Sentinel, SentinelOptions};
use sources::Source;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

#[tokio::test]
async fn a_wrong_login_stops_the_source_and_keeps_the_secret() {
    let server = servers::Redis::start(RedisOptions { password: Some("sesame".into()), ..options(&[]) })
        .await
        .unwrap();
    let port = server.port();
    let open = super::server(&[]).await;
    let cases = [
        (to_port(port), None, ProblemCode::SecretMissing),
        (to_port(port), Some("hunter2"), ProblemCode::Authentication),
        (with_user(port, "nobody"), Some("hunter2"), ProblemCode::Authentication),
        (to_port(open.port()), Some("hunter2"), ProblemCode::Authentication),
        (RedisConnection { database: 99, ..to_port(open.port()) }, None, ProblemCode::InvalidAddress),
    ];
    for (connection, password, code) in cases {
        let found = problem(&source(connection, password)).await;
        assert_eq!(found.code, code, "{found:?}");
        assert!(found.code.stops_polling() && !format!("{found:?}").contains("hunter2"), "{found:?}");
    }
    source(to_port(port), Some("sesame")).poll(NOW).await.unwrap();
    source(with_user(port, "default"), Some("sesame")).poll(NOW).await.unwrap();
}

#[tokio::test]
async fn a_server_that_is_gone_is_told_and_found_again() {
    let mut server = server(&[]).await;
    let source = source(to_port(server.port()), None);
    source.poll(NOW).await.unwrap();
    server.restart().await.unwrap();
    // The connection that was kept has ended; a new one serves the same poll.
    source.poll(NOW).await.unwrap();
    server.kill().await;
    let found = problem(&source).await;
    assert_eq!(found.code, ProblemCode::Refused, "{found:?}");
    assert!(!found.code.stops_polling());
    server.start_again().await.unwrap();
    source.poll(NOW).await.unwrap();
    source.close().await;
    source.poll(NOW).await.unwrap();
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up_in_time() {
    let mut server = server(&[]).await;
    let (kept, new) = (source(to_port(server.port()), None), source(to_port(server.port()), None));
    kept.poll(NOW).await.unwrap();
    server.freeze();
    let begun = Instant::now();
    let (of_kept, of_new) = tokio::join!(problem(&kept), problem(&new));
    assert_eq!(
        (of_kept.code, of_new.code),
        (ProblemCode::Timeout, ProblemCode::Timeout),
        "{of_kept:?} {of_new:?}"
    );
    assert!(begun.elapsed() < Duration::from_secs(9), "{:?}", begun.elapsed());
    server.thaw();
    until_ok(&kept).await;
}

#[tokio::test]
async fn what_is_no_redis_is_told_apart() {
    let postgres = Postgres::start(PostgresOptions::default()).await.unwrap();
    let found = problem(&source(to_port(postgres.port()), None)).await;
    assert_eq!(found.code, ProblemCode::NotRedis, "{found:?}");
    assert!(found.message.contains("PostgreSQL"), "{found:?}");

    let web = says(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await;
    let found = problem(&source(to_port(web), Some("hunter2"))).await;
    assert_eq!(found.code, ProblemCode::NotRedis, "{found:?}");

    let watched = server(&[]).await;
    let sentinel = Sentinel::start(&watched, SentinelOptions::default()).await.unwrap();
    let found = problem(&source(to_port(sentinel.port()), None)).await;
    assert_eq!(found.code, ProblemCode::NotRedis, "{found:?}");
    assert!(found.message.contains("Sentinel"), "{found:?}");

    let found = problem(&source(connection("no-such-host.invalid"), None)).await;
    assert_eq!(found.code, ProblemCode::NameNotFound, "{found:?}");
    let cluster = RedisConnection { topology: RedisTopology::Cluster, ..to_port(watched.port()) };
    assert_eq!(problem(&source(cluster, None)).await.code, ProblemCode::InvalidAddress);
}

#[tokio::test]
async fn an_endless_answer_is_cut() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 512]).await;
        let _ = stream.write_all(b"$500000000\r\n").await;
        let block = vec![b'x'; 1 << 20];
        while stream.write_all(&block).await.is_ok() {}
    });
    let found = problem(&source(to_port(port), None)).await;
    assert_eq!(found.code, ProblemCode::TooLarge, "{found:?}");
    serving.await.unwrap();
}

/// A server that answers each connection with `words`, whatever it is asked.
async fn says(words: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 512]).await;
            let _ = stream.write_all(words).await;
        }
    });
    port
}

//! Users with few rights and policies that keep no idle time.

use domain::{KeyspaceState, ProblemCode};
use servers::Redis;

use crate::support::{ALL, Walked, connect, primary, primary_as, run, server, walk_all};

async fn populated(settings: &[(&str, &str)]) -> Redis {
    let server = server(settings).await;
    let mut connection = connect(&server, None).await;
    let _: () = run(&mut connection, &["DEBUG", "POPULATE", "2000", "app:key"]).await;
    server
}

async fn walked_as(server: &Redis, rights: &[&str]) -> Walked {
    let mut connection = connect(server, None).await;
    let words = [&["ACL", "SETUSER", "reader", "reset", "on", "nopass"], rights].concat();
    let _: () = run(&mut connection, &words).await;
    walk_all(vec![primary_as(server, Some("reader")).await], ALL).await
}

#[tokio::test]
async fn what_may_not_be_asked_is_a_lack_and_the_walk_goes_on() {
    let server = populated(&[]).await;
    let walked = walked_as(&server, &["~*", "+client", "+select", "+scan", "+type", "+pttl"]).await;
    let keyspace = walked.keyspace;
    assert_eq!((keyspace.state, keyspace.keys), (KeyspaceState::Done, 2_000));
    assert_eq!(
        keyspace.lacks,
        [
            "DBSIZE is not allowed; the user needs +dbsize.",
            "INFO is not allowed; the user needs +info.",
            "MEMORY USAGE is not allowed; the user needs +memory|usage.",
            "OBJECT IDLETIME is not allowed; the user needs +object|idletime.",
        ]
    );
    assert_eq!((keyspace.bytes, keyspace.idle, keyspace.biggest), (0.0, vec![], vec![]));
    assert_eq!((keyspace.without_ttl, keyspace.types[0].name.as_str()), (2_000.0, "string"));
    assert_eq!((keyspace.cost.server_ms, keyspace.cost.core_ratio), (None, None));
    assert_eq!((keyspace.measured, keyspace.keys_expected), (2_000, 0));
}

#[tokio::test]
async fn names_alone_are_told_where_nothing_else_may_be_asked() {
    let server = populated(&[]).await;
    let keyspace = walked_as(&server, &["~*", "+client", "+select", "+scan"]).await.keyspace;
    assert_eq!((keyspace.state, keyspace.keys, keyspace.measured), (KeyspaceState::Done, 2_000, 0));
    assert_eq!(keyspace.prefixes[0].prefix, "app:key:*");
    assert_eq!(keyspace.lacks.len(), 6, "{:?}", keyspace.lacks);
}

#[tokio::test]
async fn keys_that_may_not_be_asked_leave_the_others() {
    let server = populated(&[]).await;
    let mut connection = connect(&server, None).await;
    let _: () = run(&mut connection, &["DEBUG", "POPULATE", "1000", "secret"]).await;
    let keyspace = walked_as(&server, &["~app:*", "+@all"]).await.keyspace;
    assert_eq!((keyspace.state, keyspace.keys, keyspace.measured), (KeyspaceState::Done, 3_000, 2_000));
    assert_eq!(keyspace.lacks, ["Some keys may not be asked; the user needs ~* to see all."]);
}

#[tokio::test]
async fn without_scan_there_is_no_walk() {
    let server = populated(&[]).await;
    let walked = walked_as(&server, &["~*", "+client", "+select", "+info", "+dbsize"]).await;
    let KeyspaceState::Failed { problem } = walked.end.state else { panic!("{:?}", walked.end.state) };
    assert_eq!(problem.code, ProblemCode::Permission);
    assert!(problem.remedy.unwrap().contains("+scan"));
}

#[tokio::test]
async fn an_lfu_policy_tells_no_idle_time_and_nothing_is_lacking() {
    let server = populated(&[("maxmemory-policy", "allkeys-lfu")]).await;
    let keyspace = walk_all(vec![primary(&server).await], ALL).await.keyspace;
    assert_eq!((keyspace.measured, keyspace.idle, keyspace.lacks), (2_000, vec![], vec![]));
    assert_eq!(keyspace.prefixes[0].idle_median, None);
}

//! States that pass: named, never a reason to stop, and over when the server says so.

use servers::RedisOptions;
use sources::Source;

use super::*;

#[tokio::test]
async fn a_server_that_loads_says_how_far_it_is() {
    let server =
        server(&[("enable-debug-command", "yes"), ("loading-process-events-interval-bytes", "1024")]).await;
    let mut admin = client(&server).await;
    let _: () = say(&mut admin, "DEBUG POPULATE 3000").await;
    let _: () = say(&mut admin, "CONFIG SET key-load-delay 500").await;
    let source = source(to_port(server.port()), None);
    source.poll(NOW).await.unwrap();
    let mut reloading = client(&server).await;
    reloading.set_response_timeout(Duration::from_secs(60));
    let reload = tokio::spawn(async move { say::<()>(&mut reloading, "DEBUG RELOAD").await });
    let seen = until(&source, |result| is(result, ProblemCode::StartingUp, " % so far")).await.unwrap_err();
    assert!(seen.message.contains("LOADING") && !seen.code.stops_polling(), "{seen:?}");
    reload.await.unwrap();
    until_ok(&source).await;
}

#[tokio::test]
async fn a_server_that_runs_a_script_is_busy() {
    let server = server(&[("busy-reply-threshold", "50")]).await;
    let source = source(to_port(server.port()), None);
    source.poll(NOW).await.unwrap();
    let mut scripting = client(&server).await;
    scripting.set_response_timeout(Duration::from_secs(60));
    let script = tokio::spawn(async move {
        let endless = redis::cmd("EVAL").arg("while true do end").arg(0).exec_async(&mut scripting).await;
        endless.unwrap_err()
    });
    let seen = until(&source, |result| is(result, ProblemCode::ServerError, "BUSY")).await.unwrap_err();
    assert!(!seen.code.stops_polling() && seen.remedy.unwrap().contains("SCRIPT KILL"));
    let mut admin = client(&server).await;
    let _: () = say(&mut admin, "SCRIPT KILL").await;
    script.await.unwrap();
    until_ok(&source).await;
}

#[tokio::test]
async fn a_replica_without_its_primary_says_so_and_comes_back() {
    let mut primary = server(&[]).await;
    let replica = primary.replica(options(&[("replica-serve-stale-data", "no")])).await.unwrap();
    let source = source(to_port(replica.port()), None);
    let reading = until_ok(&source).await;
    let domain::RedisRole::Replica { primary: named, .. } = &facts(&reading).nodes[0].role else {
        panic!("{reading:?}")
    };
    assert_eq!(*named, format!("127.0.0.1:{}", primary.port()));
    primary.kill().await;
    let seen = until(&source, |result| is(result, ProblemCode::ServerError, "MASTERDOWN")).await.unwrap_err();
    assert!(!seen.code.stops_polling(), "{seen:?}");
    primary.start_again().await.unwrap();
    until_ok(&source).await;
    // Promoted by hand: the next poll sees the new role.
    let mut admin = client(&replica).await;
    let _: () = say(&mut admin, "REPLICAOF NO ONE").await;
    let reading = source.poll(NOW).await.unwrap();
    let [change] = facts(&reading).role_changes.as_slice() else {
        panic!("{:?}", facts(&reading).role_changes)
    };
    assert_eq!(change.became, domain::RedisRole::Primary);
}

#[tokio::test]
async fn a_replica_takes_no_writes() {
    let primary = server(&[]).await;
    let replica = primary.replica(RedisOptions::default()).await.unwrap();
    let mut load = client(&primary).await;
    let _: () = say(&mut load, "SADD cache:tag:products query:9f86d081884c7d65").await;
    let source = writing_source(to_port(replica.port()), None);
    let deadline = Instant::now() + Duration::from_secs(10);
    while source.preview_tag("products").await.unwrap().members == 0 {
        assert!(Instant::now() < deadline, "nothing arrives");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let found = source.invalidate_tag("products").await.unwrap_err();
    assert!(found.message.contains("READONLY") && !found.code.stops_polling(), "{found:?}");
    assert_eq!(source.preview_tag("products").await.unwrap().members, 1);
}

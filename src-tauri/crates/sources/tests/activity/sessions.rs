//! What sessions do, and what holds the horizon.

use domain::{BackendState, HorizonKind, WaitClass};

use super::*;

#[tokio::test]
async fn sessions_are_seen_as_they_are() {
    let server = start(&[]).await;
    let (idle, open, failed, busy) = (
        client(&server, "idler").await,
        client(&server, "holder").await,
        client(&server, "failed").await,
        client(&server, "busy").await,
    );
    idle.batch_execute("CREATE TABLE t (x int)").await.unwrap();
    open.batch_execute("BEGIN; INSERT INTO t VALUES (4711)").await.unwrap();
    failed.batch_execute("BEGIN; SELECT 1/0").await.unwrap_err();
    let pids = [pid(&idle).await, pid(&open).await, pid(&busy).await];
    let stop = busy.cancel_token();
    let sleeping = run(busy, "SELECT pg_sleep(600) /*route='%2Fapi%2Forders'*/");

    let source = source(&server);
    let seen = |reading: &ActivityReading| {
        let sessions = &reading.sample.sessions;
        sessions.iter().any(|session| session.pid == pids[2] && session.state == BackendState::Active)
    };
    let reading = until(&source, seen).await;
    let sample = &reading.sample;
    assert!(sample.states_visible && reading.lacks.is_empty());
    assert_eq!(sample.at, NOW);
    assert!(sample.idle >= 1, "the idle one is counted");
    assert!(!sample.sessions.iter().any(|session| session.state == BackendState::Idle), "and not listed");
    assert_eq!((sample.left_out, sample.waits.len()), (0, 0));

    let holder = of(&reading, pids[1]);
    assert_eq!(holder.state, BackendState::IdleInTransaction);
    assert_eq!((holder.application.as_str(), holder.user.as_str()), ("holder", "postgres"));
    assert_eq!((holder.database.as_str(), holder.client.as_deref()), ("postgres", Some("127.0.0.1")));
    assert_eq!(holder.backend_type, "client backend");
    assert!(holder.xid_age.is_some() && holder.transaction_seconds.is_some());
    assert_eq!(holder.wait_class(), Some(WaitClass::IdleInTransaction));
    assert_eq!(statement(&reading, pids[1]), Some("SELECT pg_backend_pid()"));
    assert!(!format!("{reading:?}").contains("pg_sleep"), "raw texts are not written out");

    let sleeper = of(&reading, pids[2]);
    let waits = sleeper.wait.as_ref().map(|wait| (wait.kind.as_str(), wait.event.as_str()));
    assert_eq!(waits, Some(("Timeout", "PgSleep")));
    assert!(sleeper.queryid.is_some() && sleeper.statement_seconds.is_some() && !sleeper.truncated);
    assert!(sleeper.started.parse::<i64>().unwrap() > 1_600_000_000_000_000);
    assert!(statement(&reading, pids[2]).unwrap().contains("pg_sleep(600)"));
    let aborted = sample.sessions.iter().find(|session| session.application == "failed").unwrap();
    assert_eq!(aborted.state, BackendState::IdleInTransactionAborted);

    let all = source.activity(NOW, true).await.unwrap();
    let idler = of(&all, pids[0]);
    assert_eq!((idler.state, idler.transaction_seconds), (BackendState::Idle, None));
    assert_eq!(statement(&all, pids[0]), None, "the last statement of an idle session is not read");
    assert_eq!(all.sample.sessions.last().unwrap().state, BackendState::Idle, "idle ones come last");
    stop.cancel_query(tokio_postgres::NoTls).await.unwrap();
    sleeping.await.unwrap().unwrap_err();
}

#[tokio::test]
async fn texts_that_the_server_cut_off_are_told_from_whole_ones() {
    let server = start(&[("track_activity_query_size", "200B")]).await;
    let source = source(&server);
    // 199 bytes are kept; of "é" only whole ones.
    let cases = [("x".repeat(300), true), ("x".repeat(40), false), ("é".repeat(150), true)];
    for (filler, cut) in cases {
        let client = client(&server, "long").await;
        let own = pid(&client).await;
        client.batch_execute(&format!("BEGIN; SELECT '{filler}'")).await.unwrap();
        let reading = source.activity(NOW, false).await.unwrap();
        assert_eq!(of(&reading, own).truncated, cut, "{:?}", statement(&reading, own));
    }
}

#[tokio::test]
async fn prepared_transactions_and_slots_hold_the_horizon() {
    let server = start(&[("max_prepared_transactions", "5"), ("wal_level", "logical")]).await;
    let admin = client(&server, "admin").await;
    admin.batch_execute("CREATE TABLE t (x int)").await.unwrap();
    admin.batch_execute("BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION 'transfer 7'").await.unwrap();
    admin.batch_execute("INSERT INTO t VALUES (2)").await.unwrap();
    let reading = source(&server).activity(NOW, false).await.unwrap();
    let prepared = &reading.sample.prepared[0];
    assert_eq!((prepared.gid.as_str(), prepared.database.as_str()), ("transfer 7", "postgres"));
    assert_eq!((prepared.owner.as_str(), prepared.xid_age), ("postgres", 2));
    assert!(prepared.xid.parse::<u32>().is_ok() && prepared.prepared_seconds < 60.0);
    assert!(reading.sample.remote_horizons.is_empty());

    admin.batch_execute("ROLLBACK PREPARED 'transfer 7'").await.unwrap();
    admin
        .batch_execute("SELECT pg_create_logical_replication_slot('decoded', 'test_decoding')")
        .await
        .unwrap();
    let reading = source(&server).activity(NOW, false).await.unwrap();
    let slot = &reading.sample.remote_horizons[0];
    assert_eq!((slot.kind, slot.name.as_str()), (HorizonKind::SlotCatalogXmin, "decoded"));
    assert_eq!(slot.active, Some(false));
    assert!(slot.retained_bytes.is_some_and(|bytes| bytes >= 0.0));
    assert!(reading.sample.prepared.is_empty());
}

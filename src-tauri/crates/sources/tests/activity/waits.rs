//! Who waits for whom.

use domain::BackendState;

use super::*;

fn session(pid: i32) -> Blocker {
    Blocker::Session { pid }
}

#[tokio::test]
async fn a_chain_is_seen_with_its_locks() {
    let server = start(&[]).await;
    let clients =
        [client(&server, "first").await, client(&server, "second").await, client(&server, "third").await];
    clients[0].batch_execute("CREATE TABLE \"Odd\" (x int); INSERT INTO \"Odd\" VALUES (1)").await.unwrap();
    let pids = [pid(&clients[0]).await, pid(&clients[1]).await, pid(&clients[2]).await];
    let [first, second, third] = clients;
    first.batch_execute("BEGIN; UPDATE \"Odd\" SET x = 2").await.unwrap();
    let updating = run(second, "UPDATE \"Odd\" SET x = 3");
    let source = source(&server);
    let reading = until(&source, |reading| wait(reading, pids[1]).is_some_and(|w| w.lock.is_some())).await;
    let (kind, mode, target, held) = lock(&reading, pids[1]);
    assert_eq!((kind, mode, held), ("transactionid", "ShareLock", Some("ExclusiveLock")));
    assert!(target.starts_with("transaction ") && target.len() > 12, "{target}");
    assert_eq!(blockers(&reading, pids[1]), [session(pids[0])]);

    let locking = run(third, "BEGIN; LOCK TABLE \"Odd\"");
    let reading = until(&source, |reading| reading.sample.waits.len() == 2).await;
    // The second holds its lock on the table already, so both stand in the way of the third.
    let mut found = blockers(&reading, pids[2]);
    found.sort_by_key(|blocker| format!("{blocker:?}"));
    let mut wanted = [session(pids[0]), session(pids[1])];
    wanted.sort_by_key(|blocker| format!("{blocker:?}"));
    assert_eq!(found, wanted);
    assert_eq!(
        lock(&reading, pids[2]),
        ("relation", "AccessExclusiveLock", "public.Odd", Some("RowExclusiveLock"))
    );
    assert!(wait(&reading, pids[2]).unwrap().seconds.is_some_and(|seconds| seconds < 60.0));
    assert_eq!(reading.sample.waits_left_out, 0);

    first.batch_execute("ROLLBACK").await.unwrap();
    updating.await.unwrap().unwrap();
    locking.await.unwrap().unwrap();
    let reading = until(&source, |reading| reading.sample.waits.is_empty()).await;
    assert!(reading.sample.prepared.is_empty());
}

#[tokio::test]
async fn advisory_locks_are_named_by_their_keys() {
    let server = start(&[]).await;
    let (holder, waiter) = (client(&server, "holder").await, client(&server, "waiter").await);
    let pids = [pid(&holder).await, pid(&waiter).await];
    holder.batch_execute("SELECT pg_advisory_lock(-7)").await.unwrap();
    let waiting = run(waiter, "SELECT pg_advisory_lock(-7)");
    let source = source(&server);
    let reading = until(&source, |reading| wait(reading, pids[1]).is_some_and(|w| w.lock.is_some())).await;
    assert_eq!(lock(&reading, pids[1]), ("advisory", "ExclusiveLock", "advisory -7", Some("ExclusiveLock")));
    assert_eq!(blockers(&reading, pids[1]), [session(pids[0])]);
    let idle = of(&reading, pids[0]);
    assert_eq!(
        (idle.state, idle.application.as_str()),
        (BackendState::Idle, "holder"),
        "listed, for it blocks"
    );
    holder.batch_execute("SELECT pg_advisory_unlock_all()").await.unwrap();
    waiting.await.unwrap().unwrap();
}

#[tokio::test]
async fn locks_of_another_database_are_told_by_number() {
    let server = start(&[]).await;
    let admin = client(&server, "admin").await;
    admin.batch_execute("CREATE DATABASE other").await.unwrap();
    let connect = async || server.connect_as("postgres", server.password(), "other").await.unwrap();
    let (holder, waiter) = (connect().await, connect().await);
    holder.batch_execute("CREATE TABLE t (x int)").await.unwrap();
    holder.batch_execute("BEGIN; LOCK TABLE t").await.unwrap();
    let own = pid(&waiter).await;
    let waiting = run(waiter, "SELECT * FROM t");
    let source = source(&server);
    let reading = until(&source, |reading| wait(reading, own).is_some_and(|w| w.lock.is_some())).await;
    let target = lock(&reading, own).2;
    assert!(target.starts_with("relation ") && target.ends_with(" of database other"), "{target}");
    holder.batch_execute("ROLLBACK").await.unwrap();
    waiting.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_prepared_transaction_that_blocks_is_named() {
    let server = start(&[("max_prepared_transactions", "5")]).await;
    let admin = client(&server, "admin").await;
    admin.batch_execute("CREATE TABLE t (x int); INSERT INTO t VALUES (1)").await.unwrap();
    admin.batch_execute("BEGIN; UPDATE t SET x = 2; PREPARE TRANSACTION 'writes'").await.unwrap();
    // Holds the same table in a mode that stands in nobody's way here.
    admin.batch_execute("BEGIN; SELECT FROM t; PREPARE TRANSACTION 'reads'").await.unwrap();
    let (row, table) = (client(&server, "row").await, client(&server, "table").await);
    let pids = [pid(&row).await, pid(&table).await];
    let prepared = |gid: &str| Blocker::Prepared { gid: Some(gid.into()) };
    let updating = run(row, "UPDATE t SET x = 3");
    let source = source(&server);
    let reading = until(&source, |reading| wait(reading, pids[0]).is_some_and(|w| w.lock.is_some())).await;
    assert_eq!(blockers(&reading, pids[0]), [prepared("writes")]);
    assert_eq!(lock(&reading, pids[0]).3, Some("ExclusiveLock"));

    let locking = run(table, "BEGIN; LOCK TABLE t IN SHARE MODE");
    let reading = until(&source, |reading| wait(reading, pids[1]).is_some_and(|w| w.lock.is_some())).await;
    let found = blockers(&reading, pids[1]);
    assert!(found.contains(&prepared("writes")) && !found.contains(&prepared("reads")), "{found:?}");
    admin.batch_execute("ROLLBACK PREPARED 'writes'").await.unwrap();
    admin.batch_execute("ROLLBACK PREPARED 'reads'").await.unwrap();
    updating.await.unwrap().unwrap();
    locking.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_parallel_query_blocks_as_one_session() {
    let server = start(&[
        ("max_worker_processes", "8"),
        ("min_parallel_table_scan_size", "0"),
        ("parallel_setup_cost", "0"),
        ("parallel_tuple_cost", "0"),
    ])
    .await;
    let (leader, waiter) = (client(&server, "leader").await, client(&server, "waiter").await);
    leader.batch_execute("CREATE TABLE t AS SELECT generate_series(1, 20000) AS x; ANALYZE t").await.unwrap();
    let pids = [pid(&leader).await, pid(&waiter).await];
    let stop = leader.cancel_token();
    let scanning = run(leader, "SELECT count(*) FROM t WHERE pg_sleep(0.05) IS NOT NULL");
    let source = source(&server);
    let worker = |reading: &ActivityReading| {
        reading.sample.sessions.iter().any(|session| session.leader == Some(pids[0]))
    };
    let reading = until(&source, worker).await;
    let found = reading.sample.sessions.iter().find(|session| session.leader.is_some()).unwrap();
    assert_eq!(found.backend_type, "parallel worker");
    let locking = run(waiter, "BEGIN; LOCK TABLE t");
    let reading = until(&source, |reading| wait(reading, pids[1]).is_some()).await;
    assert_eq!(blockers(&reading, pids[1]), [session(pids[0])]);
    stop.cancel_query(tokio_postgres::NoTls).await.unwrap();
    scanning.await.unwrap().unwrap_err();
    locking.await.unwrap().unwrap();
}

//! What a role without rights sees, and what mends it.

use domain::BackendState;

use super::*;

#[tokio::test]
async fn a_plain_role_is_told_what_it_does_not_see() {
    let server = start(&[]).await;
    let admin = client(&server, "admin").await;
    admin.batch_execute("CREATE TABLE t (x int); CREATE ROLE \"Eve\" LOGIN PASSWORD 'pw'").await.unwrap();
    let (holder, waiter) = (client(&server, "holder").await, client(&server, "waiter").await);
    let pids = [pid(&holder).await, pid(&waiter).await];
    holder.batch_execute("BEGIN; LOCK TABLE t").await.unwrap();
    let waiting = run(waiter, "SELECT 'a secret' FROM t");
    let plain = open(&server, "Eve", "pw", false);
    let reading = plain.activity(NOW, false).await.unwrap();
    assert!(!reading.sample.states_visible);
    let hidden = of(&reading, pids[0]);
    assert_eq!((hidden.state, hidden.backend_type.as_str()), (BackendState::Unknown, ""));
    assert_eq!((hidden.started.as_str(), hidden.transaction_seconds), ("", None));
    assert_eq!((hidden.wait_class(), statement(&reading, pids[0])), (None, None));
    assert!(reading.sample.sessions.iter().all(|session| !session.user.is_empty()), "no server processes");
    assert_eq!((reading.lacks.len(), reading.lacks[0].code.as_str()), (1, "missing_privilege"));
    let grant = reading.lacks[0].remedy.clone().unwrap();
    assert_eq!(grant, "GRANT pg_monitor TO \"Eve\";");

    admin.batch_execute(&grant).await.unwrap();
    let reading = until(&plain, |reading| wait(reading, pids[1]).is_some()).await;
    assert!(reading.sample.states_visible && reading.lacks.is_empty());
    assert_eq!(blockers(&reading, pids[1]), [Blocker::Session { pid: pids[0] }]);
    assert!(statement(&reading, pids[1]).is_some());
    holder.batch_execute("ROLLBACK").await.unwrap();
    waiting.await.unwrap().unwrap();
}

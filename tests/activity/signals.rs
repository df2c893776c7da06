//! Signals from the page: only with every right, only to the session that was meant, and also in the worst case.

use super::*;

impl Watched {
    /// A role of the application whose session holds a row, and one that watches and may signal nobody yet.
    async fn roles(&self) -> (Client, Client, i32) {
        let admin = self.server.connect().await.unwrap();
        admin
            .batch_execute(
                "CREATE ROLE watcher LOGIN PASSWORD 'pw'; GRANT pg_monitor TO watcher;
                 CREATE ROLE app LOGIN PASSWORD 'pw'; GRANT ALL ON invoices TO app",
            )
            .await
            .unwrap();
        let app = self.server.connect_as("app", "pw", "postgres").await.unwrap();
        app.batch_execute("BEGIN; UPDATE invoices SET status = 'x' WHERE id = 1").await.unwrap();
        let pid = app.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
        (admin, app, pid)
    }

    /// A look by the role that watches now.
    async fn look(&self, pid: i32) -> ActivityMoment {
        let begun = self.engine.now();
        self.moment_where("a look at it", |moment| {
            moment.at > begun && moment.sessions.iter().any(|session| session.pid == pid)
        })
        .await
    }
}

fn end(moment: &ActivityMoment, pid: i32) -> SignalRequest {
    let started = moment.sessions.iter().find(|session| session.pid == pid).unwrap().started.clone();
    let (source, typed) = (SourceId::new(PG), pid.to_string());
    SignalRequest { source, pid, started, signal: Signal::Terminate, typed }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_grant_that_is_told_is_the_one_that_helps_and_a_reused_pid_is_left_alone() {
    let watched = Watched::start(&[]).await;
    let (admin, app, pid) = watched.roles().await;
    watched.watch_as("watcher", "pw", true).await;
    let request = end(&watched.look(pid).await, pid);
    let refused = watched.engine.send_signal(request.clone()).await.expect_err("the role may not");
    let grant = refused.remedy().expect("a grant");
    assert_eq!(grant, "GRANT pg_signal_backend TO \"watcher\";");
    admin.batch_execute(&grant).await.unwrap();

    let another = SignalRequest { started: "1".to_owned(), ..request.clone() };
    assert_eq!(watched.engine.send_signal(another).await.unwrap(), SignalOutcome::Gone);
    app.batch_execute("SELECT 1").await.expect("it was another session that was meant");

    let (_superuser, superusers) = watched.holding("SELECT 1").await;
    let request_superuser = end(&watched.look(superusers).await, superusers);
    let refused = watched.engine.send_signal(request_superuser).await.expect_err("a superuser's");
    assert!(refused.to_string().contains("superuser"), "{refused}");

    assert_eq!(watched.engine.send_signal(request).await.unwrap(), SignalOutcome::Sent);
    app.batch_execute("SELECT 1").await.expect_err("it was ended");
    watched.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_gets_through_where_no_connection_is_left() {
    let watched = Watched::start(&[("max_connections", "16")]).await;
    let (admin, app, pid) = watched.roles().await;
    admin.batch_execute("GRANT pg_signal_backend TO watcher").await.unwrap();
    watched.watch_as("watcher", "pw", true).await;
    let request = end(&watched.look(pid).await, pid);
    let mut others = Vec::new();
    while let Ok(other) = watched.server.connect_as("app", "pw", "postgres").await {
        others.push(other);
    }
    assert!(others.len() < 16, "no connection is left");
    assert_eq!(watched.engine.send_signal(request).await.unwrap(), SignalOutcome::Sent);
    app.batch_execute("SELECT 1").await.expect_err("it was ended");
    watched.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_statement_leaves_its_session_alive() {
    let watched = Watched::start(&[]).await;
    let sleeper = watched.server.connect().await.unwrap();
    let pid: i32 = sleeper.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
    let sleeping =
        tokio::spawn(async move { (sleeper.batch_execute("SELECT pg_sleep(600)").await, sleeper) });
    let seen = watched
        .moment_where("it sleeps", |moment| {
            let found = moment.sessions.iter().find(|session| session.pid == pid);
            found.is_some_and(|session| session.statement.as_deref() == Some("SELECT pg_sleep($1)"))
        })
        .await;
    let outcome = watched.signal(&seen, pid, Signal::Cancel, &pid.to_string()).await;
    assert_eq!(outcome, Ok(SignalOutcome::Sent));
    let (outcome, sleeper) = sleeping.await.unwrap();
    assert_eq!(outcome.unwrap_err().code().unwrap().code(), "57014");
    sleeper.batch_execute("SELECT 1").await.unwrap();
    watched.engine.shutdown().await;
}

//! Statements cancelled and sessions ended: only those that were meant, and only with the right.

use domain::{Problem, ProblemCode, Signal, SignalOutcome};

use super::*;

/// A session that sleeps, as the page shows it: its pid, its identity, and how its statement ends.
async fn sleeper(
    server: &Postgres,
    source: &PostgresSource,
) -> (i32, String, tokio::task::JoinHandle<Result<(), tokio_postgres::Error>>) {
    sleeper_of(client(server, "sleeper").await, source).await
}

async fn sleeper_of(
    client: Client,
    source: &PostgresSource,
) -> (i32, String, tokio::task::JoinHandle<Result<(), tokio_postgres::Error>>) {
    let own = pid(&client).await;
    let sleeping = run(client, "SELECT pg_sleep(600)");
    let seen =
        |reading: &ActivityReading| statement(reading, own).is_some_and(|sql| sql.contains("pg_sleep"));
    let reading = until(source, seen).await;
    (own, of(&reading, own).started.clone(), sleeping)
}

fn permission(result: Result<SignalOutcome, Problem>) -> Problem {
    let problem = result.expect_err("a problem");
    assert_eq!(problem.code, ProblemCode::Permission, "{problem:?}");
    problem
}

#[tokio::test]
async fn the_session_that_was_meant_is_cancelled_and_ended() {
    let server = start(&[]).await;
    let source = source(&server);
    let (own, started, sleeping) = sleeper(&server, &source).await;

    let earlier = (started.parse::<i64>().unwrap() - 1).to_string();
    let outcome = source.signal(own, &earlier, Signal::Terminate).await;
    assert_eq!(outcome, Ok(SignalOutcome::Gone), "the pid was reused: another session is left alone");
    let reading = source.activity(NOW, false).await.unwrap();
    assert!(statement(&reading, own).is_some(), "it still runs");

    assert_eq!(source.signal(own, &started, Signal::Cancel).await, Ok(SignalOutcome::Sent));
    let error = sleeping.await.unwrap().unwrap_err();
    assert_eq!(error.code().unwrap().code(), "57014");

    let (own, started, sleeping) = sleeper(&server, &source).await;
    assert_eq!(source.signal(own, &started, Signal::Terminate).await, Ok(SignalOutcome::Sent));
    sleeping.await.unwrap().unwrap_err();
    until(&source, |reading| reading.sample.sessions.iter().all(|session| session.pid != own)).await;
    assert_eq!(source.signal(own, &started, Signal::Terminate).await, Ok(SignalOutcome::Gone));
}

#[tokio::test]
async fn nothing_is_sent_without_leave_of_the_person_or_right_of_the_role() {
    let server = start(&[]).await;
    let admin = client(&server, "admin").await;
    admin
        .batch_execute("CREATE ROLE eve LOGIN PASSWORD 'pw'; CREATE ROLE app LOGIN PASSWORD 'pw'")
        .await
        .unwrap();
    let all_seeing = source(&server);
    let app = server.connect_as("app", "pw", "postgres").await.unwrap();
    let (own, started, sleeping) = sleeper_of(app, &all_seeing).await;
    let forbidden = open(&server, "postgres", server.password(), false);
    let problem = permission(forbidden.signal(own, &started, Signal::Cancel).await);
    assert!(problem.message.contains("does not allow"), "{problem:?}");

    let eve = open(&server, "eve", "pw", true);
    let problem = permission(eve.signal(own, &started, Signal::Cancel).await);
    let grants = problem.remedy.unwrap();
    assert_eq!(grants, "GRANT pg_monitor TO \"eve\"; GRANT pg_signal_backend TO \"eve\";");

    admin.batch_execute("GRANT pg_monitor TO eve").await.unwrap();
    let problem = permission(eve.signal(own, &started, Signal::Cancel).await);
    let grant = problem.remedy.unwrap();
    assert_eq!(grant, "GRANT pg_signal_backend TO \"eve\";");
    admin.batch_execute(&grant).await.unwrap();

    let (superuser, began, superusers) = sleeper(&server, &all_seeing).await;
    let problem = permission(eve.signal(superuser, &began, Signal::Terminate).await);
    assert!(problem.message.contains("superuser"), "{problem:?}");
    assert!(!superusers.is_finished() && !sleeping.is_finished(), "nothing was sent so far");

    assert_eq!(eve.signal(own, &started, Signal::Cancel).await, Ok(SignalOutcome::Sent));
    sleeping.await.unwrap().unwrap_err();
    superusers.abort();
}

#[tokio::test]
async fn processes_of_the_server_are_left_alone() {
    let server = start(&[]).await;
    let admin = client(&server, "admin").await;
    let row = admin
        .query_one(
            "SELECT pid, (extract(epoch FROM backend_start) * 1000000)::int8::text
               FROM pg_stat_activity WHERE backend_type = 'checkpointer'",
            &[],
        )
        .await
        .unwrap();
    let problem = permission(source(&server).signal(row.get(0), row.get(1), Signal::Terminate).await);
    assert!(problem.message.contains("belongs to the server"), "{problem:?}");
}

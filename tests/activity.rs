//! The Activity page on real PostgreSQL: who waits for whom, what holds the horizon, what was recorded, and signals.

mod recording;
mod signals;

use std::time::Duration;

use engine::domain::{
    ActivityMoment, BackendState, Blocker, BlockingAction, BlockingRow, HorizonKind, Signal, SignalOutcome,
    SignalRequest, SourceId, SourceKind, Timestamp, WaitClass,
};
use engine::{Engine, EngineOptions, PasswordPlace};
use servers::{Postgres, PostgresOptions};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_postgres::Client;

use crate::support::{draft, eventually, fields};

const PG: &str = "pg";
const LIMIT: Duration = Duration::from_secs(60);

struct Watched {
    engine: Engine,
    server: Postgres,
    _directory: TempDir,
}

impl Watched {
    async fn start(settings: &[(&str, &str)]) -> Watched {
        let settings =
            settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let server = Postgres::start(PostgresOptions { settings, ..Default::default() }).await.unwrap();
        let admin = server.connect().await.unwrap();
        admin
            .batch_execute(
                "CREATE TABLE invoices (id int PRIMARY KEY, status text);
                 INSERT INTO invoices SELECT n, 'open' FROM generate_series(1, 9) AS n",
            )
            .await
            .unwrap();
        let directory = TempDir::new().unwrap();
        let mut options = EngineOptions::new(directory.path());
        options.passwords = PasswordPlace::Memory;
        options.record_every = Duration::from_millis(200);
        options.look_at_activity_every = Duration::from_millis(300);
        let engine = Engine::start(options).await.unwrap();
        let watched = Watched { engine, server, _directory: directory };
        watched.watch_as("postgres", watched.server.password(), true).await;
        watched
    }

    async fn watch_as(&self, user: &str, password: &str, allow_signals: bool) {
        let at = fields(self.server.host(), self.server.port(), "postgres", user);
        let mut source = draft(PG, SourceKind::Postgres, at, password, None);
        source.allow_signals = allow_signals;
        self.engine.save_source(source).await.unwrap();
    }

    /// A session that has run this within a transaction, with its pid.
    async fn holding(&self, sql: &str) -> (Client, i32) {
        let client = self.server.connect().await.unwrap();
        client.batch_execute("BEGIN").await.unwrap();
        client.batch_execute(sql).await.unwrap();
        let pid = client.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
        (client, pid)
    }

    async fn moment(&self) -> Option<ActivityMoment> {
        self.engine.activity_moment(SourceId::new(PG), None, false).await.unwrap()
    }

    /// The live moment that holds.
    async fn moment_where(&self, what: &str, holds: impl Fn(&ActivityMoment) -> bool) -> ActivityMoment {
        eventually(what, LIMIT, || async { self.moment().await.filter(|moment| holds(moment)) }).await
    }

    async fn signal(
        &self,
        moment: &ActivityMoment,
        pid: i32,
        signal: Signal,
        typed: &str,
    ) -> Result<SignalOutcome, &'static str> {
        let started = moment.sessions.iter().find(|session| session.pid == pid).unwrap().started.clone();
        let request =
            SignalRequest { source: SourceId::new(PG), pid, started, signal, typed: typed.to_owned() };
        self.engine.send_signal(request).await.map_err(|error| error.code())
    }
}

fn update(client: Client, id: i32) -> JoinHandle<Result<(), tokio_postgres::Error>> {
    tokio::spawn(async move {
        client.batch_execute(&format!("UPDATE invoices SET status = 'a secret' WHERE id = {id}")).await
    })
}

/// Rows without their durations, of which the recording keeps hundredths of a second.
fn told(moment: &ActivityMoment) -> Vec<BlockingRow> {
    let rows = moment.blocking.rows.iter();
    rows.map(|row| BlockingRow { waiting_seconds: None, ..row.clone() }).collect()
}

fn pid_of(row: &BlockingRow) -> Option<i32> {
    match row.who {
        Blocker::Session { pid } => Some(pid),
        Blocker::Prepared { .. } => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_of_four_blockers_is_seen_recorded_and_ended_at_its_root() {
    let watched = Watched::start(&[]).await;
    let (root, root_pid) = watched.holding("UPDATE invoices SET status = 'a secret' WHERE id = 1").await;
    let mut pids = vec![root_pid];
    let mut waiting = Vec::new();
    for id in 2..=5 {
        let (client, pid) =
            watched.holding(&format!("UPDATE invoices SET status = 'x' WHERE id = {id}")).await;
        pids.push(pid);
        waiting.push(update(client, id - 1));
        // One after the other, so that the chain is a chain.
        let waiters = pids.len() - 1;
        watched
            .moment_where("it waits", |moment| usize::try_from(moment.blocking.waiting) == Ok(waiters))
            .await;
    }
    let moment = watched
        .moment_where("a chain of five", |moment| {
            moment.blocking.rows.iter().filter_map(pid_of).collect::<Vec<_>>() == pids
        })
        .await;
    let rows = &moment.blocking.rows;
    assert_eq!(rows.iter().map(|row| row.depth).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    assert_eq!(rows.iter().map(|row| row.blocks).collect::<Vec<_>>(), [4, 3, 2, 1, 0]);
    assert_eq!((moment.blocking.waiting, moment.blocking.roots, moment.live), (4, 1, true));
    let remedy = rows[0].remedy.as_ref().expect("something to do about the root");
    assert_eq!(remedy.action, BlockingAction::Terminate);
    assert_eq!(remedy.sql, format!("SELECT pg_terminate_backend({root_pid});"));
    assert!(rows[1].lock.as_ref().is_some_and(|lock| lock.kind == "transactionid"), "{:?}", rows[1]);
    let session = moment.sessions.iter().find(|session| session.pid == root_pid).unwrap();
    assert_eq!(session.state, BackendState::IdleInTransaction);
    assert!(!format!("{moment:?}").contains("a secret"), "literals are masked");

    // The chart and the active-session history know of it too.
    let range = engine::domain::TimeRange::last(60_000, watched.engine.now().plus_millis(1));
    eventually("a chart of locks", LIMIT, || async {
        let page = watched.engine.activity_page(Some(SourceId::new(PG)), range).await.unwrap();
        let chart = page.chart?;
        let locks = chart.series.iter().find(|series| series.name == WaitClass::Lock.label())?;
        let top = page.tops.iter().any(|top| top.rows.iter().any(|row| row.name.starts_with("Lock: ")));
        (page.may_signal && top && locks.values.iter().flatten().any(|count| *count > 1.0)).then_some(())
    })
    .await;

    assert_eq!(watched.signal(&moment, root_pid, Signal::Terminate, "1").await, Err("pid_differs"));
    let typed = root_pid.to_string();
    assert_eq!(watched.signal(&moment, root_pid, Signal::Terminate, &typed).await, Ok(SignalOutcome::Sent));
    assert!(root.simple_query("SELECT 1").await.is_err(), "the root's session has ended");
    watched.moment_where("the chain is shorter", |moment| moment.blocking.waiting < 4).await;
    assert_eq!(watched.signal(&moment, root_pid, Signal::Terminate, &typed).await, Ok(SignalOutcome::Gone));

    // The flight recorder shows it as it was.
    let then = watched
        .engine
        .activity_moment(SourceId::new(PG), Some(moment.at), false)
        .await
        .unwrap()
        .expect("it was recorded");
    assert_eq!((then.live, told(&then)), (false, told(&moment)));
    let before = watched
        .engine
        .activity_moment(SourceId::new(PG), Some(Timestamp(moment.at.0 - 3_600_000)), false)
        .await
        .unwrap();
    assert_eq!(before, None, "an hour ago nothing was recorded");
    for task in waiting {
        task.abort();
    }
    watched.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadlock_is_named_until_the_server_ends_it() {
    let watched = Watched::start(&[("deadlock_timeout", "8s")]).await;
    let (one, first) = watched.holding("UPDATE invoices SET status = 'x' WHERE id = 1").await;
    let (other, second) = watched.holding("UPDATE invoices SET status = 'x' WHERE id = 2").await;
    let (one, other) = (update(one, 2), update(other, 1));
    let moment =
        watched.moment_where("a circle", |moment| moment.blocking.rows.iter().any(|row| row.in_cycle)).await;
    let mut pids: Vec<i32> = moment.blocking.rows.iter().filter_map(pid_of).collect();
    pids.sort_unstable();
    let mut wanted = [first, second];
    wanted.sort_unstable();
    assert_eq!(pids, wanted);
    watched.moment_where("no one waits", |moment| moment.blocking.rows.is_empty()).await;
    let ended = [one.await.unwrap(), other.await.unwrap()];
    assert_eq!(ended.iter().filter(|result| result.is_err()).count(), 1, "the server ended one of them");
    watched.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn prepared_transactions_and_advisory_locks_are_named() {
    let watched = Watched::start(&[("max_prepared_transactions", "5")]).await;
    let (preparing, _) = watched.holding("UPDATE invoices SET status = 'x' WHERE id = 1").await;
    preparing.batch_execute("PREPARE TRANSACTION 'left behind'").await.unwrap();
    let behind = update(watched.server.connect().await.unwrap(), 1);
    let (_holder, holder) = watched.holding("SELECT pg_advisory_lock(4242)").await;
    let waiter = watched.server.connect().await.unwrap();
    let advisory = tokio::spawn(async move { waiter.batch_execute("SELECT pg_advisory_lock(4242)").await });

    let moment = watched.moment_where("two wait", |moment| moment.blocking.waiting == 2).await;
    let rows = &moment.blocking.rows;
    let prepared = Blocker::Prepared { gid: Some("left behind".to_owned()) };
    let root = rows.iter().find(|row| row.who == prepared).expect("the prepared transaction is a root");
    let remedy = root.remedy.as_ref().unwrap();
    assert_eq!((root.depth, remedy.action), (0, BlockingAction::RollBackPrepared));
    assert!(remedy.sql.contains("ROLLBACK PREPARED 'left behind'"), "{}", remedy.sql);
    let place = rows.iter().position(|row| pid_of(row) == Some(holder)).expect("the holder is a root");
    let lock = rows[place + 1].lock.as_ref().expect("the lock is known");
    assert!(lock.kind == "advisory" && lock.target.contains("4242"), "{lock:?}");

    let held = moment.horizon.iter().find(|held| held.kind == HorizonKind::PreparedTransaction);
    assert!(held.is_some_and(|held| held.name.contains("left behind")), "{:?}", moment.horizon);
    behind.abort();
    advisory.abort();
    watched.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_is_a_gap_and_looking_goes_on() {
    let mut watched = Watched::start(&[]).await;
    let before = watched.moment_where("a first look", |_| true).await;
    watched.server.restart().await.unwrap();
    let (_client, pid) = watched.holding("SELECT 1").await;
    let after = watched
        .moment_where("the new session", |moment| moment.sessions.iter().any(|session| session.pid == pid))
        .await;
    assert!(after.at > before.at);
    let page = watched
        .engine
        .activity_page(None, engine::domain::TimeRange::last(600_000, watched.engine.now().plus_millis(1)))
        .await
        .unwrap();
    assert_eq!(page.problem, None);
    let recorded = page.recorded.expect("it is recorded");
    assert!(recorded.from <= before.at && recorded.to > before.at);
    watched.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plain_role_is_told_the_grants_and_may_end_nobody() {
    let watched = Watched::start(&[]).await;
    let admin = watched.server.connect().await.unwrap();
    admin.batch_execute("CREATE ROLE looker LOGIN PASSWORD 'pw'").await.unwrap();
    watched.watch_as("looker", "pw", true).await;
    let (_client, pid) = watched.holding("UPDATE invoices SET status = 'x' WHERE id = 1").await;
    let hidden = watched.moment_where("a look that sees little", |moment| !moment.states_visible).await;
    let range = engine::domain::TimeRange::last(60_000, watched.engine.now().plus_millis(1));
    let page = watched.engine.activity_page(None, range).await.unwrap();
    assert_eq!(page.lacks[0].remedy.as_deref(), Some("GRANT pg_monitor TO \"looker\";"));
    assert!(!format!("{:?}", hidden.sessions).contains("UPDATE"), "statements of others are hidden");

    admin.batch_execute("GRANT pg_monitor TO looker").await.unwrap();
    let moment = watched
        .moment_where("every session", |moment| {
            moment.states_visible && moment.sessions.iter().any(|session| session.pid == pid)
        })
        .await;
    let typed = pid.to_string();
    assert_eq!(watched.signal(&moment, pid, Signal::Terminate, &typed).await, Err("database"));

    watched.watch_as("looker", "pw", false).await;
    assert_eq!(watched.signal(&moment, pid, Signal::Cancel, &typed).await, Err("signals_not_allowed"));
    watched.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_sessions_are_counted_and_listed_on_request() {
    let watched = Watched::start(&[]).await;
    let mut idle = Vec::new();
    for _ in 0..20 {
        idle.push(watched.server.connect().await.unwrap());
    }
    let moment = watched.moment_where("twenty idle", |moment| moment.idle >= 20).await;
    let listed = |moment: &ActivityMoment| {
        moment.sessions.iter().filter(|session| session.state == BackendState::Idle).count()
    };
    assert_eq!(listed(&moment), 0);
    eventually("idle sessions are listed", LIMIT, || async {
        let moment = watched.engine.activity_moment(SourceId::new(PG), None, true).await.unwrap()?;
        (listed(&moment) >= 20).then_some(())
    })
    .await;
    watched.engine.shutdown().await;
}

//! The Queries page on real PostgreSQL: exact counts, resets, restarts, evictions, roles, comparisons.

use std::time::Duration;

use engine::domain::{
    ChangeVerdict, EngineEvent, PasswordDraft, SourceDraft, SourceId, SourceKind, StatementGapKind,
    StatementRow, StatementsPage, TimeRange,
};
use engine::{Engine, EngineOptions, PasswordPlace};
use servers::{Postgres, PostgresOptions};
use tempfile::TempDir;
use tokio_postgres::Client;

use crate::support::{draft, eventually, fields};

const PG: &str = "pg";
const LIMIT: Duration = Duration::from_secs(60);
/// Three of them must pass on a busy machine without a reading for counts to be given up.
const INTERVAL: Duration = Duration::from_secs(2);

struct Watched {
    engine: Engine,
    server: Postgres,
    admin: Client,
    _directory: TempDir,
}

async fn start_engine() -> (Engine, TempDir) {
    let directory = TempDir::new().unwrap();
    let mut options = EngineOptions::new(directory.path());
    options.passwords = PasswordPlace::Memory;
    options.read_statements_every = INTERVAL;
    (Engine::start(options).await.unwrap(), directory)
}

fn source(server: &Postgres, user: &str, password: &str, database: &str) -> SourceDraft {
    draft(PG, SourceKind::Postgres, fields(server.host(), server.port(), database, user), password, None)
}

impl Watched {
    async fn start(settings: &[(&str, &str)]) -> Watched {
        let settings =
            settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let server = Postgres::start(PostgresOptions { settings, ..Default::default() }).await.unwrap();
        let admin = server.connect().await.unwrap();
        admin.batch_execute("CREATE TABLE t (x int); INSERT INTO t VALUES (1), (2)").await.unwrap();
        let (engine, directory) = start_engine().await;
        engine.save_source(source(&server, "postgres", server.password(), "postgres")).await.unwrap();
        let watched = Watched { engine, server, admin, _directory: directory };
        watched.read().await;
        watched
    }

    /// Waits until a reading that begins from now on has been taken.
    async fn read(&self) {
        let mut events = self.engine.subscribe();
        let begun = self.engine.now();
        let read = async {
            loop {
                match events.recv().await.unwrap() {
                    EngineEvent::StatementsRead { at, .. } if at >= begun => return,
                    _ => {}
                }
            }
        };
        tokio::time::timeout(LIMIT, read).await.expect("statements are read");
    }

    fn last_minutes(&self, minutes: i64) -> TimeRange {
        TimeRange::last(minutes * 60_000, self.engine.now().plus_millis(1))
    }

    async fn page(&self) -> StatementsPage {
        let page = self.engine.statements_page(Some(SourceId::new(PG)), self.last_minutes(15)).await.unwrap();
        for row in &page.rows {
            assert!(row.counts.to_array().iter().all(|count| *count >= 0.0), "{row:?}");
        }
        page
    }

    /// The row of a statement once it has `calls`.
    async fn row_with(&self, part: &str, calls: f64) -> StatementRow {
        let what = format!("{calls} calls of {part}");
        eventually(&what, LIMIT, || async {
            row(&self.page().await, part).filter(|row| row.counts.calls == calls)
        })
        .await
    }
}

fn row(page: &StatementsPage, part: &str) -> Option<StatementRow> {
    let has = |row: &&StatementRow| row.statement.as_ref().is_some_and(|text| text.contains(part));
    page.rows.iter().find(has).cloned()
}

fn kinds(page: &StatementsPage) -> Vec<StatementGapKind> {
    page.gaps.iter().map(|gap| gap.kind).collect()
}

async fn run(client: &Client, times: usize) {
    for number in 0..times {
        client.batch_execute(&format!("SELECT x FROM t WHERE x = {number}")).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_are_counted_exactly_and_a_statement_is_shown_whole() {
    let watched = Watched::start(&[]).await;
    watched.admin.batch_execute("CREATE DATABASE other").await.unwrap();
    let other = watched.server.connect_as("postgres", watched.server.password(), "other").await.unwrap();
    run(&watched.admin, 20).await;
    watched.read().await;
    run(&watched.admin, 17).await;
    for _ in 0..12 {
        other.batch_execute("SELECT 'a secret' AS elsewhere").await.unwrap();
    }
    let found = watched.row_with("FROM t WHERE x =", 37.0).await;
    assert_eq!(
        (found.counts.rows, found.database.as_str(), found.user.as_str()),
        (4.0, "postgres", "postgres")
    );
    assert!(!found.own && found.fingerprint.as_ref().is_some_and(|digits| digits.len() == 16));
    let elsewhere = watched.row_with("elsewhere", 12.0).await;
    assert_eq!(elsewhere.database, "other");
    let page = watched.page().await;
    // Their mark is a comment, and comments do not outlast masking.
    let own = row(&page, "showtext").expect("the console's own are shown");
    assert!(own.own && page.problem.is_none() && page.lacks.is_empty() && page.counted.is_some());
    assert!(!format!("{page:?}").contains("a secret"), "literals are masked");
    let chart = page.chart.expect("a chart");
    assert!(chart.series.len() <= 9 && chart.series.last().is_some_and(|others| others.name == "others"));
    let sum: f64 = page.rows.iter().map(|row| row.counts.calls).sum();
    assert!((page.total.calls - sum).abs() < 0.5, "nothing is left out");

    let detail = watched
        .engine
        .statement_detail(SourceId::new(PG), found.queryid.clone(), watched.last_minutes(15))
        .await
        .unwrap();
    assert_eq!(detail.row.counts.calls, 37.0);
    let calls = detail.calls.expect("a chart of calls");
    assert!(calls.series[0].values.iter().flatten().any(|rate| *rate > 0.0));
    assert!(detail.mean.is_some() && detail.time.is_some() && detail.blocks.is_some());
    let unknown =
        watched.engine.statement_detail(SourceId::new(PG), "1".into(), watched.last_minutes(15)).await;
    assert_eq!(unknown.unwrap_err().code(), "statement_not_found");

    // The same from the history, after the console was started again.
    let directory = watched.engine.data_dir().to_path_buf();
    watched.engine.shutdown().await;
    let range = watched.last_minutes(60);
    drop(watched.engine);
    let mut options = EngineOptions::new(directory);
    options.passwords = PasswordPlace::Memory;
    let engine = eventually("the directory is free again", LIMIT, || async {
        Engine::start(options.clone()).await.ok()
    })
    .await;
    let page = engine.statements_page(Some(SourceId::new(PG)), range).await.unwrap();
    assert_eq!(row(&page, "FROM t WHERE x =").map(|row| row.counts.calls), Some(37.0));
    engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_and_a_restart_are_gaps_and_nothing_else() {
    let mut watched = Watched::start(&[]).await;
    run(&watched.admin, 20).await;
    watched.row_with("FROM t WHERE x =", 20.0).await;
    watched.admin.batch_execute("SELECT pg_stat_statements_reset()").await.unwrap();
    run(&watched.admin, 10).await;
    watched.row_with("FROM t WHERE x =", 30.0).await;
    let page = watched.page().await;
    assert!(kinds(&page).contains(&StatementGapKind::Reset), "{:?}", page.gaps);

    watched.server.restart().await.unwrap();
    watched.admin = watched.server.connect().await.unwrap();
    watched.read().await;
    run(&watched.admin, 5).await;
    let found = eventually("statements after the restart", LIMIT, || async {
        row(&watched.page().await, "FROM t WHERE x =").filter(|row| row.counts.calls >= 35.0)
    })
    .await;
    assert_eq!(found.counts.calls, 35.0);
    let page = watched.page().await;
    assert!(kinds(&page).contains(&StatementGapKind::Restart), "{:?}", page.gaps);
    assert!(page.total.exec_ms < 60_000.0 && page.problem.is_none());
    watched.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entries_that_had_to_make_room_never_count_more_than_ran() {
    let watched = Watched::start(&[("pg_stat_statements.max", "100")]).await;
    let columns: Vec<String> = (0..8).map(|number| format!("c{number}")).collect();
    watched
        .admin
        .batch_execute(&format!("CREATE TABLE churn ({} int)", columns.join(" int, ")))
        .await
        .unwrap();
    let mut ran = 0.0;
    for _ in 0..3 {
        // Each selects other columns, and so is another statement.
        for number in 1..=150_usize {
            let chosen = columns.iter().enumerate().filter(|(bit, _)| number >> bit & 1 == 1);
            let chosen: Vec<&str> = chosen.map(|(_, column)| column.as_str()).collect();
            let sql = format!("SELECT {} FROM churn", chosen.join(", "));
            watched.admin.batch_execute(&sql).await.unwrap();
            ran += 1.0;
        }
        watched.read().await;
    }
    watched.read().await;
    let page = watched.page().await;
    assert!(kinds(&page).contains(&StatementGapKind::Evicted), "{:?}", page.gaps);
    let of_churn = page
        .rows
        .iter()
        .filter(|row| row.statement.as_ref().is_some_and(|text| text.ends_with("FROM churn")));
    let churn: f64 = of_churn.map(|row| row.counts.calls).sum();
    assert!(churn > 0.0 && churn <= ran, "{churn} of {ran}");
    watched.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_missing_is_told_with_what_mends_it() {
    let server = Postgres::start(PostgresOptions::default()).await.unwrap();
    let admin = server.connect().await.unwrap();
    admin
        .batch_execute("DROP EXTENSION pg_stat_statements; CREATE ROLE eve LOGIN PASSWORD 'pw'")
        .await
        .unwrap();
    let (engine, _directory) = start_engine().await;
    let mut eve = source(&server, "eve", "pw", "postgres");
    eve.password = PasswordDraft::Set { password: "pw".to_owned() };
    engine.save_source(eve).await.unwrap();
    let page = || async {
        let range = TimeRange::last(900_000, engine.now().plus_millis(1));
        engine.statements_page(None, range).await.unwrap()
    };
    let problem = eventually("the extension is missed", LIMIT, || async { page().await.problem }).await;
    admin.batch_execute(&problem.remedy.unwrap()).await.unwrap();
    let lack = eventually("others' statements are hidden", LIMIT, || async {
        let page = page().await;
        page.lacks.first().cloned().filter(|_| page.problem.is_none())
    })
    .await;
    assert_eq!(lack.code, "statements_hidden");
    admin.batch_execute(&lack.remedy.unwrap()).await.unwrap();
    eventually("nothing is hidden", LIMIT, || async { page().await.lacks.is_empty().then_some(()) }).await;
    // What the GRANT has shown is older than the interval: it must not count as if it had run just now.
    assert!(page().await.total.calls < 1_000.0);
    engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_that_got_slower_is_found_by_comparison() {
    let watched = Watched::start(&[]).await;
    let call = |seconds: f64| format!("SELECT pg_sleep({seconds}) AS slow");
    for _ in 0..15 {
        watched.admin.batch_execute(&call(0.002)).await.unwrap();
    }
    watched.row_with("AS slow", 15.0).await;
    let middle = watched.engine.now();
    for _ in 0..15 {
        watched.admin.batch_execute(&call(0.05)).await.unwrap();
    }
    watched.row_with("AS slow", 30.0).await;
    let before = TimeRange::last(600_000, middle);
    let after = TimeRange { from: middle, to: watched.engine.now().plus_millis(1) };
    let found = watched.engine.compare_statements(SourceId::new(PG), before, after).await.unwrap();
    let slow =
        found.rows.iter().find(|row| row.statement.as_ref().is_some_and(|text| text.contains("AS slow")));
    let slow = slow.expect("it is compared");
    assert_eq!(slow.verdict, ChangeVerdict::Slower, "{slow:?}");
    assert!(slow.cost > 0.0 && found.summary.contains("got slower"), "{}", found.summary);
    watched.engine.shutdown().await;
}

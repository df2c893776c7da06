//! What the recording keeps: outages are gaps, idle blockers are there, and nothing is kept against the person's will.

use engine::domain::{ActivityPage, TimeRange};

use super::*;

impl Watched {
    async fn page_where(&self, what: &str, holds: impl Fn(&ActivityPage) -> bool) -> ActivityPage {
        eventually(what, LIMIT, || async {
            let range = TimeRange::last(300_000, self.engine.now().plus_millis(1));
            let page = self.engine.activity_page(Some(SourceId::new(PG)), range).await.unwrap();
            holds(&page).then_some(page)
        })
        .await
    }

    async fn recorded(&self, at: Timestamp) -> Option<ActivityMoment> {
        self.engine.activity_moment(SourceId::new(PG), Some(at), false).await.unwrap()
    }
}

fn lists(moment: &ActivityMoment, pid: i32) -> bool {
    moment.sessions.iter().any(|session| session.pid == pid)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_is_a_gap_in_the_chart_and_in_the_recording() {
    let mut watched = Watched::start(&[]).await;
    let (_holder, pid) = watched.holding("UPDATE invoices SET status = 'x' WHERE id = 1").await;
    let before = watched.moment_where("the holder", |moment| lists(moment, pid)).await;
    watched.server.kill().await;
    let page = watched.page_where("the page says why", |page| page.problem.is_some()).await;
    assert!(page.problem.is_some_and(|problem| problem.remedy.is_some()));
    let gap = || async {
        let now = watched.engine.now();
        watched.recorded(now).await.is_none().then_some(now)
    };
    let down = eventually("nothing stands for now any more", LIMIT, gap).await;
    watched.server.start_again().await.unwrap();

    let after = watched.moment_where("it is looked at again", |moment| moment.at > down).await;
    assert!(!lists(&after, pid));
    assert!(watched.recorded(before.at).await.is_some_and(|moment| lists(&moment, pid)));
    assert!(watched.recorded(down).await.is_none(), "the gap stays a gap");
    let goes_on = |page: &ActivityPage| {
        let Some(chart) = &page.chart else { return false };
        let known: Vec<usize> = chart.series[0]
            .values
            .iter()
            .enumerate()
            .filter_map(|(place, value)| value.map(|_| place))
            .collect();
        known.windows(2).any(|two| two[1] > two[0] + 3)
    };
    let page = watched.page_where("the chart goes on behind the gap", goes_on).await;
    assert_eq!(page.problem, None);
    assert!(page.recorded.is_some_and(|range| range.contains(before.at) && range.to > down));
    watched.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_session_with_an_advisory_lock_is_a_root_now_and_in_the_recording() {
    let watched = Watched::start(&[]).await;
    let holder = watched.server.connect().await.unwrap();
    holder.batch_execute("SELECT pg_advisory_lock(42)").await.unwrap();
    let pid: i32 = holder.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
    let waiter = watched.server.connect().await.unwrap();
    let waiting = tokio::spawn(async move { waiter.batch_execute("SELECT pg_advisory_lock(42)").await });
    let seen = watched.moment_where("it waits", |moment| moment.blocking.rows.len() == 2).await;
    assert_eq!((pid_of(&seen.blocking.rows[0]), seen.blocking.rows[0].blocks), (Some(pid), 1));
    let root = seen.sessions.iter().find(|session| session.pid == pid).expect("listed, though idle");
    assert_eq!(root.state, BackendState::Idle);
    assert!(watched.recorded(seen.at).await.is_some_and(|moment| lists(&moment, pid)));
    holder.batch_execute("SELECT pg_advisory_unlock(42)").await.unwrap();
    waiting.await.unwrap().unwrap();
    watched.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_recorded_while_the_recorder_is_off_or_after_the_source_is_removed() {
    let watched = Watched::start(&[]).await;
    watched.page_where("it is recorded", |page| page.recorded.is_some()).await;
    let id = SourceId::new(PG);
    watched.engine.remove_source(id.clone()).await.unwrap();
    let error = watched.engine.activity_moment(id, None, false).await.expect_err("it is gone");
    assert_eq!(error.code(), "source_not_found");

    let mut settings = watched.engine.settings();
    settings.flight_recorder.enabled = false;
    watched.engine.save_settings(settings.clone()).await.unwrap();
    watched.watch_as("postgres", watched.server.password(), false).await;
    let page = watched.page_where("the chart is drawn", |page| page.chart.is_some()).await;
    assert_eq!(page.recorded, None, "of before nothing is left, and nothing was added");

    settings.flight_recorder.enabled = true;
    watched.engine.save_settings(settings).await.unwrap();
    watched.page_where("it is recorded again", |page| page.recorded.is_some()).await;
    watched.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_sessions_are_told_only_to_who_asks() {
    let watched = Watched::start(&[]).await;
    let idle = watched.server.connect().await.unwrap();
    let pid: i32 = idle.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
    eventually("it is listed", LIMIT, || async {
        let moment = watched.engine.activity_moment(SourceId::new(PG), None, true).await.unwrap()?;
        lists(&moment, pid).then_some(())
    })
    .await;
    assert!(!lists(&watched.moment().await.unwrap(), pid));
    watched.engine.shutdown().await;
}

//! What happens while a scenario is on, and how everything is put back when it goes off.

use std::{collections::BTreeMap, future::Future, sync::Arc, time::Duration};

use reqwest::Method;
use serde_json::Value;
use tokio::{runtime::Handle, sync::Mutex, time::timeout};
use tokio_postgres::{Config, NoTls};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    Scenario,
    panel::{PAY_ROUTE, Panel, Refusal, STATEMENT_ROUTE, Session, route_tag},
};

/// Requests under way may take this long to end after a scenario goes off.
const SETTLE: Duration = Duration::from_secs(12);
const REPORT_BYTES: usize = 2 << 20;
/// The growth stops here: it shall be seen, not felt.
const REPORTS_KEPT: usize = 384;

/// The scenarios that are on.
pub(crate) struct Switchboard {
    /// Scenarios run where the panel runs, whoever switches them.
    runtime: Handle,
    /// A way past the pool, to cancel what fills it.
    database: Option<Config>,
    running: Mutex<BTreeMap<Scenario, Running>>,
}

struct Running {
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Switchboard {
    pub(crate) fn new(runtime: Handle, database: Option<Config>) -> Switchboard {
        Switchboard { runtime, database, running: Mutex::default() }
    }

    pub(crate) async fn active(&self) -> Vec<Scenario> {
        self.running.lock().await.keys().copied().collect()
    }

    /// Returns when the scenario has begun, or when everything that it did is undone.
    pub(crate) async fn set(&self, panel: &Arc<Panel>, scenario: Scenario, on: bool) -> Result<(), Refusal> {
        let mut running = self.running.lock().await;
        if on && !running.contains_key(&scenario) {
            possible(panel, scenario)?;
            let stage =
                Stage { panel: Arc::clone(panel), stop: CancellationToken::new(), tasks: TaskTracker::new() };
            {
                let _inside = self.runtime.enter();
                stage.begin(scenario);
            }
            tracing::info!(%scenario, "scenario on");
            running.insert(scenario, Running { stop: stage.stop, tasks: stage.tasks });
        } else if !on && let Some(ended) = running.remove(&scenario) {
            self.end(panel, scenario, ended).await;
            tracing::info!(%scenario, "scenario off");
        }
        Ok(())
    }

    async fn end(&self, panel: &Panel, scenario: Scenario, running: Running) {
        running.stop.cancel();
        running.tasks.close();
        if scenario == Scenario::ConnectionLeak {
            panel.leaks.close();
        }
        let settled = async {
            while timeout(Duration::from_millis(250), running.tasks.wait()).await.is_err() {
                if scenario == Scenario::PoolSaturation
                    && let Err(error) = self.cancel_statements().await
                {
                    tracing::debug!(%error, "running statements were not cancelled");
                }
            }
        };
        if timeout(SETTLE, settled).await.is_err() {
            tracing::warn!(%scenario, "requests of a scenario are still under way after it went off");
        }
        match scenario {
            Scenario::MemoryGrowth => *panel.kept_reports.lock() = Vec::new(),
            Scenario::BrokenCache => panel.break_cache(false),
            Scenario::FlakyUpstream => panel.make_registrar_flaky(false),
            _ => {}
        }
    }

    async fn cancel_statements(&self) -> Result<(), tokio_postgres::Error> {
        let Some(database) = &self.database else { return Ok(()) };
        let (client, connection) = database.connect(NoTls).await?;
        let connection = self.runtime.spawn(connection);
        let tag = route_tag(STATEMENT_ROUTE);
        let cancelled = client
            .execute(
                "SELECT pg_cancel_backend(pid) FROM pg_stat_activity \
                 WHERE usename = current_user AND state = 'active' AND pid <> pg_backend_pid() AND position($1 in query) > 0",
                &[&tag],
            )
            .await;
        connection.abort();
        cancelled.map(|_| ())
    }
}

/// A scenario needs the servers that it is about.
fn possible(panel: &Panel, scenario: Scenario) -> Result<(), Refusal> {
    let missing = match scenario {
        Scenario::MemoryGrowth | Scenario::FlakyUpstream => None,
        Scenario::CacheStampede | Scenario::BrokenCache if !panel.has_cache() => Some("Redis"),
        _ if !panel.has_database() => Some("PostgreSQL"),
        _ => None,
    };
    missing.map_or(Ok(()), |server| {
        Err(Refusal::conflict(format!(
            "{scenario} needs {server}, which is not installed here; install it and start the demo again"
        )))
    })
}

/// Where a scenario plays.
struct Stage {
    panel: Arc<Panel>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Stage {
    fn begin(&self, scenario: Scenario) {
        match scenario {
            Scenario::PoolSaturation => {
                for tenant in 1..=14 {
                    self.client(Duration::ZERO, move || {
                        get(format!("/api/reports/statement?tenant={tenant}"))
                    });
                }
            }
            Scenario::ConnectionLeak => {
                self.panel.leaks.open();
                self.client(Duration::from_millis(600), || get("/api/invoices/export?tenant=1".to_owned()));
            }
            Scenario::IdleInTransaction => self.hold_transactions(),
            Scenario::SlowQuery => {
                for letter in ["a", "m"] {
                    self.client(Duration::from_millis(300), move || {
                        get(format!("/api/customers/search?email={letter}&limit=120"))
                    });
                }
            }
            Scenario::NPlusOne => {
                for tenant in 1..=2 {
                    self.client(Duration::from_millis(300), move || {
                        get(format!("/api/customers?tenant={tenant}&limit=50"))
                    });
                }
            }
            Scenario::MemoryGrowth => self.keep_reports(),
            Scenario::CacheStampede => self.stampede(),
            Scenario::BrokenCache => {
                self.panel.break_cache(true);
                self.repeat(Duration::from_millis(300), |panel| async move {
                    // What was kept rightly before would still be found.
                    panel.forget("products").await;
                    send(&panel, get("/api/products".to_owned())).await;
                });
            }
            Scenario::FlakyUpstream => {
                self.panel.make_registrar_flaky(true);
                for domain in 1..=4 {
                    self.client(Duration::from_millis(250), move || {
                        get(format!("/api/domains/{domain}/availability"))
                    });
                }
            }
            Scenario::DuplicateRequests => self.ask_together(),
        }
    }

    /// A client that sends one request after the other. What is under way at the end is waited for, not abandoned:
    /// a connection must not go back to the pool in the middle of a statement.
    fn client(&self, pause: Duration, request: impl Fn() -> Call + Send + 'static) {
        let (panel, stop) = (Arc::clone(&self.panel), self.stop.clone());
        self.tasks.spawn(async move {
            while !stop.is_cancelled() {
                let wait =
                    if send(&panel, request()).await { pause } else { pause.max(Duration::from_millis(100)) };
                pause_or_stop(wait, &stop).await;
            }
        });
    }

    /// Every `period`, `play` is run to its end.
    fn repeat<F: Future<Output = ()> + Send>(
        &self,
        period: Duration,
        play: impl Fn(Arc<Panel>) -> F + Send + 'static,
    ) {
        let (panel, stop) = (Arc::clone(&self.panel), self.stop.clone());
        self.tasks.spawn(async move {
            while !stop.is_cancelled() {
                play(Arc::clone(&panel)).await;
                pause_or_stop(period, &stop).await;
            }
        });
    }

    fn keep_reports(&self) {
        self.repeat(Duration::from_millis(500), |panel| async move {
            let mut kept = panel.kept_reports.lock();
            if kept.len() < REPORTS_KEPT {
                let page = kept.len() as u8;
                kept.push(vec![page | 1; REPORT_BYTES]);
            }
        });
    }

    fn stampede(&self) {
        self.repeat(Duration::from_secs(1), |panel| async move {
            panel.forget("products").await;
            together(&panel, 20, || get("/api/products".to_owned())).await;
        });
    }

    fn ask_together(&self) {
        self.repeat(Duration::from_secs(1), |panel| async move {
            together(&panel, 10, || get("/api/reports/revenue?tenant=1".to_owned())).await;
        });
    }

    /// Holds a row lock while it does nothing; four payments of the same invoice wait for it.
    fn hold_transactions(&self) {
        let (panel, stop, tasks) = (Arc::clone(&self.panel), self.stop.clone(), self.tasks.clone());
        self.tasks.spawn(async move {
            while !stop.is_cancelled() {
                if let Err(refusal) = hold(&panel, &stop, &tasks).await {
                    tracing::debug!(message = refusal.message, "no transaction could be held");
                    pause_or_stop(Duration::from_secs(1), &stop).await;
                }
            }
        });
    }
}

async fn hold(panel: &Arc<Panel>, stop: &CancellationToken, tasks: &TaskTracker) -> Result<(), Refusal> {
    let session = panel.session(PAY_ROUTE).await?;
    session.begin().await?;
    let held = session
        .query(
            "UPDATE invoices SET status = status WHERE id = (SELECT max(id) FROM invoices WHERE tenant_id = 1 AND status = 'unpaid') \
             RETURNING id",
            &[],
        )
        .await?;
    let invoice: i64 = held.first().ok_or_else(|| Refusal::not_found("an unpaid invoice"))?.try_get("id")?;
    for _ in 0..4 {
        let panel = Arc::clone(panel);
        tasks.spawn(async move {
            send(&panel, (Method::POST, format!("/api/invoices/{invoice}/pay"), None)).await
        });
    }
    wait_while_open(&session, stop).await;
    session.end("ROLLBACK").await
}

/// Until the scenario ends or the server ends the session.
async fn wait_while_open(session: &Session, stop: &CancellationToken) {
    while !stop.is_cancelled() && !session.is_closed() {
        pause_or_stop(Duration::from_millis(500), stop).await;
    }
}

pub(crate) type Call = (Method, String, Option<Value>);

pub(crate) fn get(path: String) -> Call {
    (Method::GET, path, None)
}

/// Sends a request to the panel over HTTP and reads the answer; false when it failed.
pub(crate) async fn send(panel: &Panel, (method, path, body): Call) -> bool {
    let mut request = panel.client().request(method, panel.url(&path));
    if let Some(body) = body {
        request = request.json(&body);
    }
    match request.send().await {
        Ok(response) => {
            let succeeded = response.status().is_success();
            response.bytes().await.is_ok() && succeeded
        }
        Err(_) => false,
    }
}

async fn together(panel: &Arc<Panel>, clients: usize, call: impl Fn() -> Call) {
    let crowd = TaskTracker::new();
    for _ in 0..clients {
        let (panel, call) = (Arc::clone(panel), call());
        crowd.spawn(async move { send(&panel, call).await });
    }
    crowd.close();
    crowd.wait().await;
}

pub(crate) async fn pause_or_stop(pause: Duration, stop: &CancellationToken) {
    tokio::select! {
        () = tokio::time::sleep(pause) => {}
        () = stop.cancelled() => {}
    }
}

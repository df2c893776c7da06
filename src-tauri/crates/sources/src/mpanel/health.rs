//! `/api/health` and `/api/ready`, asked rarely: they share 100 requests in 15 minutes with everyone else.

use std::sync::Arc;
use std::time::Duration;

use domain::{Degradation, MetricKind, Sample, SeriesKey, SourceId, Timestamp};
use parking_lot::Mutex;
use reqwest::StatusCode;
use serde::Deserialize;
use tokio::task::JoinHandle;
use url::Url;

use crate::http::{Answer, HttpClient, Limits};

const INTERVAL_MS: i64 = 5 * 60 * 1000;
/// Below this many requests left, the rest belongs to the instance's users.
const SPARED_REQUESTS: i64 = 20;
/// However far away the server says that the limit is lifted.
const LONGEST_WAIT_MS: i64 = 3_600_000;
const HEALTH_LIMITS: Limits = Limits { deadline: Duration::from_secs(3), bytes: 256 * 1024 };
/// With an exhausted pool the instance takes 10 s to answer 503.
const READY_LIMITS: Limits = Limits { deadline: Duration::from_secs(13), bytes: 256 * 1024 };
/// How long the poll that begins a round waits for it, so that a test of a source can tell the version.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// Runs beside the scrapes, since `/api/ready` may take longer than a poll.
pub(super) struct HealthProbe {
    health: Url,
    ready: Url,
    state: Arc<Mutex<State>>,
    round: tokio::sync::Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct State {
    due: Option<Timestamp>,
    /// Of the last round; stays until the next.
    version: Option<String>,
    not_ready: bool,
    /// Read and not yet recorded.
    fresh: Option<Health>,
    answers: Answers,
}

#[derive(Default, Clone, Copy)]
struct Answers {
    health: bool,
    ready: bool,
}

/// What the instance says of itself. Memory comes in whole MiB or GiB.
#[derive(Debug, Default, Clone, PartialEq, Deserialize)]
#[serde(default)]
struct Health {
    version: Option<String>,
    uptime: Option<f64>,
    memory: Memory,
    system: System,
}

#[derive(Debug, Default, Clone, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Memory {
    rss: Option<f64>,
    heap_total: Option<f64>,
    heap_used: Option<f64>,
    external: Option<f64>,
    unit: Option<String>,
}

#[derive(Debug, Default, Clone, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct System {
    node_version: Option<String>,
    total_memory: Option<f64>,
    free_memory: Option<f64>,
    unit: Option<String>,
}

impl HealthProbe {
    /// `base` ends with a slash.
    pub(super) fn new(base: &Url) -> HealthProbe {
        let at = |path: &str| base.join(path).unwrap_or_else(|_| base.clone());
        HealthProbe {
            health: at("api/health"),
            ready: at("api/ready"),
            state: Arc::default(),
            round: tokio::sync::Mutex::new(None),
        }
    }

    /// Begins a round when one is due, and waits for it a little.
    pub(super) async fn ask(&self, client: &Arc<HttpClient>, now: Timestamp) {
        let mut round = self.round.lock().await;
        if round.as_ref().is_some_and(|round| !round.is_finished()) || !self.is_due(now) {
            return;
        }
        self.state.lock().due = Some(now.plus_millis(INTERVAL_MS));
        let (client, state) = (Arc::clone(client), Arc::clone(&self.state));
        let (health, ready) = (self.health.clone(), self.ready.clone());
        let mut handle = tokio::spawn(async move {
            tokio::join!(ask_health(&client, &health, &state, now), ask_ready(&client, &ready, &state, now));
        });
        // Not finished in time: it goes on, and a later poll finds what it brought.
        let finished = tokio::time::timeout(PATIENCE, &mut handle).await.is_ok();
        *round = (!finished).then_some(handle);
    }

    /// A clock that went back makes it due.
    fn is_due(&self, now: Timestamp) -> bool {
        let left = self.state.lock().due.map_or(0, |due| due.millis_since(now));
        !(1..=LONGEST_WAIT_MS).contains(&left)
    }

    /// "mPanel v1, Node.js v20.20.2"
    pub(super) fn version(&self) -> Option<String> {
        self.state.lock().version.clone()
    }

    /// What the last round read, once.
    pub(super) fn take_samples(&self, source: &SourceId) -> Vec<Sample> {
        let fresh = self.state.lock().fresh.take();
        fresh.map(|health| health.samples(source)).unwrap_or_default()
    }

    pub(super) fn degradation(&self) -> Option<Degradation> {
        self.state.lock().not_ready.then(|| Degradation {
            code: "not_ready".to_owned(),
            message: "The instance says that it is not ready: its connection pool is probably exhausted, so that \
                      its check of the database waits until it gives up."
                .to_owned(),
            remedy: Some(
                "Look at the pool: release leaked connections or restart the instance; then check the database."
                    .to_owned(),
            ),
        })
    }

    pub(super) fn found(&self) -> Vec<String> {
        let answers = self.state.lock().answers;
        let endpoints = [(answers.health, "/api/health"), (answers.ready, "/api/ready")];
        let there: Vec<&str> = endpoints.iter().filter(|(there, _)| *there).map(|(_, path)| *path).collect();
        if there.is_empty() { Vec::new() } else { vec![format!("Health endpoints: {}", there.join(", "))] }
    }

    pub(super) async fn stop(&self) {
        if let Some(round) = self.round.lock().await.take() {
            round.abort();
        }
    }
}

async fn ask_health(client: &HttpClient, url: &Url, state: &Mutex<State>, now: Timestamp) {
    let Ok(answer) = client.get(url, "application/json", HEALTH_LIMITS).await else { return };
    let mut state = state.lock();
    spare(&mut state, &answer, now);
    // A page of a proxy or of another product is simply not there.
    let Ok(health) = serde_json::from_slice::<Health>(&answer.body) else { return };
    state.answers.health = true;
    state.version = health.product();
    state.fresh = Some(health);
}

async fn ask_ready(client: &HttpClient, url: &Url, state: &Mutex<State>, now: Timestamp) {
    let answer = client.get(url, "application/json", READY_LIMITS).await;
    let mut state = state.lock();
    let code = match &answer {
        Ok(answer) => {
            spare(&mut state, answer, now);
            Some(answer.status)
        }
        Err(problem) if problem.code == domain::ProblemCode::Timeout => Some(StatusCode::SERVICE_UNAVAILABLE),
        Err(_) => None,
    };
    match code {
        Some(StatusCode::SERVICE_UNAVAILABLE) => (state.not_ready, state.answers.ready) = (true, true),
        Some(code) if code.is_success() => (state.not_ready, state.answers.ready) = (false, true),
        // The limit says nothing about the instance.
        Some(StatusCode::TOO_MANY_REQUESTS) => {}
        _ => state.not_ready = false,
    }
}

/// Postpones the next round where the limit is near or reached.
fn spare(state: &mut State, answer: &Answer, now: Timestamp) {
    let limited = answer.status == StatusCode::TOO_MANY_REQUESTS;
    let few = answer.number("x-ratelimit-remaining").is_some_and(|left| left < SPARED_REQUESTS);
    let after = limited.then(|| answer.retry_after_seconds() * 1000);
    let reset = answer.number("x-ratelimit-reset").map(|seconds| seconds.saturating_mul(1000) - now.0);
    let wait = after.or(reset.filter(|_| few)).unwrap_or(0).clamp(0, LONGEST_WAIT_MS);
    let due = now.plus_millis(wait.max(INTERVAL_MS));
    state.due = Some(state.due.map_or(due, |before| before.max(due)));
}

impl Health {
    fn product(&self) -> Option<String> {
        let version = self.version.as_deref().filter(|version| !version.is_empty())?;
        Some(match &self.system.node_version {
            Some(node) => format!("mPanel {version}, Node.js {node}"),
            None => format!("mPanel {version}"),
        })
    }

    fn samples(&self, source: &SourceId) -> Vec<Sample> {
        let memory = unit_bytes(self.memory.unit.as_deref(), "MB");
        let system = unit_bytes(self.system.unit.as_deref(), "GB");
        let values = [
            ("health_uptime_seconds", self.uptime, Some(1.0)),
            ("health_memory_rss_bytes", self.memory.rss, memory),
            ("health_memory_heap_total_bytes", self.memory.heap_total, memory),
            ("health_memory_heap_used_bytes", self.memory.heap_used, memory),
            ("health_memory_external_bytes", self.memory.external, memory),
            ("health_system_memory_total_bytes", self.system.total_memory, system),
            ("health_system_memory_free_bytes", self.system.free_memory, system),
        ];
        let known = values.into_iter().filter_map(|(name, value, unit)| Some((name, value? * unit?)));
        known
            .map(|(name, value)| Sample { key: SeriesKey::new(source, name), kind: MetricKind::Gauge, value })
            .collect()
    }
}

/// The instance divides by powers of 1024 and calls the result MB or GB.
fn unit_bytes(unit: Option<&str>, usual: &str) -> Option<f64> {
    match unit.unwrap_or(usual) {
        "B" => Some(1.0),
        "KB" => Some(1024.0),
        "MB" => Some(1024.0 * 1024.0),
        "GB" => Some(1024.0 * 1024.0 * 1024.0),
        _ => None,
    }
}

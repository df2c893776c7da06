//! `/api/health`, `/api/ready` and `/api/live`, in the shape of an mPanel instance and with its rate limit.

use std::{net::SocketAddr, sync::Arc, time::Instant};

use axum::{
    Json, Router,
    extract::{ConnectInfo, Request, State},
    http::StatusCode,
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};

use super::{Panel, process::Usage};
use crate::{clock, data::Moment};

const FEATURES: [&str; 5] = ["billing", "hosting", "dns", "tickets", "reports"];

pub(super) fn routes(panel: Arc<Panel>) -> Router<Arc<Panel>> {
    Router::new()
        .route("/api/health", get(health))
        .route("/api/ready", get(ready))
        .route("/api/live", get(live))
        .route_layer(middleware::from_fn_with_state(panel, limit))
}

async fn limit(
    State(panel): State<Arc<Panel>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let standing = panel.health_limit.count(peer.ip(), Instant::now());
    if !standing.allowed() {
        return standing.refusal();
    }
    let mut response = next.run(request).await;
    standing.mark(&mut response);
    response
}

fn timestamp() -> String {
    let now = clock::since_epoch();
    Moment(now.as_secs() as i64).iso(now.subsec_millis())
}

async fn health(State(panel): State<Arc<Panel>>) -> Json<Value> {
    let usage = panel.usage();
    Json(describe(usage.as_ref(), panel.uptime().as_secs(), &timestamp()))
}

/// The document's shape. A Rust process has no V8 heap: those figures are absent, not zero.
fn describe(usage: Option<&Usage>, uptime: u64, timestamp: &str) -> Value {
    const MB: u64 = 1 << 20;
    const GB: u64 = 1 << 30;
    let mut health = json!({
        "status": "healthy",
        "timestamp": timestamp,
        "version": "v1",
        "uptime": uptime,
        "uptimeHuman": spoken(uptime),
        "features": FEATURES,
    });
    if let (Some(usage), Some(fields)) = (usage, health.as_object_mut()) {
        let system = json!({
            "platform": std::env::consts::OS,
            "arch": std::env::consts::ARCH,
            "hostname": usage.host,
            "cpus": usage.cpus,
            "totalMemory": usage.total_memory / GB,
            "freeMemory": usage.free_memory / GB,
            "unit": "GB",
        });
        fields.insert("memory".to_owned(), json!({ "rss": usage.resident_bytes / MB, "unit": "MB" }));
        fields.insert("cpu".to_owned(), json!({ "total": usage.cpu.as_millis() as u64, "unit": "ms" }));
        fields.insert("system".to_owned(), system);
    }
    health
}

/// "44s", "3m 5s", "2h 0m 7s".
fn spoken(seconds: u64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{rest}s"),
        (0, _) => format!("{minutes}m {rest}s"),
        _ => format!("{hours}h {minutes}m {rest}s"),
    }
}

async fn ready(State(panel): State<Arc<Panel>>) -> Response {
    let outcome = match panel.session("GET /api/ready").await {
        Ok(session) => session.query("SELECT 1", &[]).await.map(|_| ()),
        Err(refusal) => Err(refusal),
    };
    match outcome {
        Ok(()) => Json(json!({ "status": "ready", "timestamp": timestamp() })).into_response(),
        Err(refusal) => (
            StatusCode::SERVICE_UNAVAILABLE,
            Json(json!({ "status": "not ready", "timestamp": timestamp(), "error": refusal.message })),
        )
            .into_response(),
    }
}

async fn live() -> Json<Value> {
    Json(json!({ "status": "alive", "timestamp": timestamp() }))
}

#[cfg(test)]
mod tests {
    use super::spoken;

    #[test]
    fn uptime_is_spoken() {
        for (seconds, text) in [(44, "44s"), (185, "3m 5s"), (7_207, "2h 0m 7s")] {
            assert_eq!(spoken(seconds), text);
        }
    }
}

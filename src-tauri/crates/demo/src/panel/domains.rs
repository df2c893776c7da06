//! Domains: their DNS records, and whether a name is free, which only the registrar knows.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};
use tokio_postgres::types::Type;

use super::{Panel, Refusal, Route, records::records};

/// Share of requests that the registrar fails: on an ordinary day, and while it is flaky.
const ORDINARY_FAILURES: f64 = 0.01;
const FLAKY_FAILURES: f64 = 0.5;

pub(super) fn routes() -> Router<Arc<Panel>> {
    Router::new()
        .route("/api/domains/{id}/dns", get(dns))
        .route("/api/domains/{id}/availability", get(availability))
        .route("/registrar/lookup", get(registrar))
}

async fn dns(
    State(panel): State<Arc<Panel>>,
    route: Route,
    Path(id): Path<i64>,
) -> Result<Json<Value>, Refusal> {
    let session = panel.session(&route).await?;
    let found = session
        .query(
            "SELECT id, type, name, content, ttl, updated_at FROM dns_records WHERE domain_id = $1 ORDER BY type, name",
            &[(&id, Type::INT8)],
        )
        .await?;
    Ok(Json(json!({ "domain": id, "records": records(&found) })))
}

/// Asks the registrar, with the retries of an external API.
async fn availability(State(panel): State<Arc<Panel>>, Path(id): Path<i64>) -> Result<Json<Value>, Refusal> {
    let free = panel.ask_registrar(id).await?;
    Ok(Json(json!({ "domain": id, "available": free })))
}

/// Stands for the registrar, a service of somebody else: slow at times, failing at others.
async fn registrar(State(panel): State<Arc<Panel>>) -> Response {
    tokio::time::sleep(Duration::from_millis(fastrand::u64(5..40))).await;
    let failures = if panel.registrar_is_flaky() { FLAKY_FAILURES } else { ORDINARY_FAILURES };
    if fastrand::f64() < failures {
        return (StatusCode::SERVICE_UNAVAILABLE, "registrar overloaded").into_response();
    }
    Json(json!({ "available": fastrand::bool() })).into_response()
}

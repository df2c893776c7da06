//! The switches: `GET /demo/scenarios` and `PUT /demo/scenarios/{code}`.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, put},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Panel, Refusal};
use crate::Scenario;

pub(super) fn routes() -> Router<Arc<Panel>> {
    Router::new().route("/demo/scenarios", get(list)).route("/demo/scenarios/{code}", put(switch))
}

async fn list(State(panel): State<Arc<Panel>>) -> Json<Value> {
    let active = panel.active().await;
    let scenarios: Vec<Value> = Scenario::ALL
        .iter()
        .map(|scenario| {
            json!({ "code": scenario, "description": scenario.description(), "on": active.contains(scenario) })
        })
        .collect();
    Json(json!({ "scenarios": scenarios }))
}

#[derive(Debug, Deserialize)]
struct Position {
    on: bool,
}

async fn switch(
    State(panel): State<Arc<Panel>>,
    Path(code): Path<String>,
    Json(position): Json<Position>,
) -> Result<Json<Value>, Refusal> {
    let scenario: Scenario = code.parse().map_err(|error: crate::UnknownScenario| Refusal {
        status: StatusCode::NOT_FOUND,
        message: error.to_string(),
    })?;
    panel.set(scenario, position.on).await?;
    Ok(Json(json!({ "code": scenario, "on": position.on })))
}

//! Tickets and their messages.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    routing::get,
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_postgres::types::Type;

use super::{Panel, Refusal, Route, records::record, records::records};

pub(super) fn routes() -> Router<Arc<Panel>> {
    Router::new().route("/api/tickets", get(list)).route("/api/tickets/{id}", get(show))
}

#[derive(Debug, Deserialize)]
struct Filter {
    tenant: i32,
    #[serde(default = "open")]
    status: String,
}

fn open() -> String {
    "open".to_owned()
}

async fn list(
    State(panel): State<Arc<Panel>>,
    route: Route,
    Query(filter): Query<Filter>,
) -> Result<Json<Value>, Refusal> {
    let session = panel.session(&route).await?;
    let tickets = session
        .query(
            "SELECT id, customer_id, subject, status, priority, updated_at FROM tickets \
             WHERE tenant_id = $1 AND status = $2 ORDER BY updated_at DESC LIMIT 25",
            &[(&filter.tenant, Type::INT4), (&filter.status, Type::TEXT)],
        )
        .await?;
    Ok(Json(json!({ "tickets": records(&tickets) })))
}

/// The author of each message is asked for by itself, even when one person wrote them all.
async fn show(
    State(panel): State<Arc<Panel>>,
    route: Route,
    Path(id): Path<i64>,
) -> Result<Json<Value>, Refusal> {
    let session = panel.session(&route).await?;
    let ticket = session
        .query(
            "SELECT id, customer_id, subject, status, priority, created_at, updated_at FROM tickets WHERE id = $1",
            &[(&id, Type::INT8)],
        )
        .await?;
    let ticket = ticket.first().map(record).ok_or_else(|| Refusal::not_found("this ticket"))?;
    let messages = session
        .query(
            "SELECT id, author_id, body, created_at FROM ticket_messages WHERE ticket_id = $1 ORDER BY created_at",
            &[(&id, Type::INT8)],
        )
        .await?;
    let mut thread = Vec::with_capacity(messages.len());
    for message in &messages {
        let author: i64 = message.try_get("author_id")?;
        let author = session
            .query("SELECT id, name, email FROM customers WHERE id = $1", &[(&author, Type::INT8)])
            .await?;
        thread.push(json!({ "message": record(message), "author": author.first().map(record) }));
    }
    Ok(Json(json!({ "ticket": ticket, "messages": thread })))
}

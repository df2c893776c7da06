//! Invoices: lists, payments, and the export that forgets to give its connection back.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::header,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_postgres::types::Type;

use super::{Panel, Refusal, Route, records::records, session::Session};

/// The scenario holds its transaction in the name of this route.
pub(crate) const PAY_ROUTE: &str = "POST /api/invoices/:id/pay";

pub(super) fn routes() -> Router<Arc<Panel>> {
    Router::new()
        .route("/api/invoices", get(list))
        .route("/api/invoices/export", get(export))
        .route("/api/invoices/{id}/pay", post(pay))
}

#[derive(Debug, Deserialize)]
struct Filter {
    #[serde(default = "first_tenant")]
    tenant: i32,
    #[serde(default = "unpaid")]
    status: String,
}

fn first_tenant() -> i32 {
    1
}

fn unpaid() -> String {
    "unpaid".to_owned()
}

const LIST: &str = "SELECT id, number, customer_id, status, total_cents, issued_at, due_at FROM invoices \
                    WHERE tenant_id = $1 AND status = $2 ORDER BY due_at LIMIT 50";

async fn list(
    State(panel): State<Arc<Panel>>,
    route: Route,
    Query(filter): Query<Filter>,
) -> Result<Json<Value>, Refusal> {
    let session = panel.session(&route).await?;
    let found = session.query(LIST, &[(&filter.tenant, Type::INT4), (&filter.status, Type::TEXT)]).await?;
    Ok(Json(json!({ "invoices": records(&found) })))
}

/// Pays in one transaction: the invoice is locked, marked and written to the audit log.
async fn pay(
    State(panel): State<Arc<Panel>>,
    route: Route,
    Path(id): Path<i64>,
) -> Result<Json<Value>, Refusal> {
    let session = panel.session(&route).await?;
    session.begin().await?;
    let outcome = mark_paid(&session, id).await;
    session.end(if outcome.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
    outcome
}

async fn mark_paid(session: &Session, id: i64) -> Result<Json<Value>, Refusal> {
    let paid = session
        .query(
            "UPDATE invoices SET status = 'paid', paid_at = now() WHERE id = $1 RETURNING tenant_id, customer_id, total_cents",
            &[(&id, Type::INT8)],
        )
        .await?;
    let paid = paid.first().ok_or_else(|| Refusal::not_found("this invoice"))?;
    let (tenant, customer): (i32, i64) = (paid.try_get("tenant_id")?, paid.try_get("customer_id")?);
    session.audit(tenant, customer, "invoice.pay", "invoice", id).await?;
    Ok(Json(json!({ "invoice": id, "status": "paid" })))
}

async fn export(
    State(panel): State<Arc<Panel>>,
    route: Route,
    Query(filter): Query<Filter>,
) -> Result<Response, Refusal> {
    let session = panel.session(&route).await?;
    let found = session.query(LIST, &[(&filter.tenant, Type::INT4), (&filter.status, Type::TEXT)]).await?;
    let text = panel.render_csv(&found).await?;
    // While it leaks, the session goes where nobody looks for it; else it returns to the pool here.
    panel.leaks.take(session);
    Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], text).into_response())
}

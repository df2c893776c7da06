//! Reports: revenue, shared by those who ask at once, and the long statement over the archive.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Query, State},
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_postgres::types::Type;

use super::{Panel, Refusal, Route, records::records};

/// What a saturated pool is full of.
pub(crate) const STATEMENT_ROUTE: &str = "GET /api/reports/statement";

const REVENUE: &str = "SELECT date_trunc('week', i.issued_at) AS week, p.category, count(DISTINCT i.id) AS invoices, \
                              sum(t.quantity * t.unit_cents)::bigint AS cents \
                       FROM invoices i JOIN invoice_items t ON t.invoice_id = i.id JOIN products p ON p.id = t.product_id \
                       WHERE i.tenant_id = $1 AND i.status IN ('paid', 'unpaid', 'overdue') \
                       GROUP BY 1, 2 ORDER BY 1 DESC, 4 DESC LIMIT 120";

// The archive behind the yearly statement answers in seconds, whatever it is asked: pg_sleep stands for it.
const STATEMENT: &str = "SELECT i.status, count(*) AS invoices, sum(i.total_cents)::bigint AS cents \
                         FROM invoices i CROSS JOIN (SELECT pg_sleep($2) OFFSET 0) archive \
                         WHERE i.tenant_id = $1 GROUP BY i.status";

pub(super) fn routes() -> Router<Arc<Panel>> {
    Router::new().route("/api/reports/revenue", get(revenue)).route("/api/reports/statement", get(statement))
}

#[derive(Debug, Deserialize)]
struct Scope {
    tenant: i32,
}

/// Those who ask for the same tenant while it is computed share one computation.
async fn revenue(
    State(panel): State<Arc<Panel>>,
    route: Route,
    Query(scope): Query<Scope>,
) -> Result<Response, Refusal> {
    let key = format!("GET {} {}", &*route, scope.tenant);
    let worker = Arc::clone(&panel);
    let text = panel
        .coalesced(key, async move {
            let session = worker.session(&route).await?;
            let rows = session.query(REVENUE, &[(&scope.tenant, Type::INT4)]).await?;
            Ok(json!({ "weeks": records(&rows) }).to_string())
        })
        .await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response())
}

async fn statement(
    State(panel): State<Arc<Panel>>,
    route: Route,
    Query(scope): Query<Scope>,
) -> Result<Json<Value>, Refusal> {
    let session = panel.session(&route).await?;
    let seconds = 2.0 + 2.0 * fastrand::f64();
    let rows = session.query(STATEMENT, &[(&scope.tenant, Type::INT4), (&seconds, Type::FLOAT8)]).await?;
    Ok(Json(json!({ "statement": records(&rows) })))
}

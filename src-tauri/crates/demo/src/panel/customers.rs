//! Customers: lists, search and sign-in.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Query, State},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_postgres::types::Type;

use super::{Panel, Refusal, Route, records::record, records::records};

pub(super) fn routes() -> Router<Arc<Panel>> {
    Router::new()
        .route("/api/customers", get(list))
        .route("/api/customers/search", get(search))
        .route("/api/sessions", post(sign_in))
        .route("/api/audit", get(audit))
}

#[derive(Debug, Deserialize)]
struct Page {
    #[serde(default = "first_tenant")]
    tenant: i32,
    #[serde(default = "ten")]
    limit: i64,
}

fn first_tenant() -> i32 {
    1
}

fn ten() -> i64 {
    10
}

/// One query for the customers, then one for each customer's orders: the N+1 of every panel that grew.
async fn list(
    State(panel): State<Arc<Panel>>,
    route: Route,
    Query(page): Query<Page>,
) -> Result<Json<Value>, Refusal> {
    let session = panel.session(&route).await?;
    let limit = page.limit.clamp(1, 100);
    let customers = session
        .query(
            "SELECT id, name, email, country, status, created_at FROM customers WHERE tenant_id = $1 ORDER BY id DESC LIMIT $2",
            &[(&page.tenant, Type::INT4), (&limit, Type::INT8)],
        )
        .await?;
    let mut listed = Vec::with_capacity(customers.len());
    for customer in &customers {
        let id: i64 = customer.try_get("id")?;
        let orders = session
            .query(
                "SELECT id, status, total_cents, placed_at FROM orders WHERE customer_id = $1 ORDER BY placed_at DESC LIMIT 5",
                &[(&id, Type::INT8)],
            )
            .await?;
        let mut entry = record(customer);
        if let Some(fields) = entry.as_object_mut() {
            fields.insert("orders".to_owned(), records(&orders));
        }
        listed.push(entry);
    }
    Ok(Json(json!({ "customers": listed })))
}

#[derive(Debug, Deserialize)]
struct Search {
    email: String,
    tenant: Option<i32>,
    #[serde(default = "ten")]
    limit: i64,
}

/// Reads all customers, then all orders for each hit: both for want of an index.
async fn search(
    State(panel): State<Arc<Panel>>,
    route: Route,
    Query(search): Query<Search>,
) -> Result<Json<Value>, Refusal> {
    let session = panel.session(&route).await?;
    let (begin, limit) = (search.email.to_lowercase(), search.limit.clamp(1, 200));
    let found = session
        .query(
            "SELECT c.id, c.name, c.email, c.status, o.orders, o.spent_cents \
             FROM (SELECT * FROM customers WHERE starts_with(lower(email), $1) AND ($2::integer IS NULL OR tenant_id = $2) \
                   ORDER BY email LIMIT $3) c \
             CROSS JOIN LATERAL (SELECT count(*) AS orders, coalesce(sum(total_cents), 0)::bigint AS spent_cents \
                                 FROM orders WHERE customer_id = c.id) o \
             ORDER BY c.email",
            &[(&begin, Type::TEXT), (&search.tenant, Type::INT4), (&limit, Type::INT8)],
        )
        .await?;
    Ok(Json(json!({ "customers": records(&found) })))
}

#[derive(Debug, Deserialize)]
struct Credentials {
    email: String,
    #[serde(default)]
    password: String,
}

/// The password is stretched on the worker pool: a request thread has better to do.
async fn sign_in(
    State(panel): State<Arc<Panel>>,
    route: Route,
    Json(given): Json<Credentials>,
) -> Result<Json<Value>, Refusal> {
    let proof = panel.stretch(given.password).await?;
    let session = panel.session(&route).await?;
    let customer = session
        .query(
            "SELECT id, tenant_id, status FROM customers WHERE email = $1 LIMIT 1",
            &[(&given.email, Type::TEXT)],
        )
        .await?;
    let customer = customer.first().ok_or_else(|| Refusal::not_found("this account"))?;
    let (id, tenant): (i64, i32) = (customer.try_get("id")?, customer.try_get("tenant_id")?);
    session
        .query(
            "INSERT INTO sessions (token_hash, customer_id, ip, user_agent, created_at, last_seen_at, expires_at) \
             VALUES (md5($1 || clock_timestamp()::text), $2, '127.0.0.1', 'panel', now(), now(), now() + interval '14 days')",
            &[(&proof, Type::TEXT), (&id, Type::INT8)],
        )
        .await?;
    session.audit(tenant, id, "sign_in", "session", id).await?;
    Ok(Json(json!({ "customer": id })))
}

async fn audit(
    State(panel): State<Arc<Panel>>,
    route: Route,
    Query(page): Query<Page>,
) -> Result<Json<Value>, Refusal> {
    let session = panel.session(&route).await?;
    let limit = page.limit.clamp(1, 200);
    let entries = session
        .query(
            "SELECT id, actor_id, action, entity, entity_id, details ->> 'ip' AS ip, at FROM audit_log \
             WHERE tenant_id = $1 ORDER BY at DESC LIMIT $2",
            &[(&page.tenant, Type::INT4), (&limit, Type::INT8)],
        )
        .await?;
    Ok(Json(json!({ "entries": records(&entries) })))
}

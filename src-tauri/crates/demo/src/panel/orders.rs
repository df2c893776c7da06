//! Orders: one by its id, and new ones, row by row.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_postgres::types::Type;

use super::{Panel, Refusal, Route, records::record};

pub(super) fn routes() -> Router<Arc<Panel>> {
    Router::new().route("/api/orders", post(place)).route("/api/orders/{id}", get(show))
}

async fn show(
    State(panel): State<Arc<Panel>>,
    route: Route,
    Path(id): Path<i64>,
) -> Result<Json<Value>, Refusal> {
    let session = panel.session(&route).await?;
    let found = session
        .query(
            "SELECT o.id, o.status, o.quantity, o.total_cents, o.placed_at, p.name AS product, c.name AS customer \
             FROM orders o JOIN products p ON p.id = o.product_id JOIN customers c ON c.id = o.customer_id WHERE o.id = $1",
            &[(&id, Type::INT8)],
        )
        .await?;
    found.first().map(|row| Json(record(row))).ok_or_else(|| Refusal::not_found("this order"))
}

#[derive(Debug, Deserialize)]
struct Basket {
    customer: i64,
    products: Vec<i32>,
}

/// One INSERT after another where one would do: the write side of N+1.
async fn place(
    State(panel): State<Arc<Panel>>,
    route: Route,
    Json(basket): Json<Basket>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let session = panel.session(&route).await?;
    let mut orders = Vec::new();
    for product in basket.products.iter().take(50) {
        let placed = session
            .query(
                "INSERT INTO orders (tenant_id, customer_id, product_id, status, quantity, total_cents, placed_at) \
                 SELECT c.tenant_id, c.id, p.id, 'pending', 1, p.price_cents, now() FROM customers c, products p \
                 WHERE c.id = $1 AND p.id = $2 RETURNING id, tenant_id",
                &[(&basket.customer, Type::INT8), (product, Type::INT4)],
            )
            .await?;
        let placed = placed.first().ok_or_else(|| Refusal::not_found("this customer or product"))?;
        let (id, tenant): (i64, i32) = (placed.try_get("id")?, placed.try_get("tenant_id")?);
        session.audit(tenant, basket.customer, "order.create", "order", id).await?;
        orders.push(id);
    }
    Ok((StatusCode::CREATED, Json(json!({ "orders": orders }))))
}

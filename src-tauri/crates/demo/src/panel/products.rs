//! The product catalogue, read through the cache.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
    routing::{get, put},
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_postgres::types::Type;

use super::{Panel, Refusal, Route, cache::Kind, records::records};

const CATALOGUE: &str = "SELECT p.id, p.sku, p.name, p.category, p.price_cents, p.billing_cycle, count(o.id) AS sold \
                         FROM products p LEFT JOIN orders o ON o.product_id = p.id AND o.placed_at > now() - interval '30 days' \
                         WHERE p.active GROUP BY p.id ORDER BY sold DESC, p.id";

pub(super) fn routes() -> Router<Arc<Panel>> {
    Router::new().route("/api/products", get(list)).route("/api/products/{id}/price", put(price))
}

/// Nothing keeps ten readers of an empty cache from all computing the same list.
async fn list(State(panel): State<Arc<Panel>>, route: Route) -> Result<Response, Refusal> {
    let text = match panel.cached(Kind::Products, CATALOGUE).await {
        Some(text) => text,
        None => {
            let session = panel.session(&route).await?;
            let rows = session.query(CATALOGUE, &[]).await?;
            let text = json!({ "products": records(&rows) }).to_string();
            panel.keep(Kind::Products, CATALOGUE, &text).await;
            text
        }
    };
    Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response())
}

#[derive(Debug, Deserialize)]
struct Price {
    cents: i64,
}

async fn price(
    State(panel): State<Arc<Panel>>,
    route: Route,
    Path(id): Path<i32>,
    Json(price): Json<Price>,
) -> Result<Json<Value>, Refusal> {
    let session = panel.session(&route).await?;
    let changed = session
        .query(
            "UPDATE products SET price_cents = $1 WHERE id = $2 RETURNING id",
            &[(&price.cents, Type::INT8), (&id, Type::INT4)],
        )
        .await?;
    changed.first().ok_or_else(|| Refusal::not_found("this product"))?;
    drop(session);
    panel.forget("products").await;
    Ok(Json(json!({ "product": id, "price_cents": price.cents })))
}

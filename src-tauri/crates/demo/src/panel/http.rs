//! What every request gets: a route, a request id, a measurement.

use std::{ops::Deref, sync::Arc, time::Instant};

use axum::{
    extract::{FromRequestParts, MatchedPath, Request, State},
    http::{HeaderValue, Method, request::Parts},
    middleware::Next,
    response::Response,
};

use super::Panel;

const REQUEST_ID: &str = "x-request-id";

/// `GET /api/orders/:id`: the method and the pattern, never the path itself.
#[derive(Debug, Clone)]
pub(super) struct Route(String);

impl Deref for Route {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Route {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Route, Self::Rejection> {
        let pattern = pattern(parts.extensions.get::<MatchedPath>());
        Ok(Route(format!("{} {pattern}", parts.method)))
    }
}

/// As Express writes it: `/api/orders/:id` for axum's `/api/orders/{id}`.
fn pattern(matched: Option<&MatchedPath>) -> String {
    matched.map_or_else(|| "unmatched".to_owned(), |path| path.as_str().replace('{', ":").replace('}', ""))
}

/// Methods outside the standard ones would make a label each.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        _ => "other",
    }
}

/// Echoes the request id, names the product, counts and times the request.
pub(super) async fn observe(State(panel): State<Arc<Panel>>, request: Request, next: Next) -> Response {
    let begin = Instant::now();
    let method = method_label(request.method());
    let route = pattern(request.extensions().get::<MatchedPath>());
    let given = request.headers().get(REQUEST_ID).cloned();
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if let Some(id) = given.or_else(|| HeaderValue::from_str(&fresh_id()).ok()) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert("x-powered-by", HeaderValue::from_static("mPanel"));
    headers.insert("x-api-version", HeaderValue::from_static("v1"));
    panel.metrics.request(method, &route, response.status().as_u16(), begin.elapsed());
    response
}

/// A version 4 UUID.
fn fresh_id() -> String {
    let bits = fastrand::u128(..) & !(0xF << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

#[cfg(test)]
mod tests {
    use super::fresh_id;

    #[test]
    fn request_ids_are_uuids_of_version_4() {
        let id = fresh_id();
        let parts: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12], "{id}");
        assert_eq!(id.chars().nth(14), Some('4'), "{id}");
        assert!(id.chars().nth(19).is_some_and(|digit| "89ab".contains(digit)), "{id}");
        assert_ne!(id, fresh_id());
    }
}

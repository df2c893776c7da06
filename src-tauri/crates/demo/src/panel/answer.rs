//! What a handler answers when it cannot do what was asked.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

/// A failed request: status and one sentence. Rendered as `{"error": …}`.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn not_found(what: &str) -> Refusal {
        Refusal { status: StatusCode::NOT_FOUND, message: format!("{what} does not exist") }
    }

    pub(crate) fn unavailable(message: impl Into<String>) -> Refusal {
        Refusal { status: StatusCode::SERVICE_UNAVAILABLE, message: message.into() }
    }

    pub(crate) fn conflict(message: impl Into<String>) -> Refusal {
        Refusal { status: StatusCode::CONFLICT, message: message.into() }
    }
}

impl From<tokio_postgres::Error> for Refusal {
    fn from(error: tokio_postgres::Error) -> Refusal {
        // The server's own sentence; parameters and statements are not part of it.
        let message =
            error.as_db_error().map_or_else(|| error.to_string(), |inner| inner.message().to_owned());
        tracing::debug!(%message, "a statement failed");
        Refusal { status: StatusCode::INTERNAL_SERVER_ERROR, message }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "error": self.message }))).into_response()
    }
}

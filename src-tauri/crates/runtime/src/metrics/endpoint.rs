//! `GET /metrics`: the registry over HTTP, compressed, on loopback only.

use std::io;
use std::net::SocketAddr;

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::Registry;

/// The media type of text format 0.0.4.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A router with the one route `GET /metrics`, compressed as [`crate::compression`] says.
pub fn router(registry: Registry) -> Router {
    Router::new().route("/metrics", get(exposition)).with_state(registry).layer(crate::compression::layer())
}

async fn exposition(State(registry): State<Registry>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], registry.render())
}

/// Serves [`router`] on a loopback address (port 0 picks a free one) until `stop` is cancelled.
/// Returns the bound address and the server's task.
///
/// # Errors
/// `InvalidInput` when the address is not loopback: measurements name databases and people's queries wait
/// behind them, so they are not offered to the network. Otherwise what binding the port reported.
pub async fn serve(
    registry: Registry,
    addr: SocketAddr,
    stop: CancellationToken,
) -> io::Result<(SocketAddr, JoinHandle<()>)> {
    if !addr.ip().is_loopback() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("metrics are served on loopback only: use 127.0.0.1:{} instead of {addr}", addr.port()),
        ));
    }
    let listener = TcpListener::bind(addr).await?;
    let bound = listener.local_addr()?;
    let server = axum::serve(listener, router(registry)).with_graceful_shutdown(stop.cancelled_owned());
    let task = tokio::spawn(async move {
        if let Err(error) = server.await {
            tracing::warn!(%error, %bound, "metrics endpoint stopped");
        }
    });
    Ok((bound, task))
}

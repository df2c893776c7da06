//! `GET /metrics` of the console itself, on loopback, while it is switched on.

use std::net::{Ipv4Addr, SocketAddr};

use tokio_util::sync::CancellationToken;

use crate::Engine;

/// The endpoint that runs now, if one does.
#[derive(Default)]
pub(crate) struct OwnMetrics {
    address: Option<SocketAddr>,
    stop: Option<CancellationToken>,
    problem: Option<String>,
}

impl Engine {
    /// Where the console's own metrics are served now, or why they are not although they should be.
    pub fn metrics_endpoint(&self) -> Result<Option<SocketAddr>, String> {
        let own = self.inner.own_metrics.lock();
        own.problem.clone().map_or(Ok(own.address), Err)
    }

    pub(crate) async fn restart_metrics_endpoint(&self) {
        let previous = std::mem::take(&mut *self.inner.own_metrics.lock());
        if let Some(stop) = previous.stop {
            stop.cancel();
        }
        let Some(port) = self.settings().metrics_port else { return };
        let stop = self.inner.stop.child_token();
        let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let served = runtime::metrics::serve(self.registry().clone(), wanted, stop.clone()).await;
        let mut own = self.inner.own_metrics.lock();
        match served {
            Ok((address, _task)) => {
                *own = OwnMetrics { address: Some(address), stop: Some(stop), problem: None }
            }
            Err(error) => {
                tracing::warn!(%error, port, "the console's metrics cannot be served");
                own.problem = Some(format!("Port {port} cannot be used: {error}."));
            }
        }
    }
}

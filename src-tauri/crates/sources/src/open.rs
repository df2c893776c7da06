//! From a source's configuration to the thing that polls it.

use std::sync::Arc;

use domain::{Problem, SourceConfig, SourceKind};

use crate::{Source, mpanel, pgbouncer, postgres, prometheus};

/// What every source shares: the console's own metrics.
#[derive(Clone)]
pub struct SourceContext {
    pub registry: runtime::metrics::Registry,
}

/// Prepares a source without contacting it; a bad address is told here, an unreachable one by the first poll.
pub fn open(
    config: &SourceConfig,
    password: Option<String>,
    context: &SourceContext,
) -> Result<Arc<dyn Source>, Problem> {
    Ok(match config.kind {
        SourceKind::Postgres => Arc::new(postgres::PostgresSource::new(config, password, context)?),
        SourceKind::Pgbouncer => Arc::new(pgbouncer::PgbouncerSource::new(config, password, context)?),
        SourceKind::Mpanel => Arc::new(mpanel::MpanelSource::new(config, password, context)?),
        SourceKind::Prometheus => Arc::new(prometheus::PrometheusSource::new(config, password, context)?),
    })
}

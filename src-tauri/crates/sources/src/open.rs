//! From a source's configuration to the thing that polls it.

use std::sync::Arc;

use domain::{Problem, SourceConfig, SourceKind};

use crate::{Source, mpanel, pgbouncer, postgres, prometheus, redis};

/// What every source shares.
#[derive(Clone)]
pub struct SourceContext {
    /// The console's own metrics.
    pub registry: runtime::metrics::Registry,
    /// What the console runs on each PostgreSQL, counted.
    pub own_queries: postgres::OwnQueries,
}

impl SourceContext {
    pub fn new(registry: runtime::metrics::Registry) -> SourceContext {
        SourceContext { registry, own_queries: postgres::OwnQueries::default() }
    }
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
        SourceKind::Redis => Arc::new(redis::RedisSource::new(config, password, context)?),
        SourceKind::Mpanel => Arc::new(mpanel::MpanelSource::new(config, password, context)?),
        SourceKind::Prometheus => Arc::new(prometheus::PrometheusSource::new(config, password, context)?),
    })
}

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

/// An open source: for whoever polls it, and what only its kind can answer.
#[derive(Clone)]
pub enum Opened {
    Postgres(Arc<postgres::PostgresSource>),
    Redis(Arc<redis::RedisSource>),
    Other(Arc<dyn Source>),
}

impl Opened {
    pub fn source(&self) -> Arc<dyn Source> {
        match self {
            Opened::Postgres(source) => Arc::clone(source) as Arc<dyn Source>,
            Opened::Redis(source) => Arc::clone(source) as Arc<dyn Source>,
            Opened::Other(source) => Arc::clone(source),
        }
    }

    pub fn postgres(self) -> Option<Arc<postgres::PostgresSource>> {
        match self {
            Opened::Postgres(source) => Some(source),
            Opened::Redis(_) | Opened::Other(_) => None,
        }
    }

    pub fn redis(self) -> Option<Arc<redis::RedisSource>> {
        match self {
            Opened::Redis(source) => Some(source),
            Opened::Postgres(_) | Opened::Other(_) => None,
        }
    }
}

/// Prepares a source without contacting it; a bad address is told here, an unreachable one by the first poll.
pub fn open(
    config: &SourceConfig,
    password: Option<String>,
    context: &SourceContext,
) -> Result<Opened, Problem> {
    let other: Arc<dyn Source> = match config.kind {
        SourceKind::Postgres => {
            let source = postgres::PostgresSource::new(config, password, context)?;
            return Ok(Opened::Postgres(Arc::new(source)));
        }
        SourceKind::Pgbouncer => Arc::new(pgbouncer::PgbouncerSource::new(config, password, context)?),
        SourceKind::Redis => {
            let source = redis::RedisSource::new(config, password, context)?;
            return Ok(Opened::Redis(Arc::new(source)));
        }
        SourceKind::Mpanel => Arc::new(mpanel::MpanelSource::new(config, password, context)?),
        SourceKind::Prometheus => Arc::new(prometheus::PrometheusSource::new(config, password, context)?),
    };
    Ok(Opened::Other(other))
}

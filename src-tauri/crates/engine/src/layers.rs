//! Which sources stand behind one another: from an application's pool through PgBouncer to PostgreSQL.

use std::collections::{BTreeMap, BTreeSet};

use analysis::pools::Layers;
use domain::{Layer, PoolLayer, SourceId, SourceKind, Timestamp};

use crate::watched::Watched;

/// Facts older than this many intervals say nothing about now.
const STALE_INTERVALS: i64 = 4;

/// The layer that a source can be; a Prometheus source is one only when it shows a pool.
fn layer_of(watched: &Watched) -> Option<Layer> {
    match watched.status.config.kind {
        SourceKind::Mpanel => Some(Layer::Application),
        SourceKind::Prometheus => (!watched.recent.app.is_empty()).then_some(Layer::Application),
        SourceKind::Pgbouncer => Some(Layer::Pgbouncer),
        SourceKind::Postgres => Some(Layer::Postgres),
        SourceKind::Redis => None,
    }
}

/// The sources at the head of a path: those that nothing else goes through, applications first.
pub(crate) fn heads(sources: &BTreeMap<SourceId, Watched>) -> Vec<PoolLayer> {
    let behind: BTreeSet<&SourceId> =
        sources.values().filter_map(|watched| watched.status.config.upstream.as_ref()).collect();
    let mut heads: Vec<PoolLayer> = sources
        .iter()
        .filter(|(id, _)| !behind.contains(id))
        .filter_map(|(_, watched)| pool_layer(watched))
        .collect();
    heads.sort_by(|a, b| (a.layer, &a.name).cmp(&(b.layer, &b.name)));
    heads
}

/// A source and the layers behind it. Ends where a layer is missing or would repeat.
pub(crate) fn path<'a>(sources: &'a BTreeMap<SourceId, Watched>, head: &SourceId) -> Vec<&'a Watched> {
    let mut path: Vec<&Watched> = Vec::new();
    let mut next = sources.get(head);
    while let Some(watched) = next {
        let deeper =
            path.last().and_then(|last| layer_of(last)).is_none_or(|last| layer_of(watched) > Some(last));
        if !deeper {
            break;
        }
        path.push(watched);
        next = watched.status.config.upstream.as_ref().and_then(|id| sources.get(id));
    }
    path
}

pub(crate) fn pool_layer(watched: &Watched) -> Option<PoolLayer> {
    Some(PoolLayer {
        source: watched.status.config.id.clone(),
        name: watched.status.config.name.clone(),
        kind: watched.status.config.kind,
        state: watched.status.state.clone(),
        layer: layer_of(watched)?,
    })
}

/// The facts of a path as the rules take them. A layer whose facts are stale is left out: absent is not calm.
pub(crate) fn observed<'a>(path: &[&'a Watched], now: Timestamp) -> Layers<'a> {
    let mut layers = Layers { application: None, pgbouncer: None, postgres: None, application_name: None };
    for watched in path {
        let config = &watched.status.config;
        let newest = watched.recent.newest();
        let patience = STALE_INTERVALS * i64::from(config.interval_ms);
        if newest.is_none_or(|newest| now.millis_since(newest) > patience) {
            continue;
        }
        match layer_of(watched) {
            Some(Layer::Application) => {
                layers.application = Some(layer(watched, &watched.recent.app));
                layers.application_name = config.application_name.as_deref();
            }
            Some(Layer::Pgbouncer) => layers.pgbouncer = Some(layer(watched, &watched.recent.pgbouncer)),
            Some(Layer::Postgres) => layers.postgres = Some(layer(watched, &watched.recent.backends)),
            None => {}
        }
    }
    layers
}

fn layer<'a, P>(watched: &'a Watched, points: &'a [P]) -> analysis::pools::Layer<'a, P> {
    let config = &watched.status.config;
    analysis::pools::Layer { source: &config.id, name: &config.name, points }
}

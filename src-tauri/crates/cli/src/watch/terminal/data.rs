//! What one picture is made of, asked from the engine.

use anyhow::Result;
use engine::Engine;
use engine::domain::{
    ActivityMoment, Finding, PoolsPage, Problem, ServerChoice, SourceId, SourceKind, SourceStatus,
    StatementsPage, TimeRange, Timestamp,
};

use super::app::{App, Page};
use crate::watch::pools_pages;

/// What the figures of a picture look back on.
const WINDOW_MILLIS: i64 = 15 * 60 * 1000;

#[derive(Debug, Clone, Default)]
pub(crate) struct Data {
    pub(crate) now: Timestamp,
    pub(crate) sources: Vec<SourceStatus>,
    pub(crate) servers: Vec<ServerChoice>,
    pub(crate) server: Option<SourceId>,
    pub(crate) may_signal: bool,
    pub(crate) moment: Option<ActivityMoment>,
    /// Why there is no picture of the server.
    pub(crate) problem: Option<Problem>,
    /// Only while its page is shown.
    pub(crate) statements: Option<StatementsPage>,
    /// Only while their page is shown.
    pub(crate) pools: Vec<PoolsPage>,
    pub(crate) findings: Vec<Finding>,
}

impl Data {
    pub(crate) async fn gather(engine: &Engine, app: &App) -> Result<Data> {
        let now = engine.now();
        let range = TimeRange::last(WINDOW_MILLIS, now);
        let mut data =
            Data { now, sources: engine.sources(), findings: engine.open_findings(), ..Data::default() };
        data.servers = servers(&data.sources);
        let known = |id: &&SourceId| data.servers.iter().any(|server| server.source == **id);
        let first = || data.servers.first().map(|server| server.source.clone());
        data.server = app.server.as_ref().filter(known).cloned().or_else(first);
        if let Some(server) = data.server.clone() {
            let status = data.sources.iter().find(|status| status.config.id == server);
            data.may_signal = status.is_some_and(|status| status.config.allow_signals);
            data.problem = status.and_then(|status| status.state.problem().cloned());
            data.moment = engine.activity_moment(server.clone(), None, app.idle).await?;
            if app.page == Page::Queries {
                data.statements = Some(engine.statements_page(Some(server), range).await?);
            }
        }
        if app.page == Page::Pools {
            data.pools = pools_pages(engine, range).await?;
        }
        Ok(data)
    }

    pub(crate) fn server_name(&self) -> Option<&str> {
        self.choice().map(|choice| choice.name.as_str())
    }

    pub(crate) fn choice(&self) -> Option<&ServerChoice> {
        self.servers.iter().find(|choice| Some(&choice.source) == self.server.as_ref())
    }
}

fn servers(sources: &[SourceStatus]) -> Vec<ServerChoice> {
    sources
        .iter()
        .filter(|status| status.config.kind == SourceKind::Postgres)
        .map(|status| ServerChoice {
            source: status.config.id.clone(),
            name: status.config.name.clone(),
            state: status.state.clone(),
            version: status.version.clone(),
        })
        .collect()
}

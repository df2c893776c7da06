//! The Shared reads view: what the team's consoles share, how old it is, and renewing it by hand.

use domain::{
    Problem, ProblemCode, SharedRead, SharedReadKind, SourceConfig, SourceId, SourceKind, TeamCachePage,
};

use super::SharedReads;
use super::reads::TYPES;
use crate::{Engine, EngineError};

impl Engine {
    /// # Errors
    /// What reading a password may fail with.
    pub async fn team_cache_page(&self) -> Result<TeamCachePage, EngineError> {
        let server = self.settings().team_cache;
        let problem = server.as_ref().and_then(|server| self.why_not_shared(server));
        let reads = self.blocking(|engine| engine.shared_reads()).await?;
        let stats = reads.as_ref().map(|reads| reads.cache.stats()).unwrap_or_default();
        let mut entries = Vec::new();
        for config in self.databases() {
            for (what, _) in TYPES {
                entries.push(self.entry(&config, what, reads.as_ref()).await);
            }
        }
        Ok(TeamCachePage {
            server,
            problem,
            hits: stats.hits,
            misses: stats.misses,
            bypassed: stats.bypassed,
            entries,
        })
    }

    fn databases(&self) -> Vec<SourceConfig> {
        let all = self.sources().into_iter().map(|status| status.config);
        all.filter(|config| config.kind == SourceKind::Postgres && config.enabled).collect()
    }

    fn why_not_shared(&self, server: &SourceId) -> Option<Problem> {
        let gone = || Problem {
            code: ProblemCode::Unreachable,
            message: "The Redis that the settings name for the team is no source of this console any more."
                .to_owned(),
            remedy: Some("Choose another on the Settings page.".to_owned()),
        };
        match self.source(server) {
            Err(_) => Some(gone()),
            Ok(status) if !status.config.enabled => Some(Problem {
                code: ProblemCode::Unreachable,
                message: format!("{} is switched off.", status.config.name),
                remedy: Some("Switch it on, on the Sources page.".to_owned()),
            }),
            Ok(status) => status.state.problem().cloned(),
        }
    }

    async fn entry(
        &self,
        config: &SourceConfig,
        what: SharedReadKind,
        reads: Option<&SharedReads>,
    ) -> SharedRead {
        let used = self.inner.team_cache.uses.0.lock().get(&(config.id.clone(), what)).cloned();
        let lies = match (reads, &used) {
            (Some(reads), Some((key, _))) => reads.cache.inspect(key).await.ok().flatten(),
            _ => None,
        };
        SharedRead {
            source: config.id.clone(),
            source_name: config.name.clone(),
            what,
            bytes: lies.as_ref().map(|entry| entry.bytes),
            ttl_seconds: lies.and_then(|entry| entry.ttl).map(|left| left.as_secs_f64()),
            last: used.map(|(_, used)| used),
        }
    }

    /// Reads anew, for every console of the team.
    ///
    /// # Errors
    /// `no_team_cache`, `source_not_found`, `not_a_database`; `database` where it does not answer.
    pub async fn warm_shared_read(&self, source: SourceId, what: SharedReadKind) -> Result<(), EngineError> {
        let (config, opening) = self.watched(&source)?;
        let opened = self.blocking(move |engine| {
            let database = engine.opened_database(&config, &opening)?;
            Ok((engine.shared_reads()?.ok_or(EngineError::NoTeamCache)?, database))
        });
        let (reads, database) = opened.await?;
        let read = match what {
            SharedReadKind::SlowHealth => reads.slow_health(&source, &database, true).await.map(drop),
            SharedReadKind::IndexCatalog => reads.catalog(&source, &database, true).await.map(drop),
        };
        read.map_err(EngineError::Database)
    }
}

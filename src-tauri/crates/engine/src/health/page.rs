//! The Health page of one server, and a single look for the command line.

use std::collections::BTreeSet;

use analysis::health::{check_all, summary};
use domain::{Degradation, HealthCheck, HealthPage, Problem, SourceId, TimeRange};

use crate::index_advice::AdviceDatabase;
use crate::servers::chosen;
use crate::{Engine, EngineError};

impl Engine {
    /// Everything the Health page shows. The first PostgreSQL when `source` is absent or unknown.
    pub async fn health_page(
        &self,
        source: Option<SourceId>,
        range: TimeRange,
    ) -> Result<HealthPage, EngineError> {
        self.blocking(move |engine| engine.health_page_now(source, range)).await
    }

    fn health_page_now(&self, source: Option<SourceId>, range: TimeRange) -> Result<HealthPage, EngineError> {
        let choices = self.server_choices(domain::SourceKind::Postgres);
        let source = chosen(&choices, source);
        let mut page = empty(source.clone());
        page.choices = choices;
        let Some(source) = source else { return Ok(page) };
        {
            let kept = self.inner.healths.kept(&source);
            let kept = kept.lock();
            page.at = kept.at();
            page.checks.clone_from(&kept.checks);
            page.problem.clone_from(&kept.problem);
        }
        page.summary = summary(&page.checks);
        page.lacks = lacks(&page.checks);
        page.charts = self.health_charts(&source, range)?;
        Ok(page)
    }

    /// Reads everything now, tables and indexes too. A server that does not answer says so on its page.
    ///
    /// # Errors
    /// `source_not_found` and `not_a_database`; `database` where it is switched off.
    pub async fn check_health_now(&self, source: SourceId) -> Result<(), EngineError> {
        let config = self.postgres_config(&source)?;
        let Some(reader) = self.inner.healths.reader(&source) else {
            return Err(EngineError::Database(switched_off(&config.name)));
        };
        // Why it failed stands on the page.
        let _ = reader.read(true).await;
        Ok(())
    }
}

/// One look at a server, by a source's own configuration or an address; nothing is kept, and there are no charts.
///
/// # Errors
/// `no_database_to_ask` without a server; `database` where it does not answer.
pub async fn check_once(
    database: &AdviceDatabase,
    now: domain::Timestamp,
) -> Result<HealthPage, EngineError> {
    let Some(server) = database.server() else { return Err(EngineError::NoDatabaseToAsk) };
    let facts = server.source.health(now).await.map_err(EngineError::Database);
    sources::Source::close(&*server.source).await;
    let checks = check_all(&facts?, None, now);
    Ok(HealthPage {
        at: Some(now),
        summary: summary(&checks),
        lacks: lacks(&checks),
        checks,
        ..empty(server.id.clone())
    })
}

fn empty(source: Option<SourceId>) -> HealthPage {
    HealthPage {
        choices: Vec::new(),
        source,
        at: None,
        checks: Vec::new(),
        summary: summary(&[]),
        charts: Vec::new(),
        lacks: Vec::new(),
        problem: None,
    }
}

/// Rights and settings that would let more be looked at, each once.
fn lacks(checks: &[HealthCheck]) -> Vec<Degradation> {
    let mut seen = BTreeSet::new();
    let unseen = checks.iter().filter(|check| check.severity.is_none());
    unseen
        .filter_map(|check| Some((check, check.sql.as_ref()?)))
        .filter(|(_, sql)| seen.insert((*sql).clone()))
        .map(|(check, sql)| Degradation {
            code: "missing_privilege".to_owned(),
            message: check.seen.clone(),
            remedy: Some(sql.clone()),
        })
        .collect()
}

fn switched_off(name: &str) -> Problem {
    Problem {
        code: domain::ProblemCode::Unreachable,
        message: format!("{name} is not being watched at present."),
        remedy: Some("Switch it on, on the Sources page.".to_owned()),
    }
}

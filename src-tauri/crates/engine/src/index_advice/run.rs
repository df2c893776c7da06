//! Advice from its workload to its report: what is read first, then the choice, which asks the planner.

use std::time::{Duration, Instant};

use analysis::index_advice::{Around, Prepared, WhatIf, Workload, assumed_catalog, dependencies_to_ask};
use domain::{AdviceId, AdviceStep, Catalog, Degradation, IndexAdviceRequest, Timestamp};
use sources::postgres::{ColumnPair, WhatIfSession, WhatIfUnavailable};
use tokio::runtime::Handle;

use super::again::{AdviceAgain, Advised};
use super::database::{AdviceDatabase, AskedServer};
use super::planner::Planner;
use super::watch::{AdviceControl, Watch};
use super::workload::{AdviceWorkload, Gathered, of_readings, of_replay, of_statements, of_texts, told};
use super::{lacks, limits};
use crate::EngineError;

/// What is asked for, with all that it takes.
pub struct AdviceTask {
    pub id: AdviceId,
    pub request: IndexAdviceRequest,
    pub database: AdviceDatabase,
    pub workload: AdviceWorkload,
    pub now: Timestamp,
}

/// Everything that is read before the choice.
pub struct AdviceReady {
    watch: Watch,
    server: Option<Box<AskedServer>>,
    /// None where nobody was asked.
    catalog: Option<Catalog>,
    gathered: Gathered,
    around: Around,
    started: Instant,
}

/// Reads, asks, chooses and tells. Needs no data directory; must be called within a Tokio runtime.
///
/// # Errors
/// Limits that make no sense, a database that does not answer or does not count statements.
pub async fn advise(task: AdviceTask, control: AdviceControl) -> Result<Advised, EngineError> {
    let ready = AdviceReady::read(task, control).await?;
    let runtime = Handle::current();
    let choice = tokio::task::spawn_blocking(move || ready.choose(&runtime));
    choice.await.map_err(|_| EngineError::Interrupted)
}

impl AdviceReady {
    /// Reads the workload and the catalog; cancelled, it goes on with what there is.
    ///
    /// # Errors
    /// As [`advise`].
    pub async fn read(task: AdviceTask, control: AdviceControl) -> Result<AdviceReady, EngineError> {
        let AdviceTask { id, request, database, workload, now } = task;
        limits::check(&request.limits)?;
        let started = Instant::now();
        let mut watch = Watch::new(control);
        watch.tell(AdviceStep::Workload);
        let mut gathered = gather(workload, &database, &request, &mut watch).await?;
        watch.tell(AdviceStep::Catalog);
        let mut lacks = std::mem::take(&mut gathered.lacks);
        let (server, catalog) = match database {
            AdviceDatabase::None => (None, None),
            AdviceDatabase::Saved(catalog) => {
                lacks.insert(0, lacks::catalog_from_file());
                (None, Some(*catalog))
            }
            AdviceDatabase::Server(server) => {
                let catalog = watch.unless_cancelled(server.catalog(now)).await;
                let catalog = catalog.transpose().map_err(EngineError::Database)?;
                if catalog.is_none() {
                    lacks.insert(0, lacks::catalog_not_read());
                }
                (Some(server), catalog)
            }
        };
        let around = Around {
            id,
            request: IndexAdviceRequest { workload: told(&request.workload), ..request },
            made_at: now,
            took_ms: 0.0,
            source: server.as_ref().and_then(|server| server.id.clone()),
            has_catalog: catalog.is_some(),
            origin: gathered.origin.clone(),
            statements_seen: gathered.seen,
            left_out: std::mem::take(&mut gathered.left_out),
            what_if_calls: 0,
            lacks,
        };
        Ok(AdviceReady { watch, server, catalog, gathered, around, started })
    }

    /// Makes candidates, asks the planner what they would change, and chooses. Blocks for as long as the limits allow, on a
    /// thread that is none of the runtime's own; questions to the server wait on the runtime.
    pub fn choose(self, runtime: &Handle) -> Advised {
        let AdviceReady { mut watch, server, catalog, gathered, mut around, started } = self;
        let workload = gathered.workload;
        let mut catalog = catalog.unwrap_or_else(|| assumed_catalog(&workload.statements));
        if let Some(server) = server.as_ref().filter(|_| around.has_catalog && !watch.is_cancelled()) {
            runtime.block_on(sample(&mut catalog, &workload, server));
        }
        around.lacks.extend(catalog.lacks.iter().cloned());
        let prepared = Prepared::new(catalog, workload);
        watch.choosing_among(prepared.hypothetical().count());
        let session = server.as_ref().filter(|_| around.has_catalog && !watch.is_cancelled());
        let session = session.map(|server| runtime.block_on(server.source.what_if()));
        let mut planner = planner(session, &prepared, runtime, &mut around.lacks);

        let limits = around.request.limits;
        let most = Duration::from_secs(u64::from(limits.seconds));
        let asked = planner.as_mut().map(|planner| planner as &mut dyn WhatIf);
        let decision = prepared.decide(&limits, asked, &mut |progress| watch.choosing(progress, most));

        if let Some(planner) = &planner {
            around.what_if_calls = planner.calls();
            if let Some(problem) = planner.lost() {
                around.lacks.insert(0, lacks::connection_lost(problem));
            }
        }
        drop(planner);
        if let Some(server) = &server {
            runtime.block_on(sources::Source::close(&*server.source));
        }
        around.took_ms = started.elapsed().as_secs_f64() * 1e3;
        let cancelled = watch.is_cancelled();
        let again = AdviceAgain::new(prepared, decision, around);
        let mut advice = again.first();
        advice.partial |= cancelled;
        Advised { advice, again, cancelled }
    }
}

/// Looks whether columns that are asked for together follow from each other, which the choice could not know.
async fn sample(catalog: &mut Catalog, workload: &Workload, server: &AskedServer) {
    let questions = dependencies_to_ask(catalog, workload);
    let pairs: Vec<ColumnPair> = questions
        .iter()
        .filter_map(|question| {
            let table = catalog.tables.get(question.table)?;
            Some(ColumnPair {
                schema: table.schema.clone(),
                table: table.name.clone(),
                from: question.from.clone(),
                to: question.to.clone(),
                pages: table.pages,
                rows: table.rows.unwrap_or_default() as u64,
            })
        })
        .collect();
    for (question, found) in questions.iter().zip(server.source.dependencies(&pairs).await) {
        if let (Some(table), Some(found)) = (catalog.tables.get_mut(question.table), found) {
            table.dependencies.push(found);
        }
    }
}

async fn gather(
    workload: AdviceWorkload,
    database: &AdviceDatabase,
    request: &IndexAdviceRequest,
    watch: &mut Watch,
) -> Result<Gathered, EngineError> {
    let limits = request.limits;
    match workload {
        AdviceWorkload::Statements { seconds } => {
            let server = database.server().ok_or(EngineError::NoDatabaseToAsk)?;
            let found = of_statements(&server.source, seconds, &limits, watch).await;
            found.map_err(EngineError::Database)
        }
        // Reading statements takes a processor for a while.
        other => tokio::task::spawn_blocking(move || match other {
            AdviceWorkload::Replay(report) => of_replay(&report, &limits),
            AdviceWorkload::Counted { earlier, later } => of_readings(earlier.as_deref(), &later, &limits),
            AdviceWorkload::Texts(texts) => of_texts(&texts),
            AdviceWorkload::Statements { .. } => Gathered::default(),
        })
        .await
        .map_err(|_| EngineError::Interrupted),
    }
}

/// The planner, or in `lacks` why it cannot be asked.
fn planner(
    session: Option<Result<WhatIfSession, WhatIfUnavailable>>,
    prepared: &Prepared,
    runtime: &Handle,
    lacks: &mut Vec<Degradation>,
) -> Option<Planner> {
    match session? {
        Ok(session) => Some(Planner::new(session, prepared, runtime.clone())),
        Err(unavailable) => {
            lacks.insert(0, unavailable.degradation());
            None
        }
    }
}

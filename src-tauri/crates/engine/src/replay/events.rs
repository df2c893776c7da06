//! What the readers tell, handed to the rules: the one place where both are known.

use analysis::replay::{Given, Prepared, Seen, SeenError, SeenPlan, SeenRequest, Shapes};
use sources::logs::{LogEvent, PlanFormat, Protocol, RequestPhase, Statement};

use super::own_reports::OwnReports;

/// Statements of a batch, about.
const USUAL: usize = 2_048;

/// One batch, ready for the rules.
#[derive(Debug)]
pub(super) struct Heard {
    pub prepared: Prepared,
    pub reports: OwnReports,
}

impl Heard {
    pub(super) fn new() -> Heard {
        Heard { prepared: Prepared::with_capacity(USUAL), reports: OwnReports::default() }
    }

    pub(super) fn hear(&mut self, event: &LogEvent<'_>, shapes: &mut Shapes) {
        match event {
            // Further rows of an execution that was told already.
            LogEvent::Statement(statement) if statement.protocol == Protocol::Fetch => {}
            LogEvent::Statement(statement) => self.prepared.statement(&seen(statement), shapes),
            LogEvent::Error(error) => {
                if let Some(sql) = error.statement.filter(|_| !error.told_as_statement) {
                    let error =
                        SeenError { at_us: error.at_us, sql, error: error.sqlstate.unwrap_or(error.message) };
                    self.prepared.error(&error);
                }
            }
            LogEvent::Plan(plan) if plan.format != PlanFormat::Other => self.prepared.plan(&SeenPlan {
                session: plan.session.0,
                plan: plan.plan,
                json: plan.format == PlanFormat::Json,
            }),
            LogEvent::Plan(_) => {}
            LogEvent::Request(request) => self.prepared.request(&SeenRequest {
                request_id: request.request_id,
                trace_id: request.trace_id,
                method: request.method,
                route: request.route,
                finished: request.phase == RequestPhase::Finished,
            }),
            LogEvent::Report(report) => self.reports.note(report.kind, report.at_us),
        }
    }
}

fn seen<'a>(statement: &Statement<'a>) -> Seen<'a> {
    Seen {
        sql: statement.sql,
        given: statement.parameters.map_or(Given::Nothing, given),
        start_us: statement.start_us(),
        duration_us: statement.duration_us,
        rows: statement.rows,
        session: statement.session.0,
        transaction: statement.transaction,
        request_id: statement.request_id,
        trace_id: statement.trace_id,
        application: statement.application,
        error: statement.error,
        truncated: statement.truncated,
    }
}

/// Servers write `$1 = '7'`, applications JSON.
fn given(parameters: &[u8]) -> Given<'_> {
    match parameters.first() {
        Some(b'[' | b'{') => Given::Json(parameters),
        _ => Given::Detail(parameters),
    }
}

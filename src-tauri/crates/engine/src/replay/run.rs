//! One replay from its logs to its report, on the calling thread and a few others.

use std::io::Read;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use analysis::replay::{Outcome, Replay, Shapes};
use domain::{
    LogCoverage, OwnReport, ReplayId, ReplayProgress, ReplayReport, ReplayRequest, ReplayState, ReplayStatus,
    Timestamp,
};
use parking_lot::Mutex;
use sources::logs::{LogError, LogReader, replay};

use super::events::Heard;
use super::own_reports::OwnReports;
use super::{analysis_options, coverage, read_options};

/// Progress is told this often.
const TELL_EVERY: Duration = Duration::from_millis(200);
/// More readers than this wait for each other.
const MOST_READERS: usize = 4;

/// Where the log comes from.
pub enum LogInput {
    /// What the request names.
    Files,
    /// A pipe; the name is for messages.
    Pipe { name: String, pipe: Box<dyn Read + Send> },
}

/// How a replay is watched and stopped from outside.
pub struct ReplayControl {
    /// Set to stop: what was read until then is told.
    pub cancel: Arc<AtomicBool>,
    /// Told now and then how far it is.
    pub progress: Box<dyn FnMut(ReplayProgress) + Send>,
}

impl Default for ReplayControl {
    fn default() -> ReplayControl {
        ReplayControl { cancel: Arc::default(), progress: Box::new(|_| {}) }
    }
}

/// Reads logs and tells what was found. Blocks for as long as that takes; needs no data directory.
///
/// # Errors
/// No file, a file that cannot be read or is no log, a prefix that cannot be used.
pub fn replay_logs(
    request: &ReplayRequest,
    input: LogInput,
    now: Timestamp,
    control: ReplayControl,
) -> Result<ReplayReport, LogError> {
    let started = Instant::now();
    let options = read_options(request, now);
    let mut reader = match input {
        LogInput::Files => LogReader::open(&request.inputs, &options)?,
        LogInput::Pipe { name, pipe } => LogReader::of_pipe(&name, pipe, &options)?,
    };
    let (outcome, reports, cancelled) = run(&mut reader, request, control)?;
    let coverage = coverage::told(&reader.coverage(), reader.formats(), reader.set_aside(), &outcome);
    let status = ReplayStatus {
        id: ReplayId("0".to_owned()),
        name: name_of(&request.inputs),
        request: request.clone(),
        started_at: now,
        took_ms: Some(started.elapsed().as_secs_f64() * 1e3),
        state: if cancelled { ReplayState::Cancelled } else { ReplayState::Done },
        totals: None,
    };
    Ok(report(status, outcome, coverage, reports))
}

/// A report of what was found so far or in the end.
pub(super) fn report(
    status: ReplayStatus,
    outcome: Outcome,
    coverage: LogCoverage,
    reports: Vec<OwnReport>,
) -> ReplayReport {
    let totals = domain::ReplayTotals { bytes: coverage.bytes, ..outcome.totals };
    ReplayReport {
        replay: ReplayStatus { totals: Some(totals), ..status },
        coverage,
        findings: outcome.findings,
        queries: outcome.queries,
        queries_left_out: outcome.queries_left_out,
        calls_left_out: outcome.calls_left_out,
        pool: outcome.pool,
        documents: outcome.documents,
        reports,
        limits: outcome.limits,
    }
}

fn run(
    reader: &mut LogReader,
    request: &ReplayRequest,
    control: ReplayControl,
) -> Result<(Outcome, Vec<OwnReport>, bool), LogError> {
    let ReplayControl { cancel, progress } = control;
    let mut teller = Teller::new(reader, progress);
    let mut all = Replay::new(analysis_options(request));
    let mut reports = OwnReports::default();
    // As many as there are threads at work.
    let shapes: Mutex<Vec<Shapes>> = Mutex::default();
    let make = |batch: &sources::logs::Batch| {
        let mut heard = Heard::new();
        let mut known = shapes.lock().pop().unwrap_or_default();
        batch.events().for_each(|event| heard.hear(&event, &mut known));
        shapes.lock().push(known);
        heard
    };
    let take = |heard: Heard| {
        all.take(&heard.prepared);
        teller.took(heard.prepared.len() as u64);
        reports.absorb(heard.reports);
        if cancel.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    replay(reader, readers(), make, take)?;
    Ok((all.into_outcome(), reports.told(), cancel.load(Ordering::Relaxed)))
}

fn readers() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(MOST_READERS)
}

/// Tells how far a replay is, a few times a second.
struct Teller {
    progress: Box<dyn FnMut(ReplayProgress) + Send>,
    total: Option<u64>,
    read: Arc<AtomicU64>,
    statements: u64,
    started: Instant,
    told: Instant,
}

impl Teller {
    fn new(reader: &LogReader, progress: Box<dyn FnMut(ReplayProgress) + Send>) -> Teller {
        let now = Instant::now();
        Teller {
            progress,
            total: reader.total_bytes(),
            read: reader.read_bytes(),
            statements: 0,
            started: now,
            told: now,
        }
    }

    fn took(&mut self, statements: u64) {
        self.statements += statements;
        if self.told.elapsed() < TELL_EVERY {
            return;
        }
        self.told = Instant::now();
        let seconds = self.started.elapsed().as_secs_f64();
        let read = self.read.load(Ordering::Relaxed);
        let speed = read as f64 / seconds.max(1e-3);
        let left = self.total.map(|total| total.saturating_sub(read) as f64);
        (self.progress)(ReplayProgress {
            bytes_read: read,
            bytes_total: self.total,
            statements: self.statements,
            bytes_per_second: speed,
            seconds_left: left.filter(|_| speed > 0.0).map(|left| left / speed),
        });
    }
}

/// The file's name, or the first of several and how many more.
pub(super) fn name_of(inputs: &[String]) -> String {
    let name = |input: &String| {
        let path = std::path::Path::new(input);
        path.file_name().map_or_else(|| input.clone(), |name| name.to_string_lossy().into_owned())
    };
    match inputs {
        [] => "no input".to_owned(),
        [only] if only == "-" => "standard input".to_owned(),
        [only] => name(only),
        [first, rest @ ..] => format!("{} and {} more", name(first), rest.len()),
    }
}

//! `mconsole replay`: reads query logs, tells what repeats, and fails a build where something new does.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use engine::EngineError;
use engine::domain::{
    LogDurationUnit, LogFieldNames, ReplayProgress, ReplayReport, ReplayRequest, ReplayState, ReportFormat,
};
use engine::replay::{Following, LogCheckpoint, LogInput, ReplayControl, replay_logs};
use engine::reports::{self, baseline};

use crate::arguments::{FailOn, ReplayArguments};
use crate::console::{cannot, clear_progress, now, shows_progress, tell};

/// A file that is followed is looked at this often.
const LOOK_EVERY: Duration = Duration::from_secs(1);

pub(crate) async fn run(arguments: ReplayArguments) -> Result<ExitCode> {
    let request = match request(&arguments) {
        Ok(request) => request,
        Err(error) => return Ok(cannot(&error)),
    };
    let known = match baseline_of(&arguments) {
        Ok(known) => known,
        Err(error) => return Ok(cannot(&error)),
    };
    let report = if arguments.follow {
        follow(&arguments, &request).await
    } else {
        once(&request, arguments.quiet).await
    };
    let report = match report {
        Ok(report) => report,
        Err(error) => return Ok(cannot(&error)),
    };
    write_report(&arguments, &report)?;
    if let Some(path) = &arguments.write_baseline {
        let text = baseline::Baseline::of(&report).write()?;
        std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(verdict(&arguments, &report, known.as_ref()))
}

/// Replays one log and prints its report.
pub(crate) async fn print(log: &Path) -> Result<()> {
    let request = ReplayRequest::of(vec![log.display().to_string()]);
    let control = ReplayControl::default();
    let work = tokio::task::spawn_blocking(move || replay_logs(&request, LogInput::Files, now(), control));
    let text = reports::render(&work.await??, ReportFormat::Text)?;
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(())
}

/// Replays logs to their end, or to Ctrl+C.
pub(crate) async fn once(request: &ReplayRequest, quiet: bool) -> Result<ReplayReport> {
    let cancel = Arc::new(AtomicBool::new(false));
    let control = ReplayControl { cancel: Arc::clone(&cancel), progress: progress(quiet) };
    let owned = request.clone();
    let input = match request.inputs.as_slice() {
        [only] if only == "-" => {
            LogInput::Pipe { name: "standard input".to_owned(), pipe: Box::new(std::io::stdin()) }
        }
        _ => LogInput::Files,
    };
    let mut work = tokio::task::spawn_blocking(move || replay_logs(&owned, input, now(), control));
    let ended = tokio::select! {
        ended = &mut work => ended,
        _ = tokio::signal::ctrl_c() => {
            // What was read until here is told, and said to be partial.
            cancel.store(true, Ordering::Relaxed);
            work.await
        }
    };
    clear_progress(quiet);
    Ok(ended?.map_err(EngineError::from)?)
}

async fn follow(arguments: &ReplayArguments, request: &ReplayRequest) -> Result<ReplayReport> {
    let checkpoint = arguments.checkpoint.as_deref().map(read_checkpoint).transpose()?.flatten();
    let mut following = Following::open(request, checkpoint.as_ref(), now())?;
    if following.lost_its_place() {
        tell("mconsole: the file of the checkpoint is gone; what was written in between is not known.");
    }
    let mut told = BTreeSet::new();
    loop {
        let read = following.poll()?;
        if read > 0 {
            tell_new(&following.report(now()), &mut told);
            if let Some(path) = &arguments.checkpoint {
                write_checkpoint(path, &following.checkpoint())?;
            }
        }
        if arguments.once && read == 0 {
            return Ok(following.report(now()));
        }
        tokio::select! {
            () = tokio::time::sleep(if arguments.once { Duration::ZERO } else { LOOK_EVERY }) => {}
            _ = tokio::signal::ctrl_c() => return Ok(following.report(now())),
        }
    }
}

/// A line for each pattern that was not told yet.
fn tell_new(report: &ReplayReport, told: &mut BTreeSet<String>) {
    for finding in &report.findings {
        if told.insert(finding.id.clone()) {
            let route = finding.routes.first().map_or(String::new(), |route| format!(" in {}", route.name));
            tell(&format!(
                "{}: {}{route}, {} times in one unit of work",
                finding.kind.title(),
                finding.title,
                finding.repeats.max
            ));
        }
    }
}

fn read_checkpoint(path: &Path) -> Result<Option<LogCheckpoint>> {
    match std::fs::read(path) {
        Ok(text) => serde_json::from_slice(&text)
            .map(Some)
            .with_context(|| format!("{} is no checkpoint; remove it to begin anew", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

/// Whole or not at all: a half-written checkpoint would lose the place.
fn write_checkpoint(path: &Path, checkpoint: &LogCheckpoint) -> Result<()> {
    let unfinished = path.with_extension("unfinished");
    std::fs::write(&unfinished, serde_json::to_vec(checkpoint)?)
        .and_then(|()| std::fs::rename(&unfinished, path))
        .with_context(|| format!("{} cannot be written", path.display()))
}

fn request(arguments: &ReplayArguments) -> Result<ReplayRequest> {
    if arguments.follow && arguments.inputs.len() != 1 {
        bail!("--follow takes exactly one file");
    }
    if arguments.inputs.len() > 1 && arguments.inputs.iter().any(|input| input == "-") {
        bail!("standard input (-) cannot be merged with files");
    }
    Ok(ReplayRequest {
        prefix: arguments.prefix.clone(),
        fields: arguments.fields.as_deref().map(fields).transpose()?,
        threshold: Some(arguments.threshold),
        session_gap_ms: Some(arguments.session_gap),
        keep_literals: arguments.keep_literals,
        ..ReplayRequest::of(arguments.inputs.clone())
    })
}

/// `time=ts,sql=query,duration=took,unit=ms,params=args,request=req.id,rows=count`
pub(crate) fn fields(text: &str) -> Result<LogFieldNames> {
    let mut names = LogFieldNames {
        time: String::new(),
        sql: String::new(),
        duration: None,
        duration_unit: LogDurationUnit::Guess,
        parameters: None,
        request_id: None,
        rows: None,
    };
    for pair in text.split(',') {
        let (field, name) =
            pair.split_once('=').with_context(|| format!("--fields: {pair:?} is not FIELD=NAME"))?;
        let name = name.trim().to_owned();
        match field.trim() {
            "time" => names.time = name,
            "sql" => names.sql = name,
            "duration" => names.duration = Some(name),
            "unit" => names.duration_unit = unit(&name)?,
            "params" => names.parameters = Some(name),
            "request" => names.request_id = Some(name),
            "rows" => names.rows = Some(name),
            other => bail!(
                "--fields: unknown field {other:?}; there are time, sql, duration, unit, params, request, rows"
            ),
        }
    }
    if names.time.is_empty() || names.sql.is_empty() {
        bail!("--fields needs at least time=NAME,sql=NAME");
    }
    Ok(names)
}

fn unit(name: &str) -> Result<LogDurationUnit> {
    Ok(match name {
        "s" => LogDurationUnit::Seconds,
        "ms" => LogDurationUnit::Milliseconds,
        "us" => LogDurationUnit::Microseconds,
        "ns" => LogDurationUnit::Nanoseconds,
        other => bail!("--fields: unknown unit {other:?}; there are s, ms, us, ns"),
    })
}

fn baseline_of(arguments: &ReplayArguments) -> Result<Option<baseline::Baseline>> {
    let Some(path) = &arguments.baseline else {
        if arguments.fail_on == Some(FailOn::NewNPlusOne) {
            bail!("--fail-on new-n-plus-one needs --baseline FILE; make one with --write-baseline FILE");
        }
        return Ok(None);
    };
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("{} cannot be read; make it with --write-baseline", path.display()))?;
    Ok(Some(baseline::Baseline::read(&text).with_context(|| format!("{}", path.display()))?))
}

fn verdict(
    arguments: &ReplayArguments,
    report: &ReplayReport,
    known: Option<&baseline::Baseline>,
) -> ExitCode {
    let failing = match (arguments.fail_on, known) {
        (None, _) => return ExitCode::SUCCESS,
        (Some(FailOn::NewNPlusOne), Some(known)) => baseline::new_findings(report, known),
        (Some(_), _) => report.findings.iter().filter(|finding| finding.ignored.is_none()).collect(),
    };
    if failing.is_empty() {
        return ExitCode::SUCCESS;
    }
    let new = if arguments.fail_on == Some(FailOn::NewNPlusOne) { "new " } else { "" };
    tell(&format!(
        "mconsole: {} {new}{}:",
        failing.len(),
        if failing.len() == 1 { "pattern" } else { "patterns" }
    ));
    for finding in failing {
        tell(&format!("  {}: {}  [{}]", finding.kind.title(), finding.title, finding.id));
    }
    ExitCode::FAILURE
}

fn write_report(arguments: &ReplayArguments, report: &ReplayReport) -> Result<()> {
    let text = reports::render(report, ReportFormat::from(arguments.format))?;
    match &arguments.output {
        Some(path) => {
            std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))?;
            tell(&format!("Written to {}", path.display()));
        }
        None => {
            // A reader that has seen enough closes the pipe.
            let _ = std::io::stdout().write_all(text.as_bytes());
        }
    }
    if report.replay.state == ReplayState::Cancelled {
        tell("mconsole: stopped before the end; the report is partial.");
    }
    Ok(())
}

fn progress(quiet: bool) -> Box<dyn FnMut(ReplayProgress) + Send> {
    if !shows_progress(quiet) {
        return Box::new(|_| {});
    }
    Box::new(|progress| {
        let megabytes = progress.bytes_per_second / 1e6;
        let share = progress.bytes_total.filter(|total| *total > 0).map_or(String::new(), |total| {
            format!("{:.0}%  ", progress.bytes_read as f64 * 100.0 / total as f64)
        });
        let left = progress.seconds_left.map_or(String::new(), |left| format!("  {left:.0} s left"));
        let _ = write!(
            std::io::stderr(),
            "\r\x1b[K{share}{megabytes:.0} MB/s  {} statements{left}",
            progress.statements
        );
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_mappings_are_read_and_refused_with_the_reason() {
        let names =
            fields("time=ts, sql=db.query,duration=took,unit=us,params=args,request=req.id,rows=n").unwrap();
        assert_eq!((names.time.as_str(), names.sql.as_str()), ("ts", "db.query"));
        assert_eq!(
            (names.duration.as_deref(), names.duration_unit),
            (Some("took"), LogDurationUnit::Microseconds)
        );
        assert_eq!((names.request_id.as_deref(), names.rows.as_deref()), (Some("req.id"), Some("n")));
        for (text, expected) in [
            ("time", "FIELD=NAME"),
            ("time=ts", "at least"),
            ("time=ts,sql=q,unit=weeks", "unknown unit"),
            ("time=ts,sql=q,colour=red", "unknown field"),
        ] {
            let error = fields(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}

//! What logs are, told from their beginnings before they are read.

use std::path::Path;

use analysis::sql::mask;
use domain::{LogFilePreview, LogPreview, Problem, ProblemCode, ReplayRequest, Timestamp};
use sources::logs::{LogError, LogFile, LogFormat, first_lines, preview};

use super::{coverage, read_options};
use crate::{Engine, EngineError};

impl Engine {
    /// What the logs of a request are, without reading more than their beginnings.
    pub async fn preview_logs(&self, request: ReplayRequest) -> Result<LogPreview, EngineError> {
        self.blocking(move |engine| Ok(preview_logs(&request, engine.now()))).await
    }
}

fn preview_logs(request: &ReplayRequest, now: Timestamp) -> LogPreview {
    match preview(&request.inputs, &read_options(request, now)) {
        Ok((files, set_aside)) => LogPreview {
            bytes: files.iter().map(|file| file.bytes).sum(),
            files: files.iter().map(|file| told(file, request.keep_literals)).collect(),
            set_aside: set_aside.iter().map(coverage::set_aside).collect(),
            problem: None,
            first_lines: Vec::new(),
        },
        Err(error) => LogPreview {
            files: Vec::new(),
            set_aside: Vec::new(),
            bytes: 0,
            first_lines: unrecognised(&error),
            problem: Some(problem(&error)),
        },
    }
}

fn told(file: &LogFile, keep_literals: bool) -> LogFilePreview {
    let shown = |sql: &Vec<u8>| {
        if keep_literals { String::from_utf8_lossy(sql).into_owned() } else { mask(sql) }
    };
    LogFilePreview {
        path: file.path.display().to_string(),
        bytes: file.bytes,
        compressed: file.compressed,
        format: file.format.title().to_owned(),
        prefix: prefix(&file.format),
        first_at: file.first_us.map(|us| Timestamp(us.div_euclid(1_000))),
        statements: file.statements.iter().map(shown).collect(),
    }
}

fn prefix(format: &LogFormat) -> Option<String> {
    match format {
        LogFormat::Stderr { prefix, .. }
        | LogFormat::Syslog { prefix }
        | LogFormat::Envelopes { prefix, .. } => Some(prefix.as_str().to_owned()),
        _ => None,
    }
}

/// The person's own screen may show what a log holds; it goes nowhere else.
fn unrecognised(error: &LogError) -> Vec<String> {
    match error {
        LogError::NotRecognised { name, .. } => first_lines(Path::new(name)),
        _ => Vec::new(),
    }
}

pub(crate) fn problem(error: &LogError) -> Problem {
    let code = match error {
        LogError::NotRecognised { .. } | LogError::Prefix(_) => ProblemCode::LogNotRecognised,
        LogError::Empty { .. } | LogError::Unreadable { .. } | LogError::NothingMatches { .. } => {
            ProblemCode::LogUnreadable
        }
    };
    Problem { code, message: error.to_string(), remedy: remedy(error) }
}

/// What to do about a log that cannot be read.
pub(crate) fn remedy(error: &LogError) -> Option<String> {
    match error {
        LogError::NotRecognised { .. } => Some(
            "Give the log_line_prefix that SHOW log_line_prefix tells, or the names of the JSON fields."
                .to_owned(),
        ),
        LogError::Unreadable { .. } => Some("Check that the file is there and may be read.".to_owned()),
        LogError::Prefix(_) => Some("Compare it with SHOW log_line_prefix.".to_owned()),
        LogError::Empty { .. } | LogError::NothingMatches { .. } => None,
    }
}

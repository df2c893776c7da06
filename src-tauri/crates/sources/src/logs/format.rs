//! The formats that are read, and how one is told from another by its first lines.

use super::application::console::message_at;
use super::application::fields::FieldNames;
use super::bytes::at;
use super::clock::Clock;
use super::error::LogError;
use super::json::{Broken, Members};
use super::postgres::cloud::{EnvelopeKind, Envelopes};
use super::postgres::infer::{self, Inferred};
use super::postgres::prefix::Prefix;
use super::postgres::syslog::{HEAD, read_head};

/// How much of a log is looked at to tell its format.
pub const SAMPLE_BYTES: usize = 256 << 10;

/// A format, with what it needs to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogFormat {
    /// PostgreSQL's stderr with this `log_line_prefix`; RDS writes it so too.
    Stderr {
        prefix: Prefix,
        /// Further lines of a message lost their tabs on the way.
        tabs_stripped: bool,
    },
    Csvlog,
    Jsonlog,
    /// syslog and logplex.
    Syslog {
        prefix: Prefix,
    },
    /// Hosted PostgreSQL's and containers' JSON with a stderr line in each object.
    Envelopes {
        kind: EnvelopeKind,
        prefix: Prefix,
    },
    /// mPanel's JSON lines.
    Winston,
    /// mPanel's console lines.
    WinstonConsole,
    /// Any application's JSON lines.
    JsonLines {
        fields: Box<FieldNames>,
    },
}

impl LogFormat {
    /// As people call it.
    pub fn title(&self) -> &'static str {
        match self {
            LogFormat::Stderr { .. } => "PostgreSQL stderr",
            LogFormat::Csvlog => "PostgreSQL csvlog",
            LogFormat::Jsonlog => "PostgreSQL jsonlog",
            LogFormat::Syslog { .. } => "PostgreSQL by syslog",
            LogFormat::Envelopes { kind: EnvelopeKind::CloudSql, .. } => "CloudSQL export",
            LogFormat::Envelopes { kind: EnvelopeKind::Azure, .. } => "Azure export",
            LogFormat::Envelopes { kind: EnvelopeKind::Container, .. } => {
                "PostgreSQL in a container's JSON log"
            }
            LogFormat::Winston => "mPanel JSON lines",
            LogFormat::WinstonConsole => "mPanel console",
            LogFormat::JsonLines { .. } => "JSON lines",
        }
    }

    /// The format of a log that begins with `sample`; `name` is for the error. A given `prefix` is not doubted.
    pub fn detect(
        name: &str,
        sample: &[u8],
        prefix: Option<&str>,
        now_us: i64,
    ) -> Result<LogFormat, LogError> {
        let lines = infer::lines(sample);
        if lines.is_empty() {
            return Err(LogError::Empty { name: name.to_owned() });
        }
        // Plans in stderr are JSON too, but behind tabs.
        let objects = lines.iter().take(50).any(|line| at(line, 0) == b'{');
        let mut found = if objects { json(&lines, prefix)? } else { None };
        if found.is_none() {
            found = text(sample, &lines, prefix, now_us)?;
        }
        found.ok_or_else(|| LogError::NotRecognised {
            name: name.to_owned(),
            shape: shape(&lines),
            advice: advice(prefix),
        })
    }
}

fn text(
    sample: &[u8],
    lines: &[&[u8]],
    prefix: Option<&str>,
    now_us: i64,
) -> Result<Option<LogFormat>, LogError> {
    let csv = lines.iter().filter(|line| is_csvlog(line)).count();
    let records = lines.iter().filter(|line| at(line, 0).is_ascii_digit()).count();
    if csv > 0 && csv * 2 >= records {
        return Ok(Some(LogFormat::Csvlog));
    }
    if lines.iter().take(100).any(|line| message_at(line).is_some()) {
        return Ok(Some(LogFormat::WinstonConsole));
    }
    if let Some(found) = syslog(lines, prefix, now_us)? {
        return Ok(Some(found));
    }
    if let Some(prefix) = prefix {
        let prefix = Prefix::compile(prefix)?;
        let untabbed: Vec<&[u8]> = lines.iter().copied().filter(|line| at(line, 0) != b'\t').collect();
        let matched = infer::matches(&prefix, &untabbed);
        let tabs_stripped = untabbed.len() == lines.len() && matched * 10 < untabbed.len() * 9;
        return Ok((matched > 0).then_some(LogFormat::Stderr { prefix, tabs_stripped }));
    }
    Ok(infer::infer(sample)
        .map(|Inferred { prefix, tabs_stripped, .. }| LogFormat::Stderr { prefix, tabs_stripped }))
}

/// `2026-… UTC,"user",…` or `2026-… UTC,,,7,`.
fn is_csvlog(line: &[u8]) -> bool {
    match Clock::default().read(line) {
        Some((_, used)) => at(line, used) == b',' && matches!(at(line, used + 1), b',' | b'"'),
        None => false,
    }
}

fn syslog(lines: &[&[u8]], prefix: Option<&str>, now_us: i64) -> Result<Option<LogFormat>, LogError> {
    let mut clock = Clock::default();
    let mut unwrapped = Vec::new();
    let mut heads = 0;
    for line in lines {
        let Some(head) = read_head(line, &mut clock, now_us) else { continue };
        // stderr with a `[pid]: ` in its prefix looks alike; its host would be the severity.
        heads += 1;
        unwrapped.extend_from_slice(b"2026-01-01 00:00:00 UTC [1] ");
        unwrapped.extend_from_slice(line.get(head.content..).unwrap_or_default());
        unwrapped.push(b'\n');
    }
    if heads * 2 < lines.len() || !lines.iter().take(20).any(|line| has_host(line)) {
        return Ok(None);
    }
    let composed = match prefix {
        Some(prefix) => Some(Prefix::compile(&format!("{HEAD}{prefix}"))?),
        None => infer::infer_behind(HEAD, &unwrapped),
    };
    Ok(composed.map(|prefix| LogFormat::Syslog { prefix }))
}

/// A syslog line has a word, its host, between time and tag; a stderr line has its prefix there.
fn has_host(line: &[u8]) -> bool {
    let mut clock = Clock::default();
    let own_time = clock.read(line).is_some() && at(line, 10) == b' ';
    !own_time
}

fn json(lines: &[&[u8]], prefix: Option<&str>) -> Result<Option<LogFormat>, LogError> {
    let has = |wanted: &[&str]| lines.iter().any(|line| wanted.iter().all(|name| has_member(line, name)));
    if has(&["timestamp", "error_severity"]) {
        return Ok(Some(LogFormat::Jsonlog));
    }
    for kind in EnvelopeKind::ALL {
        let inside = Envelopes::unwrap(kind, lines);
        if inside.is_empty() {
            continue;
        }
        let found = match prefix {
            Some(prefix) => Some(Prefix::compile(prefix)?),
            None => infer::infer(&inside).map(|inferred| inferred.prefix),
        };
        if let Some(prefix) = found {
            return Ok(Some(LogFormat::Envelopes { kind, prefix }));
        }
    }
    if has(&["level", "message", "timestamp", "service"]) {
        return Ok(Some(LogFormat::Winston));
    }
    Ok(FieldNames::guess(lines).map(|fields| LogFormat::JsonLines { fields: Box::new(fields) }))
}

fn has_member(line: &[u8], wanted: &str) -> bool {
    let Ok(mut members) = Members::of(line, 0, line.len()) else { return false };
    loop {
        match members.next() {
            Ok(Some((name, _))) if name == wanted.as_bytes() => return true,
            Ok(Some(_)) => {}
            Ok(None) | Err(Broken) => return false,
        }
    }
}

/// The first lines without their content.
fn shape(lines: &[&[u8]]) -> String {
    lines.iter().take(3).fold(String::new(), |mut shape, line| {
        let masked = line.iter().take(120).map(|byte| match byte {
            b'0'..=b'9' => '9',
            byte if byte.is_ascii_alphabetic() || !byte.is_ascii() => 'x',
            byte if byte.is_ascii_graphic() || *byte == b' ' => char::from(*byte),
            _ => '·',
        });
        shape.push_str("  ");
        shape.extend(masked);
        shape.push('\n');
        shape
    })
}

fn advice(prefix: Option<&str>) -> String {
    match prefix {
        Some(prefix) => format!(
            "No line begins as the given prefix {prefix:?} says: compare it with SHOW log_line_prefix."
        ),
        None => "If it is a PostgreSQL log, give its prefix, which SHOW log_line_prefix tells: --prefix '%m [%p] %q%u@%d '"
            .to_owned(),
    }
}

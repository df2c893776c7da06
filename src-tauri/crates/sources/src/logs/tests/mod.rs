//! The readers' behaviour: each known trap a case, and the same events however the bytes arrive.

mod applications;
mod hosted;
mod postgres;
mod traps;

use super::*;

/// A statement, as a test compares it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Told {
    pub(super) sql: String,
    pub(super) us: Option<u64>,
    pub(super) parameters: Option<String>,
    pub(super) error: Option<String>,
    pub(super) truncated: bool,
    pub(super) request: Option<String>,
    pub(super) rows: Option<u64>,
}

/// `sql` that took `us`.
pub(super) fn took(sql: &str, us: u64) -> Told {
    Told { sql: sql.into(), us: Some(us), ..Told::default() }
}

impl Told {
    pub(super) fn with(mut self, parameters: &str) -> Told {
        self.parameters = Some(parameters.into());
        self
    }

    fn from(statement: &Statement<'_>) -> Told {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Told {
            sql: text(statement.sql),
            us: statement.duration_us,
            parameters: statement.parameters.map(text),
            error: statement.error.map(text),
            truncated: statement.truncated,
            request: statement.request_id.map(text),
            rows: statement.rows,
        }
    }
}

/// What one reading gave.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reading {
    pub(super) statements: Vec<Told>,
    /// Every event, printed.
    pub(super) events: Vec<String>,
    pub(super) coverage: Coverage,
}

pub(super) const LIMITS: Limits = Limits { record_bytes: 64 << 10 };

/// Reads `log` in blocks that grow as a reader's do, `step` bytes at a time.
pub(super) fn read_in_steps(format: &LogFormat, log: &[u8], step: usize) -> Reading {
    let mut parser = Parser::new(format, LIMITS, 1_795_500_000_000_000);
    let mut reading = Reading { statements: Vec::new(), events: Vec::new(), coverage: Coverage::default() };
    let (mut from, mut to) = (0, 0);
    loop {
        to = (to + step).min(log.len());
        let at_end = to == log.len();
        from += parser.feed(&log[from..to], at_end, &mut |event| {
            if let LogEvent::Statement(statement) = &event {
                reading.statements.push(Told::from(statement));
            }
            reading.events.push(format!("{event:?}"));
        });
        if at_end {
            break;
        }
    }
    assert_eq!(from, log.len(), "everything is taken");
    reading.coverage = *parser.coverage();
    assert_eq!(reading.coverage.bytes, log.len() as u64);
    reading
}

/// Reads `log` at once, and checks that other block sizes give the same.
pub(super) fn read(format: &LogFormat, log: impl AsRef<[u8]>) -> Reading {
    let log = log.as_ref();
    let whole = read_in_steps(format, log, log.len().max(1));
    for step in [1, 7, 64, 1000] {
        if log.len() / step < 20_000 {
            assert_eq!(read_in_steps(format, log, step), whole, "in steps of {step}");
        }
    }
    whole
}

pub(super) fn stderr(prefix: &str) -> LogFormat {
    LogFormat::Stderr { prefix: Prefix::compile(prefix).unwrap(), tabs_stripped: false }
}

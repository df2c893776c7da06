//! What a log tells: statements, errors, plans, requests and reports, as views into the text that was read.

/// Identity of a database session: a hash of the session id, or of the process id where the log has no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionKey(pub u64);

impl SessionKey {
    /// The log does not tell sessions apart.
    pub const UNKNOWN: SessionKey = SessionKey(0);
}

/// How the statement reached the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// The simple protocol: the text holds its values.
    Simple,
    /// The extended protocol: the values are parameters.
    Execute,
    /// Further rows of a statement that was executed before, not a new execution.
    Fetch,
    /// Told by an application, which does not say.
    Unknown,
}

/// One thing that a log tells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LogEvent<'a> {
    Statement(Statement<'a>),
    Error(ErrorLine<'a>),
    Plan(Plan<'a>),
    Request(Request<'a>),
    Report(Report<'a>),
}

impl LogEvent<'_> {
    /// Microseconds since the epoch of the line that completed the event.
    pub fn end_us(&self) -> i64 {
        match self {
            LogEvent::Statement(event) => event.end_us,
            LogEvent::Error(event) => event.at_us,
            LogEvent::Plan(event) => event.end_us,
            LogEvent::Request(event) => event.at_us,
            LogEvent::Report(event) => event.at_us,
        }
    }

    /// Bytes of decompressed log before the record that completed the event.
    pub fn offset(&self) -> u64 {
        match self {
            LogEvent::Statement(event) => event.offset,
            LogEvent::Error(event) => event.offset,
            LogEvent::Plan(event) => event.offset,
            LogEvent::Request(event) => event.offset,
            LogEvent::Report(event) => event.offset,
        }
    }
}

/// One executed statement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Statement<'a> {
    /// Microseconds since the epoch when it ended; when it began, if the duration is absent.
    pub end_us: i64,
    /// Microseconds; absent where the log has only the text.
    pub duration_us: Option<u64>,
    /// The text with its own newlines, unescaped.
    pub sql: &'a [u8],
    /// As the server wrote them: `$1 = '7', $2 = NULL`; JSON where an application logged them. See [`super::parameters`].
    pub parameters: Option<&'a [u8]>,
    pub session: SessionKey,
    pub user: &'a [u8],
    pub database: &'a [u8],
    pub application: &'a [u8],
    /// A hash of session and virtual transaction id; the same for all statements of one transaction block.
    pub transaction: Option<u64>,
    pub request_id: Option<&'a [u8]>,
    /// The trace or transaction id of the application's tracer.
    pub trace_id: Option<&'a [u8]>,
    pub protocol: Protocol,
    pub rows: Option<u64>,
    /// The log holds only the beginning of the text.
    pub truncated: bool,
    /// SQLSTATE or message of the error that it ended with.
    pub error: Option<&'a [u8]>,
    pub offset: u64,
}

impl Statement<'_> {
    /// Microseconds since the epoch when it began: end − duration.
    pub fn start_us(&self) -> i64 {
        let duration = i64::try_from(self.duration_us.unwrap_or(0)).unwrap_or(i64::MAX);
        self.end_us.saturating_sub(duration)
    }
}

/// An ERROR, FATAL or PANIC with the statement that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ErrorLine<'a> {
    pub at_us: i64,
    pub session: SessionKey,
    pub sqlstate: Option<&'a [u8]>,
    pub message: &'a [u8],
    pub detail: Option<&'a [u8]>,
    pub context: Option<&'a [u8]>,
    pub statement: Option<&'a [u8]>,
    /// The same execution was told as a [`Statement`] too, with its `error` set: do not count it twice.
    pub told_as_statement: bool,
    pub user: &'a [u8],
    pub database: &'a [u8],
    pub application: &'a [u8],
    pub transaction: Option<u64>,
    pub request_id: Option<&'a [u8]>,
    pub offset: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanFormat {
    Text,
    Json,
    /// XML or YAML: kept as text.
    Other,
}

/// A plan of auto_explain. The statement it belongs to is the next one of its session.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan<'a> {
    pub end_us: i64,
    pub duration_us: Option<u64>,
    pub session: SessionKey,
    /// The whole plan, with `Query Text` inside.
    pub plan: &'a [u8],
    pub format: PlanFormat,
    pub offset: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestPhase {
    Started,
    Finished,
    /// The line names the request only.
    Seen,
}

/// A request that the application served.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Request<'a> {
    pub at_us: i64,
    pub phase: RequestPhase,
    pub request_id: Option<&'a [u8]>,
    pub trace_id: Option<&'a [u8]>,
    pub method: Option<&'a [u8]>,
    /// Path, with its query string as logged; for a trace its name: `GET /api/orders`.
    pub route: Option<&'a [u8]>,
    pub status: Option<u16>,
    pub duration_us: Option<u64>,
    pub offset: u64,
}

/// Which of mPanel's own reports a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReportKind {
    NPlusOne,
    PoolHealth,
    PoolSaturated,
    PoolWaiting,
    ConnectionLeak,
    IndexAdvice,
    QueryPerformance,
    MemoryLeak,
    Retry,
}

/// A line in which mPanel reports on itself; `json` is the whole line's object.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Report<'a> {
    pub at_us: i64,
    pub kind: ReportKind,
    pub request_id: Option<&'a [u8]>,
    pub json: &'a [u8],
    pub offset: u64,
}

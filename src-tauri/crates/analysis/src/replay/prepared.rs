//! One batch of a log, lexed and in memory of its own: what can be done for each statement alone is done here, on any
//! thread and in any order.

use super::given::Given;
use super::origin::Origin;
use super::shapes::Shapes;
use crate::hashing::HashedSet;
use crate::sql::{Fingerprint, Values, mix_bytes, shape};

/// Statements longer than this are shown up to here.
const LONGEST_SAMPLE: usize = 64 << 10;
const ID: u64 = 0x2545_F491_4F6C_DD1D;

/// One executed statement as a log tells it.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    pub sql: &'a [u8],
    pub given: Given<'a>,
    /// Microseconds since 1970.
    pub start_us: i64,
    pub duration_us: Option<u64>,
    pub rows: Option<u64>,
    /// Tells sessions apart; 0 where the log does not.
    pub session: u64,
    /// The same for all statements of one transaction; of no other.
    pub transaction: Option<u64>,
    pub request_id: Option<&'a [u8]>,
    pub trace_id: Option<&'a [u8]>,
    pub application: &'a [u8],
    /// SQLSTATE or message of the error that it ended with.
    pub error: Option<&'a [u8]>,
    /// The log holds only the beginning of the text.
    pub truncated: bool,
}

/// A request that the application served, as far as one line tells.
#[derive(Clone, Copy, Debug)]
pub struct SeenRequest<'a> {
    pub request_id: Option<&'a [u8]>,
    pub trace_id: Option<&'a [u8]>,
    pub method: Option<&'a [u8]>,
    /// The path with its query string, or the name of the trace.
    pub route: Option<&'a [u8]>,
    /// It is over: no statement of it follows.
    pub finished: bool,
}

/// A statement that failed and was not told as executed.
#[derive(Clone, Copy, Debug)]
pub struct SeenError<'a> {
    pub at_us: i64,
    pub sql: &'a [u8],
    pub error: &'a [u8],
}

/// A plan of auto_explain; the statement it belongs to is the next one of its session.
#[derive(Clone, Copy, Debug)]
pub struct SeenPlan<'a> {
    pub session: u64,
    pub plan: &'a [u8],
    pub json: bool,
}

/// A text in the batch's store; the default is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Text {
    start: u32,
    length: u32,
}

impl Text {
    pub(super) fn is_none(self) -> bool {
        self.length == 0
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Execution {
    pub(super) fingerprint: Fingerprint,
    pub(super) values: Values,
    pub(super) given: u32,
    pub(super) start_us: i64,
    pub(super) duration_us: Option<u64>,
    pub(super) rows: Option<u64>,
    pub(super) session: u64,
    pub(super) transaction: u64,
    /// Hash of the request's or the trace's id; 0 where there is none.
    pub(super) request: u64,
    pub(super) trace: u64,
    /// The id itself, of the request where both are known.
    pub(super) id: Text,
    pub(super) route: Text,
    pub(super) application: Text,
    pub(super) error: Text,
    /// It takes parameters whose values are not in the log.
    pub(super) unrecorded: bool,
}

impl Execution {
    pub(super) fn end_us(&self) -> i64 {
        self.start_us.saturating_add_unsigned(self.duration_us.unwrap_or(0))
    }
}

/// What stands between executions.
#[derive(Clone, Copy, Debug)]
pub(super) enum Note {
    Request { request: u64, trace: u64, route: Text, finished: bool },
    Error { at_us: i64, fingerprint: Fingerprint, error: Text },
    Plan { session: u64, plan: Text, json: bool },
}

#[derive(Clone, Copy, Debug)]
struct Sample {
    fingerprint: Fingerprint,
    text: Text,
    truncated: bool,
}

/// Statements of one batch, in the order of the log.
#[derive(Debug, Default)]
pub struct Prepared {
    pub(super) executions: Vec<Execution>,
    /// With the number of executions before each.
    pub(super) notes: Vec<(usize, Note)>,
    samples: Vec<Sample>,
    sampled: HashedSet<u64>,
    store: Vec<u8>,
    last_route: Text,
    last_application: Text,
    last_id: Text,
}

impl Prepared {
    /// Room for about as many executions.
    pub fn with_capacity(executions: usize) -> Prepared {
        Prepared { executions: Vec::with_capacity(executions), ..Prepared::default() }
    }

    pub fn statement(&mut self, seen: &Seen<'_>, shapes: &mut Shapes) {
        let shape = shapes.of(seen.sql);
        let given = seen.given.values();
        let origin = Origin::of(seen);
        let (request, trace) = (id_hash(seen.request_id), id_hash(origin.trace_id()));
        let id = seen.request_id.or(origin.trace_id()).unwrap_or_default();
        let id = self.repeated(id, |batch| &mut batch.last_id);
        let route = self.repeated(origin.route(), |batch| &mut batch.last_route);
        let application = self.repeated(origin.application(), |batch| &mut batch.last_application);
        let error = self.keep(seen.error.unwrap_or_default());
        self.sample(shape.fingerprint, seen.sql, seen.truncated);
        self.executions.push(Execution {
            fingerprint: shape.fingerprint,
            values: given.and_constants(shape.constants),
            given: given.count,
            start_us: seen.start_us,
            duration_us: seen.duration_us,
            rows: seen.rows,
            session: seen.session,
            transaction: seen.transaction.unwrap_or(0),
            request,
            trace,
            id,
            route,
            application,
            error,
            unrecorded: shape.placeholders > 0 && given.count == 0,
        });
    }

    pub fn request(&mut self, seen: &SeenRequest<'_>) {
        let name = super::route::name(seen.method.unwrap_or_default(), seen.route.unwrap_or_default());
        let route = self.keep(name.as_bytes());
        let (request, trace) = (id_hash(seen.request_id), id_hash(seen.trace_id));
        self.note(Note::Request { request, trace, route, finished: seen.finished });
    }

    pub fn error(&mut self, seen: &SeenError<'_>) {
        let fingerprint = shape(seen.sql).fingerprint;
        self.sample(fingerprint, seen.sql, false);
        let error = self.keep(seen.error);
        self.note(Note::Error { at_us: seen.at_us, fingerprint, error });
    }

    pub fn plan(&mut self, seen: &SeenPlan<'_>) {
        let plan = self.keep(seen.plan);
        self.note(Note::Plan { session: seen.session, plan, json: seen.json });
    }

    pub fn len(&self) -> usize {
        self.executions.len()
    }

    pub fn is_empty(&self) -> bool {
        self.executions.is_empty() && self.notes.is_empty()
    }

    fn note(&mut self, note: Note) {
        self.notes.push((self.executions.len(), note));
    }

    /// The text of a statement that occurs in the batch, and whether the log holds only its beginning.
    pub(super) fn sample_of(&self, fingerprint: Fingerprint) -> Option<(&[u8], bool)> {
        let sample = self.samples.iter().find(|sample| sample.fingerprint == fingerprint)?;
        Some((self.text(sample.text), sample.truncated))
    }

    pub(super) fn text(&self, text: Text) -> &[u8] {
        let start = text.start as usize;
        self.store.get(start..start + text.length as usize).unwrap_or_default()
    }

    /// As a string; where it is none, what can be shown of it.
    pub(super) fn string(&self, text: Text) -> &str {
        let bytes = self.text(text);
        match std::str::from_utf8(bytes) {
            Ok(string) => string,
            Err(error) => {
                let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
                std::str::from_utf8(valid).unwrap_or_default()
            }
        }
    }

    fn sample(&mut self, fingerprint: Fingerprint, sql: &[u8], truncated: bool) {
        if self.sampled.insert(fingerprint.0) {
            let shown = sql.get(..LONGEST_SAMPLE).unwrap_or(sql);
            let text = self.keep(shown);
            self.samples.push(Sample { fingerprint, text, truncated: truncated || shown.len() < sql.len() });
        }
    }

    fn keep(&mut self, text: &[u8]) -> Text {
        let place = u32::try_from(self.store.len()).ok().zip(u32::try_from(text.len()).ok());
        let Some((start, length)) = place else { return Text::default() };
        self.store.extend_from_slice(text);
        Text { start, length }
    }

    /// Keeps a text that is likely the same as the one before.
    fn repeated(&mut self, text: &[u8], last: impl Fn(&mut Prepared) -> &mut Text) -> Text {
        if text.is_empty() {
            return Text::default();
        }
        let known = *last(self);
        if self.text(known) == text {
            return known;
        }
        let kept = self.keep(text);
        *last(self) = kept;
        kept
    }
}

/// Never 0 for an id that is there.
fn id_hash(id: Option<&[u8]>) -> u64 {
    id.filter(|id| !id.is_empty()).map_or(0, |id| mix_bytes(ID, id) | 1)
}

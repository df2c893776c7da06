//! The Prometheus text format 0.0.4 and OpenMetrics 1.0, read without copying.
//!
//! What the Prometheus server accepts is accepted, what it rejects is rejected, with three differences. The whole
//! body must be UTF-8 (the server looks at label values and help only), a label may be named once in a series (the
//! server says so one step later), and a NUL byte at the start of a line is an error (the server stops there in
//! silence).

mod cursor;
mod error;
mod labels;
mod number;
mod openmetrics;
#[cfg(test)]
mod tests;
mod text;

use std::borrow::Cow;

pub use error::{ParseError, ParseErrorKind};

use cursor::Cursor;

/// How a body is written; told by its `Content-Type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `text/plain; version=0.0.4`: whitespace is free, timestamps are whole milliseconds.
    Text,
    /// `application/openmetrics-text`: one space exactly, timestamps are seconds, `# EOF` ends it.
    OpenMetrics,
}

/// One line of a body. Borrows from the body; only what was escaped there is owned.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry<'a, 'p> {
    Help {
        family: Cow<'a, str>,
        text: Cow<'a, str>,
    },
    Type {
        family: Cow<'a, str>,
        family_type: FamilyType,
    },
    /// OpenMetrics only.
    Unit {
        family: Cow<'a, str>,
        unit: &'a str,
    },
    Sample(Sample<'a, 'p>),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Sample<'a, 'p> {
    pub name: Cow<'a, str>,
    /// In the order of the body.
    pub labels: &'p [Label<'a>],
    pub value: f64,
    /// Milliseconds since the Unix epoch, in both formats.
    pub timestamp_ms: Option<i64>,
    pub exemplar: Option<Exemplar<'a, 'p>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label<'a> {
    pub name: Cow<'a, str>,
    pub value: Cow<'a, str>,
}

/// An example of what was counted, usually with the id of a trace.
#[derive(Debug, Clone, PartialEq)]
pub struct Exemplar<'a, 'p> {
    pub labels: &'p [Label<'a>],
    pub value: f64,
    pub timestamp_ms: Option<i64>,
}

/// The type of a metric family. `Unknown` is written `untyped` in the text format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FamilyType {
    Counter,
    Gauge,
    Histogram,
    GaugeHistogram,
    Summary,
    Info,
    StateSet,
    Unknown,
}

/// Reads a whole body and shows each line to `visit`, in order. Entries seen before an error was met are void:
/// the caller drops the scrape as a whole, as the server does.
pub fn parse<'a>(
    body: &'a [u8],
    format: Format,
    mut visit: impl FnMut(Entry<'a, '_>),
) -> Result<(), ParseError> {
    let text =
        std::str::from_utf8(body).map_err(|error| ParseError::invalid_utf8(body, error.valid_up_to()))?;
    let cursor = Cursor::new(text);
    match format {
        Format::Text => text::parse(cursor, &mut visit),
        Format::OpenMetrics => openmetrics::parse(cursor, &mut visit),
    }
}

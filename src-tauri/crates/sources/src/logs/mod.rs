//! Query logs: any format, block by block, to statements, errors, plans, requests and reports.
//!
//! [`Parser`] turns bytes into [`LogEvent`]s and does no I/O. Texts are views into the block that was read; only what is
//! joined from several lines or unescaped is copied, into one scratch. Nothing is allocated for a line.

mod application;
mod bytes;
mod clock;
pub mod coverage;
mod duration;
mod error;
pub mod event;
mod events;
mod format;
mod input;
mod json;
mod lines;
mod parser;
mod postgres;
mod span;

pub use application::fields::FieldNames;
pub use coverage::{Coverage, Hints, SkipReason};
pub use duration::DurationUnit;
pub use error::LogError;
pub use event::{
    ErrorLine, LogEvent, Plan, PlanFormat, Protocol, Report, ReportKind, Request, RequestPhase, SessionKey,
    Statement,
};
pub use events::Events;
pub use format::{LogFormat, SAMPLE_BYTES};
pub use input::{
    Batch, Checkpoint, Follower, LogFile, LogReader, Polled, ReadOptions, SetAside, first_lines, preview,
    replay,
};
pub use parser::{Limits, Parser};
pub use postgres::cloud::EnvelopeKind;
pub use postgres::prefix::{Prefix, PrefixError};

#[cfg(test)]
mod tests;

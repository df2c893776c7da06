//! Replays of query logs: read once, judged by the rules of `analysis`, kept, compared, told.

mod coverage;
mod events;
mod follow;
mod kept;
mod own_reports;
mod preview;
mod run;

pub use follow::{Following, LogCheckpoint};
pub use run::{LogInput, ReplayControl, replay_logs};

pub(crate) use kept::Replays;
pub(crate) use preview::remedy;

use domain::{LogDurationUnit, LogFieldNames, ReplayRequest, Timestamp};
use sources::logs::{DurationUnit, FieldNames, LogFormat, ReadOptions};

/// How the readers are told to read what is asked for.
fn read_options(request: &ReplayRequest, now: Timestamp) -> ReadOptions {
    ReadOptions {
        format: request
            .fields
            .as_ref()
            .map(|fields| LogFormat::JsonLines { fields: Box::new(field_names(fields)) }),
        prefix: request.prefix.clone().filter(|prefix| !prefix.trim().is_empty()),
        now_us: now.0.saturating_mul(1_000),
        ..ReadOptions::default()
    }
}

fn field_names(fields: &LogFieldNames) -> FieldNames {
    let filled = |name: &Option<String>| name.clone().filter(|name| !name.trim().is_empty());
    FieldNames {
        time: fields.time.clone(),
        sql: fields.sql.clone(),
        duration: filled(&fields.duration),
        unit: duration_unit(fields),
        parameters: filled(&fields.parameters),
        request_id: filled(&fields.request_id),
        rows: filled(&fields.rows),
        ..FieldNames::default()
    }
}

/// A field's name often says its unit.
fn duration_unit(fields: &LogFieldNames) -> DurationUnit {
    match fields.duration_unit {
        LogDurationUnit::Seconds => DurationUnit::Seconds,
        LogDurationUnit::Milliseconds => DurationUnit::Milliseconds,
        LogDurationUnit::Microseconds => DurationUnit::Microseconds,
        LogDurationUnit::Nanoseconds => DurationUnit::Nanoseconds,
        LogDurationUnit::Guess => {
            fields.duration.as_deref().map_or_else(DurationUnit::default, FieldNames::usual_unit)
        }
    }
}

fn analysis_options(request: &ReplayRequest) -> analysis::replay::Options {
    let usual = analysis::replay::Options::default();
    analysis::replay::Options {
        threshold: request.threshold.map_or(usual.threshold, u64::from),
        session_gap_us: request.session_gap_ms.map_or(usual.session_gap_us, |ms| u64::from(ms) * 1_000),
        keep_literals: request.keep_literals,
    }
}

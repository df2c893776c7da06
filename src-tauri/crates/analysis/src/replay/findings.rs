//! One pattern as a finding: its words, its figures, and what to write instead.

use domain::{
    Confidence, Fix, NPlusOneFinding, NameShare, ParentStatement, RepeatCounts, RepetitionExample,
    RepetitionKind, RepetitionRun, Severity, WorkUnitCount,
};

use super::catalogue::Catalogue;
use super::outcome::{milliseconds, timestamp, work_unit};
use crate::fixes::{self, Repeated};
use crate::n_plus_one::{self, Example, Kind, Pattern, Run, Share};

pub(super) struct Context<'a> {
    pub(super) catalogue: &'a Catalogue,
    /// Time of all statements.
    pub(super) database_us: u64,
}

pub(super) fn tell(pattern: &Pattern, context: &Context<'_>) -> NPlusOneFinding {
    let entry = context.catalogue.get(pattern.fingerprint);
    let masked = entry.map_or_else(|| pattern.fingerprint.to_string(), |entry| entry.masked.clone());
    let shown = entry.map(|entry| entry.text.clone()).filter(|text| !text.is_empty());
    let varying = pattern.varying.numbers(&masked);
    let parent = parent(pattern, context.catalogue);
    let kind = repetition_kind(pattern.kind);
    let repeated = Repeated {
        kind,
        statement: &masked,
        varying: &varying,
        parent: parent.as_ref().map(|parent| parent.statement.as_str()),
        repeats: pattern.repeats.median,
    };
    let written: Vec<Fix> = fixes::fixes(&repeated);
    let saving = pattern.saving;
    NPlusOneFinding {
        id: format!("{}-{}", pattern.fingerprint, kind.code()),
        kind,
        severity: severity(pattern, context.database_us),
        title: fixes::title(&masked, &varying),
        explanation: fixes::explanation(&repeated),
        fixes: written,
        statement: shown.unwrap_or_else(|| masked.clone()),
        fingerprint: pattern.fingerprint.to_string(),
        tables: entry.map(|entry| super::queries::tables(&entry.facts)).unwrap_or_default(),
        routes: pattern.routes.iter().map(share).collect(),
        applications: pattern.applications.iter().map(share).collect(),
        units: pattern.units,
        units_by_kind: pattern
            .units_by_kind
            .iter()
            .map(|(kind, count)| WorkUnitCount { unit: work_unit(*kind), count: *count })
            .collect(),
        executions: pattern.executions,
        repeats: RepeatCounts {
            median: pattern.repeats.median,
            p95: pattern.repeats.p95,
            max: pattern.repeats.max,
        },
        queries_saved: pattern.queries_saved,
        saved_ratio: pattern.queries_saved_percent() / 100.0,
        total_ms: saving.map(|saving| milliseconds(saving.measured_us)),
        given_back_ms: saving.map(|saving| milliseconds(saving.given_back_us)),
        unit_ms: saving.map(|saving| milliseconds(saving.measured_us) / pattern.units.max(1) as f64),
        mended_unit_ms: saving.map(|saving| {
            milliseconds(saving.measured_us - saving.given_back_us) / pattern.units.max(1) as f64
        }),
        arithmetic: saving.map(|saving| saving.to_string()),
        first_seen: timestamp(pattern.first_us),
        last_seen: timestamp(pattern.last_us),
        parent,
        confidence: confidence(pattern.confidence),
        reasons: pattern.reasons.iter().map(n_plus_one::Reason::line).collect(),
        examples: pattern.examples.iter().map(example).collect(),
        ignored: None,
    }
}

fn repetition_kind(kind: Kind) -> RepetitionKind {
    match kind {
        Kind::NPlusOne => RepetitionKind::NPlusOne,
        Kind::Redundant => RepetitionKind::Redundant,
        Kind::BulkWrite => RepetitionKind::BulkWrite,
    }
}

fn confidence(confidence: n_plus_one::Confidence) -> Confidence {
    match confidence {
        n_plus_one::Confidence::Low => Confidence::Low,
        n_plus_one::Confidence::Medium => Confidence::Medium,
        n_plus_one::Confidence::High => Confidence::High,
    }
}

/// By the share of all database time that mending gives back: a tenth is grave, a hundredth worth a look. Where
/// nothing was measured, by how often it repeats.
fn severity(pattern: &Pattern, database_us: u64) -> Severity {
    let Some(saving) = pattern.saving else {
        return if pattern.repeats.median >= 10 { Severity::Warning } else { Severity::Info };
    };
    let given_back = u128::from(saving.given_back_us);
    let all = u128::from(database_us.max(1));
    if given_back * 10 >= all {
        Severity::Critical
    } else if given_back * 100 >= all {
        Severity::Warning
    } else {
        Severity::Info
    }
}

fn parent(pattern: &Pattern, catalogue: &Catalogue) -> Option<ParentStatement> {
    let parent = pattern.parent?;
    let entry = catalogue.get(parent.fingerprint)?;
    Some(ParentStatement {
        fingerprint: parent.fingerprint.to_string(),
        statement: entry.masked.clone(),
        units: parent.units,
        rows_match: parent.rows_match,
    })
}

fn share(share: &Share) -> NameShare {
    NameShare { name: share.name.clone(), units: share.units }
}

fn example(example: &Example) -> RepetitionExample {
    RepetitionExample {
        unit: work_unit(example.unit_kind),
        id: example.unit.clone(),
        route: example.route.clone(),
        at: timestamp(example.start_us),
        queries: example.unit_queries,
        repeats: example.repeats,
        distinct_parameters: example.distinct_params.count,
        more_parameters: example.distinct_params.more,
        total_ms: example.total_us.map(milliseconds),
        span_ms: milliseconds(example.span_us),
        parent_run: example.parent_run.as_ref().map(run),
        runs: example.runs.iter().map(run).collect(),
    }
}

fn run(run: &Run) -> RepetitionRun {
    RepetitionRun { offset_ms: milliseconds(run.offset_us), duration_ms: run.duration_us.map(milliseconds) }
}

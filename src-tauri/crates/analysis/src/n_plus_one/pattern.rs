//! What is told about a repeated statement.

use std::collections::BTreeMap;

use super::UnitKind;
use super::aggregate::{Aggregate, ParentTally};
use super::detector::Bounds;
use super::params::{Sameness, Varying};
use super::reasons::{self, Confidence, Reason};
use super::saving::Saving;
use super::tally::Share;
use super::unit::{Example, UnitSummary};
use crate::hashing::HashedMap;
use crate::names::Names;
use crate::sql::{FilterValue, Fingerprint, StatementFacts, StatementKind};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Reads with different parameters: batch them or join.
    NPlusOne,
    /// Reads with the same parameters: cache the answer or ask once.
    Redundant,
    /// Writes row by row: write them in one statement.
    BulkWrite,
}

/// Executions in each unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeats {
    /// Exact below 64, else at most 1/32 too low; so is `p95`.
    pub median: u64,
    pub p95: u64,
    pub max: u64,
}

/// The statement whose rows the repeated one was most likely looped over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parent {
    pub fingerprint: Fingerprint,
    /// Units in which it ran just before.
    pub units: u64,
    /// Units in which its rows were as many as the repeats.
    pub rows_match: u64,
}

/// One statement, repeated in one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    pub fingerprint: Fingerprint,
    pub kind: Kind,
    /// Units affected, all and by kind (those that occur).
    pub units: u64,
    pub units_by_kind: Vec<(UnitKind, u64)>,
    pub executions: u64,
    pub repeats: Repeats,
    /// Database time before and after; absent when no duration was measured.
    pub saving: Option<Saving>,
    /// Executions that would not be needed.
    pub queries_saved: u64,
    /// Start of the first and of the last execution, microseconds since 1970.
    pub first_us: i64,
    pub last_us: i64,
    /// The units with the most repeats, at most three.
    pub examples: Vec<Example>,
    pub parent: Option<Parent>,
    /// Which values change within a unit.
    pub varying: Varying,
    /// Those with the most units first, at most five.
    pub routes: Vec<Share>,
    pub applications: Vec<Share>,
    pub confidence: Confidence,
    pub reasons: Vec<Reason>,
}

impl Pattern {
    /// Share of this pattern's executions that would not be needed, 0 to 100.
    pub fn queries_saved_percent(&self) -> f64 {
        self.queries_saved as f64 * 100.0 / self.executions.max(1) as f64
    }

    /// Database time of all executions, where measured.
    pub fn total_us(&self) -> Option<u64> {
        self.saving.map(|saving| saving.measured_us)
    }

    fn rank(&self) -> impl Ord + use<> {
        let given_back = self.saving.map_or(0, |saving| saving.given_back_us);
        std::cmp::Reverse((given_back, self.queries_saved, self.executions, self.fingerprint, self.kind))
    }
}

/// What the stream held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Those that give most database time back first.
    pub patterns: Vec<Pattern>,
    pub units: u64,
    pub executions: u64,
    /// Executions repeated by drivers and poolers, or in definitions and maintenance: no pattern of the application.
    pub executions_ignored: u64,
    /// Units with the most repeated executions, most first; at most [`super::Options::max_worst_units`].
    pub worst_units: Vec<UnitSummary>,
    pub bounds: Bounds,
}

pub(super) fn findings<'f>(
    patterns: HashedMap<(Fingerprint, Sameness), Aggregate>,
    names: &Names,
    facts: impl Fn(Fingerprint) -> Option<&'f StatementFacts>,
) -> Findings {
    let mut findings = Findings::default();
    let mut by_kind: BTreeMap<(Fingerprint, Kind), Aggregate> = BTreeMap::new();
    for ((fingerprint, sameness), aggregate) in patterns {
        match kind(sameness, facts(fingerprint)) {
            Some(kind) => {
                by_kind.entry((fingerprint, kind)).or_insert_with(Aggregate::new).merge(aggregate);
            }
            None => findings.executions_ignored += aggregate.executions,
        }
    }
    findings.patterns = by_kind
        .into_iter()
        .map(|((fingerprint, kind), aggregate)| pattern(fingerprint, kind, aggregate, names, &facts))
        .collect();
    findings.patterns.sort_by_cached_key(Pattern::rank);
    findings
}

/// None for what no application would batch.
pub(super) fn kind(sameness: Sameness, facts: Option<&StatementFacts>) -> Option<Kind> {
    let Some(facts) = facts else {
        return Some(if sameness == Sameness::Same { Kind::Redundant } else { Kind::NPlusOne });
    };
    if facts.is_ignorable() || facts.kind == StatementKind::Utility {
        return None;
    }
    let writes = matches!(
        facts.kind,
        StatementKind::Insert | StatementKind::Update | StatementKind::Delete | StatementKind::Merge
    );
    // The same question whose answer is another each time.
    if facts.volatile && !writes && sameness != Sameness::Different {
        return None;
    }
    Some(match sameness {
        _ if writes => Kind::BulkWrite,
        Sameness::Different => Kind::NPlusOne,
        Sameness::Same => Kind::Redundant,
        // Without any place for a parameter, nothing was left unrecorded.
        Sameness::Unrecorded if facts.parsed && !takes_parameters(facts) => Kind::Redundant,
        Sameness::Unrecorded => Kind::NPlusOne,
    })
}

fn takes_parameters(facts: &StatementFacts) -> bool {
    let open = |value| matches!(value, FilterValue::Parameter | FilterValue::Expression);
    facts.limit || facts.offset || facts.filters.iter().any(|filter| open(filter.value))
}

fn pattern<'f>(
    fingerprint: Fingerprint,
    kind: Kind,
    aggregate: Aggregate,
    names: &Names,
    facts: &impl Fn(Fingerprint) -> Option<&'f StatementFacts>,
) -> Pattern {
    let parent = (kind != Kind::Redundant).then(|| parent(&aggregate.parents, facts)).flatten();
    let (confidence, reasons) = reasons::judge(kind, &aggregate, parent.as_ref(), facts(fingerprint));
    let units = aggregate.units();
    let remaining = if kind == Kind::Redundant { aggregate.sets } else { units };
    let units_by_kind = UnitKind::ALL.into_iter().zip(aggregate.kinds).filter(|(_, units)| *units > 0);
    Pattern {
        fingerprint,
        kind,
        units,
        units_by_kind: units_by_kind.collect(),
        executions: aggregate.executions,
        repeats: Repeats {
            median: aggregate.repeats.percentile(50),
            p95: aggregate.repeats.percentile(95),
            max: aggregate.repeats.max(),
        },
        saving: aggregate.costs.saving(kind),
        queries_saved: aggregate.executions.saturating_sub(remaining),
        first_us: aggregate.first_us,
        last_us: aggregate.last_us,
        routes: aggregate.routes.top(names),
        applications: aggregate.applications.top(names),
        examples: examples(aggregate.examples, parent.as_ref()),
        parent,
        varying: aggregate.varying,
        confidence,
        reasons,
    }
}

fn examples(mut examples: Vec<Example>, parent: Option<&Parent>) -> Vec<Example> {
    for example in &mut examples {
        let before = std::mem::take(&mut example.before);
        let is_parent =
            |(fingerprint, _): &&(Fingerprint, _)| parent.is_some_and(|one| one.fingerprint == *fingerprint);
        example.parent_run = before.iter().find(is_parent).map(|(_, run)| *run);
    }
    examples
}

/// The statement that returns rows and stood before in most units: matching rows count most, then nearness.
fn parent<'f>(
    candidates: &[ParentTally],
    facts: &impl Fn(Fingerprint) -> Option<&'f StatementFacts>,
) -> Option<Parent> {
    let returns_rows = |candidate: &&ParentTally| {
        facts(candidate.fingerprint).is_none_or(|facts| {
            !facts.is_ignorable() && (facts.kind == StatementKind::Select || facts.returning)
        })
    };
    let best = candidates
        .iter()
        .filter(returns_rows)
        .max_by_key(|one| (one.rows_match, one.nearest, one.units, std::cmp::Reverse(one.fingerprint)))?;
    Some(Parent { fingerprint: best.fingerprint, units: best.units, rows_match: best.rows_match })
}

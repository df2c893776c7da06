//! How sure a finding is, and why.

use std::fmt;

use super::UnitKind;
use super::aggregate::Aggregate;
use super::pattern::{Kind, Parent};
use crate::sql::{FilterOperator, StatementFacts};
use crate::words;

/// Units from which on repetition is no accident.
const MANY_UNITS: u64 = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    Low,
    Medium,
    High,
}

/// What speaks for a finding or against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Units by kind: the executions are known to belong together.
    Units {
        kind: UnitKind,
        units: u64,
    },
    /// The executions only followed each other in a session.
    OnlySession {
        units: u64,
    },
    /// The parent's rows are as many as the repeats.
    RowsMatch {
        units: u64,
    },
    SeenInManyUnits {
        units: u64,
    },
    DifferentParameters,
    SameParameters,
    /// Whether the parameters differ is not known in so many units.
    ParametersNotRecorded {
        units: u64,
    },
    /// The statement could not be read in full: whether it reads or writes is uncertain.
    StatementNotRead,
    /// The statement already takes a list of keys; it may be a batch in portions.
    AlreadyTakesList,
    /// A bound on memory cut so many units.
    UnitsCut {
        units: u64,
    },
}

impl Reason {
    fn speaks_against(&self) -> bool {
        matches!(
            self,
            Reason::OnlySession { .. }
                | Reason::ParametersNotRecorded { .. }
                | Reason::StatementNotRead
                | Reason::AlreadyTakesList
                | Reason::UnitsCut { .. }
        )
    }

    /// As people are told it.
    pub fn line(&self) -> domain::ReasonLine {
        domain::ReasonLine { text: self.to_string(), against: self.speaks_against() }
    }

    fn is_strong(&self) -> bool {
        matches!(self, Reason::RowsMatch { .. } | Reason::SeenInManyUnits { .. })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |units: u64| words::number(units as f64);
        let units_of = |units: u64| words::count(units as f64, "unit of work", "units of work");
        match self {
            Reason::Units { kind, units } => {
                write!(f, "Grouped by {}: {} {}", kind.noun(1), number(*units), kind.noun(*units))
            }
            Reason::OnlySession { units } => {
                let stretches = UnitKind::Session.noun(*units);
                write!(
                    f,
                    "Grouped by session and pauses only, in {} {stretches}: \
                     the log names no request, trace or transaction",
                    number(*units)
                )
            }
            Reason::RowsMatch { units } => {
                write!(
                    f,
                    "The statement before returned as many rows as there were repeats, in {}",
                    units_of(*units)
                )
            }
            Reason::SeenInManyUnits { units } => write!(f, "Seen in {}", units_of(*units)),
            Reason::DifferentParameters => f.write_str("The parameters differ from execution to execution"),
            Reason::SameParameters => f.write_str("The same parameters are asked for again"),
            Reason::ParametersNotRecorded { units } => {
                write!(
                    f,
                    "Parameters were not recorded in {}: whether they differ is not known",
                    units_of(*units)
                )
            }
            Reason::StatementNotRead => {
                f.write_str("The statement could not be read in full: whether it only reads is not certain")
            }
            Reason::AlreadyTakesList => {
                f.write_str("The statement already takes a list of keys: it may be a batch in portions")
            }
            Reason::UnitsCut { units } => {
                write!(f, "Not all was remembered of {}: the bound on memory was reached", units_of(*units))
            }
        }
    }
}

/// Reasons in the order in which they convince, and what follows from them.
pub(super) fn judge(
    kind: Kind,
    pattern: &Aggregate,
    parent: Option<&Parent>,
    facts: Option<&StatementFacts>,
) -> (Confidence, Vec<Reason>) {
    let mut reasons = Vec::new();
    if let Some(parent) = parent.filter(|parent| parent.rows_match > 0) {
        reasons.push(Reason::RowsMatch { units: parent.rows_match });
    }
    if pattern.units() >= MANY_UNITS {
        reasons.push(Reason::SeenInManyUnits { units: pattern.units() });
    }
    if pattern.unrecorded > 0 && kind == Kind::NPlusOne {
        reasons.push(Reason::ParametersNotRecorded { units: pattern.unrecorded });
    } else if kind != Kind::BulkWrite {
        let same = kind == Kind::Redundant;
        reasons.push(if same { Reason::SameParameters } else { Reason::DifferentParameters });
    }
    for (kind, &units) in UnitKind::ALL.into_iter().zip(&pattern.kinds).filter(|(_, units)| **units > 0) {
        let session = kind == UnitKind::Session;
        reasons.push(if session { Reason::OnlySession { units } } else { Reason::Units { kind, units } });
    }
    if facts.is_none_or(|facts| !facts.parsed) {
        reasons.push(Reason::StatementNotRead);
    }
    if kind == Kind::NPlusOne && facts.is_some_and(takes_list) {
        reasons.push(Reason::AlreadyTakesList);
    }
    if pattern.cut > 0 {
        reasons.push(Reason::UnitsCut { units: pattern.cut });
    }
    (confidence(&reasons), reasons)
}

fn takes_list(facts: &StatementFacts) -> bool {
    facts.filters.iter().any(|filter| matches!(filter.operator, FilterOperator::In | FilterOperator::Any))
}

/// Each reason against takes a step from high; one strong reason for it gives one step back.
fn confidence(reasons: &[Reason]) -> Confidence {
    let against = reasons.iter().filter(|reason| reason.speaks_against()).count();
    let strong = usize::from(reasons.iter().any(Reason::is_strong));
    match against.saturating_sub(strong) {
        0 => Confidence::High,
        1 => Confidence::Medium,
        _ => Confidence::Low,
    }
}

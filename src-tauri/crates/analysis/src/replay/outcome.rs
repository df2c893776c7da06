//! What a replay found, in the words and shapes that everyone is told in.

use std::cmp::Reverse;

use domain::{
    NPlusOneDocument, NPlusOneFinding, PoolForecast, QueryStats, ReplayTotals, Timestamp, WorkUnit,
    WorkUnitCount,
};

use super::{Replay, findings, pool, queries};
use crate::n_plus_one::{self, Bounds, UnitKind, document};
use crate::words;

/// Statements that are listed one by one.
const LISTED: usize = 2_000;

/// What was found; see [`domain::ReplayReport`] for what each part means.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    pub totals: ReplayTotals,
    pub findings: Vec<NPlusOneFinding>,
    pub queries: Vec<QueryStats>,
    pub queries_left_out: u64,
    pub calls_left_out: u64,
    pub pool: Option<PoolForecast>,
    pub documents: Vec<NPlusOneDocument>,
    pub grouped_by: Vec<WorkUnitCount>,
    pub without_parameters: u64,
    pub limits: Vec<String>,
}

impl Replay {
    /// What was found so far, while more may come.
    pub fn outcome(&self) -> Outcome {
        self.clone().into_outcome()
    }

    /// What was found; nothing follows.
    pub fn into_outcome(mut self) -> Outcome {
        self.units.finish(&mut self.ledger);
        let detector =
            std::mem::replace(&mut self.ledger.detector, n_plus_one::Detector::new(self.options.detector()));
        let facts = |fingerprint| self.catalogue.get(fingerprint).map(|entry| &entry.facts);
        let found = detector.finish(facts);
        let database_us: u64 = self.catalogue.entries().iter().map(|entry| entry.stats.total_us).sum();
        let context = findings::Context { catalogue: &self.catalogue, database_us };
        let findings: Vec<NPlusOneFinding> =
            found.patterns.iter().map(|pattern| findings::tell(pattern, &context)).collect();
        let masked = |fingerprint| self.catalogue.get(fingerprint).map(|entry| entry.masked.as_str());
        let documents =
            found.worst_units.iter().filter_map(|unit| document::report(unit, masked, facts)).collect();
        let (queries, queries_left_out, calls_left_out) = self.queries(database_us);
        Outcome {
            totals: self.totals(database_us, found.units, &findings),
            queries,
            queries_left_out,
            calls_left_out,
            pool: pool::forecast(&self.ledger.connections, self.units.sessions()),
            documents,
            grouped_by: self.grouped_by(),
            without_parameters: self.unrecorded,
            limits: self.limits(found.bounds),
            findings,
        }
    }

    fn totals(&self, database_us: u64, units: u64, findings: &[NPlusOneFinding]) -> ReplayTotals {
        let forgotten = self.catalogue.forgotten();
        let entries = self.catalogue.entries();
        let timed = forgotten.total_us > 0 || entries.iter().any(|entry| entry.stats.timed > 0);
        ReplayTotals {
            bytes: 0,
            statements: entries.iter().map(|entry| entry.stats.calls).sum::<u64>() + forgotten.calls,
            fingerprints: entries.len() as u64 + forgotten.statements,
            errors: entries.iter().map(|entry| entry.stats.errors).sum(),
            database_ms: timed.then(|| milliseconds(database_us.saturating_add(forgotten.total_us))),
            units,
            patterns: findings.len() as u64,
            queries_saved: findings.iter().map(|finding| finding.queries_saved).sum(),
            given_back_ms: findings.iter().filter_map(|finding| finding.given_back_ms).reduce(|a, b| a + b),
            first_at: self.first_us.map(timestamp),
            last_at: self.last_us.map(timestamp),
        }
    }

    fn queries(&self, database_us: u64) -> (Vec<QueryStats>, u64, u64) {
        let mut entries: Vec<_> = self.catalogue.entries().iter().collect();
        entries.sort_by_key(|entry| Reverse((entry.stats.weight(), entry.fingerprint)));
        let left_out = entries.split_off(entries.len().min(LISTED));
        let forgotten = self.catalogue.forgotten();
        let calls: u64 = left_out.iter().map(|entry| entry.stats.calls).sum();
        let span = (self.first_us.unwrap_or(0), self.last_us.unwrap_or(0));
        let context = queries::Context {
            database_us,
            span,
            trends: self.catalogue.trends(),
            names: &self.ledger.names,
        };
        let told = entries.into_iter().map(|entry| queries::tell(entry, &context)).collect();
        (told, left_out.len() as u64 + forgotten.statements, calls + forgotten.calls)
    }

    fn grouped_by(&self) -> Vec<WorkUnitCount> {
        let counts = UnitKind::ALL.into_iter().zip(self.ledger.grouped_by).filter(|(_, count)| *count > 0);
        counts.map(|(kind, count)| WorkUnitCount { unit: work_unit(kind), count }).collect()
    }

    /// A sentence for each bound that was reached.
    fn limits(&self, bounds: Bounds) -> Vec<String> {
        let forgotten = self.catalogue.forgotten();
        let number = |count: u64| words::number(count as f64);
        let cases = [
            (
                forgotten.statements,
                format!(
                    "Too many different statements: {} with the least time were forgotten, {} executions in all. They count in the totals only.",
                    number(forgotten.statements),
                    number(forgotten.calls)
                ),
            ),
            (
                bounds.units_closed_early,
                format!(
                    "Too many units of work at once: {} were ended early, and what they did later counts as another unit.",
                    number(bounds.units_closed_early)
                ),
            ),
            (
                bounds.statements_forgotten,
                format!(
                    "Units of work with too many different statements: {} statements in them were forgotten.",
                    number(bounds.statements_forgotten)
                ),
            ),
            (
                bounds.patterns_dropped,
                format!(
                    "Too many patterns: {} with the least time were dropped, {} executions in all.",
                    number(bounds.patterns_dropped),
                    number(bounds.executions_dropped)
                ),
            ),
            (
                bounds.names_dropped + self.ledger.names.dropped(),
                "Too many different routes and applications: those that came last are not told apart."
                    .to_owned(),
            ),
            (
                self.cache.forgotten(),
                format!(
                    "The cache simulation forgot {} answers: its hit rates are rather too low.",
                    number(self.cache.forgotten())
                ),
            ),
            (
                self.units.forgotten(),
                format!(
                    "Too many sessions at once: {} were forgotten while a transaction was open.",
                    number(self.units.forgotten())
                ),
            ),
        ];
        cases.into_iter().filter(|(count, _)| *count > 0).map(|(_, sentence)| sentence).collect()
    }
}

pub(super) fn work_unit(kind: UnitKind) -> WorkUnit {
    match kind {
        UnitKind::Request => WorkUnit::Request,
        UnitKind::Trace => WorkUnit::Trace,
        UnitKind::Transaction => WorkUnit::Transaction,
        UnitKind::Session => WorkUnit::Session,
    }
}

pub(super) fn milliseconds(us: u64) -> f64 {
    us as f64 / 1e3
}

pub(super) fn timestamp(us: i64) -> Timestamp {
    Timestamp(us.div_euclid(1_000))
}

/// Words before a name in quotes; anything else in quotes is a value.
const NAMED: [&str; 16] = [
    "aggregate",
    "column",
    "constraint",
    "database",
    "extension",
    "function",
    "index",
    "operator",
    "parameter",
    "relation",
    "role",
    "schema",
    "sequence",
    "table",
    "type",
    "view",
];

/// An error's message without its values; a SQLSTATE stays as it is.
pub(super) fn masked_error(error: &str) -> String {
    let mut out = String::with_capacity(error.len());
    let mut rest = error;
    while let Some(open) = opening(rest) {
        let (before, quoted) = rest.split_at(open);
        out.push_str(before);
        let close = match quoted.chars().next() {
            Some('(') => ')',
            Some(quote) => quote,
            None => break,
        };
        let inside = quoted.get(1..).unwrap_or_default();
        let end = inside.find(close).unwrap_or(inside.len());
        let named = before.split_whitespace().next_back().is_some_and(|word| NAMED.contains(&word));
        let value = inside.get(..end).unwrap_or_default();
        out.push_str(quoted.get(..1).unwrap_or_default());
        out.push_str(if named && close == '"' { value } else { "…" });
        out.push(close);
        rest = inside.get(end + close.len_utf8()..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// Where the next quotation or parenthesis begins; an apostrophe is neither.
fn opening(text: &str) -> Option<usize> {
    let mut before = ' ';
    for (at, character) in text.char_indices() {
        let apostrophe = character == '\'' && before.is_alphanumeric();
        if matches!(character, '"' | '\'' | '(') && !apostrophe {
            return Some(at);
        }
        before = character;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::masked_error;

    #[test]
    fn values_in_errors_are_not_told() {
        let cases = [
            ("23505", "23505"),
            ("division by zero", "division by zero"),
            (
                "duplicate key value violates unique constraint \"users_email_key\"",
                "duplicate key value violates unique constraint \"users_email_key\"",
            ),
            (
                "invalid input syntax for type integer: \"4711a\"",
                "invalid input syntax for type integer: \"…\"",
            ),
            ("relation \"orders\" does not exist", "relation \"orders\" does not exist"),
            ("Key (email)=(a@b.c) already exists.", "Key (…)=(…) already exists."),
            ("can't parse 'secret", "can't parse '…'"),
            ("", ""),
        ];
        for (error, expected) in cases {
            assert_eq!(masked_error(error), expected);
        }
    }
}

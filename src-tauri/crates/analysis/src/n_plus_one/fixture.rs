//! Streams of executions for the tests, built from statements in words.

use std::collections::HashMap;

use super::{Detector, Findings, Observation, Options, UnitKey, UnitKind};
use crate::sql::{Fingerprint, StatementFacts, Values, fingerprint, mask, shape, statement_facts};

pub(super) const CUSTOMERS: &str = "SELECT * FROM customers";
pub(super) const ORDERS: &str = "SELECT * FROM orders WHERE customer_id = $1";
pub(super) const ITEMS: &str = "SELECT * FROM items WHERE order_id = $1";

/// Texts and facts by fingerprint, as a reader of logs keeps them.
#[derive(Default)]
pub(super) struct Statements {
    masked: HashMap<Fingerprint, String>,
    facts: HashMap<Fingerprint, StatementFacts>,
}

impl Statements {
    pub(super) fn learn(&mut self, sql: &str) {
        let fingerprint = fingerprint(sql.as_bytes());
        self.masked.insert(fingerprint, mask(sql.as_bytes()));
        self.facts.insert(fingerprint, statement_facts(sql));
    }

    pub(super) fn facts(&self, fingerprint: Fingerprint) -> Option<&StatementFacts> {
        self.facts.get(&fingerprint)
    }

    pub(super) fn masked(&self, fingerprint: Fingerprint) -> Option<&str> {
        self.masked.get(&fingerprint).map(String::as_str)
    }
}

/// One execution: unit, statement, parameter ("" when none was recorded).
#[derive(Clone, Debug)]
pub(super) struct Execution {
    pub(super) kind: UnitKind,
    pub(super) unit: String,
    pub(super) sql: String,
    pub(super) param: String,
    pub(super) start_us: i64,
    pub(super) duration_us: Option<u64>,
    pub(super) rows: Option<u64>,
}

pub(super) fn execution(unit: &str, sql: &str, param: impl ToString, start_ms: i64) -> Execution {
    Execution {
        kind: UnitKind::Request,
        unit: unit.to_owned(),
        sql: sql.to_owned(),
        param: param.to_string(),
        start_us: start_ms * 1_000,
        duration_us: Some(1_000),
        rows: None,
    }
}

/// `count` executions with parameters of their own, a millisecond long, two milliseconds apart.
pub(super) fn repeated(unit: &str, sql: &str, count: i64, start_ms: i64) -> Vec<Execution> {
    (0..count).map(|n| execution(unit, sql, n + 1, start_ms + 2 * n)).collect()
}

pub(super) fn hash(unit: &str) -> u64 {
    Values::of([Some(unit.as_bytes())]).hash
}

pub(super) fn feed(detector: &mut Detector, statements: &mut Statements, executions: &[Execution]) {
    feed_as(detector, statements, executions, Some("/api/customers"));
}

pub(super) fn feed_without_route(
    detector: &mut Detector,
    statements: &mut Statements,
    executions: &[Execution],
) {
    feed_as(detector, statements, executions, None);
}

fn feed_as(
    detector: &mut Detector,
    statements: &mut Statements,
    executions: &[Execution],
    route: Option<&str>,
) {
    for one in executions {
        statements.learn(&one.sql);
        let shape = shape(one.sql.as_bytes());
        let given = Some(one.param.as_bytes()).filter(|value| !value.is_empty()).map(Some);
        let values = Values::of(given).and_constants(shape.constants);
        detector.observe(&Observation {
            unit: UnitKey { kind: one.kind, hash: hash(&one.unit), id: Some(&one.unit) },
            fingerprint: shape.fingerprint,
            values,
            given: values.count - shape.constants.count,
            start_us: one.start_us,
            duration_us: one.duration_us,
            rows: one.rows,
            route,
            application: None,
        });
    }
}

pub(super) fn detect_with(options: Options, executions: &[Execution]) -> Findings {
    let mut statements = Statements::default();
    let mut detector = Detector::new(options);
    feed(&mut detector, &mut statements, executions);
    detector.finish(|fingerprint| statements.facts(fingerprint))
}

pub(super) fn detect(executions: &[Execution]) -> Findings {
    detect_with(Options::default(), executions)
}

//! Merges statements of equal fingerprints, sorts out what no index serves, and counts why.

use std::collections::{BTreeMap, HashMap};

use analysis::index_advice::WorkloadStatement;
use analysis::sql::{Fingerprint, StatementFacts, StatementKind, fingerprint, mask, shape, statement_facts};
use domain::{AdviceLimits, LeftOutStatements, QueryTrend};

/// More would take the planner longer than anyone waits.
const MOST: usize = 20_000;

/// A statement and how it ran.
pub(super) struct Ran<'t> {
    pub sql: &'t str,
    pub calls: u64,
    pub total_ms: Option<f64>,
    pub trend: Option<QueryTrend>,
    /// Only its beginning is known.
    pub cut: bool,
}

impl<'t> Ran<'t> {
    /// As it stands in a file.
    pub(super) fn once(sql: &'t str) -> Ran<'t> {
        Ran { sql, calls: 1, total_ms: None, trend: None, cut: false }
    }
}

#[derive(Default)]
pub(super) struct Collected {
    statements: Vec<WorkloadStatement>,
    /// Where it stands among the statements; nowhere where it was left out.
    known: HashMap<Fingerprint, Option<usize>>,
    left_out: BTreeMap<String, usize>,
    uncounted: usize,
}

impl Collected {
    pub(super) fn add(&mut self, ran: Ran<'_>) {
        let group = fingerprint(ran.sql.as_bytes());
        if let Some(known) = self.known.get(&group) {
            if let Some(statement) = known.and_then(|index| self.statements.get_mut(index)) {
                merge(statement, ran);
            }
            return;
        }
        let place = match self.refusal(&ran) {
            Some(reason) => {
                self.leave_out(reason, 1);
                None
            }
            None => {
                self.statements.push(statement(group, ran));
                Some(self.statements.len() - 1)
            }
        };
        self.known.insert(group, place);
    }

    fn refusal(&self, ran: &Ran<'_>) -> Option<String> {
        if ran.cut {
            return Some("only their beginning is known".to_owned());
        }
        if self.statements.len() >= MOST {
            return Some(format!("beyond the first {MOST} statements"));
        }
        unserved(&statement_facts(ran.sql)).map(str::to_owned)
    }

    /// Counts statements that were never added.
    pub(super) fn leave_out(&mut self, reason: impl Into<String>, statements: usize) {
        if statements > 0 {
            *self.left_out.entry(reason.into()).or_default() += statements;
            self.uncounted += statements;
        }
    }

    /// Leaves out what ran too seldom, or too quickly where that is known.
    pub(super) fn filter(&mut self, limits: &AdviceLimits) {
        let AdviceLimits { min_calls, min_mean_ms, .. } = *limits;
        let (mut seldom, mut quick) = (0, 0);
        self.statements.retain(|statement| {
            if statement.calls < min_calls {
                seldom += 1;
                return false;
            }
            let is_quick = statement.mean_ms().is_some_and(|mean| mean < min_mean_ms);
            quick += usize::from(is_quick);
            !is_quick
        });
        // Their places moved.
        self.known.clear();
        self.leave_out(format!("ran less than {min_calls} times"), seldom);
        self.leave_out(format!("took less than {min_mean_ms} ms on average"), quick);
    }

    /// The statements, those that took most time first, how many were seen, and why the others were left out.
    pub(super) fn finish(mut self) -> (Vec<WorkloadStatement>, usize, Vec<LeftOutStatements>) {
        let weight = |statement: &WorkloadStatement| statement.total_ms.unwrap_or(0.0);
        self.statements.sort_by(|a, b| weight(b).total_cmp(&weight(a)).then(b.calls.cmp(&a.calls)));
        let told = |(reason, statements)| LeftOutStatements { reason, statements };
        let mut left_out: Vec<LeftOutStatements> = self.left_out.into_iter().map(told).collect();
        left_out.sort_by_key(|one| std::cmp::Reverse(one.statements));
        let seen = self.statements.len() + self.uncounted;
        (self.statements, seen, left_out)
    }
}

/// Why no index of a table serves a statement of this kind.
fn unserved(facts: &StatementFacts) -> Option<&'static str> {
    if facts.is_ignorable() {
        return Some("transaction control, session settings and housekeeping of drivers");
    }
    let served = matches!(
        facts.kind,
        StatementKind::Select
            | StatementKind::Insert
            | StatementKind::Update
            | StatementKind::Delete
            | StatementKind::Merge
    );
    (!served).then_some("no SELECT, INSERT, UPDATE, DELETE or MERGE")
}

fn merge(statement: &mut WorkloadStatement, ran: Ran<'_>) {
    statement.calls = statement.calls.saturating_add(ran.calls);
    statement.total_ms = match (statement.total_ms, ran.total_ms) {
        (Some(one), Some(other)) => Some(one + other),
        (one, other) => one.or(other),
    };
    if statement.trend.is_none() {
        statement.trend = ran.trend;
    }
}

fn statement(group: Fingerprint, ran: Ran<'_>) -> WorkloadStatement {
    let masked = mask(ran.sql.as_bytes());
    let sql = if has_foreign_placeholders(ran.sql) { masked.clone() } else { ran.sql.to_owned() };
    WorkloadStatement {
        fingerprint: group.to_string(),
        sql,
        masked,
        calls: ran.calls,
        total_ms: ran.total_ms,
        trend: ran.trend,
    }
}

/// `?`, `%s` and `:name` are their driver's; the planner knows `$1`, which masked text has.
fn has_foreign_placeholders(sql: &str) -> bool {
    let numbered =
        sql.as_bytes().windows(2).any(|pair| matches!(pair, [b'$', digit] if digit.is_ascii_digit()));
    !numbered && shape(sql.as_bytes()).placeholders > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(sql: &str, calls: u64, total_ms: Option<f64>) -> Ran<'_> {
        Ran { calls, total_ms, ..Ran::once(sql) }
    }

    fn left_out(found: &[LeftOutStatements]) -> Vec<(&str, usize)> {
        found.iter().map(|one| (one.reason.as_str(), one.statements)).collect()
    }

    #[test]
    fn equal_statements_are_one_and_the_rest_is_counted() {
        let mut all = Collected::default();
        for sql in [
            "SELECT * FROM orders WHERE id = 5",
            "select * from orders where id = 7",
            "BEGIN",
            "COMMIT",
            "SET search_path = x",
            "CREATE TABLE x (a int)",
            "CREATE TABLE x (a int)",
            "UPDATE orders SET paid = true WHERE customer = ?",
            "nonsense of any kind",
        ] {
            all.add(Ran::once(sql));
        }
        all.add(Ran { cut: true, ..Ran::once("SELECT * FROM customers WHERE") });
        let (statements, seen, reasons) = all.finish();
        assert_eq!(statements.len(), 2);
        assert_eq!(
            (statements[0].calls, statements[0].sql.as_str()),
            (2, "SELECT * FROM orders WHERE id = 5")
        );
        assert_eq!(statements[0].masked, "SELECT * FROM orders WHERE id = $1");
        assert_eq!(statements[1].sql, "UPDATE orders SET paid = $1 WHERE customer = $2");
        assert_eq!(
            left_out(&reasons),
            [
                ("transaction control, session settings and housekeeping of drivers", 3),
                ("no SELECT, INSERT, UPDATE, DELETE or MERGE", 2),
                ("only their beginning is known", 1),
            ]
        );
        assert_eq!(seen, statements.len() + reasons.iter().map(|one| one.statements).sum::<usize>());
    }

    #[test]
    fn what_is_rare_or_quick_is_left_out_where_that_is_known() {
        let mut all = Collected::default();
        all.add(ran("SELECT a FROM t WHERE a = 1", 3, Some(3_000.0)));
        all.add(ran("SELECT a FROM t WHERE a = 2", 2, Some(10.0)));
        all.add(ran("SELECT b FROM t WHERE b = 1", 4, Some(4_000.0)));
        all.add(ran("SELECT c FROM t WHERE c = 1", 10, Some(999.0)));
        all.add(ran("SELECT d FROM t WHERE d = 1", 10, None));
        all.filter(&AdviceLimits::default());
        let (statements, seen, reasons) = all.finish();
        let kept: Vec<&str> = statements.iter().map(|one| one.masked.as_str()).collect();
        assert_eq!(kept, ["SELECT a FROM t WHERE a = $1", "SELECT d FROM t WHERE d = $1"]);
        assert_eq!((statements[0].calls, statements[0].total_ms), (5, Some(3_010.0)));
        assert_eq!(
            left_out(&reasons),
            [("ran less than 5 times", 1), ("took less than 100 ms on average", 1)]
        );
        assert_eq!(seen, 4);
    }

    #[test]
    fn the_number_of_statements_is_bounded() {
        let mut all = Collected::default();
        for number in 0..MOST + 5 {
            all.add(Ran::once(&format!("SELECT a FROM t{number} WHERE b = 1")));
        }
        let (statements, seen, reasons) = all.finish();
        assert_eq!((statements.len(), seen), (MOST, MOST + 5));
        assert_eq!(left_out(&reasons), [("beyond the first 20000 statements", 5)]);
    }
}

//! Any text is taken, and whatever SQL comes out can be read again.

use domain::{FixStyle, RepetitionKind as Kind};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

use super::cases::repeated;
use super::{explanation, fixes, title};

/// Lines of code that a person still reads at a glance.
const LONGEST: usize = 20;

/// Statements put together from parts that matter, and some that do not fit.
fn statement() -> impl Strategy<Value = String> {
    let part = |parts: Vec<&'static str>| prop::sample::select(parts);
    let start = part(vec![
        "SELECT * FROM orders o",
        "SELECT id, total FROM orders",
        "SELECT count($3) FROM orders",
        "SELECT DISTINCT ON (a) a, b FROM t",
        "SELECT o.*, c.name FROM orders o LEFT JOIN c ON c.id = o.c_id AND c.x = $2",
        "SELECT EXISTS (SELECT 1 FROM t WHERE a = $1)",
        "WITH q AS (SELECT * FROM t WHERE b = $1) SELECT * FROM q",
        "SELECT sum(a) OVER (ORDER BY b) FROM t",
        "DELETE FROM t",
        "UPDATE t SET a = $2, b = b + $3",
        "UPDATE \"T\" AS x SET (a, b) = ($2, $3)",
        "INSERT INTO t (a, b) VALUES ($1, lower($2))",
        "INSERT INTO t SELECT a, $2 FROM u",
        "SELECT 1 UNION SELECT a FROM t",
        "VALUES ($1)",
        "TABLE t",
        "MERGE INTO t",
    ]);
    let condition = part(vec![
        "",
        "WHERE customer_id = $1",
        "WHERE $1 = id AND a = $2",
        "WHERE lower(a) = lower($1)",
        "WHERE (a, b) = ($1, $2)",
        "WHERE id = $1::uuid OR b IS NULL",
        "WHERE id IN ($1 /*, ... */)",
        "WHERE a BETWEEN $1 AND $2",
        "WHERE a ->> $2 = $1",
        "WHERE a IS NOT DISTINCT FROM $1",
        "WHERE EXISTS (SELECT 1 FROM u WHERE u.a = $1)",
        "ON CONFLICT (a) DO UPDATE SET b = $2",
    ]);
    let end = part(vec![
        "",
        "GROUP BY a HAVING count(*) > $2",
        "ORDER BY a DESC, $3",
        "LIMIT $2 OFFSET $4",
        "FOR UPDATE",
        "RETURNING id, *",
        ")",
        "'",
    ]);
    (start, condition, end).prop_map(|(start, condition, end)| format!("{start} {condition} {end}"))
}

fn kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(vec![Kind::NPlusOne, Kind::Redundant, Kind::BulkWrite])
}

fn check(kind: Kind, statement: &str, varying: &[u32], parent: Option<&str>) -> Result<(), TestCaseError> {
    let repeated = repeated(kind, statement, varying, parent);
    prop_assert!(!title(statement, varying).is_empty() && !explanation(&repeated).is_empty());
    for fix in fixes(&repeated) {
        prop_assert!(!fix.title.is_empty() && !fix.code.trim().is_empty());
        if fix.style == FixStyle::Sql {
            let parsed = Parser::parse_sql(&PostgreSqlDialect {}, &fix.code);
            prop_assert!(parsed.is_ok(), "{statement}\n{}\n{parsed:?}", fix.code);
        } else {
            prop_assert!(fix.code.lines().count() <= LONGEST, "{}", fix.code);
        }
    }
    Ok(())
}

proptest! {
    // The same cases in every run, as for the other rules on text.
    #![proptest_config(ProptestConfig { cases: 400, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn statements_become_statements(
        kind in kind(),
        statement in statement(),
        varying in prop::collection::vec(1u32..5, 0..3),
        parent in prop::option::of(statement()),
    ) {
        check(kind, &statement, &varying, parent.as_deref())?;
    }

    #[test]
    fn any_text_is_taken(kind in kind(), statement in ".{0,120}", parent in ".{0,40}", varying in prop::collection::vec(any::<u32>(), 0..3)) {
        check(kind, &statement, &varying, Some(&parent))?;
    }

    #[test]
    fn broken_statements_are_taken(kind in kind(), statement in statement(), cut in 0usize..120, junk in "[$'\"(){}\\[\\]0-9a-z,;:=? -]{0,12}") {
        let kept: String = statement.chars().take(cut).collect();
        check(kind, &(kept + &junk), &[1], Some(&statement))?;
    }
}

#[test]
fn hostile_text_is_survived() {
    for piece in ["(", "((1)+", "a AND ", "NOT ", "1+", "x::int ", "CASE WHEN ", "a IN (", "$1 = "] {
        for times in [150, 20_000] {
            let statement = format!("SELECT * FROM t WHERE {}a = $1", piece.repeat(times));
            let repeated = repeated(Kind::NPlusOne, &statement, &[1], Some(&statement));
            fixes(&repeated);
            explanation(&repeated);
        }
    }
    let chain = format!("SELECT * FROM t WHERE a = $1{}", " AND b = 1".repeat(120));
    assert!(!fixes(&repeated(Kind::NPlusOne, &chain, &[1], None)).is_empty());
}

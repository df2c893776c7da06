//! Reads put together from parts: whatever rewrite they get gives the rows of the loop.

use std::collections::BTreeMap;

use analysis::fixes::Repeated;
use domain::RepetitionKind;

use crate::database::{Database, Row, array};
use crate::reads::joins::{CASE, Case, compare, joined};
use crate::reads::{same, sql_fixes};

const OUTPUTS: &[&str] = &[
    "*",
    "id, total",
    "o.customer_id, o.id",
    "o.*, o.status AS again",
    "count(*)",
    "status, count(*), max(total)",
    "coalesce(sum(total), 0) AS customer_id",
    "DISTINCT status",
    "DISTINCT ON (status) status, id",
    "id, row_number() OVER (ORDER BY id)",
    "c.*, o.id",
    "c.id, o.id",
];
const TABLES: &[&str] = &[
    "orders o",
    "orders o JOIN customers c ON c.id = o.customer_id",
    "customers c LEFT JOIN orders o ON o.customer_id = c.id AND o.total > 3",
    "customers c LEFT JOIN orders o ON o.customer_id = c.id AND o.customer_id = $1",
    "orders o JOIN customers c ON c.id = o.customer_id AND o.customer_id = $1",
];
const CONDITIONS: &[&str] = &[
    "",
    "WHERE o.customer_id = $1",
    "WHERE status = 'paid' AND $1 = o.customer_id",
    "WHERE (status = 'open' OR total > 20) AND (o.customer_id = $1::int AND o.id > 2)",
    "WHERE o.customer_id IS NOT DISTINCT FROM $1",
    "WHERE o.customer_id = $1 OR o.id = 1",
    "WHERE (o.customer_id, o.tenant_id) = ($1, 1)",
];
const GROUPS: &[&str] =
    &["", "GROUP BY status", "GROUP BY status HAVING count(*) > 1", "HAVING count(*) > 2"];
const ORDERS: &[&str] = &["", "ORDER BY o.id", "ORDER BY status DESC, o.id DESC", "ORDER BY 1, 2"];
const PARENTS: &[&str] = &[
    "SELECT id, name FROM customers",
    "SELECT * FROM customers WHERE active ORDER BY name DESC, id",
    "SELECT customers.id, customers.email AS status FROM customers ORDER BY id LIMIT 5",
    "SELECT id FROM customers WHERE id IN (SELECT customer_id FROM orders) OR name = 'customer 0'",
];
const LIMITS: &[&str] = &["", "LIMIT 2", "LIMIT 2 OFFSET 1"];
const KEYS: [Option<&str>; 4] = [Some("1"), Some("3"), Some("99"), None];

/// Every so many of the whole grid; no divisor of the number of its parts.
const STRIDE: usize = 13;

pub(crate) async fn failures(database: &Database) -> Vec<String> {
    let mut failures = Vec::new();
    let parts = [OUTPUTS, TABLES, CONDITIONS, GROUPS, ORDERS, LIMITS];
    let all: usize = parts.iter().map(|part| part.len()).product();
    let mut compared = 0;
    for index in (0..all).step_by(STRIDE) {
        let mut rest = index;
        let mut chosen = parts.iter().map(|part| {
            let piece = part[rest % part.len()];
            rest /= part.len();
            piece
        });
        let mut next = || chosen.next().unwrap();
        let (outputs, tables, condition) = (next(), next(), next());
        let tail: Vec<&str> =
            [next(), next(), next()].into_iter().filter(|piece| !piece.is_empty()).collect();
        let statement = format!("SELECT {outputs} FROM {tables} {condition} {}", tail.join(" "));
        // Which rows a limit leaves is certain in a full order only.
        let limit = statement.contains("LIMIT") && !is_ordered(&statement, "ORDER BY");
        let loose = limit || statement.contains("ON (status)");
        if !statement.contains("$1") || loose || database.prepares(&statement).await.is_err() {
            continue;
        }
        let case = Case { parent: PARENTS[index % PARENTS.len()], child: &statement, ..CASE };
        if let Some(fix) = joined(&case)
            && let Err(error) =
                compare(database, &Case { ordered: is_ordered(&statement, case.parent), ..case }, &fix).await
        {
            failures.push(format!("{}\n{statement}\n{error}", case.parent));
        }
        match check(database, &statement).await {
            Ok(rewritten) => compared += usize::from(rewritten),
            Err(error) => failures.push(format!("{statement}\n{error}")),
        }
    }
    assert!(compared > 100, "only {compared} statements were rewritten");
    failures
}

async fn check(database: &Database, statement: &str) -> Result<bool, String> {
    let repeated =
        Repeated { kind: RepetitionKind::NPlusOne, statement, varying: &[1], parent: None, repeats: 4 };
    let found = sql_fixes(&repeated);
    let Some(fix) = found.first() else { return Ok(false) };
    let context = |error: String| format!("{}\n{error}", fix.code);
    database.prepares(&fix.code).await.map_err(context)?;
    let empty_is_missing = fix.notes.iter().any(|note| note.contains("missing"));
    let result = database.run(&fix.code, &[Some(&array(&KEYS))]).await.map_err(context)?;
    let mut looped = Vec::new();
    for key in KEYS {
        looped.push(database.run(statement, &[key]).await?);
    }
    let added = result.columns.len() - looped[0].columns.len();
    let place = key_place(&result.columns, added).ok_or_else(|| context("no key".to_owned()))?;
    let mut by_key: BTreeMap<Option<String>, Vec<Row>> = BTreeMap::new();
    for row in &result.rows {
        let own = own(row, added, fix.code.contains("LATERAL"), statement);
        by_key.entry(row[place].clone()).or_default().push(own);
    }
    let ordered = is_ordered(statement, "ORDER BY");
    for (key, expected) in KEYS.iter().zip(looped) {
        let got = by_key.remove(&key.map(str::to_owned)).unwrap_or_default();
        if !(got.is_empty() && empty_is_missing) {
            same(expected.rows, got, ordered).map_err(context)?;
        }
    }
    if by_key.is_empty() { Ok(true) } else { Err(context(format!("more keys: {:?}", by_key.keys()))) }
}

/// Rows that the order does not tell apart may come in any.
fn is_ordered(statement: &str, parent: &str) -> bool {
    let full = ["ORDER BY o.id", ", o.id DESC"].iter().any(|order| statement.contains(order));
    full && !statement.contains("LEFT") && parent.contains("ORDER BY")
}

fn key_place(columns: &[String], added: usize) -> Option<usize> {
    if added > 0 {
        // A position in ORDER BY moves the key behind the other columns.
        let first = matches!(columns[0].as_str(), "key" | "customer_id");
        return if first && columns.last().is_none_or(|last| last != "key") {
            Some(0)
        } else {
            columns.iter().rposition(|name| name == "key" || name == "customer_id")
        };
    }
    columns.iter().position(|name| name == "customer_id")
}

/// The row without the key that was added.
fn own(row: &Row, added: usize, lateral: bool, statement: &str) -> Row {
    let last = !lateral && statement.contains("ORDER BY 1");
    if last { row[..row.len() - added].to_vec() } else { row[added..].to_vec() }
}

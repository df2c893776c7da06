//! Reads: a loop over keys against one query for all of them, and against the join with the parent.

use std::collections::BTreeMap;

use analysis::fixes::{Repeated, fixes};
use domain::{Fix, FixStyle, RepetitionKind};

use super::database::{Database, Row, Rows, array};

/// What the batch looks like, which decides how its values are passed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `= ANY($1)`.
    Any,
    /// Aggregates of keys without rows are missing.
    AnyButEmpty,
    /// Lists of rows, written for two keys.
    Rows,
    /// Keys that have rows.
    Exists,
    Lateral,
}

#[derive(Clone, Copy)]
struct Case {
    statement: &'static str,
    varying: &'static [u32],
    /// Values of every placeholder; those that vary are not read.
    values: &'static [&'static str],
    /// Sets of values for those that vary, `|` between them; `~` is NULL.
    keys: &'static [&'static str],
    form: Form,
    /// Columns of the result that hold the keys.
    key: &'static [&'static str],
    /// Placeholders that the batch no longer has.
    dropped: &'static [u32],
    ordered: bool,
}

const CASE: Case = Case {
    statement: "",
    varying: &[1],
    values: &[""],
    keys: &["1", "2", "3", "9", "~"],
    form: Form::Any,
    key: &["customer_id"],
    dropped: &[],
    ordered: false,
};

const IDS: &[&str] = &["1", "2", "40", "99", "~"];

#[rustfmt::skip]
const CASES: &[Case] = &[
    Case { statement: "SELECT * FROM orders WHERE customer_id = $1", ..CASE },
    Case { statement: "SELECT id, total FROM orders WHERE customer_id = $1", ..CASE },
    Case { statement: "SELECT id, total FROM orders WHERE $1 = customer_id AND status = $2", values: &["", "paid"], ..CASE },
    Case { statement: "SELECT id FROM orders o WHERE status = $2 AND (total > $3 OR total IS NULL) AND o.customer_id = $1", values: &["", "paid", "9"], ..CASE },
    Case { statement: "SELECT customer_id AS owner, id FROM orders WHERE customer_id = $1", key: &["owner"], ..CASE },
    Case { statement: "SELECT id FROM orders WHERE customer_id = $1 ORDER BY created_at DESC, id", ordered: true, ..CASE },
    Case { statement: "SELECT DISTINCT status FROM orders WHERE customer_id = $1 ORDER BY status", ordered: true, ..CASE },
    Case { statement: "SELECT DISTINCT ON (status) status, id FROM orders WHERE customer_id = $1 ORDER BY status, created_at DESC, id", ordered: true, ..CASE },
    Case { statement: "SELECT count(*) FROM orders WHERE customer_id = $1", form: Form::AnyButEmpty, ..CASE },
    Case { statement: "SELECT count($2) FROM orders WHERE customer_id = $1", values: &["", "1"], dropped: &[2], form: Form::AnyButEmpty, ..CASE },
    Case { statement: "SELECT coalesce(sum(total), $2), max(created_at) FROM orders WHERE customer_id = $1", values: &["", "0"], form: Form::AnyButEmpty, ..CASE },
    Case { statement: "SELECT count(*) FILTER (WHERE status = $2) AS n FROM orders WHERE customer_id = $1 LIMIT $3", values: &["", "paid", "1"], dropped: &[3], form: Form::AnyButEmpty, ..CASE },
    Case { statement: "SELECT status, count(*) FROM orders WHERE customer_id = $1 GROUP BY status ORDER BY status", ordered: true, ..CASE },
    Case { statement: "SELECT customer_id, status, avg(total) FROM orders WHERE customer_id = $1 GROUP BY customer_id, status HAVING count(*) > $2", values: &["", "2"], ..CASE },
    Case { statement: "SELECT max(total) FROM orders WHERE customer_id = $1 HAVING count(*) > $2", values: &["", "3"], ..CASE },
    Case { statement: "SELECT * FROM orders WHERE id = $1 LIMIT $2", values: &["", "1"], keys: IDS, key: &["id"], dropped: &[2], ..CASE },
    Case { statement: "SELECT id, total FROM orders WHERE (customer_id = $1 AND $2 = $3) ORDER BY id OFFSET $4", values: &["", "1", "1", "0"], dropped: &[4], ordered: true, ..CASE },
    Case { statement: "SELECT name FROM customers WHERE id = $1 FOR UPDATE", key: &["id"], ordered: true, ..CASE },
    Case { statement: "SELECT o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.customer_id = $1", ..CASE },
    Case { statement: "SELECT o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer_id AND c.id = $1", key: &["key"], ..CASE },
    Case { statement: "SELECT c.name, o.total FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE o.id = $1", keys: IDS, key: &["id"], ..CASE },
    Case { statement: "SELECT c.id, c.name FROM customers c JOIN orders o USING (tenant_id) WHERE o.id = $1", keys: IDS, key: &["key"], ..CASE },
    Case { statement: "SELECT a.*, b.* FROM customers a JOIN customers b ON b.referrer_id = a.id WHERE a.id = $1", key: &["key"], ..CASE },
    Case { statement: "SELECT a.* FROM customers a JOIN customers b ON b.referrer_id = a.id WHERE a.id = $1", key: &["id"], ..CASE },
    Case { statement: "SELECT * FROM customers a, orders o WHERE a.id = o.customer_id AND o.customer_id = $1", key: &["key"], ..CASE },
    Case { statement: "SELECT t.most FROM (SELECT customer_id, max(total) AS most FROM orders GROUP BY customer_id) t WHERE t.customer_id = $1", ..CASE },
    Case { statement: "SELECT DISTINCT ON (o.status) o.status FROM orders o WHERE o.customer_id = $1", ..CASE },
    Case { statement: "SELECT created_at::date, id FROM orders WHERE created_at::date = $1", keys: &["2025-01-03", "2025-01-05", "2020-01-01"], key: &["key"], ..CASE },
    Case { statement: "SELECT a.id, b.id AS other FROM customers a JOIN customers b ON b.referrer_id = a.id WHERE a.id = $1", key: &["id"], ..CASE },
    Case { statement: "WITH paid AS (SELECT * FROM orders WHERE status = $2) SELECT id FROM paid WHERE customer_id = $1", values: &["", "paid"], ..CASE },
    Case { statement: "SELECT name FROM customers WHERE id = $1 AND id IN (SELECT customer_id FROM orders WHERE status IN ($2 /*, ... */))", values: &["", "paid"], key: &["id"], ..CASE },
    Case { statement: "SELECT subject FROM tickets WHERE id = $1::uuid", keys: &["00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000009", "~"], key: &["id"], ..CASE },
    Case { statement: "SELECT subject FROM tickets WHERE id = CAST($1 AS uuid)", keys: &["00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000009"], key: &["id"], ..CASE },
    Case { statement: "SELECT customer_id FROM tickets WHERE id::text = $1", keys: &["00000000-0000-4000-8000-000000000002", "x"], key: &["key"], ..CASE },
    Case { statement: "SELECT id FROM customers WHERE lower(email) = $1", keys: &["c1@example.org", "c2@example.org", "none"], key: &["key"], ..CASE },
    Case { statement: "SELECT id FROM orders WHERE data ->> $2 = $1", values: &["", "channel"], keys: &["web0", "web2", "none"], key: &["key"], ..CASE },
    Case { statement: "SELECT \"Amount\" FROM \"Invoices\" WHERE \"customerId\" = $1", key: &["customerId"], ..CASE },
    Case { statement: "SELECT \"Invoices\".* FROM \"Invoices\" WHERE \"Invoices\".\"Id\" = $1 LIMIT $2", values: &["", "1"], key: &["Id"], dropped: &[2], ..CASE },
    Case { statement: "SELECT \"select\" FROM \"order\" WHERE \"user\" = $1", key: &["user"], ..CASE },
    Case { statement: "SELECT p.name FROM shop.products p WHERE p.id = $1", key: &["id"], ..CASE },
    Case { statement: "SELECT name FROM shop.products WHERE shop.products.id = $1", key: &["id"], ..CASE },
    Case { statement: "SELECT sku, quantity FROM items WHERE order_id = $1 AND line = $2", varying: &[1, 2], values: &["", ""], keys: &["1|2", "3|1"], form: Form::Rows, key: &["order_id", "line"], ..CASE },
    Case { statement: "SELECT sum(quantity) FROM items WHERE sku <> $3 AND (order_id, line) = ($1, $2)", varying: &[1, 2], values: &["", "", "sku0"], keys: &["1|2", "4|1"], form: Form::Rows, key: &["order_id", "line"], ..CASE },
    Case { statement: "SELECT subject FROM tickets WHERE id = $1::uuid AND token = $2", varying: &[1, 2], values: &["", ""], keys: &["00000000-0000-4000-8000-000000000001|tok1", "00000000-0000-4000-8000-000000000002|tok1"], form: Form::Rows, key: &["id", "token"], ..CASE },
    Case { statement: "SELECT EXISTS (SELECT $2 FROM orders WHERE customer_id = $1 AND status = $3)", values: &["", "1", "open"], form: Form::Exists, dropped: &[2], ..CASE },
    Case { statement: "SELECT $2 AS one FROM orders WHERE customer_id = $1 LIMIT $3", values: &["", "1", "1"], form: Form::Exists, dropped: &[2, 3], ..CASE },
    Case { statement: "SELECT 1 FROM orders WHERE customer_id = $1 LIMIT 1", form: Form::Exists, ..CASE },
    Case { statement: "SELECT 1 AS n FROM orders WHERE customer_id = $1 LIMIT 2", form: Form::Lateral, ..CASE },
    // One after the other: what counts rows, or what no list can stand for.
    Case { statement: "SELECT id, total FROM orders WHERE customer_id = $1 ORDER BY created_at DESC, id LIMIT $2", values: &["", "2"], form: Form::Lateral, ordered: true, ..CASE },
    Case { statement: "SELECT id FROM orders WHERE customer_id = $1 ORDER BY id LIMIT $2 FOR UPDATE", values: &["", "2"], form: Form::Lateral, ordered: true, ..CASE },
    Case { statement: "SELECT * FROM orders WHERE customer_id = $1 ORDER BY id LIMIT $2 OFFSET $3", values: &["", "2", "1"], form: Form::Lateral, ordered: true, ..CASE },
    Case { statement: "SELECT id FROM orders WHERE customer_id = $1 ORDER BY id FETCH FIRST $2 ROWS ONLY", values: &["", "2"], form: Form::Lateral, ordered: true, ..CASE },
    Case { statement: "SELECT id, row_number() OVER (ORDER BY created_at, id) FROM orders WHERE customer_id = $1", form: Form::Lateral, ..CASE },
    Case { statement: "SELECT id FROM customers WHERE email = $1 LIMIT $2", values: &["", "1"], keys: &["C1@Example.org", "C2@Example.org", "none"], form: Form::Lateral, key: &["email"], ..CASE },
    Case { statement: "SELECT id FROM customers WHERE lower(email) = lower($1)", keys: &["C1@EXAMPLE.org", "C2@Example.org", "none"], form: Form::Lateral, key: &["key"], ..CASE },
    Case { statement: "SELECT id FROM orders WHERE customer_id IS NOT DISTINCT FROM $1", form: Form::Lateral, ..CASE },
    Case { statement: "SELECT p.name, s.level FROM shop.products p LEFT JOIN stock s ON s.product_id = p.id AND s.place = $1", keys: &["north", "west"], form: Form::Lateral, key: &["place"], ..CASE },
    Case { statement: "SELECT id FROM orders WHERE customer_id = $1 UNION ALL SELECT \"Id\" FROM \"Invoices\"", form: Form::Lateral, key: &["key"], ..CASE },
    Case { statement: "SELECT (SELECT count(*) FROM orders WHERE customer_id = $1) AS orders", form: Form::Lateral, ..CASE },
    Case { statement: "SELECT name FROM customers WHERE id = (SELECT customer_id FROM orders WHERE id = $1)", keys: &["1", "2", "7"], form: Form::Lateral, key: &["id"], ..CASE },
    Case { statement: "WITH own AS (SELECT * FROM orders WHERE customer_id = $1) SELECT status, count(*) FROM own GROUP BY status", form: Form::Lateral, ..CASE },
    Case { statement: "SELECT id FROM orders WHERE customer_id = $1 AND created_at > $2 ORDER BY id", varying: &[1, 2], values: &["", ""], keys: &["1|2025-01-04", "2|2025-01-08", "9|2025-01-01"], form: Form::Lateral, key: &["customer_id", "created_at"], ordered: true, ..CASE },
    Case { statement: "SELECT id FROM orders WHERE created_at BETWEEN $1::timestamptz AND $2::timestamptz", varying: &[1, 2], values: &["", ""], keys: &["2025-01-02 00:00:00+00|2025-01-03 00:00:00+00", "2025-01-05 00:00:00+00|2025-01-08 00:00:00+00"], form: Form::Lateral, key: &["created_at", "key"], ..CASE },
    Case { statement: "SELECT * FROM orders WHERE customer_id = $1 OR tenant_id = $1", form: Form::Lateral, key: &["key"], ..CASE },
    Case { statement: "SELECT id FROM orders WHERE ($1 IS NULL OR customer_id = $1) AND id < $2", values: &["", "9"], form: Form::Lateral, ..CASE },
    Case { statement: "WITH RECURSIVE line AS (SELECT id, referrer_id FROM customers WHERE id = $1 UNION ALL SELECT c.id, c.referrer_id FROM customers c JOIN line l ON c.referrer_id = l.id) SELECT count(*) FROM line", form: Form::Lateral, key: &["id"], ..CASE },
    Case { statement: "SELECT NOT EXISTS (SELECT FROM orders WHERE customer_id = $1) AS none", form: Form::Lateral, ..CASE },
    Case { statement: "SELECT id, sum(total) OVER w FROM orders WHERE customer_id = $1 WINDOW w AS (ORDER BY id)", form: Form::Lateral, ..CASE },
    Case { statement: "SELECT id FROM orders WHERE NOT (customer_id = $1)", form: Form::Lateral, ..CASE },
    Case { statement: "SELECT id FROM orders WHERE customer_id = $1 ORDER BY total DESC NULLS LAST FETCH FIRST $2 ROWS WITH TIES", values: &["", "2"], form: Form::Lateral, ..CASE },
    Case { statement: "SELECT status FROM orders WHERE customer_id = $1 UNION SELECT subject FROM tickets WHERE customer_id = $1 ORDER BY status", form: Form::Lateral, ordered: true, key: &["key"], ..CASE },
    Case { statement: "SELECT id FROM orders WHERE customer_id = $1 OR tenant_id = $1", form: Form::Lateral, ..CASE },
    Case { statement: "SELECT count(*) FROM orders WHERE customer_id = $1 GROUP BY GROUPING SETS ((status), ())", form: Form::Lateral, ..CASE },
    Case { statement: "SELECT o.id FROM orders o WHERE EXISTS (SELECT $2 FROM customers c WHERE c.id = o.customer_id AND c.id = $1) ORDER BY o.id", values: &["", "1"], form: Form::Lateral, key: &["key"], ordered: true, ..CASE },
];

pub(crate) async fn failures(database: &Database) -> Vec<String> {
    let mut failures = Vec::new();
    for case in CASES {
        if let Err(error) = check(database, case).await {
            failures.push(format!("{}\n{error}", case.statement));
        }
    }
    for case in super::reads::joins::CASES {
        if let Err(error) = joins::check(database, case).await {
            failures.push(format!("{}\n{}\n{error}", case.parent, case.child));
        }
    }
    failures
}

pub(crate) fn sql_fixes(repeated: &Repeated<'_>) -> Vec<Fix> {
    fixes(repeated).into_iter().filter(|fix| fix.style == FixStyle::Sql).collect()
}

fn values_of(case: &Case, key: &str) -> Vec<Option<String>> {
    let mut values: Vec<Option<String>> = case.values.iter().map(|value| Some((*value).to_owned())).collect();
    for (number, value) in case.varying.iter().zip(key.split('|')) {
        values[*number as usize - 1] = (value != "~").then(|| value.to_owned());
    }
    values
}

fn borrowed(values: &[Option<String>]) -> Vec<Option<&str>> {
    values.iter().map(Option::as_deref).collect()
}

async fn check(database: &Database, case: &Case) -> Result<(), String> {
    let repeated = Repeated {
        kind: RepetitionKind::NPlusOne,
        statement: case.statement,
        varying: case.varying,
        parent: None,
        repeats: 21,
    };
    let found = sql_fixes(&repeated);
    let fix = found.first().ok_or("no rewrite")?;
    let context = |error: String| format!("{}\n{error}", fix.code);
    let lateral = fix.code.contains("LATERAL");
    if lateral != (case.form == Form::Lateral) {
        return Err(context("another form was expected".to_owned()));
    }
    for fix in &found {
        database.prepares(&fix.code).await.map_err(|error| format!("{}\n{error}", fix.code))?;
    }

    let mut columns = Vec::new();
    let mut expected: BTreeMap<Row, Vec<Row>> = BTreeMap::new();
    for key in case.keys {
        let values = values_of(case, key);
        let rows = database.run(case.statement, &borrowed(&values)).await?;
        let key = case.varying.iter().map(|number| values[*number as usize - 1].clone()).collect();
        columns = rows.columns;
        expected.insert(key, rows.rows);
    }
    if expected.values().all(Vec::is_empty) {
        return Err(context("the loop found nothing to compare with".to_owned()));
    }
    let found = database.run(&fix.code, &borrowed(&passed(case))).await.map_err(context)?;
    compare(case, &columns, expected, found).map_err(context)
}

/// Values for the rewrite.
fn passed(case: &Case) -> Vec<Option<String>> {
    let kept = |number: &u32| !case.dropped.contains(number);
    let sets: Vec<Vec<Option<String>>> = case.keys.iter().map(|key| values_of(case, key)).collect();
    let mut values = Vec::new();
    for number in (1..=case.values.len() as u32).filter(kept) {
        let at = number as usize - 1;
        values.push(match (case.varying.contains(&number), case.form) {
            (true, Form::Rows) => sets[0][at].clone(),
            (true, _) => Some(array(&sets.iter().map(|set| set[at].as_deref()).collect::<Vec<_>>())),
            (false, _) => sets[0][at].clone(),
        });
    }
    if case.form == Form::Rows {
        values.extend(case.varying.iter().map(|number| sets[1][*number as usize - 1].clone()));
    }
    values
}

fn compare(
    case: &Case,
    columns: &[String],
    mut expected: BTreeMap<Row, Vec<Row>>,
    found: Rows,
) -> Result<(), String> {
    if case.form == Form::Exists {
        let keys: Vec<Row> = found.rows;
        let told = |rows: &[Row]| rows.first().is_some_and(|row| row[0].as_deref() != Some("f"));
        let wanted = expected.iter().filter(|(_, rows)| told(rows)).map(|(key, _)| key.clone());
        return same(wanted.collect(), keys, false);
    }
    let added = found.columns.len() - columns.len();
    let places: Option<Vec<usize>> =
        case.key.iter().map(|name| found.columns.iter().position(|column| column == name)).collect();
    let places = places.ok_or_else(|| format!("no {:?} among {:?}", case.key, found.columns))?;
    if found.columns[added..] != *columns {
        return Err(format!("{:?} instead of {columns:?}", found.columns));
    }
    let mut by_key: BTreeMap<Row, Vec<Row>> = BTreeMap::new();
    for row in found.rows {
        let key = places.iter().map(|place| row[*place].clone()).collect();
        by_key.entry(key).or_default().push(row[added..].to_vec());
    }
    // Times print otherwise than they were given.
    if case.key.contains(&"created_at") {
        let rows = |map: BTreeMap<Row, Vec<Row>>| {
            map.into_values().filter(|rows| !rows.is_empty()).collect::<Vec<_>>()
        };
        let (wanted, got) = (rows(expected), rows(by_key));
        return if wanted == got { Ok(()) } else { Err(format!("{got:?} instead of {wanted:?}")) };
    }
    if case.form == Form::AnyButEmpty {
        expected.retain(|key, _| by_key.contains_key(key));
        if expected.len() < 3 {
            return Err("too few keys".to_owned());
        }
    }
    expected.retain(|_, rows| !rows.is_empty());
    if expected.keys().ne(by_key.keys()) {
        return Err(format!("keys {:?} instead of {:?}", by_key.keys(), expected.keys()));
    }
    for (key, rows) in expected {
        let got = by_key.remove(&key).unwrap_or_default();
        same(rows, got, case.ordered).map_err(|error| format!("{key:?}: {error}"))?;
    }
    Ok(())
}

pub(crate) fn same(mut wanted: Vec<Row>, mut got: Vec<Row>, ordered: bool) -> Result<(), String> {
    if !ordered {
        wanted.sort();
        got.sort();
    }
    if wanted == got { Ok(()) } else { Err(format!("{got:?}\ninstead of\n{wanted:?}")) }
}

#[path = "joins.rs"]
pub(crate) mod joins;

//! Writes: the tables after a loop against the tables after one statement.

use analysis::fixes::Repeated;
use domain::RepetitionKind;

use crate::database::{Database, Row, array};
use crate::reads::{same, sql_fixes};

/// How the values are passed.
#[derive(Clone, Copy)]
enum Form {
    /// The key in an array.
    Any,
    /// Rows of placeholders, written for two.
    Rows,
}

#[derive(Clone, Copy)]
struct Case {
    statement: &'static str,
    varying: &'static [u32],
    /// Values of each run, `|` between them; `~` is NULL.
    runs: [&'static str; 2],
    form: Form,
    /// Which of the rewrites.
    choice: usize,
    /// Placeholders that the rewrite no longer has.
    dropped: &'static [u32],
    /// What is compared.
    table: &'static str,
}

const CASE: Case = Case {
    statement: "",
    varying: &[1],
    runs: ["1", "3"],
    form: Form::Any,
    choice: 0,
    dropped: &[],
    table: "orders",
};
const PRODUCTS: Case = Case { form: Form::Rows, table: "shop.products", ..CASE };
const TAGS: Case = Case { form: Form::Rows, table: "(SELECT name, uses, seen FROM tags) AS tags", ..CASE };

#[rustfmt::skip]
const CASES: &[Case] = &[
    Case { statement: "DELETE FROM orders WHERE id = $1", ..CASE },
    Case { statement: "DELETE FROM orders WHERE customer_id = $1 AND status = $2 RETURNING id, total", runs: ["1|paid", "3|paid"], ..CASE },
    Case { statement: "DELETE FROM items WHERE order_id = $1 AND line = $2", varying: &[1, 2], runs: ["1|2", "3|1"], form: Form::Rows, table: "items", ..CASE },
    Case { statement: "DELETE FROM tickets WHERE id = $1::uuid RETURNING *", runs: ["00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"], table: "tickets", ..CASE },
    Case { statement: "DELETE FROM \"Invoices\" WHERE \"Id\" = $1", table: "\"Invoices\"", ..CASE },
    Case { statement: "DELETE FROM orders o USING customers c WHERE c.id = o.customer_id AND c.id = $1", ..CASE },
    Case { statement: "DELETE FROM orders WHERE id = $1 AND tenant_id = $2", varying: &[], runs: ["1|2", "3|2"], ..CASE },
    Case { statement: "UPDATE orders SET status = $1 WHERE id = $2", varying: &[2], runs: ["sent|1", "sent|3"], ..CASE },
    Case { statement: "UPDATE orders SET status = $1, total = total + $2 WHERE id = $3 RETURNING total", varying: &[3], runs: ["sent|2|1", "sent|2|3"], ..CASE },
    Case { statement: "UPDATE orders SET status = $1 WHERE id = $2", varying: &[], runs: ["sent|1", "sent|3"], choice: 1, ..CASE },
    Case { statement: "UPDATE orders SET status = $1 WHERE id = $2", varying: &[], runs: ["sent|1", "back|3"], form: Form::Rows, ..CASE },
    Case { statement: "UPDATE shop.products SET price = $1 WHERE id = $2", varying: &[1, 2], runs: ["9.99|1", "~|3"], ..PRODUCTS },
    Case { statement: "UPDATE shop.products AS p SET price = $1, name = $3, updated_at = now() - now() + $4::timestamptz WHERE p.id = $2 AND stock > $5 RETURNING id, p.name AS n", varying: &[1, 2, 3], runs: ["9.99|1|one|2025-02-02|5", "8|3|three|2025-02-02|5"], ..PRODUCTS },
    Case { statement: "UPDATE shop.products SET price = $1, updated_at = DEFAULT WHERE id = $2 AND updated_at < CURRENT_TIMESTAMP", varying: &[1, 2], runs: ["4|1", "7|3"], ..PRODUCTS },
    Case { statement: "UPDATE shop.products SET stock = stock - $1 WHERE id = $2", varying: &[1, 2], runs: ["4|1", "7|3"], ..PRODUCTS },
    Case { statement: "UPDATE shop.products SET stock = (stock - $1) * $3, name = COALESCE($4, name) WHERE id = $2 RETURNING *", varying: &[1, 2, 4], runs: ["4|1|2|new", "7|3|2|~"], ..PRODUCTS },
    Case { statement: "UPDATE shop.products SET name = upper($1), updated_at = updated_at + $3::interval WHERE id = $2", varying: &[1, 2, 3], runs: ["a|1|1 day", "b|3|2 days"], ..PRODUCTS },
    Case { statement: "UPDATE stock SET level = $3, data = $4::jsonb WHERE product_id = $1 AND place = $2", varying: &[1, 2, 3, 4], runs: ["1|north|0|{\"a\": 1}", "2|south|8|{}"], form: Form::Rows, table: "stock", ..CASE },
    Case { statement: "UPDATE \"Invoices\" SET \"Amount\" = $1 WHERE \"Id\" = $2", varying: &[1, 2], runs: ["1|1", "2|3"], form: Form::Rows, table: "\"Invoices\"", ..CASE },
    Case { statement: "UPDATE \"order\" SET \"select\" = $1 WHERE \"user\" = $2", varying: &[1, 2], runs: ["x|1", "y|3"], form: Form::Rows, table: "\"order\"", ..CASE },
    Case { statement: "UPDATE orders SET customer_id = $1 WHERE customer_id = $2", varying: &[1, 2], runs: ["10|1", "30|3"], form: Form::Rows, ..CASE },
    Case { statement: "INSERT INTO tags (name, uses) VALUES ($1, $2)", varying: &[1, 2], runs: ["a|1", "b|2"], ..TAGS },
    Case { statement: "INSERT INTO tags (name, uses, seen) VALUES (lower($1), $2, $3::timestamptz) RETURNING name", varying: &[1], runs: ["A|3|2025-01-01", "B|3|2025-01-01"], ..TAGS },
    Case { statement: "INSERT INTO tags (name, uses) VALUES ($1, DEFAULT)", varying: &[], runs: ["a", "b"], ..TAGS },
    Case { statement: "INSERT INTO tags (name, uses) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", varying: &[1, 2], runs: ["old|1", "b|2"], ..TAGS },
    Case { statement: "INSERT INTO tags (name, uses) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET uses = EXCLUDED.uses, seen = $3 WHERE tags.uses > $4 RETURNING name", varying: &[1, 2], runs: ["old|1|2025-01-01|0", "older|2|2025-01-01|0"], ..TAGS },
    Case { statement: "INSERT INTO tags (name, uses) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET uses = $2", varying: &[1, 2], runs: ["old|1", "b|2"], ..TAGS },
    Case { statement: "INSERT INTO tags (name, uses) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET uses = $3", varying: &[1, 2, 3], runs: ["old|1|1", "b|2|2"], dropped: &[3], ..TAGS },
    Case { statement: "INSERT INTO stock AS s (product_id, place, level) VALUES ($1, $2, $3) ON CONFLICT (product_id, place) DO UPDATE SET level = s.level + EXCLUDED.level", varying: &[], runs: ["1|north|5", "9|west|1"], form: Form::Rows, table: "stock", ..CASE },
    Case { statement: "INSERT INTO archive SELECT id, customer_id, status, total FROM orders WHERE customer_id = $1 AND status = $2", runs: ["1|paid", "3|paid"], table: "archive", ..CASE },
    Case { statement: "INSERT INTO archive (id) SELECT order_id FROM items WHERE order_id = $1 AND line = $2", varying: &[1, 2], runs: ["1|1", "2|3"], form: Form::Rows, table: "archive", ..CASE },
];

pub(crate) async fn failures(database: &Database) -> Vec<String> {
    let mut failures = Vec::new();
    for case in CASES {
        if let Err(error) = check(database, case).await {
            failures.push(format!("{}\n{error}", case.statement));
        }
    }
    failures
}

async fn check(database: &Database, case: &Case) -> Result<(), String> {
    let repeated = Repeated {
        kind: RepetitionKind::BulkWrite,
        statement: case.statement,
        varying: case.varying,
        parent: None,
        repeats: 2,
    };
    let found = sql_fixes(&repeated);
    let fix = found.get(case.choice).ok_or("no rewrite")?;
    let context = |error: String| format!("{}\n{error}", fix.code);
    for fix in &found {
        database.prepares(&fix.code).await.map_err(|error| format!("{}\n{error}", fix.code))?;
    }
    let runs: Vec<Vec<Option<&str>>> = case
        .runs
        .iter()
        .map(|run| run.split('|').map(|value| (value != "~").then_some(value)).collect())
        .collect();
    let (wanted, mut returned) = loop_of(database, case, &runs).await?;
    database.execute("BEGIN").await;
    let told = database.run(&fix.code, &borrowed(&passed(case, &fix.code, &runs))).await;
    let rows = match &told {
        Ok(_) => database.run(&format!("SELECT * FROM {}", case.table), &[]).await,
        Err(_) => Ok(Default::default()),
    };
    database.execute("ROLLBACK").await;
    let told = told.map_err(context)?;
    same(wanted, rows?.rows, false).map_err(context)?;
    // Keys were added at the end, so that rows can be told apart.
    let width = returned.first().map_or(0, Vec::len);
    let told: Vec<Row> = told.rows.into_iter().map(|row| row[..width].to_vec()).collect();
    returned.sort();
    same(returned, told, false).map_err(|error| context(format!("returned {error}")))
}

/// The table after the loop, and the rows that it returned.
async fn loop_of(
    database: &Database,
    case: &Case,
    runs: &[Vec<Option<&str>>],
) -> Result<(Vec<Row>, Vec<Row>), String> {
    database.execute("BEGIN").await;
    let mut returned = Vec::new();
    for run in runs {
        returned.extend(database.run(case.statement, run).await?.rows);
    }
    let rows = database.run(&format!("SELECT * FROM {}", case.table), &[]).await?.rows;
    database.execute("ROLLBACK").await;
    Ok((rows, returned))
}

fn passed(case: &Case, code: &str, runs: &[Vec<Option<&str>>]) -> Vec<Option<String>> {
    let numbers = (1..=runs[0].len() as u32).filter(|number| !case.dropped.contains(number));
    let varies = |number: u32| case.varying.contains(&number);
    let owned = |value: &Option<&str>| value.map(str::to_owned);
    let mut values: Vec<Option<String>> = Vec::new();
    for number in numbers.clone() {
        let at = number as usize - 1;
        let list =
            matches!(case.form, Form::Any) && (varies(number) || code.contains(&format!("ANY(${number}")));
        values.push(if list {
            Some(array(&runs.iter().map(|run| run[at]).collect::<Vec<_>>()))
        } else {
            owned(&runs[0][at])
        });
    }
    if matches!(case.form, Form::Rows) {
        let second = numbers.filter(|number| case.varying.is_empty() || varies(*number));
        values.extend(second.map(|number| owned(&runs[1][number as usize - 1])));
    }
    values
}

fn borrowed(values: &[Option<String>]) -> Vec<Option<&str>> {
    values.iter().map(Option::as_deref).collect()
}

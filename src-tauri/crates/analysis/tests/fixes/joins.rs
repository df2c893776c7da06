//! The join with the parent: its rows in a loop, each with what was fetched for it.

use analysis::fixes::Repeated;
use domain::{Fix, RepetitionKind};

use super::{same, sql_fixes};
use crate::database::Database;

#[derive(Clone, Copy)]
pub(crate) struct Case<'a> {
    pub(crate) parent: &'a str,
    /// Values of the parent's placeholders.
    pub(crate) values: &'a [&'a str],
    pub(crate) child: &'a str,
    /// Values of the child's placeholders; `$1` is the key.
    pub(crate) others: &'a [&'a str],
    /// The parent's column that the key follows.
    pub(crate) follows: &'a str,
    pub(crate) ordered: bool,
    /// Placeholders of the child that the join no longer has.
    pub(crate) dropped: usize,
    pub(crate) lateral: bool,
}

pub(crate) const CASE: Case<'static> = Case {
    parent: "SELECT * FROM customers",
    values: &[],
    child: "",
    others: &[],
    follows: "id",
    ordered: false,
    dropped: 0,
    lateral: false,
};

#[rustfmt::skip]
pub(crate) const CASES: &[Case<'static>] = &[
    Case { child: "SELECT * FROM orders WHERE customer_id = $1", ..CASE },
    Case { child: "SELECT id, CURRENT_USER AS u FROM orders WHERE customer_id = $1 AND created_at < CURRENT_TIMESTAMP AND status <> session_user", lateral: true, ..CASE },
    Case { child: "SELECT id FROM orders WHERE customer_id = $1 AND created_at < CURRENT_TIMESTAMP AND status <> session_user", ..CASE },
    Case { child: "SELECT coalesce(total, 0) AS total FROM orders WHERE customer_id = $1", lateral: true, ..CASE },
    Case { parent: "SELECT id, name FROM customers WHERE tenant_id = $1 AND (active OR id = $2)", values: &["1", "3"], child: "SELECT id, total FROM orders WHERE customer_id = $1 AND status = $2", others: &["paid"], ..CASE },
    Case { parent: "SELECT id, name FROM customers c WHERE c.active ORDER BY name DESC, id", child: "SELECT o.id, status FROM orders o WHERE o.customer_id = $1 ORDER BY created_at, id", ordered: true, ..CASE },
    Case { parent: "SELECT id, name FROM customers WHERE tenant_id = $1 ORDER BY name, id LIMIT $2 OFFSET $3", values: &["2", "3", "1"], child: "SELECT id FROM orders WHERE customer_id = $1 ORDER BY id DESC", ordered: true, ..CASE },
    Case { parent: "SELECT name, id FROM customers ORDER BY id LIMIT $1", values: &["4"], child: "SELECT id, total FROM orders WHERE customer_id = $1 AND status = $3 ORDER BY created_at DESC, id LIMIT $2", others: &["2", "paid"], ordered: true, lateral: true, ..CASE },
    Case { parent: "SELECT id FROM customers WHERE tenant_id IN ($1 /*, ... */)", values: &["1"], child: "SELECT count(*) FROM orders WHERE customer_id = $1 AND status IN ($2 /*, ... */)", others: &["paid"], lateral: true, ..CASE },
    Case { parent: "SELECT id, customer_id FROM orders WHERE status = $1 ORDER BY id", values: &["paid"], child: "SELECT name, email FROM customers WHERE id = $1 LIMIT $2", others: &["1"], follows: "customer_id", ordered: true, dropped: 1, ..CASE },
    Case { parent: "SELECT * FROM orders WHERE total > $1", values: &["20"], child: "SELECT customers.* FROM customers WHERE customers.id = $1", follows: "customer_id", ..CASE },
    Case { parent: "SELECT id, order_id AS n, order_id FROM (SELECT 1) x", child: "SELECT 1 FROM orders WHERE id = $1", follows: "", ..CASE },
    Case { parent: "SELECT DISTINCT order_id, sku FROM items", child: "SELECT * FROM items WHERE order_id = $1", follows: "order_id", ..CASE },
    Case { parent: "SELECT c.id, c.email FROM customers AS c", child: "SELECT c.name, o.id FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.customer_id = $1", lateral: true, ..CASE },
    Case { parent: "SELECT id FROM customers", child: "SELECT (SELECT max(total) FROM orders WHERE customer_id = $1) AS most", lateral: true, ..CASE },
    Case { parent: "SELECT id FROM customers", child: "WITH mine AS (SELECT * FROM orders WHERE customer_id = $1) SELECT status, count(*) FROM mine GROUP BY status", lateral: true, ..CASE },
    Case { parent: "SELECT id FROM customers WHERE id IN (SELECT customer_id FROM tickets) OR email IS NULL", child: "SELECT id FROM orders WHERE customer_id = $1 AND (status = $2 OR total IS NULL)", others: &["open"], ..CASE },
    Case { parent: "SELECT name AS n, id AS i, id FROM customers ORDER BY n, i DESC", child: "SELECT total AS t FROM orders WHERE customer_id = $1 ORDER BY t NULLS FIRST", ordered: true, lateral: true, ..CASE },
    Case { parent: "SELECT c.* FROM customers c WHERE c.active", child: "SELECT c.* FROM orders c WHERE c.customer_id = $1", ..CASE },
    Case { parent: "SELECT id, customer_id FROM orders", child: "SELECT * FROM orders WHERE id = $1", follows: "", ..CASE },
    Case { parent: "SELECT id, \"user\" FROM \"order\"", child: "SELECT line FROM items WHERE order_id = $1", ..CASE },
    Case { parent: "SELECT \"user\", id FROM \"order\" LIMIT $1", values: &["9"], child: "SELECT line FROM items WHERE order_id = $1 LIMIT $2", others: &["1"], lateral: true, ..CASE },
    Case { parent: "SELECT o.order_id, o.line FROM items AS o", child: "SELECT \"user\" FROM \"order\" WHERE id = $1", follows: "order_id", ..CASE },
    Case { parent: "SELECT \"C\".\"id\" AS \"C_id\", \"C\".\"name\" AS \"C_name\" FROM \"customers\" \"C\"", child: "SELECT \"O\".\"id\" AS \"O_id\" FROM \"orders\" \"O\" WHERE ((\"O\".\"customer_id\" = $1))", follows: "C_id", ..CASE },
    Case { parent: "SELECT \"C\".\"id\" AS \"C_id\", \"C\".\"name\" AS \"C_name\" FROM \"customers\" \"C\" ORDER BY \"C\".\"id\" LIMIT $1", values: &["5"], child: "SELECT \"O\".\"id\" AS \"O_id\" FROM \"orders\" \"O\" WHERE \"O\".\"customer_id\" = $1", follows: "C_id", lateral: true, ..CASE },
    Case { parent: "SELECT \"public\".\"customers\".\"id\", \"public\".\"customers\".\"name\" FROM \"public\".\"customers\" WHERE $1 = $2 OFFSET $3", values: &["1", "1"], child: "SELECT \"public\".\"orders\".\"id\" FROM \"public\".\"orders\" WHERE (\"public\".\"orders\".\"customer_id\" = $1 AND $2 = $3) OFFSET $4", others: &["1", "1", "0"], dropped: 1, ..CASE },
    Case { parent: "SELECT id + 1 AS id, name FROM customers", child: "SELECT id FROM orders WHERE customer_id = $1", ..CASE },
    Case { parent: "SELECT id FROM customers", child: "SELECT \"Amount\" FROM \"Invoices\" WHERE \"customerId\" = $1", ..CASE },
    Case { parent: "SELECT id FROM customers ORDER BY email DESC NULLS LAST LIMIT $1", values: &["5"], child: "SELECT id FROM orders WHERE customer_id = $1 ORDER BY id", ordered: true, lateral: true, ..CASE },
];

pub(crate) async fn check(database: &Database, case: &Case<'_>) -> Result<(), String> {
    match joined(case) {
        Some(fix) if fix.code.contains("LATERAL") != case.lateral => {
            Err(format!("{}\nanother form was expected", fix.code))
        }
        Some(fix) => compare(database, case, &fix).await,
        None if case.follows.is_empty() => Ok(()),
        None => Err("no join".to_owned()),
    }
}

pub(crate) fn joined(case: &Case<'_>) -> Option<Fix> {
    let repeated = Repeated {
        kind: RepetitionKind::NPlusOne,
        statement: case.child,
        varying: &[1],
        parent: Some(case.parent),
        repeats: 8,
    };
    sql_fixes(&repeated).into_iter().find(|fix| fix.title.starts_with("Join with"))
}

pub(crate) async fn compare(database: &Database, case: &Case<'_>, fix: &Fix) -> Result<(), String> {
    let context = |error: String| format!("{}\n{error}", fix.code);
    database.prepares(&fix.code).await.map_err(context)?;
    let values: Vec<Option<&str>> = case.values.iter().map(|value| Some(*value)).collect();
    // An OFFSET that the join no longer has was 0.
    let parents = database.run(case.parent, &[values.as_slice(), &[Some("0")]].concat()).await?;
    let at = parents.columns.iter().position(|column| column == case.follows).unwrap();
    let mut wanted = Vec::new();
    for parent in &parents.rows {
        let mut values = vec![parent[at].as_deref()];
        values.extend(case.others.iter().map(|value| Some(*value)));
        let children = database.run(case.child, &values).await?;
        let nothing = vec![None; children.columns.len()];
        let rows = if children.rows.is_empty() { vec![nothing] } else { children.rows };
        wanted.extend(rows.into_iter().map(|row| [parent.clone(), row].concat()));
    }
    let kept = &case.others[..case.others.len() - case.dropped];
    let values: Vec<Option<&str>> = kept.iter().chain(case.values).map(|value| Some(*value)).collect();
    let found = database.run(&fix.code, &values).await.map_err(context)?;
    same(wanted, found.rows, case.ordered).map_err(context)
}

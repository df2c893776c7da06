//! The same statement with another of its tables named first.

use sqlparser::ast::{Join, JoinOperator, SetExpr, Statement, TableFactor, TableWithJoins};

use crate::sql::parse;

/// The query with the table first that `place` others of its FROM stand before, its joins turned round: the same rows at the
/// same cost, `*` aside in another order. `None` for what is no plain query or has no such table.
pub fn led_by(sql: &str, place: usize) -> Option<String> {
    let mut statement = parse(sql)?;
    let Statement::Query(query) = &mut statement else { return None };
    let SetExpr::Select(select) = query.body.as_mut() else { return None };
    let (item, join) = find(&select.from, place)?;
    let mut table = select.from.remove(item);
    if let Some(join) = join {
        table = turned(table, join)?;
    }
    select.from.insert(0, table);
    Some(statement.to_string())
}

/// The item of the list, and which of its joins brings the table in.
fn find(from: &[TableWithJoins], place: usize) -> Option<(usize, Option<usize>)> {
    let mut before = 0;
    for (item, table) in from.iter().enumerate() {
        let within = place - before;
        if within <= table.joins.len() {
            return Some((item, within.checked_sub(1)));
        }
        before += 1 + table.joins.len();
    }
    None
}

/// `a JOIN b ON … LEFT JOIN c ON … JOIN d ON …` as `c RIGHT JOIN (a JOIN b ON …) ON … JOIN d ON …`.
fn turned(table: TableWithJoins, join: usize) -> Option<TableWithJoins> {
    let TableWithJoins { relation, mut joins } = table;
    let mut rest = joins.split_off(join);
    let led = rest.remove(0);
    let operator = mirrored(led.join_operator)?;
    let before = if joins.is_empty() {
        relation
    } else {
        let table_with_joins = Box::new(TableWithJoins { relation, joins });
        TableFactor::NestedJoin { table_with_joins, alias: None }
    };
    rest.insert(0, Join { relation: before, global: led.global, join_operator: operator });
    Some(TableWithJoins { relation: led.relation, joins: rest })
}

fn mirrored(operator: JoinOperator) -> Option<JoinOperator> {
    Some(match operator {
        JoinOperator::Join(on) => JoinOperator::Join(on),
        JoinOperator::Inner(on) => JoinOperator::Inner(on),
        JoinOperator::CrossJoin(on) => JoinOperator::CrossJoin(on),
        JoinOperator::FullOuter(on) => JoinOperator::FullOuter(on),
        JoinOperator::Left(on) | JoinOperator::LeftOuter(on) => JoinOperator::RightOuter(on),
        JoinOperator::Right(on) | JoinOperator::RightOuter(on) => JoinOperator::LeftOuter(on),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_table_can_come_first() {
        let cases = [
            ("SELECT * FROM a, b WHERE a.x = b.x", 1, Some("SELECT * FROM b, a WHERE a.x = b.x")),
            ("SELECT 1 FROM a JOIN b ON a.x = b.x", 1, Some("SELECT 1 FROM b JOIN a ON a.x = b.x")),
            (
                "SELECT 1 FROM a JOIN b ON a.x = b.x LEFT JOIN c ON c.y = b.y JOIN d USING (z) WHERE c.v = $2",
                2,
                Some(
                    "SELECT 1 FROM c RIGHT OUTER JOIN (a JOIN b ON a.x = b.x) ON c.y = b.y JOIN d USING(z) WHERE c.v = $2",
                ),
            ),
            (
                "WITH q AS (SELECT 1) SELECT * FROM q, a CROSS JOIN b LIMIT 3",
                2,
                Some("WITH q AS (SELECT 1) SELECT * FROM b CROSS JOIN a, q LIMIT 3"),
            ),
            ("SELECT * FROM a RIGHT JOIN b USING (x)", 1, Some("SELECT * FROM b LEFT OUTER JOIN a USING(x)")),
            ("SELECT * FROM a, b", 2, None),
            ("SELECT 1 UNION SELECT 2", 0, None),
            ("UPDATE a SET x = 1 FROM b", 1, None),
            ("no SQL", 0, None),
        ];
        for (sql, place, wanted) in cases {
            assert_eq!(led_by(sql, place).as_deref(), wanted, "{sql}");
        }
    }
}

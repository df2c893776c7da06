//! Conditions on one key turned into conditions on many: `= ANY($1)`, and lists of rows.

use sqlparser::ast::{
    ArrayElemTypeDef, BinaryOperator, CastKind, DataType, Expr, JoinConstraint, JoinOperator, TableWithJoins,
    Value,
};

use super::comparisons::on;
use super::expressions::{Equality, all_of, conjuncts, equality};
use super::marks::Mark;

const PAIRS: &str = " one row for each key ";

/// What the conditions compared, and the comments that belong into the printed text.
pub(super) struct Replaced {
    pub(super) equalities: Vec<Equality>,
    pub(super) marks: Vec<Mark>,
}

/// Replaces the conditions on `numbers` that every row has to meet; none when one of them is anything else.
/// `next` is the first placeholder that is free.
pub(super) fn replace(
    selection: &mut Option<Expr>,
    from: &mut [TableWithJoins],
    numbers: &[u32],
    next: u32,
) -> Option<Replaced> {
    let mut conditions = selection.take().map(conjuncts).unwrap_or_default();
    let replaced = in_conditions(&mut conditions, numbers, next);
    *selection = all_of(conditions);
    if replaced.is_some() || numbers.len() != 1 {
        return replaced;
    }
    from.iter_mut().filter(|table| joins_keep_rows_out(table)).find_map(|table| {
        table.joins.iter_mut().filter_map(on).find_map(|condition| {
            let mut conditions = conjuncts(condition.clone());
            let replaced = in_conditions(&mut conditions, numbers, next)?;
            *condition = all_of(conditions)?;
            Some(replaced)
        })
    })
}

/// Under inner joins a condition of ON is as good as one of WHERE.
fn joins_keep_rows_out(table: &TableWithJoins) -> bool {
    use JoinOperator as J;
    table.joins.iter().all(|join| {
        matches!(
            join.join_operator,
            J::Join(JoinConstraint::On(_) | JoinConstraint::Using(_))
                | J::Inner(JoinConstraint::On(_) | JoinConstraint::Using(_))
                | J::CrossJoin(_)
        )
    })
}

fn in_conditions(conditions: &mut Vec<Expr>, numbers: &[u32], next: u32) -> Option<Replaced> {
    let place = |number: u32| {
        let found = conditions.iter().map(equality).enumerate();
        let mut found = found.filter_map(|(at, equality)| Some((at, equality?)));
        found.find(|(_, equality)| equality.number == number)
    };
    let found: Vec<(usize, Equality)> = numbers.iter().map(|number| place(*number)).collect::<Option<_>>()?;
    let (mut places, equalities): (Vec<usize>, Vec<Equality>) = found.into_iter().unzip();
    let (new, marks) = match equalities.as_slice() {
        [] => return None,
        [one] => (any(one), Vec::new()),
        several => rows(several, next),
    };
    places.sort_unstable();
    let (first, others) = places.split_first()?;
    *conditions.get_mut(*first)? = new;
    for at in others.iter().rev() {
        conditions.remove(*at);
    }
    Some(Replaced { equalities, marks })
}

/// `column = ANY($1)`, `column = ANY($1::uuid[])`.
pub(super) fn any(equality: &Equality) -> Expr {
    let value = value(equality.number, equality.cast.clone().map(array));
    Expr::AnyOp {
        left: Box::new(equality.column.clone()),
        compare_op: BinaryOperator::Eq,
        right: Box::new(value),
        is_some: false,
    }
}

/// `(a, b) IN (($1, $2), ($3, $4))`: arrays of both would need types that the text does not tell.
fn rows(equalities: &[Equality], next: u32) -> (Expr, Vec<Mark>) {
    let columns = equalities.iter().map(|equality| equality.column.clone()).collect();
    let first = equalities.iter().map(|equality| value(equality.number, equality.cast.clone())).collect();
    let second = equalities.iter().zip(next..).map(|(equality, number)| value(number, equality.cast.clone()));
    let second: Vec<Expr> = second.collect();
    let last = (next..).zip(&second).last().map_or(next, |(number, _)| number);
    let list = vec![Expr::Tuple(first), Expr::Tuple(second)];
    let listed = Expr::InList { expr: Box::new(Expr::Tuple(columns)), list, negated: false };
    (listed, vec![Mark { number: last, closed: 1, text: PAIRS }])
}

pub(super) fn value(number: u32, cast: Option<DataType>) -> Expr {
    let value = Expr::value(Value::Placeholder(format!("${number}")));
    match cast {
        Some(data_type) => {
            Expr::Cast { kind: CastKind::DoubleColon, expr: Box::new(value), data_type, format: None }
        }
        None => value,
    }
}

pub(super) fn array(data_type: DataType) -> DataType {
    DataType::Array(ArrayElemTypeDef::SquareBracket(Box::new(data_type), None))
}

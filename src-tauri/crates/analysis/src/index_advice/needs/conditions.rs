//! WHERE, ON and what stands in them: conditions on one table, joins of two, and ORs that every branch of which an
//! index can serve.

use sqlparser::ast::{BinaryOperator as Op, Expr, UnaryOperator};

use super::keys::NoKey;
use super::relations::Place;
use super::walk::Walk;
use super::{Comparison, Condition, Inverted, Join, Key, Operand};
use crate::quoting::quoted;
use crate::sql::anchored;

/// More branches than this are a search form gone wild.
const MOST_BRANCHES: usize = 32;

/// What a part of a condition says.
enum Atom {
    Filter(usize, Condition),
    Join((usize, Key), (usize, Key)),
}

impl Walk<'_> {
    /// A condition that every row of the result meets.
    pub(super) fn condition(&mut self, expr: &Expr) {
        self.visit(expr);
        self.require(expr);
    }

    fn require(&mut self, expr: &Expr) {
        match expr {
            Expr::BinaryOp { left, op: Op::And, right } => {
                self.require(left);
                self.require(right);
            }
            Expr::Nested(inner) => self.require(inner),
            Expr::BinaryOp { op: Op::Or, .. } => self.either(expr),
            _ => {
                for atom in self.atoms(expr) {
                    self.meet(atom);
                }
            }
        }
    }

    fn meet(&mut self, atom: Atom) {
        match atom {
            Atom::Filter(need, condition) => {
                let Some(need) = self.needs.get_mut(need) else { return };
                if need.conditions.contains(&condition) {
                    return;
                }
                let half = Comparison::Range { both: false };
                let half_of_it = |one: &&mut Condition| one.key == condition.key && one.comparison == half;
                match need.conditions.iter_mut().find(half_of_it) {
                    // a >= 1 AND a < 2
                    Some(other) if condition.comparison == half => {
                        other.comparison = Comparison::Range { both: true };
                        other.operand = other.operand.clone().widest(condition.operand).without_text();
                    }
                    _ => need.conditions.push(condition),
                }
            }
            Atom::Join((one, key), (other, other_key)) => {
                self.join_keys((one, key), (other, other_key));
            }
        }
    }

    pub(super) fn join_columns(&mut self, one: Place, other: Place) {
        self.join_keys((one.0, Key::Column(one.1)), (other.0, Key::Column(other.1)));
    }

    fn join_keys(&mut self, one: (usize, Key), other: (usize, Key)) {
        if one.0 == other.0 {
            return;
        }
        for (from, to) in [(&one, &other), (&other, &one)] {
            let join = Join { key: from.1.clone(), other: to.0 };
            if let Some(need) = self.needs.get_mut(from.0)
                && !need.joins.contains(&join)
            {
                need.joins.push(join);
            }
        }
        self.equal.push((one, other));
    }

    /// `a = b AND b = 5` makes `a = 5`, as the planner concludes too.
    pub(super) fn spread_constants(&mut self) {
        let pairs = std::mem::take(&mut self.equal);
        // As often as a chain of joins may be long.
        for _ in 0..4 {
            let mut changed = false;
            for (one, other) in &pairs {
                changed |= self.spread(one, other) | self.spread(other, one);
            }
            if !changed {
                return;
            }
        }
    }

    fn spread(&mut self, from: &(usize, Key), to: &(usize, Key)) -> bool {
        let known = |need: usize, key: &Key, needs: &[super::Need]| {
            let conditions = needs.get(need).map(|need| need.conditions.as_slice()).unwrap_or_default();
            conditions.iter().find(|one| one.key == *key && one.comparison == Comparison::Equal).cloned()
        };
        let Some(constant) = known(from.0, &from.1, &self.needs) else { return false };
        if known(to.0, &to.1, &self.needs).is_some() {
            return false;
        }
        let condition = Condition { key: to.1.clone(), predicate: None, ..constant };
        if let Some(need) = self.needs.get_mut(to.0) {
            need.conditions.push(condition);
        }
        true
    }

    /// OR: what every branch says holds always; of the rest each table keeps its branches.
    fn either(&mut self, expr: &Expr) {
        let mut branches = Vec::new();
        flatten(expr, &Op::Or, &mut branches);
        if branches.len() > MOST_BRANCHES {
            return;
        }
        let branches: Vec<Vec<&Expr>> = branches
            .into_iter()
            .map(|branch| {
                let mut parts = Vec::new();
                flatten(branch, &Op::And, &mut parts);
                parts
            })
            .collect();
        let Some((first, rest)) = branches.split_first() else { return };
        let common: Vec<&Expr> =
            first.iter().copied().filter(|part| rest.iter().all(|branch| branch.contains(part))).collect();
        for part in &common {
            self.require(part);
        }
        let mut told: Vec<Vec<(usize, Condition)>> = Vec::new();
        for branch in &branches {
            let own = branch.iter().filter(|part| !common.contains(part));
            let mut filters = Vec::new();
            for part in own {
                for atom in self.atoms(part) {
                    if let Atom::Filter(need, condition) = atom {
                        filters.push((need, condition));
                    }
                }
            }
            told.push(filters);
        }
        self.keep_branches(&told);
    }

    fn keep_branches(&mut self, told: &[Vec<(usize, Condition)>]) {
        for index in 0..self.needs.len() {
            let branches: Vec<Vec<Condition>> = told
                .iter()
                .map(|branch| {
                    branch
                        .iter()
                        .filter(|(need, _)| *need == index)
                        .map(|(_, condition)| condition.clone())
                        .collect()
                })
                .collect();
            if branches.iter().any(Vec::is_empty) {
                continue;
            }
            let Some(need) = self.needs.get_mut(index) else { continue };
            match one_key(&branches) {
                // a = 1 OR a = 2
                Some(key) => {
                    let comparison = Comparison::In(branches.len());
                    let condition =
                        Condition { key, comparison, operand: Operand::Constant(None), predicate: None };
                    need.conditions.push(condition);
                }
                None => need.alternatives.push(branches),
            }
        }
    }

    fn atoms(&mut self, expr: &Expr) -> Vec<Atom> {
        match expr {
            Expr::Nested(inner) => self.atoms(inner),
            Expr::BinaryOp { left, op, right } => self.comparison(left, op, right),
            Expr::Between { expr, negated: false, low, high } => {
                let operand = self.operand(low).widest(self.operand(high));
                self.filter(expr, Comparison::Range { both: true }, operand)
            }
            Expr::InList { expr, list, negated: false } => {
                let operand = list
                    .iter()
                    .map(|item| self.operand(item))
                    .reduce(Operand::widest)
                    .unwrap_or(Operand::Nothing);
                match list.as_slice() {
                    [only] => {
                        let operand = self.operand(only);
                        self.filter(expr, Comparison::Equal, operand)
                    }
                    _ => self.filter(expr, Comparison::In(list.len()), operand.without_text()),
                }
            }
            Expr::AnyOp { left, compare_op: Op::Eq, right, .. } => {
                let operand = self.operand(right).without_text();
                match self.key(left) {
                    // The number of an array's elements is not known; PostgreSQL assumes 10.
                    Ok(_) => self.filter(left, Comparison::In(10), operand),
                    Err(_) => Vec::new(),
                }
            }
            Expr::InSubquery { expr, subquery, negated: false } => {
                let outputs = self.remembered(subquery);
                match (self.key(expr), outputs) {
                    (Ok((need, key)), Some((other, column))) => {
                        vec![Atom::Join((need, key), (other, Key::Column(column)))]
                    }
                    _ => Vec::new(),
                }
            }
            Expr::Like { negated: false, expr, pattern, .. } => {
                let comparison = Comparison::Like { anchored: anchored(pattern) };
                let operand = self.operand(pattern);
                self.filter(expr, comparison, operand)
            }
            Expr::ILike { negated: false, expr, pattern, .. } => {
                let operand = self.operand(pattern);
                self.filter(expr, Comparison::ILike, operand)
            }
            Expr::IsNull(expr) => self.filter(expr, Comparison::IsNull, Operand::Nothing),
            Expr::IsNotNull(expr) => self.filter(expr, Comparison::IsNotNull, Operand::Nothing),
            Expr::IsTrue(expr) => self.filter(expr, Comparison::IsTrue, Operand::Nothing),
            Expr::IsFalse(expr) => self.filter(expr, Comparison::IsFalse, Operand::Nothing),
            Expr::UnaryOp { op: UnaryOperator::Not, expr } if self.place(expr).is_some() => {
                self.filter(expr, Comparison::IsFalse, Operand::Nothing)
            }
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
                self.filter(expr, Comparison::IsTrue, Operand::Nothing)
            }
            _ => Vec::new(),
        }
    }

    fn comparison(&mut self, left: &Expr, op: &Op, right: &Expr) -> Vec<Atom> {
        if let (Expr::Tuple(columns), Expr::Tuple(values)) = (unnested(left), unnested(right)) {
            return self.rows(columns, op, values);
        }
        let Some(comparison) = compared(op) else { return Vec::new() };
        let (one, other) = (self.key(left), self.key(right));
        if comparison == Comparison::Equal
            && let (Ok(one), Ok(other)) = (&one, &other)
        {
            return match one.0 == other.0 {
                true => Vec::new(),
                false => vec![Atom::Join(one.clone(), other.clone())],
            };
        }
        match (one, other) {
            (Ok(_), Ok(_)) => Vec::new(),
            (Err(NoKey::NoColumn), Err(NoKey::NoColumn)) => Vec::new(),
            (Err(NoKey::NoColumn), _) => {
                let operand = self.operand(left);
                match comparison {
                    Comparison::Inverted(_) | Comparison::Regex | Comparison::Like { .. } => Vec::new(),
                    _ => self.filter(right, comparison, operand),
                }
            }
            _ => {
                let operand = self.operand(right);
                let comparison = match comparison {
                    Comparison::Like { .. } => Comparison::Like { anchored: anchored(right) },
                    other => other,
                };
                self.filter(left, comparison, operand)
            }
        }
    }

    /// `(a, b) = (1, 2)` is one equality a column; keyset pages compare `(a, b) > (1, 2)`, which begins with the first.
    fn rows(&mut self, columns: &[Expr], op: &Op, values: &[Expr]) -> Vec<Atom> {
        match compared(op) {
            Some(Comparison::Equal) => columns
                .iter()
                .zip(values)
                .flat_map(|(column, value)| self.comparison(column, op, value))
                .collect(),
            Some(range @ Comparison::Range { .. }) => match (columns.first(), values.first()) {
                (Some(column), Some(value)) => {
                    let operand = self.operand(value);
                    self.filter(column, range, operand)
                }
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    fn filter(&mut self, expr: &Expr, comparison: Comparison, operand: Operand) -> Vec<Atom> {
        match self.key(expr) {
            Ok((need, key)) => {
                let predicate = predicate(&key, comparison, &operand);
                vec![Atom::Filter(need, Condition { key, comparison, operand, predicate })]
            }
            Err(NoKey::Unusable(need, unusable)) => {
                if let Some(need) = self.needs.get_mut(need)
                    && !need.unusable.contains(&unusable)
                {
                    need.unusable.push(unusable);
                }
                Vec::new()
            }
            Err(NoKey::NoColumn) => Vec::new(),
        }
    }
}

fn flatten<'e>(expr: &'e Expr, operator: &Op, parts: &mut Vec<&'e Expr>) {
    match expr {
        Expr::BinaryOp { left, op, right } if op == operator => {
            flatten(left, operator, parts);
            flatten(right, operator, parts);
        }
        Expr::Nested(inner) => flatten(inner, operator, parts),
        _ => parts.push(expr),
    }
}

fn unnested(expr: &Expr) -> &Expr {
    match expr {
        Expr::Nested(inner) => unnested(inner),
        _ => expr,
    }
}

/// The key that every branch compares for equality and nothing else.
fn one_key(branches: &[Vec<Condition>]) -> Option<Key> {
    let mut keys = branches.iter().map(|branch| match branch.as_slice() {
        [only] if only.comparison == Comparison::Equal => Some(&only.key),
        _ => None,
    });
    let first = keys.next()??;
    keys.all(|key| key == Some(first)).then(|| first.clone())
}

fn compared(op: &Op) -> Option<Comparison> {
    Some(match op {
        Op::Eq => Comparison::Equal,
        Op::NotEq => Comparison::NotEqual,
        Op::Lt | Op::LtEq | Op::Gt | Op::GtEq => Comparison::Range { both: false },
        Op::AtArrow => Comparison::Inverted(Inverted::Contains),
        Op::PGOverlap => Comparison::Inverted(Inverted::Overlaps),
        Op::Question | Op::QuestionAnd | Op::QuestionPipe => Comparison::Inverted(Inverted::HasKey),
        Op::AtAt | Op::AtQuestion => Comparison::Inverted(Inverted::Matches),
        Op::PGLikeMatch => Comparison::Like { anchored: None },
        Op::PGILikeMatch => Comparison::ILike,
        Op::PGRegexMatch | Op::PGRegexIMatch => Comparison::Regex,
        _ => return None,
    })
}

/// A condition as the predicate of a partial index: only what always asks for the same.
fn predicate(key: &Key, comparison: Comparison, operand: &Operand) -> Option<String> {
    let column = quoted(key.column()?);
    match (comparison, operand) {
        (Comparison::IsNull, _) => Some(format!("{column} IS NULL")),
        (Comparison::IsNotNull, _) => Some(format!("{column} IS NOT NULL")),
        (Comparison::IsTrue, _) => Some(column),
        (Comparison::IsFalse, _) => Some(format!("NOT {column}")),
        (Comparison::Equal, Operand::Constant(Some(text))) => {
            Some(format!("{column} = '{}'", text.replace('\'', "''")))
        }
        _ => None,
    }
}

//! What a need compares and how, sorted by what a btree can do with it.

use domain::{CatalogColumn, IndexKey};

use super::{Wanted, ascending};
use crate::index_advice::dependencies;
use crate::index_advice::needs::{Comparison, Condition, Key, OrderKey};
use crate::index_advice::selectivity;

/// Share of the rows above which an equality is no key beside a better one.
const TELLING: f64 = 0.5;

/// The conditions of a need by their use in a btree.
pub(super) struct Columns {
    /// One value: `=`, IS NULL, a boolean. The most selective first.
    pub(super) equal: Vec<IndexKey>,
    /// Equal to columns of another table, together for each.
    pub(super) joins: Vec<Vec<IndexKey>>,
    /// One of several values.
    pub(super) lists: Vec<IndexKey>,
    pub(super) ranges: Vec<IndexKey>,
    /// The whole order, when a btree can give it.
    pub(super) order: Vec<IndexKey>,
    pub(super) groups: Vec<IndexKey>,
    /// Of each OR the branches, each with its keys in the order of a btree.
    pub(super) branches: Vec<Vec<Vec<IndexKey>>>,
}

impl Columns {
    pub(super) fn of(wanted: &Wanted<'_>) -> Columns {
        let need = wanted.need;
        let mut equal: Vec<&Condition> = need
            .conditions
            .iter()
            .filter(|one| one.comparison.is_equality() && wanted.orderable(&one.key))
            .collect();
        // What follows from another finds no fewer rows, though the planner thinks so.
        equal
            .retain(|one| !one.key.column().is_some_and(|to| dependencies::is_given(wanted.table, need, to)));
        // What nearly every row has narrows down nothing beside what few have.
        let telling =
            |one: &&Condition| selectivity::known(wanted.table, one).is_none_or(|share| share <= TELLING);
        if equal.iter().any(telling) {
            equal.retain(telling);
        }
        equal.sort_by(|one, other| wanted.distinct(&other.key).total_cmp(&wanted.distinct(&one.key)));
        let mut equal: Vec<IndexKey> = equal.into_iter().map(|one| ascending(&one.key)).collect();
        dedup(&mut equal);
        let pick = |fits: &dyn Fn(Comparison) -> bool| {
            let fitting = need
                .conditions
                .iter()
                .filter(|one| fits(one.comparison) && wanted.orderable(&one.key))
                .map(|one| wanted.searched(one));
            let mut keys: Vec<IndexKey> = fitting.filter(|key| !holds(&equal, key)).collect();
            dedup(&mut keys);
            keys
        };
        let ranges = pick(&|comparison| comparison.is_range());
        let lists = pick(&|comparison| matches!(comparison, Comparison::In(_)));
        let order = wanted.order(&need.order);
        let mut groups: Vec<IndexKey> = need.groups.iter().map(ascending).collect();
        if !need.groups.iter().all(|key| wanted.orderable(key)) {
            groups.clear();
        }
        let joins = wanted.joins(&equal);
        Columns { joins, lists, ranges, order, groups, branches: wanted.branches(), equal }
    }
}

impl Wanted<'_> {
    fn orderable(&self, key: &Key) -> bool {
        match key {
            Key::Column(name) => self.table.column(name).is_none_or(|column| column.orderable),
            Key::Expression { .. } => true,
        }
    }

    fn distinct(&self, key: &Key) -> f64 {
        selectivity::distinct(self.table, key)
    }

    /// The key as this comparison searches it: a pattern's beginning needs its own operator class where the collation
    /// does not order byte by byte.
    fn searched(&self, condition: &Condition) -> IndexKey {
        let mut key = ascending(&condition.key);
        if matches!(condition.comparison, Comparison::Like { .. }) {
            let column = condition.key.column().and_then(|name| self.table.column(name));
            key.operator_class = pattern_class(column);
        }
        key
    }

    /// Keys of each other table together, then one by one.
    fn joins(&self, equal: &[IndexKey]) -> Vec<Vec<IndexKey>> {
        let mut others: Vec<usize> = self.need.joins.iter().map(|join| join.other).collect();
        others.sort_unstable();
        others.dedup();
        let mut groups = Vec::new();
        for other in others {
            let mut joins: Vec<&Key> = self
                .need
                .joins
                .iter()
                .filter(|join| join.other == other && self.orderable(&join.key))
                .map(|join| &join.key)
                .collect();
            joins.sort_by(|one, another| self.distinct(another).total_cmp(&self.distinct(one)));
            let mut keys: Vec<IndexKey> =
                joins.into_iter().map(ascending).filter(|key| !holds(equal, key)).collect();
            dedup(&mut keys);
            if !keys.is_empty() {
                groups.push(keys);
            }
        }
        let mut all: Vec<IndexKey> = groups.iter().flatten().cloned().collect();
        dedup(&mut all);
        let singles = all.iter().map(|key| vec![key.clone()]);
        let mut joins: Vec<Vec<IndexKey>> = groups.iter().cloned().chain(singles).collect();
        if groups.len() > 1 && all.len() <= 3 {
            joins.push(all);
        }
        let mut seen: Vec<Vec<IndexKey>> = Vec::new();
        joins.retain(|keys| {
            let new = !seen.contains(keys);
            seen.push(keys.clone());
            new
        });
        joins
    }

    fn order(&self, order: &[OrderKey]) -> Vec<IndexKey> {
        if !order.iter().all(|item| self.orderable(&item.key)) {
            return Vec::new();
        }
        let mut keys: Vec<IndexKey> = Vec::new();
        for item in order {
            let key = IndexKey {
                descending: item.descending,
                nulls_first: item.nulls_first,
                ..ascending(&item.key)
            };
            if !holds(&keys, &key) {
                keys.push(key);
            }
        }
        // Read backwards, an index gives the opposite order: the usual direction serves more statements.
        let backwards = keys.iter().all(|key| key.descending && key.nulls_first == key.descending);
        if backwards {
            for key in &mut keys {
                (key.descending, key.nulls_first) = (false, false);
            }
        }
        keys
    }

    fn branches(&self) -> Vec<Vec<Vec<IndexKey>>> {
        let branch = |conditions: &Vec<Condition>| {
            let equal =
                conditions.iter().filter(|one| one.comparison.is_equality() && self.orderable(&one.key));
            let lists = conditions
                .iter()
                .filter(|one| matches!(one.comparison, Comparison::In(_)) && self.orderable(&one.key));
            let range =
                conditions.iter().filter(|one| one.comparison.is_range() && self.orderable(&one.key)).take(1);
            let mut keys: Vec<IndexKey> =
                equal.chain(lists).chain(range).map(|one| self.searched(one)).collect();
            dedup(&mut keys);
            keys
        };
        let alternatives = self.need.alternatives.iter();
        let all = alternatives.map(|branches| branches.iter().map(branch).collect::<Vec<_>>());
        all.filter(|branches: &Vec<Vec<IndexKey>>| branches.iter().all(|keys| !keys.is_empty())).collect()
    }
}

pub(super) fn pattern_class(column: Option<&CatalogColumn>) -> Option<String> {
    let column = column?;
    if column.byte_order {
        return None;
    }
    let class = if column.type_name.starts_with("character varying") {
        "varchar_pattern_ops"
    } else if column.type_name.starts_with("character") {
        "bpchar_pattern_ops"
    } else {
        "text_pattern_ops"
    };
    Some(class.to_owned())
}

/// Whether a key is there already, in whatever direction.
pub(super) fn holds(keys: &[IndexKey], key: &IndexKey) -> bool {
    keys.iter().any(|one| one.column == key.column && one.expression == key.expression)
}

pub(super) fn dedup(keys: &mut Vec<IndexKey>) {
    let mut kept: Vec<IndexKey> = Vec::new();
    keys.retain(|key| {
        let new = !holds(&kept, key);
        if new {
            kept.push(key.clone());
        }
        new
    });
}

/// One list after another, each key once.
pub(super) fn chained(lists: &[&[IndexKey]]) -> Vec<IndexKey> {
    let mut keys: Vec<IndexKey> = lists.iter().flat_map(|list| list.iter().cloned()).collect();
    dedup(&mut keys);
    keys
}

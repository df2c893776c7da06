//! Indexes on just the rows that a constant condition asks for, where those are few.

use domain::{IndexDefinition, IndexKey};

use super::columns::{Columns, chained, holds};
use super::{Proposed, Wanted, ascending, covering, keyed};
use crate::index_advice::needs::{Comparison, Condition};
use crate::index_advice::selectivity;

/// Share of the rows above which a partial index saves nothing worth its narrowness.
const LARGEST_SHARE: f64 = 0.2;
/// A column with more values than this holds no states: its constant in the text is chance.
const MOST_VALUES: f64 = 50.0;

pub(super) fn propose(wanted: &Wanted<'_>, proposed: &mut Proposed) {
    for condition in &wanted.need.conditions {
        let Some(predicate) = &condition.predicate else { continue };
        if !is_state(wanted, condition) {
            continue;
        }
        for keys in remaining(wanted, condition) {
            let definition =
                IndexDefinition { predicate: Some(predicate.clone()), ..wanted.definition(keys) };
            if let Some(mut covering) = covering::covered(wanted, definition.clone()) {
                // The predicate itself tells its column.
                covering.include.retain(|column| Some(column.as_str()) != condition.key.column());
                proposed.definitions.insert(covering);
            }
            proposed.definitions.insert(definition);
        }
    }
}

/// A condition that always asks for the same few rows.
fn is_state(wanted: &Wanted<'_>, condition: &Condition) -> bool {
    // Without statistics nobody can tell whether they are few.
    let Some(share) = selectivity::known(wanted.table, condition) else { return false };
    let states = match condition.comparison {
        Comparison::Equal => selectivity::distinct(wanted.table, &condition.key) <= MOST_VALUES,
        Comparison::IsNotNull | Comparison::IsNull | Comparison::IsTrue | Comparison::IsFalse => true,
        _ => false,
    };
    states && share > 0.0 && share <= LARGEST_SHARE
}

/// The keys of the same need without the column that the predicate fixes.
fn remaining(wanted: &Wanted<'_>, condition: &Condition) -> Vec<Vec<IndexKey>> {
    let fixed = ascending(&condition.key);
    let mut columns = Columns::of(wanted);
    for keys in
        [&mut columns.equal, &mut columns.lists, &mut columns.ranges, &mut columns.order, &mut columns.groups]
    {
        keys.retain(|key| !holds(std::slice::from_ref(&fixed), key));
    }
    columns.branches.clear();
    let lists = keyed::key_lists(&columns);
    // Nothing else is asked for: the rows are found by being in the index at all.
    if lists.is_empty() { vec![chained(&[&[fixed]])] } else { lists }
}

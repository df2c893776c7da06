//! Btrees by their keys: equalities first, then one range or the order; never a range before an equality.

use domain::{IndexDefinition, IndexKey};

use super::columns::{Columns, chained};
use super::{Proposed, Wanted};

/// Keys beyond these narrow down nothing that one would notice.
const MOST_KEYS: usize = 6;

pub(super) fn propose(wanted: &Wanted<'_>, proposed: &mut Proposed) {
    for keys in key_lists(&Columns::of(wanted)) {
        proposed.definitions.insert(wanted.definition(keys));
    }
}

/// All lists of keys that serve a need, as a btree uses them.
pub(super) fn key_lists(columns: &Columns) -> Vec<Vec<IndexKey>> {
    let mut lists: Vec<Vec<IndexKey>> = Vec::new();
    for prefix in prefixes(columns) {
        for end in ends(columns) {
            // Reading in an order and throwing away what does not match is a trap for rare values.
            if prefix.is_empty()
                && end == columns.order
                && !columns.order.is_empty()
                && !columns.equal.is_empty()
            {
                continue;
            }
            let mut keys = chained(&[&prefix, &end]);
            keys.truncate(MOST_KEYS);
            if !keys.is_empty() && !lists.contains(&keys) {
                lists.push(keys);
            }
        }
    }
    for branch in columns.branches.iter().flatten() {
        let mut keys = branch.clone();
        keys.truncate(MOST_KEYS);
        for keys in [chained(&[&columns.equal, &keys]), keys] {
            if !lists.contains(&keys) {
                lists.push(keys);
            }
        }
    }
    lists
}

/// What stands first: all equalities, or those with another table, or both, or one alone.
fn prefixes(columns: &Columns) -> Vec<Vec<IndexKey>> {
    let equal = &columns.equal;
    let mut bases: Vec<Vec<IndexKey>> = vec![Vec::new(), equal.clone()];
    bases.extend(equal.iter().map(|key| vec![key.clone()]));
    for join in &columns.joins {
        bases.push(join.clone());
        bases.push(chained(&[equal, join]));
        bases.push(chained(&[join, equal]));
    }
    let mut prefixes = bases.clone();
    for base in &bases {
        for list in &columns.lists {
            prefixes.push(chained(&[base, std::slice::from_ref(list)]));
        }
        if columns.lists.len() > 1 {
            prefixes.push(chained(&[base, &columns.lists]));
        }
    }
    let mut seen: Vec<Vec<IndexKey>> = Vec::new();
    for prefix in prefixes {
        if !seen.contains(&prefix) {
            seen.push(prefix);
        }
    }
    seen
}

fn ends(columns: &Columns) -> Vec<Vec<IndexKey>> {
    let mut ends = vec![Vec::new()];
    ends.extend(columns.ranges.iter().map(|range| vec![range.clone()]));
    if !columns.order.is_empty() {
        ends.push(columns.order.clone());
    }
    if !columns.groups.is_empty() {
        ends.push(columns.groups.clone());
    }
    ends
}

/// The definitions that have these keys and nothing else.
pub(super) fn plain(wanted: &Wanted<'_>) -> Vec<IndexDefinition> {
    key_lists(&Columns::of(wanted)).into_iter().map(|keys| wanted.definition(keys)).collect()
}

//! Indexes that hold every column that a statement reads, so that the table itself need not be read.

use domain::IndexDefinition;

use super::columns::Columns;
use super::{Proposed, Wanted, keyed};
use crate::index_advice::needs::Key;
use crate::index_advice::selectivity;

/// More columns than this is a second copy of the table.
const MOST_INCLUDED: usize = 8;
/// Bytes of an entry, likewise.
const WIDEST: f64 = 160.0;
/// Share of pages that a vacuum has marked; below it an index-only scan reads the table after all.
const LEAST_VISIBLE: f64 = 0.5;

pub(super) fn propose(wanted: &Wanted<'_>, proposed: &mut Proposed) {
    let mut plain = keyed::plain(wanted);
    plain.extend(whole(wanted));
    for definition in plain {
        if let Some(covering) = covered(wanted, definition) {
            proposed.definitions.insert(covering);
        }
    }
}

/// Without any condition: read the narrow index instead of the wide table.
fn whole(wanted: &Wanted<'_>) -> Option<IndexDefinition> {
    let columns = Columns::of(wanted);
    let bare = columns.equal.is_empty() && columns.ranges.is_empty() && columns.lists.is_empty();
    let first = wanted.need.columns.first().filter(|_| bare)?;
    Some(wanted.definition(vec![super::ascending(&Key::Column(first.clone()))]))
}

/// The same with every other column that is read; none where the table has to be read all the same.
pub(super) fn covered(wanted: &Wanted<'_>, definition: IndexDefinition) -> Option<IndexDefinition> {
    let (need, table) = (wanted.need, wanted.table);
    let unseen = table.pages > 0 && (table.visible_pages as f64) < LEAST_VISIBLE * table.pages as f64;
    if need.whole_row || need.written || need.columns.is_empty() || table.columns.is_empty() || unseen {
        return None;
    }
    // An expression's value can be read from an index, but PostgreSQL wants its columns there too.
    let keyed: Vec<&str> = definition.keys.iter().filter_map(|key| key.column.as_deref()).collect();
    let include: Vec<String> =
        wanted.need.columns.iter().filter(|column| !keyed.contains(&column.as_str())).cloned().collect();
    if include.is_empty() || include.len() > MOST_INCLUDED {
        return None;
    }
    let width: f64 = keyed
        .iter()
        .copied()
        .chain(include.iter().map(String::as_str))
        .map(|column| selectivity::width(wanted.table, column))
        .sum();
    (width <= WIDEST).then_some(IndexDefinition { include, ..definition })
}

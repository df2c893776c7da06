//! Which indexes could serve what a statement needs of a table, and which are left out at once, with the reason.

mod columns;
mod covering;
mod inverted;
mod keyed;
mod partial;

use std::collections::BTreeSet;

use domain::{CatalogTable, IndexDefinition, IndexKey, IndexMethod};

use super::dependencies;
use super::needs::{Key, Need};

/// A need as candidates are made of it: the table, and who may ask what of it.
pub(super) struct Wanted<'a> {
    pub(super) need: &'a Need,
    pub(super) table: &'a CatalogTable,
    /// Extensions that are installed.
    pub(super) extensions: &'a [String],
}

/// An index that is left out before anyone is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Refused {
    pub(super) table: usize,
    pub(super) title: String,
    pub(super) code: &'static str,
    pub(super) reason: String,
}

#[derive(Debug, Default)]
pub(super) struct Proposed {
    pub(super) definitions: BTreeSet<IndexDefinition>,
    pub(super) refused: BTreeSet<Refused>,
}

/// Everything that might help one need. More than will be chosen: the choice is made for the whole workload.
pub(super) fn propose(wanted: &Wanted<'_>) -> Proposed {
    let mut proposed = Proposed::default();
    keyed::propose(wanted, &mut proposed);
    covering::propose(wanted, &mut proposed);
    partial::propose(wanted, &mut proposed);
    inverted::propose(wanted, &mut proposed);
    proposed
}

impl Wanted<'_> {
    pub(super) fn definition(&self, keys: Vec<IndexKey>) -> IndexDefinition {
        IndexDefinition {
            schema: Some(self.table.schema.clone()).filter(|schema| !schema.is_empty()),
            table: self.table.name.clone(),
            method: IndexMethod::Btree,
            keys: dependencies::telling(self.table, keys),
            include: Vec::new(),
            predicate: None,
        }
    }

    pub(super) fn title(&self, keys: &[Key]) -> String {
        let keys: Vec<IndexKey> = keys.iter().map(ascending).collect();
        super::title(&self.definition(keys))
    }
}

/// A key in the usual direction.
pub(super) fn ascending(key: &Key) -> IndexKey {
    let (column, expression) = match key {
        Key::Column(name) => (Some(name.clone()), None),
        Key::Expression { sql, .. } => (None, Some(sql.clone())),
    };
    IndexKey { column, expression, operator_class: None, descending: false, nulls_first: false }
}

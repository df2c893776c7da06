//! Names of a statement to tables and views of the catalog, as the search path finds them.

use std::collections::HashMap;

use domain::{Catalog, CatalogTable, CatalogView};

/// What a name stands for; indexes into the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    Table(usize),
    View(usize),
}

pub(super) struct Schema<'a> {
    pub(super) catalog: &'a Catalog,
    named: HashMap<&'a str, Vec<(&'a str, Named)>>,
}

impl<'a> Schema<'a> {
    pub(super) fn new(catalog: &'a Catalog) -> Schema<'a> {
        let tables = catalog.tables.iter().enumerate();
        let tables =
            tables.map(|(index, table)| (table.schema.as_str(), table.name.as_str(), Named::Table(index)));
        let views = catalog.views.iter().enumerate();
        let views = views.map(|(index, view)| (view.schema.as_str(), view.name.as_str(), Named::View(index)));
        let mut named: HashMap<&str, Vec<(&str, Named)>> = HashMap::new();
        for (schema, name, what) in tables.chain(views) {
            named.entry(name).or_default().push((schema, what));
        }
        Schema { catalog, named }
    }

    /// Without a schema the first of the search path counts; off the path a name counts where it is the only one.
    pub(super) fn find(&self, schema: Option<&str>, name: &str) -> Option<Named> {
        let known = self.named.get(name)?;
        let within = |schema: &str| known.iter().find(|(place, _)| *place == schema).map(|(_, what)| *what);
        match schema {
            Some(schema) => within(schema),
            None => {
                let on_path = self.catalog.search_path.iter().find_map(|schema| within(schema));
                on_path.or(match known.as_slice() {
                    [(_, only)] => Some(*only),
                    _ => None,
                })
            }
        }
    }

    pub(super) fn table(&self, index: usize) -> Option<&'a CatalogTable> {
        self.catalog.tables.get(index)
    }

    pub(super) fn view(&self, index: usize) -> Option<&'a CatalogView> {
        self.catalog.views.get(index)
    }
}

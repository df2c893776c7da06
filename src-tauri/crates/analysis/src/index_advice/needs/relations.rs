//! What FROM brings into reach, and which table's column a name means.

use std::rc::Rc;

use sqlparser::ast::Ident;

use super::walk::Walk;
use crate::sql::folded;

/// A column of a table, by the need that reads it.
pub(super) type Place = (usize, String);

/// Columns that a query gives, with the table's column where one is passed on as it is.
pub(super) type Outputs = Rc<Vec<(String, Option<Place>)>>;

#[derive(Clone)]
pub(super) enum Source {
    /// A table, by its need.
    Table(usize),
    /// A subquery, a view or a common table expression.
    Query(Outputs),
    /// A function or a table that the catalog does not know.
    Unknown,
}

#[derive(Clone)]
pub(super) struct Relation {
    pub(super) name: String,
    pub(super) source: Source,
}

/// How surely a relation has a column.
enum Has {
    Yes(Option<Place>),
    Perhaps(Option<Place>),
    No,
}

impl Walk<'_> {
    /// The column that a name means; whether or not it does, the search goes on in the queries around.
    pub(super) fn resolve(&self, qualifier: Option<&Ident>, column: &Ident) -> Option<Place> {
        let column = folded(column);
        let qualifier = qualifier.map(folded);
        for scope in self.scopes.iter().rev() {
            let mut perhaps = None;
            let mut several = false;
            for relation in scope {
                if let Some(qualifier) = &qualifier
                    && relation.name != *qualifier
                {
                    continue;
                }
                match self.has(relation, &column) {
                    Has::Yes(place) => return place,
                    Has::Perhaps(place) => {
                        several |= perhaps.is_some();
                        perhaps = Some(place);
                    }
                    Has::No => {}
                }
            }
            if qualifier.is_some() || scope.len() == 1 || !several {
                if let Some(place) = perhaps {
                    return place;
                }
            } else if several {
                return None;
            }
        }
        None
    }

    fn has(&self, relation: &Relation, column: &str) -> Has {
        match &relation.source {
            Source::Table(need) => {
                let table = self.needs.get(*need).and_then(|need| self.schema.table(need.table));
                let place = Some((*need, column.to_owned()));
                match table {
                    Some(table) if table.columns.is_empty() => Has::Perhaps(place),
                    Some(table) if table.column(column).is_some() => Has::Yes(place),
                    _ => Has::No,
                }
            }
            Source::Query(outputs) => match outputs.iter().find(|(name, _)| name == column) {
                Some((_, place)) => Has::Yes(place.clone()),
                None => Has::No,
            },
            Source::Unknown => Has::Perhaps(None),
        }
    }

    /// What `*` or `name.*` stands for, and that its tables are read whole.
    pub(super) fn all_columns(&mut self, qualifier: Option<&str>) -> Vec<(String, Option<Place>)> {
        let relations: Vec<Relation> = self
            .scopes
            .last()
            .into_iter()
            .flatten()
            .filter(|relation| qualifier.is_none_or(|qualifier| relation.name == qualifier))
            .cloned()
            .collect();
        let mut all = Vec::new();
        for relation in relations {
            match relation.source {
                Source::Table(index) => {
                    let table = self.needs.get(index).map(|need| need.table);
                    let columns =
                        table.and_then(|table| self.schema.table(table)).map(|table| &table.columns);
                    for column in columns.into_iter().flatten() {
                        all.push((column.name.clone(), Some((index, column.name.clone()))));
                    }
                    if let Some(need) = self.needs.get_mut(index) {
                        need.whole_row = true;
                    }
                }
                Source::Query(outputs) => {
                    for (name, place) in outputs.iter() {
                        self.read(place.as_ref());
                        all.push((name.clone(), place.clone()));
                    }
                }
                Source::Unknown => {}
            }
        }
        all
    }

    /// Notes that a column is read.
    pub(super) fn read(&mut self, place: Option<&Place>) {
        if let Some((need, column)) = place
            && let Some(need) = self.needs.get_mut(*need)
        {
            need.columns.insert(column.clone());
        }
    }
}

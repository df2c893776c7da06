//! Names for new indexes: `idx_<table>_<columns>`, 63 bytes at most, used by nothing else.

use std::collections::HashSet;

use domain::{Catalog, IndexDefinition, IndexMethod};

/// PostgreSQL cuts longer ones off, and two that were cut off would collide.
const LONGEST: usize = 63;

/// Names that are taken, by schema.
pub(super) struct Names {
    taken: HashSet<(String, String)>,
}

impl Names {
    pub(super) fn of(catalog: &Catalog) -> Names {
        let mut taken = HashSet::new();
        for table in &catalog.tables {
            taken.insert((table.schema.clone(), table.name.clone()));
            for index in &table.indexes {
                taken.insert((table.schema.clone(), index.name.clone()));
            }
        }
        for view in &catalog.views {
            taken.insert((view.schema.clone(), view.name.clone()));
        }
        Names { taken }
    }

    /// A name that from now on is taken.
    pub(super) fn take(&mut self, schema: &str, table: &str, definition: &IndexDefinition) -> String {
        let wanted = plain(table, definition);
        for number in 1.. {
            let ending = if number == 1 { String::new() } else { format!("_{number}") };
            let name = format!("{}{ending}", cut(&wanted, LONGEST - ending.len()));
            if self.taken.insert((schema.to_owned(), name.clone())) {
                return name;
            }
        }
        wanted
    }
}

/// A name for extended statistics, which versions before 16 do not choose by themselves.
pub(in crate::index_advice) fn of_statistics(table: &str, columns: &[&str]) -> String {
    let words = std::iter::once(table).chain(columns.iter().copied()).map(word).collect::<Vec<_>>();
    cut(&format!("stat_{}", words.join("_")), LONGEST).to_owned()
}

fn plain(table: &str, definition: &IndexDefinition) -> String {
    let mut parts = vec!["idx".to_owned(), word(table)];
    for key in &definition.keys {
        parts.push(word(key.column.as_deref().or(key.expression.as_deref()).unwrap_or_default()));
    }
    match definition.method {
        IndexMethod::Btree => {}
        other => parts.push(other.name().to_owned()),
    }
    if !definition.include.is_empty() {
        parts.push("covering".to_owned());
    }
    if let Some(predicate) = &definition.predicate {
        parts.push(word(predicate));
    }
    parts.join("_")
}

/// Letters, digits and underscores of a text; what is between them becomes one underscore.
fn word(text: &str) -> String {
    let mut word = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            word.push(c);
        } else if !word.is_empty() && !word.ends_with('_') {
            word.push('_');
        }
    }
    word.trim_end_matches('_').to_owned()
}

/// At most so many bytes, never within a character.
fn cut(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default().trim_end_matches('_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index_advice::cases::fixture::btree;

    fn on(columns: &[&str]) -> IndexDefinition {
        btree("t", columns)
    }

    #[test]
    fn names_are_short_plain_and_their_own() {
        let mut names = Names::of(&Catalog::default());
        assert_eq!(
            names.take("s", "customers", &on(&["tenant_id", "email"])),
            "idx_customers_tenant_id_email"
        );
        assert_eq!(
            names.take("s", "customers", &on(&["tenant_id", "email"])),
            "idx_customers_tenant_id_email_2"
        );
        assert_eq!(
            names.take("t", "customers", &on(&["tenant_id", "email"])),
            "idx_customers_tenant_id_email"
        );
        assert_eq!(names.take("s", "Order Lines", &on(&["Straße \"x\""])), "idx_order_lines_straße_x");
        let long = names.take("s", &"ü".repeat(40), &on(&["a"]));
        assert!(long.len() <= LONGEST && long.starts_with("idx_üü"), "{long}");
        let again = names.take("s", &"ü".repeat(40), &on(&["a"]));
        assert!(again.len() <= LONGEST && again.ends_with("_2"), "{again}");
        let mut partial = on(&["due"]);
        partial.predicate = Some("status = 'unpaid'".to_owned());
        assert_eq!(names.take("s", "invoices", &partial), "idx_invoices_due_status_unpaid");
    }
}

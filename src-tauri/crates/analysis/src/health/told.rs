//! What one check says, before its title and its reasons are added.

use std::cmp::Reverse;

use domain::{Evidence, HealthItem, Severity};

use crate::quoting::quoted;

/// Items that are shown; the others are counted.
const ITEMS: usize = 50;

pub(super) struct Told {
    pub severity: Severity,
    pub seen: String,
    pub remedy: Option<String>,
    pub sql: Option<String>,
    pub items: Vec<HealthItem>,
    pub items_left_out: u32,
    pub evidence: Vec<Evidence>,
}

impl Told {
    pub(super) fn new(severity: Severity, seen: impl Into<String>) -> Told {
        Told {
            severity,
            seen: seen.into(),
            remedy: None,
            sql: None,
            items: Vec::new(),
            items_left_out: 0,
            evidence: Vec::new(),
        }
    }

    pub(super) fn fine(seen: impl Into<String>) -> Told {
        Told::new(Severity::Ok, seen)
    }

    pub(super) fn remedy(mut self, remedy: impl Into<String>) -> Told {
        self.remedy = Some(remedy.into());
        self
    }

    pub(super) fn sql(mut self, sql: impl Into<String>) -> Told {
        self.sql = Some(sql.into());
        self
    }

    /// Worst first; those of one severity stay in their order.
    pub(super) fn items(mut self, mut items: Vec<HealthItem>) -> Told {
        items.sort_by_key(|item| Reverse(item.severity));
        self.items_left_out = u32::try_from(items.len().saturating_sub(ITEMS)).unwrap_or(u32::MAX);
        items.truncate(ITEMS);
        self.items = items;
        self
    }

    /// Objects that the reading itself left out.
    pub(super) fn and_left_out(mut self, more: f64) -> Told {
        self.items_left_out = self.items_left_out.saturating_add(more.max(0.0) as u32);
        self
    }

    pub(super) fn evidence(
        mut self,
        label: &str,
        value: impl Into<String>,
        origin: impl Into<String>,
    ) -> Told {
        self.evidence.push(Evidence { label: label.to_owned(), value: value.into(), origin: origin.into() });
        self
    }
}

pub(super) fn item(
    name: impl Into<String>,
    figure: impl Into<String>,
    severity: Severity,
    sql: Option<String>,
) -> HealthItem {
    HealthItem { name: name.into(), figure: figure.into(), severity, sql }
}

/// The gravest of all, `Ok` of none.
pub(super) fn worst<'a>(items: impl IntoIterator<Item = &'a HealthItem>) -> Severity {
    items.into_iter().map(|item| item.severity).max().unwrap_or(Severity::Ok)
}

/// What the thresholds say of a figure; one that is no number says nothing.
pub(super) fn grade(value: f64, warning: f64, critical: f64) -> Severity {
    if value >= critical {
        Severity::Critical
    } else if value >= warning {
        Severity::Warning
    } else {
        Severity::Ok
    }
}

/// `schema.name`, quoted where it must be.
pub(super) fn qualified(schema: &str, name: &str) -> String {
    format!("{}.{}", quoted(schema), quoted(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_where_they_must_be() {
        assert_eq!(qualified("public", "Order items"), "public.\"Order items\"");
    }

    #[test]
    fn fifty_items_are_shown_and_the_others_counted() {
        let items = (0..60).map(|n| item(n.to_string(), "", Severity::Info, None)).collect();
        let told = Told::fine("").items(items).and_left_out(5.0);
        assert_eq!((told.items.len(), told.items_left_out), (50, 15));
    }
}

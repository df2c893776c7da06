//! The text of INFO: fields by name, whatever the version; what is not there is not known.

mod facts;
mod server;

pub use facts::node;
pub use server::{Loading, Server, server};

use std::collections::BTreeMap;

/// INFO has some 300 lines and one for each command, error, database and replica.
const MOST_FIELDS: usize = 20_000;

/// The fields of one answer, in order of their names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Info<'t>(BTreeMap<&'t str, &'t str>);

impl<'t> Info<'t> {
    pub fn parse(text: &'t str) -> Info<'t> {
        let lines = text.lines().map(str::trim_end).filter(|line| !line.starts_with('#'));
        Info(lines.filter_map(|line| line.split_once(':')).take(MOST_FIELDS).collect())
    }

    pub fn text(&self, field: &str) -> Option<&'t str> {
        self.0.get(field).copied().filter(|value| !value.is_empty())
    }

    /// A whole number; none where it is missing or negative, as an unknown figure is.
    pub fn count(&self, field: &str) -> Option<u64> {
        self.text(field)?.parse().ok()
    }

    /// A finite number that is not negative.
    pub fn number(&self, field: &str) -> Option<f64> {
        positive(self.text(field)?)
    }

    pub fn flag(&self, field: &str) -> bool {
        self.text(field) == Some("1")
    }

    /// Fields whose names begin with `prefix`, by what follows it.
    pub fn each(&self, prefix: &str) -> impl Iterator<Item = (&'t str, Parts<'t>)> {
        let from = self.0.range::<str, _>((std::ops::Bound::Included(prefix), std::ops::Bound::Unbounded));
        let named = from.map_while(move |(name, value)| Some((name.strip_prefix(prefix)?, Parts(value))));
        named.collect::<Vec<_>>().into_iter()
    }
}

/// A value that has fields of its own: `calls=3,usec=120`.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'t>(&'t str);

impl<'t> Parts<'t> {
    pub fn text(self, field: &str) -> Option<&'t str> {
        let mut parts = self.0.split(',').filter_map(|part| part.split_once('='));
        parts.find(|(name, _)| *name == field).map(|(_, value)| value)
    }

    pub fn count(self, field: &str) -> Option<u64> {
        self.text(field)?.parse().ok()
    }

    pub fn number(self, field: &str) -> Option<f64> {
        positive(self.text(field)?)
    }
}

fn positive(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0)
}

#[cfg(test)]
#[path = "../info_tests.rs"]
mod tests;

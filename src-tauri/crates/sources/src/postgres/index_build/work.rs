//! One statement for a builder: what it does to which index, and how that ended.

use crate::postgres::problem::quoted;

/// Where an index is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexPlace {
    /// The search path where absent.
    pub schema: Option<String>,
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexWork {
    /// One statement without its semicolon.
    pub sql: String,
    /// As SET takes it.
    pub lock_timeout: Option<String>,
    pub effect: IndexEffect,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexEffect {
    Creates {
        index: IndexPlace,
        table: String,
        /// False for the index of a table with partitions, which becomes valid when they are attached.
        valid: bool,
    },
    Drops {
        index: IndexPlace,
        expected: ExpectedIndex,
    },
    /// Neither.
    Other,
}

/// Another index of the same name is left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpectedIndex {
    /// As `pg_get_indexdef` tells it.
    Definition(String),
    /// The number that it has since it was created.
    Number(u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexOutcome {
    /// With the number that it has now.
    Created {
        number: u32,
    },
    Dropped,
    Done,
    /// It was so before: nothing was run.
    Unchanged,
    /// Nothing of it is left.
    Cancelled,
}

impl IndexPlace {
    pub(super) fn quoted(&self) -> String {
        let schema = self.schema.as_deref().map(|schema| quoted(schema) + ".");
        format!("{}{}", schema.unwrap_or_default(), quoted(&self.name))
    }

    /// Removes what a build left.
    pub(super) fn clean_up(&self) -> String {
        format!("DROP INDEX CONCURRENTLY IF EXISTS {}", self.quoted())
    }
}

//! SQL text to groups, masked text and facts: the only place of the product that reads SQL.

mod conditions;
mod facts;
mod fingerprint;
mod glance;
mod housekeeping;
mod keywords;
mod lanes;
mod lexer;
mod lists;
mod mask;
mod params;
mod scope;
mod split;
mod statement;
mod tags;
mod truncation;
mod walk;
mod words;

pub(crate) use conditions::anchored;
pub use facts::{
    ColumnRef, Filter, FilterOperator, FilterValue, JoinColumns, Ordering, StatementFacts, StatementKind,
    TableRef,
};
pub use fingerprint::{Fingerprint, Shape, fingerprint, shape};
pub(crate) use housekeeping::{AGGREGATES, aggregates};
pub(crate) use lanes::{mix, mix_bytes};
pub use mask::mask;
pub use params::Values;
pub(crate) use scope::{folded, names};
pub use split::{Statements, statements};
pub(crate) use statement::parse;
pub use statement::statement_facts;
pub use tags::comment_tags;
pub(crate) use words::words;

#[cfg(test)]
mod cases;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod statement_cases;

//! What a statement needs of each table that it reads: conditions, joins, order and columns, with every name resolved
//! through subqueries, common table expressions and views.

mod conditions;
mod from;
mod keys;
mod operands;
mod ordering;
mod outputs;
mod relations;
mod visit;
mod walk;

use std::collections::BTreeSet;

pub(super) use walk::needs;

/// What an index can be keyed by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Key {
    Column(String),
    /// SQL over columns of one table, ready to stand in CREATE INDEX.
    Expression {
        sql: String,
        columns: Vec<String>,
    },
}

impl Key {
    pub(super) fn column(&self) -> Option<&str> {
        match self {
            Key::Column(name) => Some(name),
            Key::Expression { .. } => None,
        }
    }
}

/// How a condition compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    /// `IN` a list of so many, `= ANY` of an array; one condition of several values.
    In(usize),
    /// `<`, `<=`, `>`, `>=`, BETWEEN; both ends known or one.
    Range {
        both: bool,
    },
    /// LIKE with a fixed beginning, with none, or with a pattern that the text does not show.
    Like {
        anchored: Option<bool>,
    },
    ILike,
    Regex,
    IsNull,
    IsNotNull,
    IsTrue,
    IsFalse,
    /// `@>`, `?`, `&&`, `@@` and what else an inverted index answers.
    Inverted(Inverted),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Inverted {
    Contains,
    HasKey,
    Overlaps,
    Matches,
}

impl Comparison {
    /// A btree finds the rows in one stretch, and what follows the key stays ordered.
    pub(super) fn is_equality(self) -> bool {
        matches!(self, Comparison::Equal | Comparison::IsNull | Comparison::IsTrue | Comparison::IsFalse)
    }

    pub(super) fn is_range(self) -> bool {
        matches!(self, Comparison::Range { .. } | Comparison::Like { anchored: Some(true) })
    }
}

/// What stands on the other side.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Operand {
    /// Written into the text; its value as PostgreSQL would write it, where that is simple to tell.
    Constant(Option<String>),
    Parameter,
    /// Worked out once for the statement, or a column of an outer query.
    Expression,
    Nothing,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Condition {
    pub(super) key: Key,
    pub(super) comparison: Comparison,
    pub(super) operand: Operand,
    /// The condition as a predicate of a partial index, where it always asks for the same.
    pub(super) predicate: Option<String>,
}

/// Equality with a column of another table of the statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Join {
    pub(super) key: Key,
    /// Index of the other need.
    pub(super) other: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct OrderKey {
    pub(super) key: Key,
    pub(super) descending: bool,
    pub(super) nulls_first: bool,
}

/// Where a table stands in FROM. HypoPG shows the planner an index on an expression or on some rows only of the table that a
/// query names first (up to version 1.4 it keeps the number that a table has in a query of its own).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Leading {
    /// Nobody can say that it does not come first.
    #[default]
    Perhaps,
    /// It can be named first: so many others stand before it ([`led_by`](super::leading::led_by)).
    After(usize),
    /// It is part of a subquery or a view that the planner merges into the query around.
    Never,
}

/// One table as one query block uses it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Need {
    /// Index into the catalog's tables.
    pub(super) table: usize,
    pub(super) leading: Leading,
    /// All of them hold for every row that is wanted.
    pub(super) conditions: Vec<Condition>,
    /// Of each OR: its branches, each with the conditions on this table; one of them holds.
    pub(super) alternatives: Vec<Vec<Vec<Condition>>>,
    pub(super) joins: Vec<Join>,
    /// The order that is asked for, where it is of this table alone.
    pub(super) order: Vec<OrderKey>,
    /// GROUP BY or DISTINCT of this table alone.
    pub(super) groups: Vec<Key>,
    /// LIMIT applies to this order.
    pub(super) limited: bool,
    /// Columns that the statement reads.
    pub(super) columns: BTreeSet<String>,
    /// `*`: every column is read.
    pub(super) whole_row: bool,
    /// Conditions that no index can serve, and why.
    pub(super) unusable: Vec<Unusable>,
    /// Rows of this table are written, so that it is read for the sake of its rows' place.
    pub(super) written: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Unusable {
    /// "date(created_at)"
    pub(super) key: String,
    pub(super) reason: String,
}

/// A statement, read against the catalog.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Needs {
    pub(super) needs: Vec<Need>,
    /// Tables of the catalog that it names, views looked through.
    pub(super) tables: BTreeSet<usize>,
    /// Names that the catalog does not know.
    pub(super) unknown: BTreeSet<String>,
    /// The table that it writes.
    pub(super) target: Option<usize>,
    /// The text could not be read as a statement.
    pub(super) unreadable: bool,
}

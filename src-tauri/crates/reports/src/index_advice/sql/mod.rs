//! Index statements of PostgreSQL, with every name quoted where it must be.

mod create;
mod expression;
mod guard;
mod mark;
mod names;
mod restore;

pub(super) use create::{On, Target, create, key, order};
pub(super) use guard::{Proof, Wanted, check, leftovers};
pub(super) use mark::{drop_marked, mark, note, tell_left};
pub(super) use names::qualified;
pub(super) use restore::{is_partitioned, restore};

/// A statement without its semicolon, in the parts at which it may be broken into lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement {
    pub kind: StatementKind,
    pub parts: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum StatementKind {
    CreateConcurrently,
    /// Of the table with partitions, without them.
    CreateOnly,
    Attach,
    DropConcurrently,
    /// Of a table with partitions, where CONCURRENTLY is refused.
    DropAtOnce,
    /// The same.
    CreateAtOnce,
    Check,
}

/// Columns of a statement that stays on one line: it is also shown set in.
const SHORT: usize = 88;

impl StatementKind {
    /// The value of `lock_timeout` that suits it; none where it locks nothing.
    ///
    /// CONCURRENTLY waits for the transactions that are older than itself, and stops nobody meanwhile. A timeout would
    /// also end that wait, and leave an invalid index. The others stop all who come after them while they wait.
    pub(super) fn lock_timeout(self) -> Option<&'static str> {
        match self {
            StatementKind::CreateConcurrently | StatementKind::DropConcurrently => Some("0"),
            StatementKind::CreateOnly
            | StatementKind::Attach
            | StatementKind::DropAtOnce
            | StatementKind::CreateAtOnce => Some("'2s'"),
            StatementKind::Check => None,
        }
    }
}

impl Statement {
    pub(super) fn new(kind: StatementKind, parts: impl IntoIterator<Item = String>) -> Statement {
        Statement { kind, parts: parts.into_iter().filter(|part| !part.is_empty()).collect() }
    }

    pub(super) fn one_line(&self) -> String {
        self.parts.iter().map(|part| part.trim_start()).collect::<Vec<_>>().join(" ")
    }

    /// On one line where it is short, else each part on its own.
    pub(super) fn block(&self) -> String {
        let line = self.one_line();
        let short = charts::text::columns(&line) <= SHORT;
        match self.kind {
            StatementKind::Check => self.parts.join("\n"),
            _ if short => line,
            _ => self.parts.join("\n    "),
        }
    }
}

pub(super) fn drop_index(schema: Option<&str>, name: &str, concurrently: bool) -> Statement {
    let (kind, word) = if concurrently {
        (StatementKind::DropConcurrently, "CONCURRENTLY ")
    } else {
        (StatementKind::DropAtOnce, "")
    };
    Statement::new(kind, [format!("DROP INDEX {word}IF EXISTS {}", qualified(schema, name))])
}
